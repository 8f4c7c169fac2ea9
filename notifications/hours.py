"""The hours in which letters are sent: working days, between two times, in the institution's time zone. Pure.

Only sending waits for the morning. Deadlines are evaluated at any hour.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

IsWorking = Callable[[date], bool]


class SendingHours(Struct, frozen=True):
    """From `opens` until `closes`, civil time in `zone`, on days that are worked."""

    opens: time
    closes: time
    zone: str

    def next_opening(self, at: datetime, is_working: IsWorking) -> datetime:
        """The first moment from `at` on that is within the hours; `at` itself if it is."""
        here = at.astimezone(ZoneInfo(self.zone))
        if is_working(here.date()) and self.opens <= here.time() < self.closes:
            return at
        late = here.time() >= self.opens
        return self._opening(here.date() + timedelta(days=1) if late else here.date(), is_working)

    def civil_date(self, at: datetime) -> date:
        """The civil date of a moment."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def day(self, at: datetime, is_working: IsWorking) -> tuple[datetime, datetime]:
        """The day that a digest and the daily limit are for: from the midnight before `at` until the next opening."""
        today = self.civil_date(at)
        begins = datetime.combine(today, time(), ZoneInfo(self.zone)).astimezone(UTC)
        return begins, self._opening(today + timedelta(days=1), is_working)

    def _opening(self, day: date, is_working: IsWorking) -> datetime:
        """The first opening from `day` on."""
        while not is_working(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.opens, ZoneInfo(self.zone)).astimezone(UTC)
