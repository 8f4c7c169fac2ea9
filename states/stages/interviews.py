"""interviews: 个别谈话 — talks with the members of the team and with some of the staff.

The record says for each member that there was a talk, or the reason why not; for the staff it has only their number.
The content of the talks is confidential: it is in the vault, and here are only references to it.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_adds_up, check_in_range, check_not_before_last_step, check_same_keys
from states.refusals import Malformed
from states.vocabulary import Citation, Command, Opaque, Reference, Text, Words


class MemberTalk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether there was a talk with a member. If there was none, `missing` is the reason."""

    person: Opaque
    missing: Words | None = None


class Interviews(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The talks: their last day, each member of the team, the number of the staff, and references to the notes."""

    held_on: date
    member_talks: tuple[MemberTalk, ...]
    with_staff: int
    notes: tuple[Reference, ...] = ()

    @property
    def with_members(self) -> int:
        """The number of members with whom there was a talk."""
        return sum(talk.missing is None for talk in self.member_talks)


class RecordInterviews(Command, Interviews, frozen=True, kw_only=True):
    """Record that the talks were held."""


class InterviewsHeld(StageFact, Interviews, frozen=True, kw_only=True):
    """The talks were held."""

    stage = "interviews"
    dated = "held_on"


def check(state: Assessment, record: Interviews, context: Context) -> None:
    """第七条（二）3：与被考核部门领导班子成员、部分干部职工进行个别谈话。

    “部分” refers to the staff. The clause does not say whether there must be a talk with every member of the team. That
    is a reading (`interviewed_members`): `all` requires each member, or the reason why not; `some` requires only the
    rulebook's minimum number. The minimum numbers of talks with members and with staff are checked too.
    """
    clause, rules = context.clause("interviews"), context.rulebook.scoring
    faults = FaultCollector(clause)
    with faults.at("held_on"):
        check_not_before_last_step(Text(zh="谈话日期", en="interview date"), record.held_on, state, context, clause)
    with faults.at("member_talks"):
        _check_members(state, record, context, clause)
        minimum, team_size = rules.minimum_talks_with_members, len(state.team)
        check_in_range(
            Text(zh="谈话的班子成员人数", en="members interviewed"),
            record.with_members,
            clause,
            low=minimum,
            high=team_size,
        )
    with faults.at("with_staff"):
        title = Text(zh="谈话的干部职工人数", en="cadres and staff interviewed")
        check_in_range(title, record.with_staff, clause, low=rules.minimum_talks_with_staff)
        formula = Text(
            zh=f"谈话 {record.with_staff} > 职工 {state.staff}",
            en=f"interviews {record.with_staff} > staff {state.staff}",
        )
        check_adds_up(title, record.with_staff <= state.staff, clause, formula)
    faults.end()


def _check_members(state: Assessment, record: Interviews, context: Context, clause: Citation) -> None:
    """Refuse a person who is no member or is recorded twice; with the reading `all`, also a missing member."""
    persons = [talk.person for talk in record.member_talks]
    team = [member.person for member in state.team]
    if len(set(persons)) != len(persons):
        why = Text(zh="每名班子成员只登记一次", en="each member is recorded once")
        raise Malformed(what=Text(zh="个别谈话", en="the interviews"), why=why, clause=clause)
    all_members = context.rulebook.readings["interviewed_members"].value == "all"
    required = team if all_members else [person for person in team if person in persons]
    title = Text(zh="班子成员的谈话或未谈话的原因", en="an interview, or the reason for none, with")
    check_same_keys(title, persons, required, clause)
