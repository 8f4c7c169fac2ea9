"""期限: the deadlines of a year for each stage, with the departments that have another one; and moving a deadline.

A deadline is moved for all departments or for one, after a preview that writes nothing. The page is about annual
assessments that are not withdrawn; a special assessment has deadlines of its own. Not here: the rules for moving a
deadline (`states/deadlines/`).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from config.calendars import WorkingDays
from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.notices.assessments import assessment_notices
from states import policy
from states.assessment import Assessment
from states.chart import decide
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.chase import Chase
from states.deadlines.reminders import DeadlineMoved, MoveDeadline, next_stage
from states.records.year import Year
from states.refusals import NothingToDo, NotKnown, Refusal
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.streams import assessment_stream
from states.vocabulary import Citation, Text, Words, listed
from states.year.year import MoveYearDeadline
from workflow.calendar import working_days
from workflow.year import move_deadline

from .calendar import DayRemark, day_remark
from .year import annual_assessments, year_of

pages = Pages()


class DeadlineRow(Struct, frozen=True):
    """A stage with the year's deadline `due` and a remark on that day.

    `exceptions`: the departments that have another deadline, each with its own. `waiting`: the streams of the
    assessments for which this is the next stage.
    """

    stage: Stage
    due: date
    remark: DayRemark
    exceptions: tuple[tuple[str, date], ...]
    waiting: tuple[str, ...]


class DeadlineChange(Struct, frozen=True):
    """The change in the form. `unit` is empty if the deadline moves for all departments."""

    stage: str
    unit: str
    due: date
    reason: Words


class ChangePreview(Struct, frozen=True):
    """The effect of a change: how many deadlines move, how many do not, and the titles of the roles to notify."""

    moved: int
    unmoved: int
    recipients: tuple[str, ...]


@pages.get("/years/{year:int}/deadlines", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/deadlines", view="year")
def change_deadline(request: PageRequest, year: int) -> Response:
    """Show the preview of a change, or make the change if its preview was confirmed."""
    state, _ = year_of(request, year)
    try:
        change = _read_change(request, state)
        preview = _preview(request, state, change)
        if request.form.text("_do") != "confirm":
            return _page(request, year, preview=preview)
        moved = _move(request, year, change)
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/deadlines?done={moved}")


def _page(
    request: PageRequest, number: int, refusal: Refusal | None = None, preview: ChangePreview | None = None
) -> Response:
    state, rulebook = year_of(request, number)
    calendar, assessments = working_days(request.database), annual_assessments(request, number)
    return request.answer.page(
        "deadlines.html",
        409 if refusal else 200,
        year=state,
        rows=[
            _row(stage, state, assessments, calendar, rulebook) for stage in rulebook.stage if stage.key in state.due
        ],
        may_chase=request.permissions.may_view("together") and request.permissions.is_entitled(Chase.act, rulebook),
        refusal=refusal,
        preview=preview,
        units=[assessment.unit for assessment in assessments],
        may_move=request.permissions.is_entitled("move_year_deadline"),
        clause=policy.clause_of("move_year_deadline", rulebook),
        done=request.query.get("done", ""),
    )


def _row(
    stage: Stage, year: Year, assessments: list[Assessment], calendar: WorkingDays, rulebook: Rulebook
) -> DeadlineRow:
    due = year.due[stage.key]
    own_deadlines = [(assessment.unit, assessment.due.get(stage.key, due)) for assessment in assessments]
    exceptions = tuple((unit, day) for unit, day in own_deadlines if day != due)
    waiting = tuple(assessment.stream for assessment in assessments if next_stage(assessment, rulebook) is stage)
    return DeadlineRow(stage, due, day_remark(due, calendar), exceptions, waiting)


def _read_change(request: PageRequest, state: Year) -> DeadlineChange:
    """The typed change. Raises `InvalidForm`."""
    clause = policy.clause_of("move_year_deadline", request.rulebook)
    fields = Fields(request.form, clause)
    values = fields.values(
        {
            "stage": lambda: _read_stage(request.form.text("stage"), state, request.rulebook, clause),
            "unit": lambda: _read_unit(request, state, clause),
            "due": lambda: fields.day("due", Text(zh="新的期限", en="the new deadline")),
            "reason": lambda: fields.word("reason", Text(zh="理由", en="the reason")),
        }
    )
    return DeadlineChange(**values)


def _read_stage(chosen: str, state: Year, rulebook: Rulebook, clause: Citation) -> str:
    """The key of the chosen stage. Raises `NotKnown` if the year has no deadline for it."""
    if chosen not in state.due:
        titles = [stage.title.text for stage in rulebook.stage if stage.key in state.due]
        raise NotKnown(what=Text(zh="步骤", en="step"), value=chosen[:40] or "—", known=listed(titles), clause=clause)
    return chosen


def _read_unit(request: PageRequest, state: Year, clause: Citation) -> str:
    """The chosen department; empty for all departments. Raises `NotKnown` if the year was not opened for it."""
    unit = request.form.text("unit")
    if unit and unit not in state.units:
        titles = "、".join(request.roster.title(unit) for unit in state.units)
        raise NotKnown(what=Text(zh="部门", en="department"), value=unit[:40], known=titles, clause=clause)
    return unit


def _preview(request: PageRequest, state: Year, change: DeadlineChange) -> ChangePreview:
    """The effect of a change. It decides as the engine would, and writes nothing.

    Raises the `Refusal` of the year, or that of the department if the change is for one department.
    """
    _, context, compiled = request.context(state.stream)
    entitled, _ = policy.entitled_roles("move_deadline", None, None, context.rulebook)
    context = replace(context, actor=request.user.actor(*entitled))
    assessments = [
        assessment for assessment in annual_assessments(request, state.year) if change.unit in ("", assessment.unit)
    ]
    if not change.unit:
        command = MoveYearDeadline(stage=change.stage, due=change.due, reason=change.reason)
        decide(state, command, context, compiled.chart)
    elif not assessments:
        raise InvalidForm({"unit": _withdrawn(request, change.unit, context.clause("opening"))})
    moves = [(assessment, _decide_change(assessment, change, context, compiled)) for assessment in assessments]
    moved = [(assessment, fact) for assessment, fact in moves if fact is not None]
    recipients = {
        notice.to for assessment, fact in moved for notice in assessment_notices(fact, assessment, context.rulebook)
    }
    titles = tuple(request.format.role(role) for role in sorted(recipients))
    return ChangePreview(len(moved), len(assessments) - len(moved), titles)


def _decide_change(
    assessment: Assessment, change: DeadlineChange, context: Context, compiled: CompiledRulebook
) -> DeadlineMoved | None:
    """The fact that would move one assessment's deadline.

    If the rules refuse it, a change for this department alone raises the `Refusal`. A change for all departments gives
    None, because the other deadlines still move.
    """
    command = MoveDeadline(stage=change.stage, due=change.due, reason=change.reason)
    try:
        fact = decide(assessment, command, context, compiled.chart)
    except Refusal:
        if change.unit:
            raise
        return None
    assert isinstance(fact, DeadlineMoved)
    return fact


def _withdrawn(request: PageRequest, unit: str, clause: Citation) -> NothingToDo:
    title = request.roster.title(unit)
    why = Text(zh=f"{title}的考核已撤销", en=f"the assessment of {title} is withdrawn")
    return NothingToDo(act=policy.title("move_deadline", request.rulebook), why=why, clause=clause)


def _move(request: PageRequest, year: int, change: DeadlineChange) -> int:
    """Move the deadline, and record it. Returns the number of assessments for which it moved."""
    if change.unit:
        command = MoveDeadline(stage=change.stage, due=change.due, reason=change.reason)
        submit(request, assessment_stream(year, change.unit), command)
        return 1
    entitled, _ = policy.entitled_roles("move_year_deadline", None, None, request.rulebook)
    actor = request.user.actor(*entitled)
    answers = move_deadline(request.engine, year, change.stage, change.due, change.reason, actor)
    return sum(not isinstance(answer, Refusal) for answer in answers)
