"""The hours in which letters are sent: working days, between two times, in the institution's time zone. Pure.

Only letters and messages of robots wait for the next morning. Inboxes get a notice at once, and deadlines are evaluated
at any hour. Also here: the period of a digest and of the daily limit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

IsWorking = Callable[[date], bool]
"""A function that tells whether a day is a working day."""


class SendingHours(Struct, frozen=True):
    """The hours from `opens` until `closes` (civil time in `zone`) on working days."""

    opens: time
    closes: time
    zone: str

    def next_opening(self, at: datetime, is_working: IsWorking) -> datetime:
        """The first time within the hours that is not before `at`; `at` itself if it is within them."""
        local = at.astimezone(ZoneInfo(self.zone))
        if is_working(local.date()) and self.opens <= local.time() < self.closes:
            return at
        is_past_opening = local.time() >= self.opens
        return self._opening(local.date() + timedelta(days=1) if is_past_opening else local.date(), is_working)

    def civil_date(self, at: datetime) -> date:
        """The civil date of a time in `zone`."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def day(self, at: datetime, is_working: IsWorking) -> tuple[datetime, datetime]:
        """The period of a digest and of the daily limit, as (begin, end).

        It begins at the midnight before `at` and ends at the first opening after that day.
        """
        today = self.civil_date(at)
        begins = datetime.combine(today, time(), ZoneInfo(self.zone)).astimezone(UTC)
        return begins, self._opening(today + timedelta(days=1), is_working)

    def _opening(self, day: date, is_working: IsWorking) -> datetime:
        """The opening on `day`, or on the first working day after it."""
        while not is_working(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.opens, ZoneInfo(self.zone)).astimezone(UTC)
