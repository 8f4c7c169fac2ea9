"""approval: 党委审定 — the Party committee approves the result, by resolution."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_not_before_last_step
from states.refusals import Incomplete, NotKnown, NotSettled
from states.result import places
from states.result.result import grades_of
from states.result.subjects import subject_title
from states.vocabulary import Command, Text, Words, listed

from .scoring import Scored, refuse_stale


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The committee's resolution: its number, the day of the meeting, and the grade of every subject that has one.

    `grades`: by `Result.id`, of the department, its team and each member, as the rulebook grades them.
    """

    resolution: Words
    met_on: date
    grades: dict[str, str]


class Approve(Command, Approval, frozen=True, kw_only=True):
    """Approve the result."""


class Approved(StageFact, Approval, frozen=True, kw_only=True):
    """The committee approved the result."""

    stage = "approval"
    dated = "met_on"


def check(state: Assessment, record: Approval, context: Context) -> None:
    """第八条（二）：考核结果报学校党委审定。 Refuse a stale score, a wrong day, an open grade, and others than the score has."""
    clause = context.clause("approval")
    refuse_stale(context.rulebook.stages["approval"].title.text, state, context)
    _refuse_unsettled(state, context)
    faults = FaultCollector(clause)
    with faults.at("met_on"):
        check_not_before_last_step(Text(zh="会议日期", en="committee meeting"), record.met_on, state, context, clause)
    scored = state.fact(Scored)
    assert scored is not None, "approval is reached through scoring"
    with faults.at("grades"):
        _check_grades(record.grades, grades_of(scored.results, context.rulebook), state, context)
    faults.end()


def _check_grades(approved: dict[str, str], grades: dict[str, str | None], state: Assessment, context: Context) -> None:
    """Refuse a grade that is still open, a subject without its grade, and a grade that the score does not have."""
    clause = context.clause("approval")
    pending = [subject_title(id_, state, context.rulebook) for id_, grade in grades.items() if grade is None]
    if pending:
        subjects = listed(pending)
        missing = Text(zh=f"{subjects.zh}的等次：现在仍是待定", en=f"the grade of {subjects.en}, which is still open")
        raise Incomplete(missing=missing, clause=clause)
    faults = FaultCollector(clause)
    for id_ in [*grades, *(approved.keys() - grades.keys())]:
        with faults.at(id_):
            _check_grade(id_, approved.get(id_), grades.get(id_), state, context)
    faults.end()


def _check_grade(id_: str, approved: str | None, grade: str | None, state: Assessment, context: Context) -> None:
    """Refuse another grade of a subject than the score has; a subject without its grade; and one that has none."""
    rulebook, clause = context.rulebook, context.clause("approval")
    title, subject = subject_title(id_, state, rulebook), id_.partition("@")[0]
    if approved is None:
        raise Incomplete(missing=Text(zh=f"{title.zh}的等次", en=f"the grade of {title.en}"), clause=clause)
    if approved != grade:
        what = Text(zh=f"{title.zh}的等次", en=f"grade of {title.en}")
        known = rulebook.grade_title(grade, subject) if grade is not None else Text(zh="无", en="none")
        raise NotKnown(what=what, value=rulebook.grade_title(approved, subject), known=known, clause=clause)


def _refuse_unsettled(state: Assessment, context: Context) -> None:
    """Refuse a result that rests on places that were not settled, or would be settled otherwise now."""
    scored = state.fact(Scored)
    if scored is None or context.year is None or context.progress is None:
        return
    for standing in places.standings_read(scored.inputs, context.rulebook):
        if not places.comes_out_again(standing, context.year, context.progress, context.rulebook, context.roster):
            act, title = context.rulebook.stages["approval"].title.text, standing.title.text
            raise NotSettled(act=act, standing=title, clause=standing.clause)
