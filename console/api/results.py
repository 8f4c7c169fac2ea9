"""`GET /assessments/{year}/{unit}/result`: the result of one assessment, explained. Points are decimal strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel

from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import Assessment as State
from states.compiled_rulebook import CompiledRulebook
from states.explanation import explain
from states.refusals import NotThere
from states.stages.circulation import Circulated
from states.stages.scoring import Scored
from states.vocabulary import Text

from .assessments import OccasionQuery, Year, opened
from .dependencies import caller

router = APIRouter(prefix="/assessments", tags=["assessments"])

Caller = Annotated[PageRequest, Security(caller, scopes=["assessment"])]


class Line(BaseModel):
    """One line of an explanation: what, the points it contributes, the clause behind it."""

    text: str
    points: Decimal | None
    clause: str


class Element(BaseModel):
    """What one element was given of its points; `label` is its printed number, `reason` why it has less than its own."""

    key: str
    label: str
    points: Decimal
    given: Decimal
    reason: str | None


class Result(BaseModel):
    """A result: total = points given − points deducted, not below 0; `stale` if cases changed since it was scored.

    A unit reads its own once it is circulated, without the cases behind it: then `given`, `deducted`, `explanation` are null.
    """

    stream: str
    version: int
    stage: str
    score: Decimal
    grade: str
    grade_title: str
    cause: Literal["score", "veto"]
    stale: bool
    circulated: bool
    given: Decimal | None
    deducted: Decimal | None
    explanation: list[Line] | None
    elements: list[Element]


@router.get("/{year}/{unit}/result", summary="考核结果")
def result(caller: Caller, year: Year, unit: str, query: Annotated[OccasionQuery, Query()]) -> Result:
    """The result of one assessment with its explanation, every line with its clause."""
    state, _, compiled = opened(caller, year, unit, query)
    if not caller.permissions.may_read_result(state):
        caller.permissions.require_view("results", unit)
    scored = state.fact(Scored)
    if scored is None:
        first = policy.title("score", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核结果", en="read the result"), stream=state.stream, first=first)
    computed, whole = scored.result, caller.permissions.may_view("results", unit)
    return Result(
        stream=state.stream, version=state.version, stage=state.stage, score=computed.score, grade=computed.grade,
        grade_title=caller.format.text(compiled.rulebook.grades[computed.grade].title.text), cause=computed.cause,
        stale=not state.score_holds, circulated=state.fact(Circulated) is not None, given=computed.given if whole else None,
        deducted=computed.deducted if whole else None,
        explanation=_explanation(caller, state, compiled) if whole else None, elements=_elements(caller, scored, state, compiled),
    )  # fmt: skip


def _elements(caller: PageRequest, scored: Scored, state: State, compiled: CompiledRulebook) -> list[Element]:
    table = compiled.rulebook.tables[state.unit_kind]
    return [
        Element(
            key=key, label=caller.format.text(table.labels[key]), points=one.points, given=scored.marks[key],
            reason=scored.reasons.get(key),
        )
        for key, one in table.elements.items()
    ]  # fmt: skip


def _explanation(caller: PageRequest, state: State, compiled: CompiledRulebook) -> list[Line]:
    lines = explain(state, compiled.rulebook)
    return [Line(text=caller.format.text(line.text), points=line.amount, clause=line.clause) for line in lines]
