"""approval: 党委审定 — the Party committee approves the result, by resolution."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_not_before_last_step
from states.refusals import Incomplete, NotKnown, NotSettled
from states.result import places
from states.vocabulary import Command, Text, Words

from .scoring import Scored, refuse_stale


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The committee's resolution: its number, the day of the meeting, and the approved grade."""

    resolution: Words
    met_on: date
    grade: str


class Approve(Command, Approval, frozen=True, kw_only=True):
    """Approve the result."""


class Approved(StageFact, Approval, frozen=True, kw_only=True):
    """The committee approved the result."""

    stage = "approval"
    dated = "met_on"


def check(state: Assessment, record: Approval, context: Context) -> None:
    """第八条（二）：考核结果报学校党委审定。 Refuse a stale score, a wrong day, and a grade that the score does not have."""
    clause = context.clause("approval")
    refuse_stale(context.rulebook.stages["approval"].title.text, state, context)
    _refuse_unsettled(state, context)
    faults = FaultCollector(clause)
    with faults.at("met_on"):
        check_not_before_last_step(Text(zh="会议日期", en="committee meeting"), record.met_on, state, context, clause)
    scored = state.fact(Scored)
    assert scored is not None, "approval is reached through scoring"
    with faults.at("grade"):
        if scored.result.grade is None:
            raise Incomplete(missing=Text(zh="等次：现在仍是待定", en="the grade, which is still open"), clause=clause)
        if record.grade != scored.result.grade:
            title = Text(zh="计分得出的等次", en="recorded grade")
            raise NotKnown(what=title, value=record.grade, known=scored.result.grade, clause=clause)
    faults.end()


def _refuse_unsettled(state: Assessment, context: Context) -> None:
    """Refuse a result that rests on places that were not settled, or would be settled otherwise now."""
    scored = state.fact(Scored)
    if scored is None or context.year is None or context.progress is None:
        return
    for standing in places.standings_read(scored.inputs, context.rulebook):
        if not places.comes_out_again(standing, context.year, context.progress, context.rulebook, context.roster):
            act, title = context.rulebook.stages["approval"].title.text, standing.title.text
            raise NotSettled(act=act, standing=title, clause=standing.clause)
