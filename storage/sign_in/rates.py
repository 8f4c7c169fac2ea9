"""The API's rate limit: how many calls a caller has used in a minute, over all processes."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from storage.database.database import BRIEF_PATIENCE, Database
from storage.database.upsert import insert_or_ignore
from storage.tables.sign_in import RATE

SKEW = 10
"""Minutes by which the clocks of two machines may differ."""


def claim(database: Database, caller: str, minute: int, most: int) -> int:
    """Reserve an eighth of the calls that a caller has left in a minute, at least one, for this process.

    0 if none is left.

    StorageBusy after `BRIEF_PATIENCE`.
    """
    # A small share, so that a process seldom holds calls that another needs. A minute before the last one counted has
    # none left: that machine's clock is only a little behind. A minute `SKEW` before it has all of them: the last one
    # was counted by a clock that was far ahead and was set right since.
    with database.writing(patience=BRIEF_PATIENCE) as connection:
        row = {"caller": caller, "minute": minute, "count": 0}
        connection.execute(insert_or_ignore(RATE, database.dialect), row)
        mine = RATE.c.caller == caller
        last, count = connection.execute(select(RATE.c.minute, RATE.c.count).where(mine).with_for_update()).one()
        last, count = (last, count) if minute <= last <= minute + SKEW else (minute, 0)
        taken = max((most - count) // 8, 1) if count < most else 0
        connection.execute(update(RATE).where(mine).values(minute=last, count=count + taken))
    return taken


def tidy(database: Database, before: int) -> None:
    """Delete the counts of minutes before this one."""
    with database.writing() as connection:
        connection.execute(delete(RATE).where(RATE.c.minute < before))
