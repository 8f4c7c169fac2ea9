"""The fence: checks whether the machine's clock can be trusted.

The clock is compared with the last heartbeat of the daemon or, without one, with the last entry. A gap of weeks, or of
a summer, is no reason for doubt (`confirmed_time.AHEAD`). Also here: the command by which a person confirms the time.
"""

# If the clock is wrong by years, the program would remind, escalate, seal, send and record on a wrong day, and none of
# this can be undone. So it does nothing until a person has checked the clock.

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

CACHE_SECONDS = 5.0
"""The time for which the last heartbeat is cached, because every page and every command needs it."""


class TimeDoubt(Struct, frozen=True):
    """The clock shows `now`, but it last showed `last`. Both times are aware."""

    last: datetime
    now: datetime

    def refusal(self, act: Text, timezone: str) -> TimeInDoubt:
        """The refusal of an act, with both times in `timezone`."""
        zone = ZoneInfo(timezone)
        last, now = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (self.last, self.now))
        return TimeInDoubt(act=act, last=last, now=now, clause=CLAUSE)


def doubt_about(database: Database, now: datetime, last_entry: datetime | None = None) -> TimeDoubt | None:
    """The doubt about the time `now`; None if the clock can be trusted.

    A confirmed time counts as a heartbeat (`confirmation`). `last_entry` is the time of the last entry.
    """
    last = lease.read(database).beat_at or last_entry
    return _doubt_between(last, now)


def confirmation(doubt: TimeDoubt) -> tuple[ConfirmTime, tuple[SideWrite, ...]]:
    """The command that confirms the clock, and the row to write beside the ledger: a heartbeat at the present time."""
    return ConfirmTime(last=doubt.last), lease.confirm_time(doubt.now)


class Fence:
    """The same check for frequent callers: it reads the last heartbeat at most once in `CACHE_SECONDS`."""

    def __init__(self, database: Database, last_entry: Callable[[], datetime | None]) -> None:
        self._database, self._last_entry = database, last_entry
        self._last_read: tuple[float, datetime | None] | None = None

    def doubt(self, now: datetime) -> TimeDoubt | None:
        """The doubt about the time `now`; None if the clock can be trusted."""
        # A doubt is never cached, because somebody may have confirmed the time a moment ago. The age of the cache is
        # measured with the monotonic clock, because the machine's other clock may be wrong.
        last_read = self._last_read
        if (
            last_read is None
            or monotonic() - last_read[0] > CACHE_SECONDS
            or _doubt_between(last_read[1], now) is not None
        ):
            last = lease.read(self._database).beat_at or self._last_entry()
            self._last_read = last_read = (monotonic(), last)
        return _doubt_between(last_read[1], now)


def _doubt_between(last: datetime | None, now: datetime) -> TimeDoubt | None:
    return TimeDoubt(last, now) if last is not None and is_doubtful(last, now) else None
