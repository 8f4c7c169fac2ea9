"""Whether the machine's clock can be trusted.

It is compared with the last heartbeat of the clock process; without one, with the last entry. After weeks or a summer
without a heartbeat there is no doubt, and work continues by itself (`confirmed_time.AHEAD`).
"""

# With a clock that is years off, the program would remind, escalate, seal, send and record on a wrong day, and none of
# that can be taken back. So it does nothing until a person has checked the clock.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.custody.confirmed_time import CLAUSE, ConfirmTime, TimeInDoubt, is_doubtful
from states.vocabulary import Text
from storage import lease
from storage.database.database import Database
from storage.database.prepared import SideWrite

FRESH = 5.0
"""Seconds for which the last heartbeat is cached: every page and every command asks for it."""


class TimeDoubt(Struct, frozen=True):
    """The clock shows `now`, and is known to have shown `last` before. Both are aware."""

    last: datetime
    now: datetime

    def refusal(self, act: Text, timezone: str) -> TimeInDoubt:
        """The refusal of an act, with both times in `timezone`."""
        zone = ZoneInfo(timezone)
        last, now = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (self.last, self.now))
        return TimeInDoubt(act=act, last=last, now=now, clause=CLAUSE)


def doubt_about(database: Database, now: datetime, last_entry: datetime | None = None) -> TimeDoubt | None:
    """The doubt about the time `now`; None if there is none.

    A confirmed time counts as a heartbeat (`confirmation`).
    """
    last = lease.read(database).beat_at or last_entry
    return _doubt_between(last, now)


def confirmation(doubt: TimeDoubt) -> tuple[ConfirmTime, tuple[SideWrite, ...]]:
    """The command that confirms the clock, and the row to write beside it: this moment, as a heartbeat."""
    return ConfirmTime(last=doubt.last), lease.confirm_time(doubt.now)


class Fence:
    """The same check for many callers: it reads the last heartbeat from the database once in `FRESH` seconds."""

    def __init__(self, database: Database, last_entry: Callable[[], datetime | None]) -> None:
        self._database, self._last_entry = database, last_entry
        self._last_read: tuple[float, datetime | None] | None = None

    def doubt(self, now: datetime) -> TimeDoubt | None:
        """The doubt about the time `now`; None if there is none."""
        # A doubt is never cached: somebody may have confirmed the time a moment ago. The age of the cache is measured
        # by the monotonic clock, because the other one is what is in doubt.
        last_read = self._last_read
        if last_read is None or monotonic() - last_read[0] > FRESH or _doubt_between(last_read[1], now) is not None:
            last = lease.read(self._database).beat_at or self._last_entry()
            self._last_read = last_read = (monotonic(), last)
        return _doubt_between(last_read[1], now)


def _doubt_between(last: datetime | None, now: datetime) -> TimeDoubt | None:
    return TimeDoubt(last, now) if last is not None and is_doubtful(last, now) else None
