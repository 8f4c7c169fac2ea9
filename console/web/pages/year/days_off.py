"""放假安排: brings the State Council's table of days off of a year in, from a sheet or in the published format.

First the page says which days are new, change and go, and which deadlines that moves: those of open years that nobody
has moved. Not here: the months of a year (`calendar.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from config.calendar_sheets import DAY_HEADS, KINDS, read_calendar, sheet_of
from config.calendars import HolidayTable, HolidayTableDay, TableChanges, changes_of, parse_table
from config.cells import CellFault, Workbook
from config.statutory import statutory_holidays
from config.tables import FoundTable
from console.web.display.spreadsheets import EXCEL
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.sheet_imports.drafts import SheetDraft, SheetForm
from console.web.sheet_imports.flow import SheetImport
from documents.sheets.writing import ExcelColumn, ExcelTable, write
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from workflow.calendar import MovedDeadline, import_table, moves_of, present_notice

from .calendar import CalendarImport, calendar_page, calendar_year

pages = Pages()

_OFF, _WORK, _UNLISTED = Text(zh="放假", en="off"), Text(zh="上班", en="work"), Text(zh="未列", en="not listed")


class CalendarPlan(Struct, frozen=True):
    """The table (None while it has faults), what it changes, the deadlines that it would move, and every fault."""

    table: HolidayTable | None
    changes: TableChanges | None
    moves: list[MovedDeadline]
    faults: Sequence[CellFault]


class DaysOffImport(SheetImport[CalendarPlan]):
    """The days off of a year from a sheet."""

    path = "/calendar"
    # The import has no act of its own. It moves the deadlines of a year, so it needs the right to move them.
    act = "move_year_deadline"
    title = Text(zh="导入放假安排", en="import the table of days off")
    plan_template = "calendar_plan.html"

    def form(self, _request: PageRequest) -> SheetForm:
        return SheetForm(self.path, "calendar", KINDS, {".json": _read_json})

    def plan(self, request: PageRequest, _draft: SheetDraft, tables: Sequence[FoundTable]) -> CalendarPlan:
        sheet = read_calendar(tables)
        if sheet.table is None:
            return CalendarPlan(None, None, [], sheet.faults)
        changes = changes_of(sheet.table, present_notice(request.database, sheet.table.year))
        return CalendarPlan(sheet.table, changes, moves_of(request.engine, sheet.table), ())

    def plan_values(self, request: PageRequest, plan: CalendarPlan) -> dict[str, Any]:
        return {"stages": request.rulebook.stages, "days": _changed_days(plan.changes) if plan.changes else []}

    def carry_out(self, request: PageRequest, plan: CalendarPlan, actor: Actor) -> CalendarImport:
        assert plan.table is not None, "a plan without faults has a table"
        return CalendarImport(len(plan.table.days), import_table(request.engine, plan.table, actor))

    def done_page(self, request: PageRequest, plan: CalendarPlan, outcome: CalendarImport) -> Response:
        assert plan.table is not None
        return calendar_page(request, plan.table.year, outcome=outcome)

    def upload_page(self, request: PageRequest, refusal: UserError | None = None) -> Response:
        return calendar_page(request, request.today.year, refusal, **self.upload_values(request))


DaysOffImport().add_to(pages, view="year")


@pages.get("/calendar/{year:int}/template", view="year")
def template(request: PageRequest, year: int) -> Response:
    """A sheet to fill in for a year. The holidays by law are in it already."""
    year = calendar_year(year)
    off, work = (request.format.text(one) for one in (_OFF, _WORK))
    columns = tuple(
        ExcelColumn(
            title=request.format.text(head.title),
            width=30 if key in ("note", "paper") else 16,
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
    rows = tuple((day, off, law, None) for day in sorted(statutory_holidays(year)))
    table = ExcelTable(
        name=title, title=title, subtitle=request.format.text(note), columns=columns, rows=rows, is_open=True
    )
    return request.answer.download(f"kaohe-days-off-{year}.xlsx", write([table]), EXCEL)


def _changed_days(changes: TableChanges) -> list[tuple[HolidayTableDay, Text, Text]]:
    """The days that change, in their order, each with what the table said of it before and says after."""
    days = [
        *((day, _UNLISTED, _kind(day.isOffDay)) for day in changes.added),
        *((day, _kind(not day.isOffDay), _kind(day.isOffDay)) for day in changes.changed),
        *((day, _kind(day.isOffDay), _UNLISTED) for day in changes.gone),
    ]
    return sorted(days, key=lambda change: change[0].date)


def _kind(is_off: bool) -> Text:
    return _OFF if is_off else _WORK


def _read_json(data: bytes, name: str) -> Workbook:
    """A table in the published format, as a sheet. Raises `CalendarFault`."""
    return sheet_of(parse_table(data, name))
