"""年度: the list of years with their progress, the page of one year, and closing it.

The page of a year lists what has not ended, the open follow-up tasks, and the special and the withdrawn assessments.
Also here: functions for all pages of a year. Not here: opening a year (`opening.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import WITHDRAWN, Assessment
from states.chart import stage_title
from states.records.year import Progress, Year
from states.refusals import NotThere, Refusal
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from states.year.year import CloseYear, OpenTask, not_ended, open_tasks_of, progress
from storage import queries
from storage.tables.projections import AssessmentRow

pages = Pages()


class YearRow(Struct, frozen=True):
    """One year: the number of its annual assessments, and for each stage the number of those whose last step it is.

    Withdrawn assessments are counted, and have a row of their own in `stages`.
    """

    year: Year
    units: int
    stages: tuple[tuple[Text, int], ...]


@pages.get("/years", view="year")
def show(request: PageRequest) -> Response:
    rows = [_year_row(request, number) for number in queries.years(request.database)]
    return request.answer.page(
        "years.html", rows=rows, next_year=next_year(request), may_open=request.permissions.is_entitled("open_year")
    )


@pages.get("/years/{year:int}", view="year")
def show_year(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/close", view="year")
def close(request: PageRequest, year: int) -> Response:
    """Close the year. If follow-up tasks are still open, a reason is needed."""
    fields = Fields(request.form, policy.clause_of("close_year", request.rulebook))
    try:
        reason = fields.words("reason", Text(zh="留待办理的理由", en="the reason for leaving them"))
        submit(request, year_stream(year), CloseYear(reason=reason))
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}?done=close_year")


# --- for all pages of a year ----------------------------------------------------------------------


def year_of(request: PageRequest, number: int) -> tuple[Year, Rulebook]:
    """A year, and the rulebook that binds it. Raises `NotThere` if the year was not opened."""
    state, _, compiled = request.context(year_stream(number))
    assert isinstance(state, Year)
    if not state.version:
        act, first = Text(zh="查阅年度", en="look at the year"), policy.title("open_year", compiled.rulebook)
        raise NotThere(act=act, stream=str(number), first=first)
    return state, compiled.rulebook


def next_year(request: PageRequest) -> int:
    """The next year to open: the current year, or the year after it if the current one is open already."""
    this_year = request.today.year
    return this_year + 1 if this_year in queries.years(request.database) else this_year


def annual_assessments(request: PageRequest, number: int) -> list[Assessment]:
    """The annual assessments of the year that are not withdrawn, by department."""
    rows = [row for row in queries.assessments(request.database, number) if row.occasion is None and not row.withdrawn]
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return sorted((state for state in states if state.stage != WITHDRAWN), key=lambda state: state.unit)


def annual_progress(request: PageRequest, number: int) -> tuple[Progress, ...]:
    """The progress of each annual assessment of a year, withdrawn ones included. It has no special assessments."""
    rows = queries.assessments(request.database, number)
    return progress(request.engine.assessments_at({row.stream: row.version for row in rows}))


def _year_row(request: PageRequest, number: int) -> YearRow:
    state, _, compiled = request.context(year_stream(number))
    assert isinstance(state, Year)
    rulebook, rows = compiled.rulebook, queries.assessments(request.database, number)
    counts = Counter(row.stage for row in rows if row.occasion is None)
    order = [*rulebook.stages, "withdrawn"]
    stages = tuple((stage_title(stage, rulebook), counts[stage]) for stage in order if counts[stage])
    return YearRow(state, counts.total(), stages)


def _special_rows(request: PageRequest, rows: Iterable[AssessmentRow]) -> dict[str, list[AssessmentRow]]:
    """The special assessments by their titles."""
    by_title: dict[str, list[AssessmentRow]] = {}
    for row in rows:
        if row.occasion is not None:
            by_title.setdefault(request.special_title(row.stream), []).append(row)
    return by_title


def _page(request: PageRequest, number: int, refusal: Refusal | None = None) -> Response:
    state, rulebook = year_of(request, number)
    annual, rows = annual_progress(request, number), queries.assessments(request.database, number)
    stages = {progress.unit: stage_title(progress.stage, rulebook) for progress in annual}
    return request.answer.page(
        "year.html",
        409 if refusal else 200,
        year=state,
        row=_year_row(request, number),
        refusal=refusal,
        done=request.query.get("done", ""),
        not_ended=[(unit, stages.get(unit)) for unit in not_ended(state, annual, request.roster)],
        tasks=[(task.unit, _task_title(task, rulebook)) for task in open_tasks_of(annual)],
        special=_special_rows(request, rows),
        withdrawn=[row for row in rows if row.withdrawn and row.occasion is None],
        stage=lambda row: stage_title(row.stage, rulebook),
        may_close=request.permissions.is_entitled("close_year"),
        may_open=request.permissions.is_entitled("open_assessment"),
        clause=policy.clause_of("close_year", rulebook),
        by=[request.format.role(role) for role in policy.entitled_roles("close_year", None, None, rulebook)[0]],
    )


def _task_title(task: OpenTask, rulebook: Rulebook) -> Text:
    rule = rulebook.task_of(task.task)
    return rule.title.text if rule else Text(zh=task.task, en=task.task)
