"""年度: the years and where each stands; closing one, with what stands in the way. Opening one is in `opening.py`."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.chart import stage_title
from states.records.year import Progress, Year
from states.refusals import NotThere, Refusal
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from states.year.year import CloseYear, Left, left, not_ended, progress
from storage import queries

pages = Pages()


class Row(Struct, frozen=True):
    """One year: how many assessments of its round there are, and how many at each stage."""

    year: Year
    units: int
    stages: tuple[tuple[Text, int], ...]


@pages.get("/years", view="year")
def show(request: PageRequest) -> Response:
    rows = [_row(request, number) for number in queries.years(request.database)]
    return request.answer.page(
        "years.html", rows=rows, next_year=next_year(request), may_open=may(request, "open_year")
    )


@pages.get("/years/{year:int}", view="year")
def look(request: PageRequest, year: int) -> Response:
    return _one(request, year)


@pages.post("/years/{year:int}/close", view="year")
def close(request: PageRequest, year: int) -> Response:
    typed = Fields(request.form, policy.cited("close_year", request.rulebook))
    try:
        reason = typed.words("reason", Text(zh="留待办理的理由", en="the reason for leaving them"))
        submit(request, year_stream(year), CloseYear(reason=reason))
    except Refusal as refusal:
        return _one(request, year, refusal)
    return request.answer.redirect(f"/years/{year}?done=close_year")


def year_of(request: PageRequest, number: int) -> tuple[Year, Rulebook]:
    """A year that was opened, and the rulebook that binds it. NotThere for one that was not."""
    state, _, compiled = request.context(year_stream(number))
    assert isinstance(state, Year)
    rulebook = compiled.rulebook
    if not state.version:
        act = Text(zh="查阅年度", en="look at the year")
        raise NotThere(act=act, stream=str(number), first=policy.title("open_year", rulebook))
    return state, rulebook


def may(request: PageRequest, act: str) -> bool:
    """Whether one of the account's roles is named for an act of a year or of the roster."""
    by, _ = policy.entitled(act, None, None, request.rulebook)
    return not request.user.roles.isdisjoint(by)


def next_year(request: PageRequest) -> int:
    """The year to be opened next: this one, or the one after it if this one is open."""
    this = request.today.year
    return this + (this in queries.years(request.database))


def round_of(request: PageRequest, number: int) -> tuple[Progress, ...]:
    """Where each assessment of a year's round stands."""
    rows = queries.assessments(request.database, number)
    return progress(request.engine.assessments_at({row.stream: row.version for row in rows}))


def _row(request: PageRequest, number: int) -> Row:
    state, _, compiled = request.context(year_stream(number))
    assert isinstance(state, Year)
    rulebook, rows = compiled.rulebook, queries.assessments(request.database, number)
    counted = Counter(row.stage for row in rows if row.occasion is None)
    order = [*rulebook.stages, "withdrawn"]
    stages = tuple((stage_title(stage, rulebook), counted[stage]) for stage in order if counted[stage])
    return Row(state, counted.total(), stages)


def _one(request: PageRequest, number: int, refusal: Refusal | None = None) -> Response:
    state, rulebook = year_of(request, number)
    found = round_of(request, number)
    stages = {one.unit: stage_title(one.stage, rulebook) for one in found}
    return request.answer.page(
        "year.html", 409 if refusal else 200, year=state, row=_row(request, number), refusal=refusal,
        waiting=[(unit, stages.get(unit)) for unit in not_ended(state, found, request.roster)],
        tasks=[(one.unit, _task(one, rulebook)) for one in left(found)], may_close=may(request, "close_year"),
        special=[row for row in queries.assessments(request.database, number) if row.occasion is not None],
        withdrawn=[row for row in queries.assessments(request.database, number) if row.withdrawn and row.occasion is None],
        may_open=may(request, "open_assessment"), stage=lambda row: stage_title(row.stage, rulebook),
        done=request.query.get("done", ""), clause=policy.cited("close_year", rulebook),
        by=[request.format.role(role) for role in policy.entitled("close_year", None, None, rulebook)[0]],
    )  # fmt: skip


def _task(one: Left, rulebook: Rulebook) -> Text:
    known = rulebook.consequences.get(one.task)
    return known.title.text if known else Text(zh=one.task, en=one.task)
