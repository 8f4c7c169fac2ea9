"""The first page of those who act for a department: its assessment, what comes next, what came back, whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct
from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.forms.returns import ReturnedStep, returned_step
from console.web.pages.accounts.own_account import recent_changes
from console.web.pages.assessments.assessment import StepView, planned_visit, steps_of
from console.web.pages.assessments.routine_checks import checks_to_do
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.deadlines.lights import Light, light_of, possible_since
from states.offers import NextAct, next_act
from states.records.lineage import origin_reorganisations
from states.records.year import Visit as PlannedVisit
from states.result.result import plain
from states.rulebook.types import Indicator, Rulebook, Stage
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Text
from storage import queries

from .inbox import unread

_MOST_LISTED = 3
"""How many indicators that lost points, and how many coming steps, the page lists."""


class ComingStep(Struct, frozen=True):
    """A later step: what the department has to prepare for it, and its deadline."""

    title: Text
    needs: tuple[Text, ...]
    due: date | None


class OwnAssessment(Struct, frozen=True):
    """One assessment of the department that is not finished.

    `at` is the number of the current step, 0 before the first; `blocked` is how many steps wait for it. `form` is the
    path of the next act's form, empty where that act is somebody else's; `by` names the roles it is for. `left` is in
    working days. `self_score` is the total of the self-report, out of `total`; empty until there is one.
    """

    state: Assessment
    path: str
    form: str
    unit: str
    steps: list[StepView]
    at: int
    next: NextAct
    by: str
    light: Light
    left: int | None
    blocked: int
    back: ReturnedStep | None
    coming: tuple[ComingStep, ...]
    plan: PlannedVisit | None
    self_score: str
    total: str


class LostIndicator(Struct, frozen=True):
    """How many of its points an indicator lost."""

    label: str
    title: Text
    lost: str
    points: str


class LastResult(Struct, frozen=True):
    """The department's last circulated result, and the indicators that lost most."""

    year: int
    path: str
    grade: Text
    score: str
    losses: tuple[LostIndicator, ...]


def show(request: PageRequest) -> Response:
    """The page of the department the account acts for."""
    assert request.user.unit is not None
    states = [state for state in _states(request) if request.permissions.may_view("assessment", state.unit)]
    return request.answer.page(
        "department.html",
        title=request.roster.title(request.user.unit),
        assessments=list(_own_assessments(request, states)),
        last=_last_result(request, [state for state in states if state.occasion is None]),
        office=_names_of(request, "office"),
        unit=request.roster.units.get(request.user.unit),
        unread=unread(request),
        checks=checks_to_do(request),
        changes=recent_changes(request),
        origins=origin_reorganisations(request.user.unit, request.roster),
    )


def _states(request: PageRequest) -> list[Assessment]:
    """The assessments of the department and of the departments it succeeds, the last year first."""
    units = {
        request.user.unit or "",
        *(one.unit for one in origin_reorganisations(request.user.unit or "", request.roster)),
    }
    rows = [row for unit in sorted(units) for row in queries.assessments_of_unit(request.database, unit)]
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return sorted(states, key=lambda state: (-state.year, state.stream))


def _own_assessments(request: PageRequest, states: list[Assessment]) -> Iterator[OwnAssessment]:
    """Those for which something is left to do."""
    for state in states:
        _, context, compiled = request.context(state.stream)
        following = next_act(state, compiled.rulebook)
        if following is not None:
            mine = request.permissions.may_do(following.act, state, context)
            yield _own_assessment(request, state, compiled.rulebook, following, mine=mine)


def _own_assessment(
    request: PageRequest, state: Assessment, rulebook: Rulebook, following: NextAct, *, mine: bool
) -> OwnAssessment:
    due = following.due
    steps = steps_of(request, state, rulebook)
    at = next((n for n, step in enumerate(steps, start=1) if step.place == "here"), 0)
    report = state.fact(SelfReportSubmitted)
    return OwnAssessment(
        state=state,
        path=assessment_path(state),
        form=assessment_path(state, following.act) if mine else "",
        unit=request.roster.title(state.unit, state.year),
        steps=steps,
        at=at,
        next=following,
        by=request.format.join(request.format.role(role) for role in following.by),
        light=light_of(possible_since(state, rulebook), due, request.today, request.soon_until),
        left=request.working_days.between(request.today, due) if due else None,
        blocked=sum(step.light == "blocked" for step in steps),
        back=returned_step(request, state, rulebook),
        coming=tuple(_coming(state, stage) for stage in rulebook.stage[at + 1 :][:_MOST_LISTED] if at),
        plan=planned_visit(request, state),
        self_score=plain(sum(report.self_scores.values(), Decimal(0))) if report else "",
        total=plain(Decimal(rulebook.tables[state.unit_kind].total)),
    )


def _coming(state: Assessment, stage: Stage) -> ComingStep:
    return ComingStep(stage.title.text, tuple(one.text for one in stage.requires), state.due.get(stage.kind))


def _last_result(request: PageRequest, states: list[Assessment]) -> LastResult | None:
    state = next((state for state in states if state.circulated and state.fact(Scored)), None)
    scored = state.fact(Scored) if state else None
    # A circulated result that was reopened is not shown: nobody knows yet what it will be.
    if state is None or scored is None or state.step("circulation") is None:
        return None
    rulebook = request.context(state.stream)[2].rulebook
    grade = rulebook.grades[scored.result.grade].title.text
    return LastResult(
        state.year, assessment_path(state), grade, plain(scored.result.score), _losses(state, scored, rulebook)
    )


def _losses(state: Assessment, scored: Scored, rulebook: Rulebook) -> tuple[LostIndicator, ...]:
    """The indicators that lost most, the most first."""
    indicators = [one for section in rulebook.tables[state.unit_kind].section for one in section.indicator]
    losses = sorted(((_lost(one, scored), one) for one in indicators), key=lambda pair: -pair[0])
    return tuple(
        LostIndicator(one.label, one.title.text, plain(lost), plain(sum((e.points for e in one.element), Decimal(0))))
        for lost, one in losses[:_MOST_LISTED]
        if lost > 0
    )


def _lost(indicator: Indicator, scored: Scored) -> Decimal:
    return sum((element.points - scored.marks[element.key] for element in indicator.element), Decimal(0))


def _names_of(request: PageRequest, role: str) -> list[str]:
    """The names of the accounts that hold a role."""
    holders = ((name, request.account_of(id_)) for id_, name in request.account_names.items())
    return [name for name, account in holders if role in account.roles and not account.closed]
