"""Whether the machine's clock can be believed: held against the last sign of life of the clock process, else the last entry.

A clock that is years off would remind, escalate, seal, send and record as of a day that is not today, and none of that can be taken
back. So nothing is done by it until a person has looked. An absence of weeks or of a summer is no doubt: it goes on by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from msgspec import Struct

from states.custody.confirmed_time import ConfirmTime, is_doubtful
from storage import lease
from storage.database.database import Database
from storage.database.prepared import SideWrite

FRESH = 5.0
"""Seconds for which the last sign of life is not asked of the database again: every page and command asks here."""


class Doubt(Struct, frozen=True):
    """The clock reads `now`, and was last known to read `last`; both aware."""

    last: datetime
    now: datetime


def doubt(database: Database, now: datetime, last_entry: datetime | None = None) -> Doubt | None:
    """What makes the time doubtful; None where it can be believed. A time that was confirmed is a sign of life (`confirmation`)."""
    last = lease.read(database).beat_at or last_entry
    return _doubt_between(last, now)


def confirmation(found: Doubt) -> tuple[ConfirmTime, tuple[SideWrite, ...]]:
    """The command by which a person says that the clock is right, and what is written beside it: this moment, as a sign of life."""
    return ConfirmTime(last=found.last), lease.confirm_time(found.now)


class Fence:
    """The same for many who ask: the last sign of life is asked of the database once in `FRESH` seconds.

    Those are seconds of the machine's run, not of its clock, which is what may leap.
    """

    def __init__(self, database: Database, last_entry: Callable[[], datetime | None]) -> None:
        self._database, self._last_entry = database, last_entry
        self._last_read: tuple[float, datetime | None] | None = None

    def doubt(self, now: datetime) -> Doubt | None:
        """What makes the time doubtful. A doubt is never kept: somebody may have confirmed the time a moment ago."""
        last_read = self._last_read
        if last_read is None or monotonic() - last_read[0] > FRESH or _doubt_between(last_read[1], now) is not None:
            last = lease.read(self._database).beat_at or self._last_entry()
            self._last_read = last_read = (monotonic(), last)
        return _doubt_between(last_read[1], now)


def _doubt_between(last: datetime | None, now: datetime) -> Doubt | None:
    return Doubt(last, now) if last is not None and is_doubtful(last, now) else None
