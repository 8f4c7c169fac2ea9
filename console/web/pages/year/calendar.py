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

from config.calendar_sheets import DAY_HEADS, read_calendar
from config.calendars import HolidayTable, WorkingDays, parse_table
from config.cells import CellFault
from config.statutory import statutory_holidays
from console.web.display.spreadsheets import EXCEL
from console.web.forms.fields import read_all
from console.web.forms.sheet_drafts import ACCEPTED
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents import inspection
from documents.sheets.writing import ExcelColumn, ExcelTable, write
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


class CalendarSheetFault(UserError):
    """A sheet of days off cannot be used. `faults`: everything that is wrong; empty if it has no table."""

    zh = "放假安排 {file} 不能使用，未作任何更改：{why}。"
    en = "The days off in {file} cannot be used, and nothing was changed: {why}."

    def __init__(self, file: str, faults: tuple[CellFault, ...]) -> None:
        count = len(faults)
        why = Text(zh=f"有 {count} 处要改", en=f"{count} things to correct")
        no_table = Text(
            zh="没有认出表格，表头应有“日期、放假或上班”，或“放假日期、调休上班日期”",
            en="no table was found; its heads must be Date and Off or work, or Days off and Days of work",
        )
        super().__init__(file=file, why=why if faults else no_table)
        self.faults = faults


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


@pages.get("/calendar/{year:int}/template", view="year")
def template(request: PageRequest, year: int) -> Response:
    """A sheet to fill in for a year. The holidays by law are in it already."""
    year = min(max(year, FIRST_CALENDAR_YEAR), LAST_CALENDAR_YEAR)
    off, work = (request.format.text(one) for one in (Text(zh="放假", en="off"), Text(zh="上班", en="work")))
    columns = tuple(
        ExcelColumn(
            title=request.format.text(head.title),
            width=30 if key == "note" else 16,
            kind="day" if key == "day" else "text",
            choices=(off, work) if key == "off" else (),
        )
        for key, head in DAY_HEADS.items()
    )
    law = request.format.text(Text(zh="法定节假日", en="holiday by law"))
    title = request.format.text(Text(zh=f"{year} 年放假安排", en=f"Days off {year}"))
    note = Text(
        zh="只列放假的工作日、法定节假日和调休上班的周末；平常的周末和工作日不列。",
        en="Only weekdays off, holidays by law and weekend days of work; no other weekends and weekdays.",
    )
    rows = tuple((day, off, law) for day in sorted(statutory_holidays(year)))
    table = ExcelTable(
        name=title, title=title, subtitle=request.format.text(note), columns=columns, rows=rows, is_open=True
    )
    return request.answer.download(f"kaohe-days-off-{year}.xlsx", write([table]), EXCEL)


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
    """The uploaded table, in a sheet or in the published format.

    Raises `Incomplete`, `CalendarFault`, `CalendarSheetFault` or `FileNotAccepted`.
    """
    file = request.form.file("file")
    if file is None:
        clause = policy.clause_of("move_year_deadline", request.rulebook)
        raise Incomplete(missing=Text(zh="放假安排文件", en="the file"), clause=clause)
    name, data = file.filename or "", file.file.read()
    if name.casefold().endswith(".json"):
        return parse_table(data, name)
    sheet = read_calendar(inspection.read_workbook(name, data, request.app.settings.office_converter))
    if sheet.table is None:
        raise CalendarSheetFault(name[-80:], sheet.faults)
    return sheet.table


def _sheet_faults(refusal: UserError | None) -> tuple[CellFault, ...]:
    """The faults of the sheet that a form brought."""
    errors = refusal.errors.values() if isinstance(refusal, InvalidForm) else ()
    return next((error.faults for error in errors if isinstance(error, CalendarSheetFault)), ())


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
        faults=_sheet_faults(refusal),
        accept=f".json,{ACCEPTED}",
        outcome=outcome,
        may_import=request.permissions.is_entitled("move_year_deadline"),
        stages=request.rulebook.stages,
    )
