"""Until when each stage is due: the rulebook's dates, and other ones where those come too late to be met. Pure, on civil dates.

A date is *too near* where fewer than `notice_days` working days are left until it. Nobody can be asked for a report within a
day: so an opening by the clock never sets such a date, and to a person it is named before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from states.rulebook.types import Rulebook
from states.vocabulary import IsWorking

LONGEST_HOLIDAY = timedelta(days=14)
"""More days than any holiday takes, the weekends at its ends counted: what a bound allows for where no calendar is known."""


def LATEST(day: date) -> bool:  # noqa: N802  a calendar by name, as None is one
    """Mondays to Fridays, and by name a bound: a moment is asked for that no calendar makes later (`schedule.py`)."""
    return day.weekday() < 5


_DAY = timedelta(days=1)


def roll(day: date, how: str, is_working: IsWorking) -> date:
    """Where a deadline on a non-working day goes: `back`, `forward`, or it may `stay`."""
    step = timedelta(days={"back": -1, "stay": 0, "forward": 1}[how])
    while step and not is_working(day):
        day += step
    return day


def shifted(day: date, count: int, is_working: IsWorking) -> date:
    """The working day `count` working days after `day`, or before it where `count` is below 0; `day` itself for 0."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working(day):
            day += step
    return day


def due_dates(rulebook: Rulebook, year: int, is_working: IsWorking) -> dict[str, date]:
    """The rulebook's default deadlines for an assessed year, rolled off non-working days."""
    return {
        s.kind: roll(date.fromisoformat(f"{year + s.due_year}-{s.due}"), s.roll, is_working)
        for s in rulebook.stage
        if s.due is not None
    }


def due_from(rulebook: Rulebook, begins: date, is_working: IsWorking) -> dict[str, date]:
    """Deadlines as far apart as the rulebook's, counted from the day an assessment begins; rolled off non-working days."""
    opens = date.fromisoformat(f"2025-{rulebook.open_on}")  # no leap year: the distance is that of an ordinary year
    return {
        s.kind: roll(begins + (date.fromisoformat(f"{2025 + s.due_year}-{s.due}") - opens), s.roll, is_working)
        for s in rulebook.stage
        if s.due is not None
    }


def too_near(due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking) -> dict[str, date]:
    """The deadlines that are past or fewer than `notice_days` working days away, by stage."""
    first = shifted(today, rulebook.notice_days, is_working)
    return {stage: day for stage, day in due.items() if day < first}


def proposed(due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking) -> dict[str, date]:
    """Deadlines that leave enough time: one that is too near is moved, and those after it as far as they must be.

    Each stage keeps its distance in working days from the stage before it, but at most `notice_days` of it. No deadline
    becomes earlier. Where none is too near, the dates stay the same.
    """
    stages = [s.kind for s in rulebook.stage if s.kind in due]
    if not stages:
        return {}
    first = shifted(today, rulebook.notice_days, is_working)
    made: dict[str, date] = {stages[0]: max(due[stages[0]], first)}
    for before, stage in pairwise(stages):
        apart = min(_between(due[before], due[stage], rulebook.notice_days, is_working), rulebook.notice_days)
        made[stage] = max(due[stage], shifted(made[before], apart, is_working))
    return made


def _between(day: date, other: date, most: int, is_working: IsWorking) -> int:
    """How many working days come after `day` up to `other`, counted up to `most`."""
    count = 0
    while day < other and count < most:
        day += _DAY
        count += is_working(day)
    return count
