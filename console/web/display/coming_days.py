"""The strip of days on the first page: two working days before today, today, and the coming days with their deadlines.

It has working days, and days off on which a deadline falls. Without side effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from msgspec import Struct

from states.vocabulary import Text

DAYS_BEFORE, DAY_COUNT = 2, 20
"""The strip begins this number of working days before today, and has this number of days (four weeks)."""


class OpenDeadline(Struct, frozen=True):
    """The deadline of a step. `open_count` is the number of departments that still have to do the step."""

    due: date
    title: Text
    open_count: int
    path: str


class CalendarDay(Struct, frozen=True):
    """One day with its deadlines. `is_soon`: it has deadlines, and they are near."""

    day: date
    is_today: bool
    deadlines: tuple[OpenDeadline, ...]
    is_soon: bool


def coming_days(
    today: date, deadlines: Iterable[OpenDeadline], is_working: Callable[[date], bool], soon_until: date
) -> tuple[CalendarDay, ...]:
    """The days of the strip: working days, and days off that have a deadline. Empty if there is no deadline.

    A deadline up to `soon_until` is near. Deadlines before today, and those with an `open_count` of 0, are left out.
    """
    open_deadlines = [deadline for deadline in deadlines if deadline.due >= today and deadline.open_count]
    due_days = {deadline.due for deadline in open_deadlines}
    day, days_before = today, DAYS_BEFORE
    while days_before and (today - day).days < DAY_COUNT:
        day -= timedelta(days=1)
        days_before -= is_working(day)
    dates: list[date] = []
    while len(dates) < DAY_COUNT and (day - today).days < 3 * DAY_COUNT:
        if day == today or day in due_days or is_working(day):
            dates.append(day)
        day += timedelta(days=1)
    by_day = {day: tuple(deadline for deadline in open_deadlines if deadline.due == day) for day in dates}
    days = tuple(
        CalendarDay(day, day == today, due_then, bool(due_then) and day <= soon_until)
        for day, due_then in by_day.items()
    )
    return days if any(by_day.values()) else ()
