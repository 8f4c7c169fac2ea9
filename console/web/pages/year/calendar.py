"""工作日历: the working days of a year by month.

Also here, for other pages: the months of a calendar, and the remark on a day (whether it is a working day, and whether
that is certain). Not here: the import of a table of days off (`days_off.py`).
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from config.calendars import WorkingDays
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.user_errors import UserError
from workflow.calendar import MovedDeadline, working_days

pages = Pages()

FIRST_CALENDAR_YEAR, LAST_CALENDAR_YEAR = 2000, 2200
"""The first and the last year that have a page."""


class DayRemark(Struct, frozen=True):
    """A remark about the day of a deadline. `is_provisional`: the days off of its year are not published yet."""

    is_working_day: bool
    is_provisional: bool


class CalendarCell(Struct, frozen=True):
    """One day of a month. `is_off`: a day off (休息日). `is_swapped`: a weekday off or a working weekend day (调休)."""

    day: date
    is_off: bool
    is_swapped: bool


class CalendarMonth(Struct, frozen=True):
    """One month in weeks, which begin on Monday. A cell is None if its day belongs to another month."""

    first: date
    weeks: tuple[tuple[CalendarCell | None, ...], ...]


class CalendarImport(Struct, frozen=True):
    """The outcome of an import: the number of days in the table, and the deadlines that moved because of it."""

    days: int
    moved: list[MovedDeadline]


@pages.get("/calendar/{year:int}", view="year")
def show_year(request: PageRequest, year: int) -> Response:
    return calendar_page(request, calendar_year(year))


def day_remark(day: date, calendar: WorkingDays) -> DayRemark:
    return DayRemark(calendar.is_working(day), calendar.is_provisional(day.year))


def calendar_month(first: date, cell_of: Callable[[date], CalendarCell]) -> CalendarMonth:
    """The month whose first day is `first`, with a cell for each of its days."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    cells = (tuple(cell_of(day) if day.month == first.month else None for day in week) for week in weeks)
    return CalendarMonth(first, tuple(cells))


def calendar_cell(day: date, calendar: WorkingDays) -> CalendarCell:
    is_off, is_weekend = not calendar.is_working(day), day.weekday() >= 5
    return CalendarCell(day, is_off, is_swapped=is_off != is_weekend)


def calendar_year(year: int) -> int:
    """The year, or the nearest one that has a page."""
    return min(max(year, FIRST_CALENDAR_YEAR), LAST_CALENDAR_YEAR)


def calendar_page(
    request: PageRequest,
    year: int,
    refusal: UserError | None = None,
    outcome: CalendarImport | None = None,
    **form: Any,
) -> Response:
    """The months of a year. `form`: what the form for a new table shows; without it, there is a link to the form."""
    calendar = working_days(request.database)
    months = [calendar_month(date(year, month, 1), lambda day: calendar_cell(day, calendar)) for month in range(1, 13)]
    cells = [cell for month in months for week in month.weeks for cell in week if cell is not None]
    return request.answer.page(
        "calendar.html",
        status_of(refusal),
        year=year,
        first=FIRST_CALENDAR_YEAR,
        last=LAST_CALENDAR_YEAR,
        months=months,
        worked=sum(not cell.is_off for cell in cells),
        provisional=calendar.is_provisional(year),
        refusal=refusal,
        outcome=outcome,
        may_import=request.permissions.is_entitled("move_year_deadline"),
        stages=request.rulebook.stages,
        **form,
    )
