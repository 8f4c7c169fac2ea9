"""opening: 启动考核 — the assessment of one department begins, annual or special.

Also here: withdrawing it, undoing a step, and changing its team, which are possible later. The opening of a year and
the roster use the checks of a team and the refusal for closed departments. Not here: the checks of deadlines
(`deadline_checks.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import asdict, replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact, Member, StageFact
from states.context import Context
from states.guards import FaultCollector, check_in_range, check_not_in_future
from states.records.roster import Roster
from states.refusals import (
    Incomplete,
    InTeamTwice,
    Malformed,
    NotKnown,
    UnitRetired,
    YearOver,
    join_faults,
)
from states.streams import assessment_stream
from states.vocabulary import Citation, Command, Opaque, Reason, Stamp, Text, Words

from .deadline_checks import check_deadlines, refuse_past_deadlines

_UNIT_KIND = Text(zh="部门类别", en="kind of department")


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department to assess, and the deadline of each stage.

    - `due`: the deadlines, as calendar dates that have already been moved to working days.
    - `occasion`: the id of a special assessment (第六条：也可组织专门检查考核). `title`: its name for people. The annual
      assessment has neither.
    """

    unit: Opaque
    unit_kind: str
    year: int
    heads: tuple[Member, ...]
    members: tuple[Member, ...]
    staff: int
    due: dict[str, date]
    occasion: Opaque | None = None
    title: Words | None = None


class OpenAssessment(Command, Opening, frozen=True, kw_only=True):
    """Open the assessment of one department."""


class AssessmentOpened(StageFact, Opening, frozen=True, kw_only=True):
    """The department, its team and its deadlines on the day of the opening."""

    stage = "opening"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        # Start from a new state, also when the assessment is opened again after a withdrawal. Judgements and circulated
        # notices stay: a withdrawal revokes neither.
        judgements = tuple(veto for veto in state.vetoes if veto.is_judged)
        new_state = Assessment(stream=state.stream, vetoes=judgements, circulated=state.circulated, **asdict(self))
        return new_state.push(self.stage, self, stamp)


class Withdraw(Command, Reason, frozen=True, kw_only=True):
    """Withdraw an assessment that should not have been opened."""


class AssessmentWithdrawn(StageFact, Reason, frozen=True, kw_only=True):
    """The assessment ended without a result."""

    stage = WITHDRAWN


class UndoStep(Command, Reason, frozen=True, kw_only=True):
    """Take back the last step (`StepUndone`)."""


class StepUndone(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The last step is no longer valid; its entry stays in the ledger. No deadline changes.

    The time for the next step is counted from the step before, not from the undo.
    """

    gives_time = False

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        new_state = state.pop()
        if state.stage != "scoring":
            return new_state
        score = state.steps[-1].version
        requests = {
            id_: replace(one, ended_by=None) if one.ended_by == score else one for id_, one in state.requests.items()
        }
        # `noted` lists cases that changed after scoring. Without a score it has no meaning.
        return replace(new_state, noted=None, requests=requests)


class Substitution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of the team on the day `since`: one person leaves, or one joins (`head`: as a head), or both."""

    leaves: Opaque | None = None
    joins: Member | None = None
    head: bool = False
    since: date


class SubstituteMember(Command, Substitution, frozen=True, kw_only=True):
    """Change the team during the assessment."""


class MemberSubstituted(AssessmentFact, Substitution, frozen=True, kw_only=True):
    """The team changed."""

    dated = "since"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        heads = tuple(member for member in state.heads if member.person != self.leaves)
        members = tuple(member for member in state.members if member.person != self.leaves)
        if self.joins is not None:
            heads, members = ((*heads, self.joins), members) if self.head else (heads, (*members, self.joins))
        team = {member.person for member in (*heads, *members)}
        former = tuple(member for member in (*state.left, *state.team) if member.person not in team)
        return replace(state, heads=heads, members=members, left=former)


def check(state: Assessment, record: Opening, context: Context) -> None:
    """Refuse an opening with a wrong stream, title, department, team or deadlines, or in a wrong year (第二条).

    The kind of the department decides which annex applies (第七条（二）).
    """
    rulebook, clause = context.rulebook, context.clause("opening")
    stream = assessment_stream(record.year, record.unit, record.occasion)
    if state.stream != stream:
        raise NotKnown(what=Text(zh="考核", en="assessment"), value=state.stream, known=stream, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("title"):
        _check_title(record, clause)
    with faults.at("unit_kind"):
        if record.unit_kind not in rulebook.forms_by_kind:
            kinds = ", ".join(rulebook.forms_by_kind)
            raise NotKnown(what=_UNIT_KIND, value=record.unit_kind, known=kinds, clause=clause)
    with faults:
        check_team(record.heads, record.members, record.staff, clause)
    with faults:
        _check_year_and_roster(record, context)
    with faults.at("due"):
        check_deadlines(record.due, context)
        refuse_past_deadlines(record.due, context, context.rulebook.stages["opening"].title.text)
    faults.end()


def _check_title(record: Opening, clause: Citation) -> None:
    """第六条：也可组织专门检查考核。 Refuse a special assessment without a title, and an annual one with a title."""
    if record.occasion is not None and record.title is None:
        raise Incomplete(missing=Text(zh="专项检查的名称", en="the title of the special assessment"), clause=clause)
    if record.occasion is None and record.title is not None:
        why = Text(zh="年度考核没有专项名称", en="the annual assessment has none")
        raise Malformed(what=Text(zh="专项检查的名称", en="title of the special assessment"), why=why, clause=clause)


def _check_year_and_roster(record: Opening, context: Context) -> None:
    """Refuse an opening that the year or the roster does not allow.

    The year must have been opened and must not be closed. The roster must have the department, with this kind, and the
    department must still take part in the assessment of the year.
    """
    # 第六条: a special assessment is not part of the annual assessment, so it needs no open year.
    clause, year, roster = context.clause("opening"), context.year, context.roster
    if year is not None and not year.version and record.occasion is None:
        missing = Text(zh=f"{record.year} 年度考核的启动", en=f"the opening of the assessment year {record.year}")
        raise Incomplete(missing=missing, clause=clause)
    if year is not None and year.closed and record.occasion is None:
        title = context.rulebook.stages["opening"].title.text
        raise YearOver(year=record.year, act=title, clause=context.rulebook.cited("close_year"))
    if roster is None:
        return
    department = roster.units.get(record.unit)
    if department is None:
        missing = Text(zh=f"部门 {record.unit} 在名册中的登记", en=f"department {record.unit} on the roster")
        raise Incomplete(missing=missing, clause=clause)
    # 第六条「每年年底」: a department that was closed during the annual assessment is still assessed in it. One that was
    # closed before it is not.
    takes_part = year is not None and record.unit in year.units
    was_closed_before = not takes_part and roster.was_closed_before(record.unit, record.year, context.today)
    if was_closed_before or roster.is_past_final_year(record.unit, record.year):
        raise closed_units_refusal([record.unit], record.year, roster, clause)
    if record.unit_kind != department.unit_kind:
        raise NotKnown(what=_UNIT_KIND, value=record.unit_kind, known=department.unit_kind, clause=clause)


def closed_units_refusal(units: Sequence[str], year: int, roster: Roster, clause: Citation) -> UnitRetired:
    """The refusal for closed departments (第二条、第六条). It names each of them and its successors."""
    return UnitRetired(gone=join_faults(_describe_closing(unit, roster) for unit in units), year=year, clause=clause)


def _describe_closing(unit: str, roster: Roster) -> Text:
    """The day of a closing and the successors, for a refusal."""
    closing, title = roster.closing(unit), roster.title(unit)
    successors = [roster.title(successor) for successor in (closing.successors if closing is not None else ())]
    zh = f"（承接部门：{'、'.join(successors)}）" if successors else ""
    en = f" (taken over by {', '.join(successors)})" if successors else ""
    since = closing.since if closing is not None else ""
    return Text(zh=f"“{title}”已于 {since} 撤销{zh}", en=f"“{title}” was closed on {since}{en}")


def check_team(heads: tuple[Member, ...], members: tuple[Member, ...], staff: int, clause: Citation) -> None:
    """Refuse a team without a head or with somebody in it twice, and a department without staff."""
    faults = FaultCollector(clause)
    with faults.at("heads"):
        if not heads:
            raise Incomplete(missing=Text(zh="党政主要负责人", en="a head of the team"), clause=clause)
    for person, times in Counter(member.person for member in (*heads, *members)).items():
        if times > 1:
            with faults.at("members" if any(member.person == person for member in members) else "heads"):
                raise InTeamTwice(person=person, clause=clause)
    with faults.at("staff"):
        check_in_range(Text(zh="职工人数", en="number of staff"), staff, clause, low=1)
    faults.end()


def check_substitution(state: Assessment, record: Substitution, context: Context) -> None:
    """Refuse a change without a person, a wrong person, a team without a head, and a day in the future.

    The person who leaves must be in the team. The person who joins must not be in it.
    """
    clause = context.rulebook.cited("substitute_member")
    team = {member.person for member in state.team}
    if record.leaves is None and record.joins is None:
        missing = Text(zh="离任或接任成员", en="the member who leaves or joins")
        raise Incomplete(missing=missing, clause=clause)
    remaining_heads = {member.person for member in state.heads} - {record.leaves}
    faults = FaultCollector(clause)
    with faults.at("leaves"):
        if record.leaves is not None and record.leaves not in team:
            title = Text(zh="班子成员", en="member")
            raise NotKnown(what=title, value=record.leaves, known=", ".join(sorted(team)), clause=clause)
    with faults.at("joins"):
        if record.joins is not None and record.joins.person in team - {record.leaves}:
            raise InTeamTwice(person=record.joins.person, clause=clause)
        if not remaining_heads and not (record.head and record.joins):
            raise Incomplete(missing=Text(zh="党政主要负责人", en="a head of the team"), clause=clause)
    with faults.at("since"):
        check_not_in_future(Text(zh="更换日期", en="day of the change"), record.since, context, clause)
    faults.end()
