"""The first page of users who only act for a department. `to_dos.py` answers with it instead of its own page.

The page has the department's unfinished assessments, each with its steps, its next act and the reason if a step was
returned. It also has the last circulated result with the largest losses, routine checks to answer, the number of unread
notices, recent changes of the user's account, and the names of the office's accounts. The assessments and results of
the department's predecessors belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct
from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.display.terms import named
from console.web.display.windows import WindowView, window_views
from console.web.forms.returns import ReturnedStep, returned_step
from console.web.pages.accounts.own_account import recent_changes
from console.web.pages.assessments.assessment import StepView, planned_visit, steps_of
from console.web.pages.assessments.routine_checks import checks_to_do
from console.web.request.page_request import PageRequest
from states.assessment import Assessment, ChaseState
from states.context import Context
from states.deadlines.chase import last_chase
from states.deadlines.lights import Light, light_of, possible_since
from states.offers import NextAct, next_act_for
from states.records.lineage import origin_reorganisations
from states.records.year import Visit as PlannedVisit
from states.result.sheet_items import points_in_all
from states.rulebook import roles
from states.rulebook.calculation.forms import Branch
from states.rulebook.calculation.numbers import plain
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.vocabulary import Text
from storage import queries

from .inbox import unread

_MAX_LISTED = 3
"""The number of indicators with losses, and of coming steps, that the page lists at most."""


class ComingStep(Struct, frozen=True):
    """A later step, with the things that the department must prepare for it, and its deadline."""

    title: Text
    needs: tuple[Text, ...]
    due: date | None


class OwnAssessment(Struct, frozen=True):
    """One assessment of the department in which something is still to be done.

    `unit_title` is the title of the department. `step` is the number of the current step, 0 before the first step;
    `blocked` is the number of steps that wait for it. `next` is the next act, and `by` names the roles that do it.
    `form` is the path of its form, empty if the user may not do it. `days_left` counts working days. `self_score` is
    the total score in the self-report, empty without a self-report; `total` is the highest possible score. `chase` is
    the last time that somebody chased the next act.
    """

    state: Assessment
    path: str
    form: str
    unit_title: str
    steps: list[StepView]
    step: int
    next: NextAct
    by: str
    light: Light
    days_left: int | None
    blocked: int
    returned_step: ReturnedStep | None
    coming: tuple[ComingStep, ...]
    plan: PlannedVisit | None
    reported: bool
    self_score: str
    total: str
    chase: ChaseState | None


class RequestToMake(Struct, frozen=True):
    """A window in which the department may ask for a review of its result, and the path of the form."""

    unit_title: str
    year: int
    special: Text | None
    window: WindowView
    form: str


class LostIndicator(Struct, frozen=True):
    """The points that an indicator lost, and its full points."""

    label: str
    title: Text
    lost: str
    points: str


class LastResult(Struct, frozen=True):
    """The last circulated annual result of the department, and the indicators with the highest loss."""

    year: int
    path: str
    grade: Text | None
    score: str
    losses: tuple[LostIndicator, ...]


def show(request: PageRequest) -> Response:
    """The page of the department for which the user acts."""
    assert request.user.unit is not None
    states = [state for state in _states(request) if request.permissions.may_view("assessment", state.unit)]
    return request.answer.page(
        "department.html",
        title=request.roster.title(request.user.unit),
        assessments=list(_own_assessments(request, states)),
        last=_last_result(request, [state for state in states if state.occasion is None]),
        office=_names_of_role(request, roles.organiser(request.rulebook)),
        unit=request.roster.units.get(request.user.unit),
        unread=unread(request),
        requests=list(_requests(request, states)),
        checks=checks_to_do(request),
        changes=recent_changes(request),
        origins=origin_reorganisations(request.user.unit, request.roster),
    )


def _states(request: PageRequest) -> list[Assessment]:
    """The assessments of the department and of its predecessors, the last year first."""
    units = {
        request.user.unit or "",
        *(origin.unit for origin in origin_reorganisations(request.user.unit or "", request.roster)),
    }
    rows = [row for unit in sorted(units) for row in queries.assessments_of_unit(request.database, unit)]
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return sorted(states, key=lambda state: (-state.year, state.stream))


def _own_assessments(request: PageRequest, states: list[Assessment]) -> Iterator[OwnAssessment]:
    """The assessments in which something is still to be done, in the order of `states`."""
    for state in states:
        _, context, _ = request.context(state.stream)
        next_step = next_act_for(request.user.roles, state, context)
        if next_step is not None:
            is_of_role = not request.user.roles.isdisjoint(next_step.by)
            mine = is_of_role and request.permissions.may_do(next_step.act, state, context)
            yield _own_assessment(request, state, context, next_step, mine=mine)


def _requests(request: PageRequest, states: list[Assessment]) -> Iterator[RequestToMake]:
    """The windows in which the user may ask for a review today."""
    for state in states:
        rulebook = request.engine.rulebook_of(state.stream)
        title = request.roster.title(state.unit, state.year)
        for window in window_views(request, named(request, state), rulebook) if rulebook.window else ():
            if window.act == "ask_review":
                path = assessment_path(state, window.act, window=window.id)
                yield RequestToMake(title, state.year, request.special(state), window, path)


def _own_assessment(
    request: PageRequest, state: Assessment, context: Context, next_step: NextAct, *, mine: bool
) -> OwnAssessment:
    rulebook = context.rulebook
    due = next_step.due
    steps = steps_of(request, state, rulebook)
    current = next((number for number, view in enumerate(steps, start=1) if view.place == "here"), 0)
    report = state.fact(SelfReportSubmitted)
    return OwnAssessment(
        state=state,
        path=assessment_path(state),
        form=assessment_path(state, next_step.act) if mine else "",
        unit_title=request.roster.title(state.unit, state.year),
        steps=steps,
        step=current,
        next=next_step,
        by=request.format.join(request.format.role(role) for role in next_step.by),
        light=light_of(possible_since(state, rulebook), due, request.today, request.soon_until),
        days_left=request.working_days.between(request.today, due) if due else None,
        blocked=sum(view.light == "blocked" for view in steps),
        returned_step=returned_step(request, state, context),
        coming=tuple(_coming(state, stage) for stage in rulebook.stage[current + 1 :][:_MAX_LISTED] if current),
        plan=planned_visit(request, state),
        reported=report is not None,
        self_score=plain(points_in_all(report.self_scores, rulebook)) if report else "",
        total=plain(rulebook.forms_by_kind[state.unit_kind].full_mark or Decimal(0)),
        chase=last_chase(state, next_step.items) if mine else None,
    )


def _coming(state: Assessment, stage: Stage) -> ComingStep:
    return ComingStep(
        stage.title.text, tuple(requirement.text for requirement in stage.requires), state.due.get(stage.key)
    )


def _last_result(request: PageRequest, states: list[Assessment]) -> LastResult | None:
    """The result of the latest of these assessments with a circulated result; None if it was reopened since then."""
    state = next((state for state in states if state.circulated and state.fact(Scored)), None)
    scored = state.fact(Scored) if state else None
    # A circulated result that was reopened is not shown, because it may change.
    if state is None or scored is None or state.step("circulation") is None:
        return None
    rulebook = request.context(state.stream)[2].rulebook
    grade = rulebook.grade_title(scored.result.grade) if rulebook.first_scale is not None else None
    return LastResult(
        state.year, assessment_path(state), grade, plain(scored.result.score), _losses(state, scored, rulebook)
    )


def _losses(state: Assessment, scored: Scored, rulebook: Rulebook) -> tuple[LostIndicator, ...]:
    """At most `_MAX_LISTED` indicators that lost points, the highest loss first."""
    branches = rulebook.forms_by_kind[state.unit_kind].branches
    losses = sorted(((_loss_of(branch, scored), branch) for branch in branches), key=lambda pair: -pair[0])
    return tuple(
        LostIndicator(
            branch.part.label,
            branch.part.title.text,
            plain(lost),
            plain(branch.points),
        )
        for lost, branch in losses[:_MAX_LISTED]
        if lost > 0
    )


def _loss_of(branch: Branch, scored: Scored) -> Decimal:
    return sum((one.points - scored.marks.get(one.key, one.points) for one in branch.judged), Decimal(0))


def _names_of_role(request: PageRequest, role: str) -> list[str]:
    """The names of the open accounts that have this role."""
    holders = [one for one in request.all_accounts() if role in one.roles and not one.closed]
    return [request.account_names[one.id] for one in holders]
