"""工作日历: the working days of a year, month by month, and the import of the State Council's table for one."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable
from datetime import date

from msgspec import Struct
from starlette.responses import Response

from config.calendars import Table, WorkingDays, table
from console.web.forms.fields import read_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.refusals import Incomplete, NotYours, Refusal
from states.user_errors import UserError
from states.vocabulary import Citation, Text
from workflow.calendar import Moved, adopt, working_days

from .year import may

pages = Pages()

IMPORT = Text(zh="导入放假安排", en="import the table of days off")
FIRST, LAST = 2000, 2200


class Remark(Struct, frozen=True):
    """What is to be said of a day a deadline falls on: is it worked, and is that certain yet?"""

    working: bool
    provisional: bool


class Cell(Struct, frozen=True):
    """One day of a month's picture: `off` 休, `moved` a weekend day that is worked or a weekday that is not."""

    day: date
    off: bool
    moved: bool


class Month(Struct, frozen=True):
    """One month: its weeks from Monday on, None where a day is of another month."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


@pages.get("/calendar", view="year")
def show(request: PageRequest) -> Response:
    return _page(request, request.today.year)


@pages.get("/calendar/{year:int}", view="year")
def look(request: PageRequest, year: int) -> Response:
    return _page(request, min(max(year, FIRST), LAST))


@pages.post("/calendar", view="year")
def take(request: PageRequest) -> Response:
    """Keep a year's table; deadlines nobody touched are re-dated by entries."""
    by, clause = policy.entitled("move_year_deadline", None, None, request.rulebook)
    try:
        if request.user.roles.isdisjoint(by):
            titles = [policy.role_title(role, request.rulebook) for role in by]
            named = Text(zh="、".join(title.zh for title in titles), en=", ".join(title.en for title in titles))
            role = policy.role_title(request.user.actor().role, request.rulebook)
            raise NotYours(act=IMPORT, role=role, by=named, clause=clause)
        read = read_all({"file": lambda: _table(request, clause)})["file"]
        moved = adopt(request.engine, read, request.user.actor(*by))
    except UserError as refusal:
        return _page(request, request.today.year, refusal)
    return _page(request, read.year, moved=moved, kept=len(read.days))


def _table(request: PageRequest, clause: Citation) -> Table:
    """The table that came with the form. Incomplete, CalendarFault."""
    file = request.form.file("file")
    if file is None:
        raise Incomplete(missing=Text(zh="放假安排文件", en="the file"), clause=clause)
    return table(file.file.read(), file.filename or "")


def remark(day: date, days: WorkingDays) -> Remark:
    """What is to be said of a day."""
    return Remark(days.is_working(day), days.is_provisional(day.year))


def month(first: date, made: Callable[[date], Cell]) -> Month:
    """The picture of the month that begins on `first`."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return Month(first, tuple(tuple(made(d) if d.month == first.month else None for d in week) for week in weeks))


def cell(day: date, days: WorkingDays) -> Cell:
    """A day as the working days have it."""
    off = not days.is_working(day)
    return Cell(day, off, off != (day.weekday() >= 5))


def _page(
    request: PageRequest, year: int, refusal: UserError | None = None, moved: list[Moved] | None = None, kept: int = 0
) -> Response:
    days = working_days(request.database)
    months = [month(date(year, n, 1), lambda day: cell(day, days)) for n in range(1, 13)]
    worked = sum(one is not None and not one.off for each in months for week in each.weeks for one in week)
    status = 200 if refusal is None else 403 if isinstance(refusal, Refusal) and refusal.grave else 409
    return request.answer.page(
        "calendar.html", status, year=year, months=months, worked=worked, provisional=days.is_provisional(year),
        refusal=refusal, moved=moved, kept=kept, may_import=may(request, "move_year_deadline"),
        stages=request.rulebook.stages, first=FIRST, last=LAST,
    )  # fmt: skip
