"""What may be called: the table `CALLS`, each call a plain function of its visit that returns what it answers.

What a call takes is in its signature: what is in braces in the path, `query` (the parameters after `?`), `body`. `states/views.py`
says who may look, with the unit where the path has one; who may *do* something, the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from console.web import recusal
from console.web import to_dos as work
from console.web.display.entries import lines_of
from console.web.display.files import kind
from console.web.forms import account_fields
from console.web.request import Visit
from states import policy, privacy
from states.assessment import UNOPENED, WITHDRAWN
from states.assessment import Assessment as State
from states.chart import ACT_OF_FACT, stage_title
from states.command_ids import OutsideId
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.offers import next_act
from states.refusals import NotKnown, NotThere
from states.result.explanation import explain
from states.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.stages.scoring import Scored
from states.vocabulary import Text
from states.year import roster
from storage import queries

from .answers import (
    Assessment,
    Done,
    Element,
    Entries,
    EntryRead,
    File,
    Line,
    NextAct,
    Result,
    Standing,
    Standings,
    Step,
    ToDo,
    ToDos,
    Unit,
    Units,
)
from .asked import OfAssessments, OfEntries, OfOne, Submission, Year


class Call(Struct, frozen=True):
    """One call: its method, its path under `/api/v1`, its view, the function that answers."""

    method: str
    path: str
    view: str
    answer: Callable[..., Struct]

    @property
    def types(self) -> dict[str, Any]:
        """What the function takes and, as `return`, answers, by name."""
        return {
            name: hint for name, hint in get_type_hints(self.answer, include_extras=True).items() if name != "visit"
        }


CALLS: list[Call] = []
"""Every call, in the order it is described."""


def _call(method: str, path: str, view: str) -> Callable[[Callable[..., Struct]], Callable[..., Struct]]:
    def add(answer: Callable[..., Struct]) -> Callable[..., Struct]:
        CALLS.append(Call(method, path, view, answer))
        return answer

    return add


@_call("GET", "/units", "assessment")
def units(visit: Visit) -> Units:
    """The departments on the roster that the caller may read of."""
    found = sorted(visit.roster.units.values(), key=lambda unit: unit.unit)
    return Units([_unit(visit, unit) for unit in found if visit.may("assessment", unit.unit)])


def _unit(visit: Visit, unit: roster.Unit) -> Unit:
    end = visit.roster.end(unit.unit)
    return Unit(
        unit.unit,
        unit.title,
        unit.unit_kind,
        end.since if end else None,
        [str(one) for one in end.successors] if end else [],
    )


@_call("GET", "/assessments", "assessment")
def assessments(visit: Visit, query: OfAssessments) -> Standings:
    """Where the assessments of a year stand."""
    years = [query.year] if query.year is not None else queries.years(visit.database)[:1]
    rows = [row for year in years for row in queries.assessments(visit.database, year)]
    mine = [row for row in rows if visit.may("assessment", row.unit) and query.unit in (None, row.unit)]
    return Standings([Standing(**_standing(visit, *_found(visit, row.stream))) for row in mine])


@_call("GET", "/assessments/{year}/{unit}", "assessment")
def assessment(visit: Visit, year: Year, unit: str, query: OfOne) -> Assessment:
    """One assessment: its stage, deadlines and steps, what it waits for, what the caller may do."""
    state, context, compiled = _found(visit, _stream(year, unit, query.occasion))
    following = next_act(state, compiled.rulebook)
    return Assessment(
        **_standing(visit, state, context, compiled), due=state.due,
        steps=[Step(step.stage, step.version, step.actor, step.at) for step in state.steps],
        next=NextAct(following.act, visit.render(following.title), following.by, following.due) if following else None,
        open_acts=list(visit.offers(state, context, compiled)), tasks=state.tasks, files=_files(visit, state, compiled),
    )  # fmt: skip


def _files(visit: Visit, state: State, compiled: CompiledRulebook) -> list[File]:
    """The files of the entries the caller may read, the first entry's first."""
    return [
        File(line.number, ACT_OF_FACT[line.kind], visit.render(line.title), one.name or None, visit.render(kind(one.media_type)),
             one.media_type, one.size, one.sha256)
        for line in reversed(lines_of(visit, state, compiled.rulebook))
        for one in line.files
    ]  # fmt: skip


@_call("GET", "/assessments/{year}/{unit}/result", "assessment")
def result(visit: Visit, year: Year, unit: str, query: OfOne) -> Result:
    """The result of one assessment with its explanation, every line with its clause."""
    state, _, compiled = _found(visit, _stream(year, unit, query.occasion))
    if not visit.may_read_result(state):
        visit.permit("results", unit)
    scored = state.fact(Scored)
    if scored is None:
        raise NotThere(
            act=Text(zh="查阅考核结果", en="read the result"), stream=state.stream,
            first=policy.title("score", compiled.rulebook),
        )  # fmt: skip
    computed, whole = scored.result, visit.may("results", unit)
    return Result(
        stream=state.stream, version=state.version, stage=state.stage, score=computed.score, grade=computed.grade,
        grade_title=visit.render(compiled.rulebook.grades[computed.grade].title.text), cause=computed.cause,
        stale=not state.score_holds, circulated=state.fact(Circulated) is not None, given=computed.given if whole else None,
        deducted=computed.deducted if whole else None,
        explanation=_explained(visit, state, compiled) if whole else None, elements=_elements(visit, scored, state, compiled),
    )  # fmt: skip


@_call("GET", "/to-dos", "to_dos")
def to_dos(visit: Visit) -> ToDos:
    """The acts that wait for the caller's roles."""
    return ToDos([
        ToDo(item.state.stream, item.state.version, item.state.unit, item.unit, visit.render(item.state.special) if item.state.special else None, item.next.act, visit.render(item.next.title),
             item.next.due, item.light == "late")
        for item in work.items(visit)
    ])  # fmt: skip


@_call("GET", "/entries", "audit")
def entries(visit: Visit, query: OfEntries) -> Entries:
    """Entries of the ledger after a number, a page at a time. Not for an account of an assessed unit: a ledger with gaps proves nothing."""
    recusal.permit(visit)
    rows = list(islice(visit.engine.ledger.rows(query.after, batch=query.limit + 1), query.limit + 1))
    read = [EntryRead(row[0], row[5], msgspec.Raw(row[4].encode())) for row in rows[: query.limit]]
    return Entries(read, read[-1].number if len(rows) > len(read) else None)


@_call("POST", "/commands", "to_dos")
def submit(visit: Visit, body: Submission) -> Done:
    """Do one act, in the role of the caller's the rulebook names for it. Safe to repeat with the same `command_id`."""
    privacy.check_stream(body.stream)
    room = body.stream.partition("/")[0]
    if room not in _VIEW_OF:
        raise NotKnown(
            what=Text(zh="可由接口办理的台账流", en="stream for systems"),
            value=room,
            known=", ".join(_VIEW_OF),
            clause=privacy.CLAUSE,
        )
    unit = _unit_of(visit, body.stream)
    visit.permit(_VIEW_OF[room], unit)
    account_fields.check(visit, body.command, privacy.CLAUSE)
    done = visit.submit(
        body.stream, body.command, expected_version=body.expected_version, command_id=OutsideId("api", body.command_id)
    )  # fmt: skip
    return Done(done.stream, done.version, done.number, done.kind, done.repeated)


_VIEW_OF = {
    "assessment": "assessment", "case": "cases", "routine_check": "routine_checks", "year": "year", "roster": "year",
}  # fmt: skip
"""Who may not look at a stream is not told of it by a refusal either."""


def _unit_of(visit: Visit, stream: str) -> str | None:
    """Whose stream it is, where it is one unit's."""
    room, *rest = stream.split("/")
    if room == "assessment":
        return rest[1]
    state = visit.engine.state(stream) if room == "routine_check" else None
    return state.unit or None if isinstance(state, RoutineCheck) else None


def _stream(year: int, unit: str, occasion: str | None) -> str:
    stream = f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else "")
    privacy.check_stream(stream)
    return stream


def _found(visit: Visit, stream: str) -> tuple[State, Context, CompiledRulebook]:
    """An assessment that was opened."""
    state, context, compiled = visit.context(stream)
    assert isinstance(state, State)
    if state.stage == UNOPENED:
        first = policy.title("open_assessment", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核", en="read the assessment"), stream=stream, first=first)
    return state, context, compiled


def _standing(visit: Visit, state: State, _context: Context, compiled: CompiledRulebook) -> dict[str, Any]:
    return {
        "stream": state.stream, "year": state.year, "unit": state.unit, "unit_title": visit.unit_title(state.unit, state.year),
        "occasion": state.occasion, "title": state.title, "version": state.version, "stage": state.stage,
        "stage_title": visit.render(stage_title(state.stage, compiled.rulebook)), "withdrawn": state.stage == WITHDRAWN,
    }  # fmt: skip


def _elements(visit: Visit, scored: Scored, state: State, compiled: CompiledRulebook) -> list[Element]:
    table = compiled.rulebook.tables[state.unit_kind]
    return [
        Element(key, visit.render(table.labels[key]), one.points, scored.marks[key], scored.reasons.get(key))
        for key, one in table.elements.items()
    ]


def _explained(visit: Visit, state: State, compiled: CompiledRulebook) -> list[Line]:
    lines = explain(state, compiled.rulebook)
    return [Line(visit.render(line.text), line.amount, line.clause) for line in lines]
