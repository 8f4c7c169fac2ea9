"""A story: what happens on which day of a year, and what must follow from it.

The people who own the rules write stories as files (`story_file.py`); `runner.py` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from config.rulebooks import Edition
from states.records.roster import Unit
from states.user_errors import UserError
from states.vocabulary import Text

from . import variant

When = date | datetime

MORNING = time(10)
"""The time of a happening that names only a day: after the reminders of that day."""
EVENING = time(23, 59, 59)
"""The time at which an expectation is checked that names only a day."""


class StoryFault(UserError):
    """A story whose file cannot be read or run."""

    zh = "情景 {file} 无法运行，{key}：{why}。格式见 docs/scenarios.md。"
    en = "Story {file} cannot be run; {key}: {why}. The format is in docs/scenarios.md."


class Happening(Struct, frozen=True, kw_only=True):
    """Somebody does something. `key` is its place in the file; `given` are the fields that the story writes."""

    key: str
    on: When
    do: str
    unit: str
    occasion: str | None
    by: str | None
    who: str | None
    of: str | None
    refused: str | None
    then: Mapping[str, Any]
    given: Mapping[str, Any]


class Expectation(Struct, frozen=True, kw_only=True):
    """What is expected at a moment, or at the end if no moment is named."""

    key: str
    on: When | None
    unit: str
    occasion: str | None
    expected: Mapping[str, Any]


class Story(Struct, frozen=True, kw_only=True):
    """One story. `asleep` are times during which the daemon does not run."""

    file: str
    title: str
    tests: str
    year: int
    units: tuple[Unit, ...]
    happenings: tuple[Happening, ...]
    expectations: tuple[Expectation, ...]
    changes: variant.StoryChanges
    due: Mapping[str, date]
    opens: date | str | None
    asleep: tuple[tuple[When, When], ...]

    def edition(self, base: Edition) -> Edition:
        """The edition that the story runs under: `base`, or a variant of it with the story's own settings."""
        if not self.changes.any:
            return base
        try:
            return variant.variant_of(base, self.changes, self.file)
        except UserError as fault:
            why = Text(zh=fault.render("zh"), en=fault.render("en"))
            raise StoryFault(file=self.file, key="settings", why=why) from fault

    def opening(self, edition: Edition) -> datetime | None:
        """When the year is opened: 09:00 on the day of the story, or of the rulebook; None if it is not opened."""
        if isinstance(self.opens, str):
            return None
        day = self.opens or date.fromisoformat(f"{self.year}-{edition.rulebook.open_on}")
        return moment(day, time(9), edition)

    def begins(self, edition: Edition) -> datetime:
        """Where to start the virtual clock: a day before the first thing that happens."""
        days = [h.on for h in self.happenings] + [e.on for e in self.expectations if e.on is not None]
        opening = self.opening(edition)
        firsts = [moment(day, time(0), edition) for day in days] + ([opening] if opening else [])
        return min(firsts, default=moment(date(self.year, 1, 1), time(0), edition)) - timedelta(days=1)


def moment(when: When, at: time, edition: Edition) -> datetime:
    """A day, or a day and a time, in the time zone of the rulebook. `at` is the time where only a day is given."""
    zone = ZoneInfo(edition.rulebook.timezone)
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=zone)
    return datetime.combine(when, at, zone)
