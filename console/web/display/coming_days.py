"""The coming working days and what is due on each: a strip on the first page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from msgspec import Struct

from states.vocabulary import Text

BEFORE, SHOWN = 2, 20
"""How many working days before today it begins, and how many days it has: four weeks."""


class OpenDeadline(Struct, frozen=True):
    """A step's deadline, and for how many departments the step is still to be done."""

    due: date
    title: Text
    open: int
    path: str


class CalendarDay(Struct, frozen=True):
    """One day: what is due on it, and whether that is near (`soon`)."""

    day: date
    is_today: bool
    deadlines: tuple[OpenDeadline, ...]
    soon: bool


def coming_days(
    today: date, deadlines: Iterable[OpenDeadline], is_working: Callable[[date], bool], near: date
) -> tuple[CalendarDay, ...]:
    """The working days from shortly before today on, and any day off on which something is due; none where nothing is due.

    A deadline up to the day `near` is soon. What is past, or done everywhere, is not in it.
    """
    open_ones = [one for one in deadlines if one.due >= today and one.open]
    due = {one.due for one in open_ones}
    day, left = today, BEFORE
    while left and (today - day).days < SHOWN:
        day -= timedelta(days=1)
        left -= is_working(day)
    shown: list[date] = []
    while len(shown) < SHOWN and (day - today).days < 3 * SHOWN:
        if day == today or day in due or is_working(day):
            shown.append(day)
        day += timedelta(days=1)
    on = {day: tuple(one for one in open_ones if one.due == day) for day in shown}
    days = tuple(CalendarDay(day, day == today, found, bool(found) and day <= near) for day, found in on.items())
    return days if any(on.values()) else ()
