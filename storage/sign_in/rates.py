"""Counts the calls of a caller in a minute over all processes, for the limits of the API and of the security log."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from storage.database.database import BRIEF_PATIENCE, Database
from storage.database.upsert import insert_or_ignore
from storage.tables.sign_in import RATE

CLOCK_SKEW = 10
"""Minutes. The clocks of two machines may differ by so much."""


def claim_calls(database: Database, caller: str, minute: int, limit: int) -> int:
    """Reserve some of the remaining calls of a caller in a minute for this process, and return their number.

    It is an eighth of the remaining calls, at least one; 0 if no call remains. `minute` is counted from 1970. Raises
    StorageBusy after `BRIEF_PATIENCE`.
    """
    # The share is small, so that a process rarely reserves calls that another one needs. The row has the last counted
    # minute. An earlier minute within `CLOCK_SKEW` comes from a machine whose clock is a little behind, and its calls
    # are added to the last minute. If the difference is larger, a clock was far ahead and was corrected since, so the
    # count begins again.
    with database.writing(patience=BRIEF_PATIENCE) as connection:
        row = {"caller": caller, "minute": minute, "count": 0}
        connection.execute(insert_or_ignore(RATE, database.dialect), row)
        of_caller = RATE.c.caller == caller
        last, count = connection.execute(select(RATE.c.minute, RATE.c.count).where(of_caller).with_for_update()).one()
        last, count = (last, count) if minute <= last <= minute + CLOCK_SKEW else (minute, 0)
        share = max((limit - count) // 8, 1) if count < limit else 0
        connection.execute(update(RATE).where(of_caller).values(minute=last, count=count + share))
    return share


def delete_old(database: Database, before: int) -> None:
    """Delete the counts of minutes before this one."""
    with database.writing() as connection:
        connection.execute(delete(RATE).where(RATE.c.minute < before))
