"""Whether the machine's clock can be believed: held against the last sign of life of the clock process, else the last entry.

A clock that is years off would remind, escalate, seal and send as of a day that is not today, and none of that can be taken back.
So nothing is done by it until a person has looked. An absence of weeks or of a summer is no doubt: it goes on by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from storage import lease
from storage.database import Database

AHEAD, BEHIND = timedelta(days=200), timedelta(days=2)
"""How far the clock may be ahead of the last it was seen at, as after a long absence; and behind it, which no clock is by itself."""


class Doubt(Struct, frozen=True):
    """The clock reads `now`, and was last known to read `last`; both aware."""

    last: datetime
    now: datetime


def doubt(database: Database, now: datetime, last_entry: datetime | None = None) -> Doubt | None:
    """What makes the time doubtful; None where it can be believed. A time that was confirmed is a sign of life (`confirm`)."""
    last = lease.look(database).beat_at or last_entry
    if last is None or -BEHIND <= now - last <= AHEAD:
        return None
    return Doubt(last, now)


def confirm(database: Database, now: datetime) -> None:
    """A person says that the clock reads the right time: what is held against it from now on is this moment."""
    lease.believe(database, now)
