"""Until when each stage is due: the rulebook's dates, or later ones where those cannot be met. Pure, on civil dates.

A deadline is *too near* where fewer than `notice_days` working days are left until it: nobody can write a report within
a day. When the clock opens a year, it never sets such a deadline. A person who would set one is told before anything is
recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from states.rulebook.types import Rulebook
from states.vocabulary import IsWorking

_DAY = timedelta(days=1)
LONGEST_HOLIDAY = timedelta(days=14)
"""More days than any public holiday has, with the weekends around it. For bounds where no calendar is known."""


# A function, because it is handed on in the place of a calendar. It is recognised by identity: `is_working is LATEST`.
def LATEST_CALENDAR(day: date) -> bool:  # noqa: N802
    """Stands for a calendar where an upper bound is wanted: a time that no calendar makes later (`schedule.py`)."""
    return day.weekday() < 5


def move_to_working_day(day: date, how: str, is_working: IsWorking) -> date:
    """A deadline, moved off a non-working day; `how`: `back` or `forward` to the next working day, or `stay`."""
    step = timedelta(days={"back": -1, "stay": 0, "forward": 1}[how])
    while step and not is_working(day):
        day += step
    return day


def add_working_days(day: date, count: int, is_working: IsWorking) -> date:
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
        s.kind: move_to_working_day(date.fromisoformat(f"{year + s.due_year}-{s.due}"), s.roll, is_working)
        for s in rulebook.stage
        if s.due is not None
    }


def due_dates_from(rulebook: Rulebook, begins: date, is_working: IsWorking) -> dict[str, date]:
    """The rulebook's deadlines, counted from the day an assessment begins; rolled off non-working days."""
    # The distances are those of an ordinary year: 2025 has no leap day.
    opens = date.fromisoformat(f"2025-{rulebook.open_on}")
    return {
        s.kind: move_to_working_day(
            begins + (date.fromisoformat(f"{2025 + s.due_year}-{s.due}") - opens), s.roll, is_working
        )
        for s in rulebook.stage
        if s.due is not None
    }


def too_near(due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking) -> dict[str, date]:
    """The deadlines that are past or fewer than `notice_days` working days away, by stage."""
    first = add_working_days(today, rulebook.notice_days, is_working)
    return {stage: day for stage, day in due.items() if day < first}


def feasible_deadlines(
    due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking
) -> dict[str, date]:
    """Deadlines that leave enough time: one that is too near moves later, and later ones move as far as they must.

    Each stage keeps its distance in working days from the stage before it, but at most `notice_days`. No deadline
    becomes earlier. Where none is too near, the dates stay the same.
    """
    stages = [s.kind for s in rulebook.stage if s.kind in due]
    if not stages:
        return {}
    first = add_working_days(today, rulebook.notice_days, is_working)
    dates: dict[str, date] = {stages[0]: max(due[stages[0]], first)}
    for before, stage in pairwise(stages):
        distance = _working_days_between(due[before], due[stage], rulebook.notice_days, is_working)
        dates[stage] = max(due[stage], add_working_days(dates[before], distance, is_working))
    return dates


def _working_days_between(day: date, other: date, most: int, is_working: IsWorking) -> int:
    """The number of working days after `day` up to and with `other`, but at most `most`."""
    count = 0
    while day < other and count < most:
        day += _DAY
        count += is_working(day)
    return count
