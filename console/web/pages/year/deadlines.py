"""期限: the deadlines of a year, stage by stage; one moved for all units or for one, with a reason and after a preview."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms.fields import Fields
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from notifications.notices.assessments import assessment_notices
from states import policy
from states.assessment import WITHDRAWN, Assessment
from states.chart import decide
from states.deadlines.reminders import DeadlineMoved, MoveDeadline
from states.records.year import Year
from states.refusals import NothingToDo, NotKnown, Refusal
from states.rulebook.types import Rulebook, Stage
from states.streams import assessment_stream
from states.vocabulary import Citation, Text, Words
from states.year.year import MoveYearDeadline
from storage import queries
from workflow.calendar import working_days
from workflow.year import move_deadline

from .calendar import Remark, remark
from .year import may, year_of

pages = Pages()


class Row(Struct, frozen=True):
    """One stage: the year's deadline, what is to be said of that day, and the units whose own is another."""

    stage: Stage
    due: date
    remark: Remark
    others: tuple[tuple[str, date], ...]


class Foreseen(Struct, frozen=True):
    """What moving would do: how many assessments move, how many keep theirs, which roles are told."""

    moves: int
    keeps: int
    told: tuple[str, ...]


@pages.get("/years/{year:int}/deadlines", view="year")
def show(request: PageRequest, year: int) -> Response:
    return _page(request, year)


@pages.post("/years/{year:int}/deadlines", view="year")
def post(request: PageRequest, year: int) -> Response:
    state, _ = year_of(request, year)
    try:
        stage, due, reason = _asked(request, state)
        foreseen = _foreseen(request, state, stage, due, reason)
        if request.form.text("_do") != "confirm":
            return _page(request, year, foreseen=foreseen)
        moved = _move(request, year, stage, due, reason)
    except Refusal as refusal:
        return _page(request, year, refusal)
    return request.answer.redirect(f"/years/{year}/deadlines?done={moved}")


def _page(
    request: PageRequest, number: int, refusal: Refusal | None = None, foreseen: Foreseen | None = None
) -> Response:
    state, rulebook = year_of(request, number)
    days, rounds = working_days(request.database), _round(request, number)
    rows = [
        Row(
            stage, state.due[stage.kind], remark(state.due[stage.kind], days),
            tuple((one.unit, one.due[stage.kind]) for one in rounds if one.due.get(stage.kind, state.due[stage.kind]) != state.due[stage.kind]),
        )
        for stage in rulebook.stage
        if stage.kind in state.due
    ]  # fmt: skip
    return request.answer.page(
        "deadlines.html", 409 if refusal else 200, year=state, rows=rows, refusal=refusal, foreseen=foreseen,
        units=[one.unit for one in rounds], may_move=may(request, "move_year_deadline"),
        clause=policy.cited("move_year_deadline", rulebook), done=request.query.get("done", ""),
    )  # fmt: skip


def _round(request: PageRequest, number: int) -> list[Assessment]:
    """The assessments of the year's round that are not withdrawn."""
    rows = [row for row in queries.assessments(request.database, number) if row.occasion is None and not row.withdrawn]
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    return sorted((state for state in states if state.stage != WITHDRAWN), key=lambda state: state.unit)


def _asked(request: PageRequest, state: Year) -> tuple[str, date, Words]:
    """The stage, the day and the reason of the form, or the refusal of what is wrong in it."""
    clause, stage = policy.cited("move_year_deadline", request.rulebook), request.form.text("stage")
    typed = Fields(request.form, clause)
    found = typed.values({
        "stage": lambda: _stage(stage, state, request.rulebook, clause),
        "unit": lambda: _unit(request, state, clause),
        "due": lambda: typed.day("due", Text(zh="新的期限", en="the new deadline")),
        "reason": lambda: typed.word("reason", Text(zh="理由", en="the reason")),
    })  # fmt: skip
    return found["stage"], found["due"], found["reason"]


def _stage(stage: str, state: Year, rulebook: Rulebook, clause: Citation) -> str:
    if stage not in state.due:
        titles = [one.title.text for one in rulebook.stage if one.kind in state.due]
        known = Text(zh="、".join(one.zh for one in titles), en=", ".join(one.en for one in titles))
        raise NotKnown(what=Text(zh="步骤", en="step"), value=stage[:40] or "—", known=known, clause=clause)
    return stage


def _unit(request: PageRequest, state: Year, clause: Citation) -> str:
    """The unit asked for; none where it is all of them."""
    unit = request.form.text("unit")
    if unit and unit not in state.units:
        known = "、".join(request.roster.title(one) for one in state.units)
        raise NotKnown(what=Text(zh="部门", en="unit"), value=unit[:40], known=known, clause=clause)
    return unit


def _foreseen(request: PageRequest, state: Year, stage: str, due: date, reason: Words) -> Foreseen:
    """Decide as the engine would, and write nothing. Raises the `Refusal` of the year, or of the one unit asked for."""
    unit = request.form.text("unit")
    _, context, compiled = request.context(state.stream)
    acting = replace(
        context, actor=request.user.actor(*policy.entitled("move_deadline", None, None, context.rulebook)[0])
    )
    if not unit:
        decide(state, MoveYearDeadline(stage=stage, due=due, reason=reason), acting, compiled.chart)
    rounds = [one for one in _round(request, state.year) if unit in ("", one.unit)]
    if unit and not rounds:
        raise InvalidForm({"unit": _withdrawn(request, unit, context.clause("opening"))})
    moves, told = 0, set()
    for one in rounds:
        try:
            fact = decide(one, MoveDeadline(stage=stage, due=due, reason=reason), acting, compiled.chart)
        except Refusal:
            if unit:
                raise
            continue
        assert isinstance(fact, DeadlineMoved)
        moves += 1
        told |= {notice.to for notice in assessment_notices(fact, one, context.rulebook)}
    return Foreseen(moves, len(rounds) - moves, tuple(request.format.role(role) for role in sorted(told)))


def _withdrawn(request: PageRequest, unit: str, clause: Citation) -> NothingToDo:
    why = Text(
        zh=f"{request.roster.title(unit)}的考核已撤销",
        en=f"the assessment of {request.roster.title(unit)} is withdrawn",
    )
    return NothingToDo(act=policy.title("move_deadline", request.rulebook), why=why, clause=clause)


def _move(request: PageRequest, year: int, stage: str, due: date, reason: Words) -> int:
    """Do it; how many assessments were moved."""
    unit = request.form.text("unit")
    if unit:
        submit(request, assessment_stream(year, unit), MoveDeadline(stage=stage, due=due, reason=reason))
        return 1
    actor = request.user.actor(*policy.entitled("move_year_deadline", None, None, request.rulebook)[0])
    answers = move_deadline(request.engine, year, stage, due, reason, actor)
    return sum(not isinstance(answer, Refusal) for answer in answers)
