"""One edition of the measure, prepared once for many decisions: its rulebook, its chart, and which day it is in its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .chart import Chart
from .deadlines import days
from .rulebook.types import Rulebook


class CompiledRulebook:
    """A rulebook with its chart. `pin` is what entries name the edition by, `id@digest`; empty for one that no entry names.

    Safe to share among threads.
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
        # A replay asks once an entry, in the order of time, and a conversion costs as much as the rest of a context: so the day asked for
        # last is remembered with its two ends. One tuple, replaced at once: no thread reads the beginning of one day with the end of another.
        begins, ends, day = self._day
        if not begins <= now < ends:
            day, zone = now.astimezone(self._zone).date(), self.rulebook.timezone
            self._day = (days.begins(day, zone), days.begins(day + timedelta(days=1), zone), day)
        return day
