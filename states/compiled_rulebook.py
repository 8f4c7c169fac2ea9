"""One edition of the measure, prepared once for many decisions: its rulebook, its chart, and its time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .chart import Chart
from .deadlines import days
from .rulebook.types import Rulebook
from .streams import occasion_of


class CompiledRulebook:
    """A rulebook with its chart and its time zone. Several threads may use it at the same time.

    `pin` is the name of the edition in entries, `id@digest`; empty for a rulebook that no entry names.
    """

    __slots__ = ("_at_occasions", "_cached_day", "_zone", "chart", "pin", "rulebook")

    def __init__(self, rulebook: Rulebook, pin: str = "") -> None:
        self.rulebook = rulebook
        self.pin = pin
        self.chart = Chart(rulebook)
        self._zone = ZoneInfo(rulebook.timezone)
        epoch = datetime.min.replace(tzinfo=UTC)
        self._cached_day = (epoch, epoch, date.min)
        self._at_occasions: dict[str, CompiledRulebook] = {}

    def at(self, stream: str) -> CompiledRulebook:
        """The edition as it is for a stream: for an occasion of the rulebook, with the stages of the occasion."""
        if not self.rulebook.occasion:
            return self
        occasion = occasion_of(stream) or ""
        rulebook = self.rulebook.at(occasion)
        if rulebook is self.rulebook:
            return self
        if occasion not in self._at_occasions:
            self._at_occasions[occasion] = CompiledRulebook(rulebook, self.pin)
        return self._at_occasions[occasion]

    def today(self, now: datetime) -> date:
        """The calendar date of the time `now` in the rulebook's zone."""
        # A replay calls this for each entry, in the order of time, and one conversion costs as much as the rest of a
        # context. So the last day is cached with its beginning and its end. They are one tuple and replaced in one
        # assignment, so no thread can read the beginning of one day with the end of another.
        beginning, end, day = self._cached_day
        if not beginning <= now < end:
            day, zone = now.astimezone(self._zone).date(), self.rulebook.timezone
            self._cached_day = (days.start_of_day(day, zone), days.start_of_day(day + timedelta(days=1), zone), day)
        return day
