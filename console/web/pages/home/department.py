"""The first page of whoever stands for a department: where its assessment is, what comes next, why something came back, whom to call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct
from starlette.responses import Response

from console.web.forms.returns import Returned, returned
from console.web.pages.accounts.own_account import changes
from console.web.pages.assessments.assessment import Step, link, steps_of
from console.web.pages.assessments.routine_checks import waiting
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.deadlines.lights import WORDS, Light, begun, timed
from states.offers import Next, next_act
from states.records.lineage import origins
from states.records.year import Visit as PlannedVisit
from states.records.year import Year
from states.result.result import plain
from states.rulebook.types import Indicator, Rulebook, Stage
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

from .inbox import unread

MOST = 3
"""Of how many indicators that lost points last year, and of how many steps to come, the page tells."""


class Coming(Struct, frozen=True):
    """A step to come: what it needs of the department, and when."""

    title: Text
    needs: tuple[Text, ...]
    due: date | None


class Standing(Struct, frozen=True):
    """One assessment of the department that is not over. `at` is the number of the step it is at, `blocked` how many wait for it.

    `handed_in` is the total of its self-report, out of `most`, where it was handed in.
    """

    state: Assessment
    path: str
    form: str
    unit: str
    steps: list[Step]
    at: int
    next: Next
    by: str
    light: Light
    left: int | None
    blocked: int
    back: Returned | None
    coming: tuple[Coming, ...]
    plan: PlannedVisit | None
    handed_in: str
    most: str


class Loss(Struct, frozen=True):
    """An indicator that lost points."""

    label: str
    title: Text
    lost: str
    points: str


class Last(Struct, frozen=True):
    """The department's last circulated result, and where it lost most."""

    year: int
    path: str
    grade: Text
    score: str
    losses: tuple[Loss, ...]


def show(request: PageRequest) -> Response:
    """The page of the department the account stands for."""
    assert request.user.unit is not None
    states = [state for state in _states(request) if request.permissions.may_view("assessment", state.unit)]
    standing = [one for state in states for one in _standing(request, state)]
    return request.answer.page(
        "department.html",
        title=request.roster.title(request.user.unit),
        standing=standing,
        last=_last(request, [state for state in states if state.occasion is None]),
        office=_named(request, "office"),
        unit=request.roster.units.get(request.user.unit),
        unread=unread(request),
        checks=waiting(request),
        changes=changes(request),
        before=origins(request.user.unit, request.roster),
        words=WORDS,
    )


def _states(request: PageRequest) -> list[Assessment]:
    """The assessments of the department and of those it speaks for, the last year first."""
    units = {request.user.unit or "", *(one.unit for one in origins(request.user.unit or "", request.roster))}
    rows = [row for unit in sorted(units) for row in queries.assessments_of_unit(request.database, unit)]
    found = request.engine.assessments_at({row.stream: row.version for row in rows})
    return sorted(found, key=lambda state: (-state.year, state.stream))


def _standing(request: PageRequest, state: Assessment) -> list[Standing]:
    """The assessment as it stands; nothing where it is over."""
    _, context, compiled = request.context(state.stream)
    rulebook = compiled.rulebook
    following = next_act(state, rulebook)
    if following is None:
        return []
    steps = steps_of(request, state, rulebook)
    at = next((n for n, step in enumerate(steps, start=1) if step.place == "here"), 0)
    due = following.due
    mine = request.permissions.may_do(following.act, state, context)
    table, report = rulebook.tables[state.unit_kind], state.fact(SelfReportSubmitted)
    year = request.engine.state(year_stream(state.year))
    visited = state.occasion is None and state.step("site_inspection") is None
    return [
        Standing(
            state, link(state), link(state, following.act) if mine else "", request.roster.title(state.unit, state.year), steps, at,
            following, request.format.join(request.format.role(role) for role in following.by),
            timed(begun(state, rulebook), due, request.today, request.soon_until),
            request.working_days.between(request.today, due) if due else None, sum(step.light == "blocked" for step in steps),
            returned(request, state, rulebook), tuple(_coming(state, stage) for stage in rulebook.stage[at + 1 :][:MOST] if at),
            year.visits.get(state.unit) if isinstance(year, Year) and visited else None,
            plain(sum(report.self_scores.values(), Decimal(0))) if report else "", plain(Decimal(table.total)),
        )
    ]  # fmt: skip


def _coming(state: Assessment, stage: Stage) -> Coming:
    return Coming(stage.title.text, tuple(one.text for one in stage.requires), state.due.get(stage.kind))


def _last(request: PageRequest, states: list[Assessment]) -> Last | None:
    """The last result that was circulated."""
    state = next((state for state in states if state.circulated and state.fact(Scored)), None)
    scored = state.fact(Scored) if state else None
    if state is None or scored is None or state.step("circulation") is None:
        return None
    rulebook = request.context(state.stream)[2].rulebook
    grade = rulebook.grades[scored.result.grade].title.text
    return Last(state.year, link(state), grade, plain(scored.result.score), _losses(state, scored, rulebook))


def _losses(state: Assessment, scored: Scored, rulebook: Rulebook) -> tuple[Loss, ...]:
    indicators = [one for section in rulebook.tables[state.unit_kind].section for one in section.indicator]
    found = sorted(((_lost(one, scored), one) for one in indicators), key=lambda pair: -pair[0])
    return tuple(
        Loss(one.label, one.title.text, plain(lost), plain(sum((e.points for e in one.element), Decimal(0))))
        for lost, one in found[:MOST]
        if lost > 0
    )


def _lost(indicator: Indicator, scored: Scored) -> Decimal:
    return sum((element.points - scored.marks[element.key] for element in indicator.element), Decimal(0))


def _named(request: PageRequest, role: str) -> list[str]:
    """What those are called who hold a role."""
    found = ((name, request.account_of(id_)) for id_, name in request.account_names.items())
    return [name for name, account in found if role in account.roles and not account.closed]
