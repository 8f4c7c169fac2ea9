"""One edition of the measure, prepared once for many decisions: its rulebook, its chart, today's date in its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .chart import Chart
from .deadlines import days
from .rulebook.types import Rulebook


class CompiledRulebook:
    """A rulebook with its chart. Threads may share one.

    `pin` is how entries name the edition, `id@digest`; empty for a rulebook that no entry names.
    """

    __slots__ = ("_day", "_zone", "chart", "pin", "rulebook")

    def __init__(self, rulebook: Rulebook, pin: str = "") -> None:
        self.rulebook = rulebook
        self.pin = pin
        self.chart = Chart(rulebook)
        self._zone = ZoneInfo(rulebook.timezone)
        epoch = datetime.min.replace(tzinfo=UTC)
        self._day = (epoch, epoch, date.min)

    def today(self, now: datetime) -> date:
        """The civil date of a moment in the rulebook's zone."""
        # A replay asks once for each entry, in the order of time, and one conversion costs as much as the rest of a
        # context. So the last day is cached with its two ends. They are one tuple, replaced in one assignment: no
        # thread can read the beginning of one day with the end of another.
        begins, ends, day = self._day
        if not begins <= now < ends:
            day, zone = now.astimezone(self._zone).date(), self.rulebook.timezone
            self._day = (days.start_of_day(day, zone), days.start_of_day(day + timedelta(days=1), zone), day)
        return day
