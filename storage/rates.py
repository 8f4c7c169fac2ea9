"""How many calls a minute a caller was given, to all processes together."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from .database import BRIEF, Database
from .statements import insert_unless_there
from .tables import METADATA

_RATE = METADATA.tables["rate"]


def claim(database: Database, caller: str, minute: int, most: int) -> int:
    """Take some of the calls a caller has left in a minute: an eighth of them, one at least; 0 where none is left.

    The fewer are left the fewer are taken, so that a process is seldom left with calls another would need. Of a minute
    before the one last counted there are none: a machine's clock may be behind. StorageBusy at once, as for whatever is read.
    """
    with database.writing(patience=BRIEF) as connection:
        row = {"caller": caller, "minute": minute, "count": 0}
        connection.execute(insert_unless_there(_RATE, database.dialect), row)
        mine = _RATE.c.caller == caller
        last, count = connection.execute(select(_RATE.c.minute, _RATE.c.count).where(mine).with_for_update()).one()
        count = count if last >= minute else 0
        taken = max((most - count) // 8, 1) if count < most else 0
        connection.execute(update(_RATE).where(mine).values(minute=max(last, minute), count=count + taken))
    return taken


def tidy(database: Database, before: int) -> None:
    """Delete what was counted before a minute."""
    with database.writing() as connection:
        connection.execute(delete(_RATE).where(_RATE.c.minute < before))
