"""`GET /assessments/{year}/{unit}/result`: one result with elements and explanation. Points are decimal strings.

The assessed department gets its result only after the circulation, and without the explanation.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel, Field

from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import Assessment as State
from states.compiled_rulebook import CompiledRulebook
from states.explanation import explain
from states.refusals import NotThere
from states.result.sheet_items import sheet_items
from states.rulebook.calculation.numbers import round_to
from states.stages.circulation import Circulated
from states.stages.scoring import Scored
from states.vocabulary import Text

from .assessments import OccasionQuery, Year, read_assessment
from .dependencies import caller

router = APIRouter(prefix="/assessments", tags=["assessments"])

Caller = Annotated[PageRequest, Security(caller, scopes=["assessment"])]


class Line(BaseModel):
    """One line of an explanation: what it is about (`location`), its text, its points, and its clause.

    `depth`: how far it stands below the line that it belongs to. `rule` is the rule in words, empty if there is none.
    """

    location: str
    depth: int
    text: str
    rule: str
    points: Decimal | None
    clause: str


class Element(BaseModel):
    """One element: `given` of its `points`, its printed number (`label`), and the `reason` why it lost points.

    A count has no `points`; a level has neither, but a `level`.
    """

    key: str
    label: str
    points: Decimal | None
    points_given: Decimal | None = Field(alias="given")
    level: str | None
    reason: str | None


class Result(BaseModel):
    """A result. `subtotal` are the points of the form, `adjustment` what stands beside it adds or takes off.

    `limits`: the keys of the limits that lower the grade (一票否决). `stale`: what it rests on changed after the scoring,
    or the result was reopened. A department may read its own result after the circulation, but not the cases behind it:
    for it `subtotal`, `adjustment` and `explanation` are null.
    """

    stream: str
    version: int
    stage: str
    score: Decimal | None
    grade: str | None
    grade_title: str
    limits: list[str]
    stale: bool
    circulated: bool
    subtotal: Decimal | None
    adjustment: Decimal | None
    explanation: list[Line] | None
    elements: list[Element]


@router.get("/{year}/{unit}/result", summary="考核结果")
def result(caller: Caller, year: Year, unit: str, query: Annotated[OccasionQuery, Query()]) -> Result:
    """The result of one assessment, its elements, and its explanation with the clause of every line."""
    state, _, compiled = read_assessment(caller, year, unit, query)
    if not caller.permissions.may_read_result(state):
        caller.permissions.require_view("results", unit)
    scored = state.fact(Scored)
    if scored is None:
        first = policy.title("score", compiled.rulebook)
        raise NotThere(act=Text(zh="查阅考核结果", en="read the result"), stream=state.stream, first=first)
    computed, in_full = scored.result, caller.permissions.may_view("results", unit)
    return Result(
        stream=state.stream,
        version=state.version,
        stage=state.stage,
        score=computed.score,
        grade=computed.grade,
        grade_title=caller.format.text(compiled.rulebook.grade_title(computed.grade)),
        limits=list(computed.limits),
        stale=not state.has_valid_score,
        circulated=state.fact(Circulated) is not None,
        subtotal=computed.subtotal if in_full else None,
        adjustment=computed.adjustment if in_full else None,
        explanation=_explanation(caller, state, compiled) if in_full else None,
        elements=_elements(caller, scored, state, compiled),
    )


def _elements(caller: PageRequest, scored: Scored, state: State, compiled: CompiledRulebook) -> list[Element]:
    # What is asked about one person is for that person and for those who decide, so it is not here.
    return [
        Element(
            key=key,
            label=caller.format.text(item.label),
            points=item.full_mark,
            given=scored.marks.get(key),
            level=scored.sheet.levels.get(key),
            reason=scored.reasons.get(key),
        )
        for key, item in sheet_items(state, compiled.rulebook).items()
        if not item.person
    ]


def _explanation(caller: PageRequest, state: State, compiled: CompiledRulebook) -> list[Line]:
    with_members = caller.permissions.may_view("member_results", state.unit)
    lines = explain(state, compiled.rulebook, with_members=with_members)
    return [
        Line(
            location=line.location,
            depth=line.depth,
            text=caller.format.text(line.text),
            rule=caller.format.text(line.rule),
            points=None if line.amount is None else round_to(line.amount, 6),
            clause=line.clause,
        )
        for line in lines
    ]
