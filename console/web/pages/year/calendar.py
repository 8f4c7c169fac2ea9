"""工作日历: the working days of a year by month, and the import of the State Council's table of days off.

An import also moves deadlines: those of open years that nobody has moved are computed again. Also here, for other
pages: the months of a calendar, and the remark on a day (whether it is a working day, and whether that is certain).
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable
from datetime import date

from msgspec import Struct
from starlette.responses import Response

from config.calendars import HolidayTable, WorkingDays, parse_table
from console.web.forms.fields import read_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.refusals import Incomplete, Refusal
from states.user_errors import UserError
from states.vocabulary import Text
from workflow.calendar import MovedDeadline, import_table, working_days

pages = Pages()

IMPORT_TITLE = Text(zh="导入放假安排", en="import the table of days off")
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


@pages.get("/calendar", view="year")
def show(request: PageRequest) -> Response:
    return _page(request, request.today.year)


@pages.get("/calendar/{year:int}", view="year")
def show_year(request: PageRequest, year: int) -> Response:
    return _page(request, min(max(year, FIRST_CALENDAR_YEAR), LAST_CALENDAR_YEAR))


@pages.post("/calendar", view="year")
def import_days_off(request: PageRequest) -> Response:
    """Import a year's table of days off.

    Deadlines that nobody has moved are computed again. A deadline that changes by this is recorded.
    """
    # The import has no act of its own. It moves the deadlines of a year, so it needs the right to move them.
    try:
        actor = request.permissions.entitled_actor("move_year_deadline", IMPORT_TITLE)
        imported = read_all({"file": lambda: _read_table(request)})["file"]
        moved = import_table(request.engine, imported, actor)
    except UserError as refusal:
        return _page(request, request.today.year, refusal)
    return _page(request, imported.year, outcome=CalendarImport(len(imported.days), moved))


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


def _read_table(request: PageRequest) -> HolidayTable:
    """The uploaded table. Raises `Incomplete` or `CalendarFault`."""
    file = request.form.file("file")
    if file is None:
        clause = policy.clause_of("move_year_deadline", request.rulebook)
        raise Incomplete(missing=Text(zh="放假安排文件", en="the file"), clause=clause)
    return parse_table(file.file.read(), file.filename or "")


def _page(
    request: PageRequest, year: int, refusal: UserError | None = None, outcome: CalendarImport | None = None
) -> Response:
    calendar = working_days(request.database)
    months = [calendar_month(date(year, month, 1), lambda day: calendar_cell(day, calendar)) for month in range(1, 13)]
    cells = [cell for month in months for week in month.weeks for cell in week if cell is not None]
    status = 200 if refusal is None else 403 if isinstance(refusal, Refusal) and refusal.grave else 409
    return request.answer.page(
        "calendar.html",
        status,
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
    )
