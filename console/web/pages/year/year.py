"""年度: the years and where each stands; closing one, with what stands in the way. Opening one is in `opening.py`."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.request import Visit
from console.web.routes import Pages
from states import policy
from states.chart import stage_title
from states.refusals import NotThere, Refusal
from states.rulebook.types import Rulebook
from states.vocabulary import Text
from states.year.year import CloseYear, Left, Progress, Year, left, not_ended, progress
from storage import queries

pages = Pages()


class Row(Struct, frozen=True):
    """One year: how many assessments of its round there are, and how many at each stage."""

    year: Year
    units: int
    stages: tuple[tuple[Text, int], ...]


@pages.get("/years", view="year")
def show(visit: Visit) -> Response:
    rows = [_row(visit, number) for number in queries.years(visit.database)]
    return visit.page("years.html", rows=rows, next_year=next_year(visit), may_open=may(visit, "open_year"))


@pages.get("/years/{year:int}", view="year")
def look(visit: Visit, year: int) -> Response:
    return _one(visit, year)


@pages.post("/years/{year:int}/close", view="year")
def close(visit: Visit, year: int) -> Response:
    typed = Fields(visit, policy.cited("close_year", visit.rulebook))
    try:
        reason = typed.words("reason", Text(zh="留待办理的理由", en="the reason for leaving them"))
        visit.submit(f"year/{year}", CloseYear(reason=reason))
    except Refusal as refusal:
        return _one(visit, year, refusal)
    return visit.to(f"/years/{year}?done=close_year")


def year_of(visit: Visit, number: int) -> tuple[Year, Rulebook]:
    """A year that was opened, and the rulebook that binds it. NotThere for one that was not."""
    state, _, compiled = visit.context(f"year/{number}")
    assert isinstance(state, Year)
    rulebook = compiled.rulebook
    if not state.version:
        act = Text(zh="查阅年度", en="look at the year")
        raise NotThere(act=act, stream=str(number), first=policy.title("open_year", rulebook))
    return state, rulebook


def may(visit: Visit, act: str) -> bool:
    """Whether one of the account's roles is named for an act of a year or of the roster."""
    by, _ = policy.entitled(act, None, None, visit.rulebook)
    return not visit.roles.isdisjoint(by)


def next_year(visit: Visit) -> int:
    """The year to be opened next: this one, or the one after it if this one is open."""
    this = visit.today.year
    return this + (this in queries.years(visit.database))


def round_of(visit: Visit, number: int) -> tuple[Progress, ...]:
    """Where each assessment of a year's round stands."""
    rows = queries.assessments(visit.database, number)
    return progress(visit.engine.assessments_at({row.stream: row.version for row in rows}))


def _row(visit: Visit, number: int) -> Row:
    state, _, compiled = visit.context(f"year/{number}")
    assert isinstance(state, Year)
    rulebook, rows = compiled.rulebook, queries.assessments(visit.database, number)
    counted = Counter(row.stage for row in rows if row.occasion is None)
    order = [*rulebook.stages, "withdrawn"]
    stages = tuple((stage_title(stage, rulebook), counted[stage]) for stage in order if counted[stage])
    return Row(state, counted.total(), stages)


def _one(visit: Visit, number: int, refusal: Refusal | None = None) -> Response:
    state, rulebook = year_of(visit, number)
    found = round_of(visit, number)
    stages = {one.unit: stage_title(one.stage, rulebook) for one in found}
    return visit.page(
        "year.html", 409 if refusal else 200, year=state, row=_row(visit, number), refusal=refusal,
        waiting=[(unit, stages.get(unit)) for unit in not_ended(state, found, visit.roster)],
        tasks=[(one.unit, _task(one, rulebook)) for one in left(found)], may_close=may(visit, "close_year"),
        special=[row for row in queries.assessments(visit.database, number) if row.occasion is not None],
        withdrawn=[row for row in queries.assessments(visit.database, number) if row.withdrawn and row.occasion is None],
        may_open=may(visit, "open_assessment"), stage=lambda row: stage_title(row.stage, rulebook),
        done=visit.request.query_params.get("done", ""), clause=policy.cited("close_year", rulebook),
        by=[visit.role_title(role) for role in policy.entitled("close_year", None, None, rulebook)[0]],
    )  # fmt: skip


def _task(one: Left, rulebook: Rulebook) -> Text:
    known = rulebook.consequences.get(one.task)
    return known.title.text if known else Text(zh=one.task, en=one.task)
