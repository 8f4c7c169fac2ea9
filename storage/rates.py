"""How many calls a minute a caller was given, to all processes together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .database import BRIEF, Database
from .tables import METADATA

_RATE = METADATA.tables["rate"]


def claim(database: Database, caller: str, minute: int, most: int) -> int:
    """Take some of the calls a caller has left in a minute: an eighth of them, one at least; 0 where none is left.

    The fewer are left the fewer are taken, so that a process is seldom left with calls another would need. Of a minute
    before the one last counted there are none: a machine's clock may be behind. StorageBusy at once, as for whatever is read.
    """
    with database.writing(patience=BRIEF) as connection:
        put: Any = (sqlite if database.dialect == "sqlite" else postgresql).insert(_RATE)
        connection.execute(put.values(caller=caller, minute=minute, count=0).on_conflict_do_nothing())
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
