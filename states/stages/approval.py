"""approval: 党委审定 — the Party committee approves the result, by resolution."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_not_before_last_step
from states.refusals import Incomplete, NotKnown, NotSettled
from states.result import places
from states.rulebook.calculation.forms import Subject
from states.rulebook.sentences.names import listed
from states.vocabulary import Command, Text, Words

from .scoring import Scored, refuse_stale


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The committee's resolution: its number, the day of the meeting, and the approved grade.

    `grade` is that of the first subject; None if that has no scale and is only scored.
    """

    resolution: Words
    met_on: date
    grade: str | None = None


class Approve(Command, Approval, frozen=True, kw_only=True):
    """Approve the result."""


class Approved(StageFact, Approval, frozen=True, kw_only=True):
    """The committee approved the result."""

    stage = "approval"
    dated = "met_on"


def check(state: Assessment, record: Approval, context: Context) -> None:
    """第八条（二）：考核结果报学校党委审定。 Refuse a stale score, a wrong day, and a grade that the score does not have.

    Refuse too while the grade of any subject is open: that of the department, of its team, of each member.
    """
    clause = context.clause("approval")
    refuse_stale(context.rulebook.stages["approval"].title.text, state, context)
    _refuse_unsettled(state, context)
    faults = FaultCollector(clause)
    with faults.at("met_on"):
        check_not_before_last_step(Text(zh="会议日期", en="committee meeting"), record.met_on, state, context, clause)
    scored = state.fact(Scored)
    assert scored is not None, "approval is reached through scoring"
    with faults.at("grade"):
        _refuse_open_grades(scored, state, context)
        if record.grade != scored.result.grade:
            title, graded = Text(zh="计分得出的等次", en="recorded grade"), context.rulebook.grade_title
            value, known = graded(record.grade), graded(scored.result.grade)
            raise NotKnown(what=title, value=value, known=known, clause=clause)
    faults.end()


def _refuse_open_grades(scored: Scored, state: Assessment, context: Context) -> None:
    """Refuse while a subject that has a scale has no grade yet."""
    graded = {subject.key: subject for subject in context.rulebook.subject if subject.scale is not None}
    names = [
        _name(graded[result.subject], state.posts.get(result.person, ""))
        for result in scored.results
        if result.subject in graded and result.grade is None
    ]
    if names:
        whose = listed(names, "、", ", ")
        missing = Text(zh=f"{whose.zh}的等次：现在仍是待定", en=f"the grade of {whose.en}, which is still open")
        raise Incomplete(missing=missing, clause=context.clause("approval"))


def _name(subject: Subject, post: str) -> Text:
    """The subject, and of a member the post too."""
    title = subject.title
    return Text(f"{title.zh}（{post}）", f"{title.en} ({post})") if post else title.text


def _refuse_unsettled(state: Assessment, context: Context) -> None:
    """Refuse a result that rests on places that were not settled, or would be settled otherwise now."""
    scored = state.fact(Scored)
    if scored is None or context.year is None or context.progress is None:
        return
    for standing in places.standings_read(scored.inputs, context.rulebook):
        if not places.comes_out_again(standing, context.year, context.progress, context.rulebook, context.roster):
            act, title = context.rulebook.stages["approval"].title.text, standing.title.text
            raise NotSettled(act=act, standing=title, clause=standing.clause)
