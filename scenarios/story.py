"""A story: the dated events of a year, and the results that must follow from them. Here are its types and its times.

The owners of the rules write stories as files (`story_file.py`), and `runner.py` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from config.rulebooks import Edition, load_edition
from states.records.roster import Unit
from states.user_errors import UserError
from states.vocabulary import Text

from . import variant

DayOrMoment = date | datetime
"""A point in time of a story. `moment` adds a time to a date without one."""

MORNING = time(10)
"""The time of a happening with a date only: after the reminders of that day."""

EVENING = time(23, 59, 59)
"""The time at which an expectation with a date only is checked."""


class StoryFault(UserError):
    """A story cannot be read or run."""

    zh = "情景 {file} 无法运行，{key}：{why}。格式见 docs/scenarios.md。"
    en = "Story {file} cannot be run; {key}: {why}. The format is in docs/scenarios.md."


class Happening(Struct, frozen=True, kw_only=True):
    """One act of a person. `key` is its place in the file.

    - `unit`, `occasion`: the department and, for a special assessment, its occasion.
    - `role`, `account`, `account_unit`: the actor; None where the runner chooses.
    - `fields`: the fields of the command that the story writes.
    - `refused`: the code of the expected refusal. `expected`: expectations checked right afterwards.
    """

    key: str
    on: DayOrMoment
    act: str
    unit: str
    occasion: str | None
    role: str | None
    account: str | None
    account_unit: str | None
    refused: str | None
    expected: Mapping[str, Any]
    fields: Mapping[str, Any]


class Expectation(Struct, frozen=True, kw_only=True):
    """Expected values at a moment, or at the end of the story if `on` is None. `key` is its place in the file."""

    key: str
    on: DayOrMoment | None
    unit: str
    occasion: str | None
    expected: Mapping[str, Any]


class Story(Struct, frozen=True, kw_only=True):
    """One story. During `outages` the daemon does not run.

    - `rulebook`: the file of its rulebook; None: that of the program which runs it.
    - `tests`: the tested clauses and readings. `due` replaces deadlines of the year.
    - `opens`: the day on which the year opens; None: the rulebook's day; "never": the year is not opened.
    """

    file: str
    title: str
    tests: str
    rulebook: Path | None
    year: int
    units: tuple[Unit, ...]
    happenings: tuple[Happening, ...]
    expectations: tuple[Expectation, ...]
    changes: variant.StoryChanges
    due: Mapping[str, date]
    opens: date | str | None
    outages: tuple[tuple[DayOrMoment, DayOrMoment], ...]

    def edition(self, default: Edition) -> Edition:
        """The edition of its rulebook (`default`, if it names none), or a variant of that with the story's readings.

        Raises `StoryFault`.
        """
        try:
            base = load_edition(self.rulebook) if self.rulebook is not None else default
        except UserError as error:
            raise self._fault("rulebook", error) from error
        if not self.changes.any:
            return base
        try:
            return variant.variant_of(base, self.changes, self.file)
        except UserError as error:
            raise self._fault("readings", error) from error

    def _fault(self, key: str, error: UserError) -> StoryFault:
        return StoryFault(file=self.file, key=key, why=Text(zh=error.render("zh"), en=error.render("en")))

    def opening(self, edition: Edition) -> datetime | None:
        """The time at which the year opens: 09:00 on the story's or the rulebook's day; None if it never opens."""
        if isinstance(self.opens, str):
            return None
        day = self.opens or date.fromisoformat(f"{self.year}-{edition.rulebook.open_on}")
        return moment(day, time(9), edition)

    def start(self, edition: Edition) -> datetime:
        """The start of the virtual clock: a day before the first event."""
        days = [h.on for h in self.happenings] + [e.on for e in self.expectations if e.on is not None]
        opening = self.opening(edition)
        firsts = [moment(day, time(0), edition) for day in days] + ([opening] if opening else [])
        return min(firsts, default=moment(date(self.year, 1, 1), time(0), edition)) - timedelta(days=1)


def moment(point: DayOrMoment, default_time: time, edition: Edition) -> datetime:
    """A point in time as an aware datetime, in the rulebook's time zone. A date without a time gets `default_time`."""
    zone = ZoneInfo(edition.rulebook.timezone)
    if isinstance(point, datetime):
        return point if point.tzinfo else point.replace(tzinfo=zone)
    return datetime.combine(point, default_time, zone)
