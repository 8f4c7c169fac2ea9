"""Computes the deadline of each stage: the rulebook's dates, or later dates if those cannot be met.

Also here: adding working days, and the calendar for upper bounds (`LATEST_CALENDAR`). Not here: the checks of deadlines
(`states/stages/deadline_checks.py`).

All dates are calendar dates. A deadline is *too near* if fewer than `notice_days` working days are left until it:
nobody can write a report within a day. The clock never opens a year with such a deadline. A person who would set one is
warned before anything is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

from states.rulebook.types import Rulebook
from states.vocabulary import IsWorking

_DAY = timedelta(days=1)
LONGEST_HOLIDAY = timedelta(days=14)
"""Longer than every public holiday with the weekends around it. For bounds if no calendar is known."""


# A function, because it is passed in place of a calendar. `schedule.py` recognises it by identity
# (`is_working is LATEST_CALENDAR`).
def LATEST_CALENDAR(day: date) -> bool:  # noqa: N802
    """Passed instead of a calendar to get upper bounds: the result is not earlier than with any real calendar."""
    return day.weekday() < 5


def move_to_working_day(day: date, direction: str, is_working: IsWorking) -> date:
    """The deadline `day`, moved to a working day. `direction`: "back", "forward", or "stay" (it does not move)."""
    step = timedelta(days={"back": -1, "stay": 0, "forward": 1}[direction])
    while step and not is_working(day):
        day += step
    return day


def add_working_days(day: date, count: int, is_working: IsWorking) -> date:
    """The day `count` working days after `day`, or before it if `count` is negative; `day` itself for 0."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working(day):
            day += step
    return day


def default_deadlines(rulebook: Rulebook, year: int, is_working: IsWorking) -> dict[str, date]:
    """The rulebook's default deadlines for an assessment year, moved to working days."""
    return {
        stage.key: move_to_working_day(
            date.fromisoformat(f"{year + stage.due_year}-{stage.due}"), stage.roll, is_working
        )
        for stage in rulebook.stage
        if stage.due is not None
    }


def end_of_reminders(rulebook: Rulebook, year: int) -> date:
    """The last day of the third month after the last deadline of a stage.

    By then the reminders of the unfinished work of the year have been sent. Without deadlines, the 31 March that
    follows.
    """
    days = (date.fromisoformat(f"{year + one.due_year}-{one.due}") for one in rulebook.stage if one.due is not None)
    last = max(days, default=date(year, 12, 31))
    return date(last.year + (last.month + 3) // 12, (last.month + 3) % 12 + 1, 1) - timedelta(days=1)


def deadlines_from(rulebook: Rulebook, first_day: date, is_working: IsWorking) -> dict[str, date]:
    """Deadlines as far apart as the rulebook's, counted from the first day of an assessment; on working days."""
    # The distances in days are those of a year without a leap day, such as 2025.
    opening_day = date.fromisoformat(f"2025-{rulebook.open_on}")
    return {
        stage.key: move_to_working_day(
            first_day + (date.fromisoformat(f"{2025 + stage.due_year}-{stage.due}") - opening_day),
            stage.roll,
            is_working,
        )
        for stage in rulebook.stage
        if stage.due is not None
    }


def deadlines_too_near(
    due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking
) -> dict[str, date]:
    """The deadlines, by stage, that are past or are fewer than `notice_days` working days away."""
    earliest = add_working_days(today, rulebook.notice_days, is_working)
    return {stage: day for stage, day in due.items() if day < earliest}


def feasible_deadlines(
    due: Mapping[str, date], today: date, rulebook: Rulebook, is_working: IsWorking
) -> dict[str, date]:
    """Deadlines that leave enough time: one that is too near becomes later, and so do those after it if necessary.

    Each stage keeps its distance in working days from the stage before it, up to `notice_days`. No deadline becomes
    earlier. If no deadline is too near, all dates stay the same.
    """
    stages = [stage.key for stage in rulebook.stage if stage.key in due]
    if not stages:
        return {}
    earliest = add_working_days(today, rulebook.notice_days, is_working)
    dates: dict[str, date] = {stages[0]: max(due[stages[0]], earliest)}
    for previous, stage in pairwise(stages):
        distance = _working_days_between(due[previous], due[stage], rulebook.notice_days, is_working)
        dates[stage] = max(due[stage], add_working_days(dates[previous], distance, is_working))
    return dates


def _working_days_between(day: date, last: date, maximum: int, is_working: IsWorking) -> int:
    """The number of working days after `day` up to and including `last`, but not more than `maximum`."""
    count = 0
    while day < last and count < maximum:
        day += _DAY
        count += is_working(day)
    return count
