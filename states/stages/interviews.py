"""interviews: 个别谈话 — talks with the members of the team and with some of the staff.

For each member the record says that there was a talk, or why there was none; for the staff it has their number. What
was said is confidential: it is in the vault, and only a reference to it is here.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import Faults, check_adds_up, check_in_range, check_not_before_last_step, check_same_keys
from states.refusals import Malformed
from states.vocabulary import Citation, Command, Opaque, Reference, Text, Words


class MemberTalk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """There was a talk with this member; or there was none, for the reason `missing`."""

    person: Opaque
    missing: Words | None = None


class Interviews(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The talks: their last day, each member of the team, how many of the staff, and the notes by reference."""

    held_on: date
    member_talks: tuple[MemberTalk, ...]
    with_staff: int
    notes: tuple[Reference, ...] = ()

    @property
    def with_members(self) -> int:
        """The number of members with whom there was a talk."""
        return sum(one.missing is None for one in self.member_talks)


class RecordInterviews(Command, Interviews, frozen=True, kw_only=True):
    """Record that the talks were held."""


class InterviewsHeld(StageFact, Interviews, frozen=True, kw_only=True):
    """The talks were held."""

    stage = "interviews"
    dated = "held_on"


def check(state: Assessment, record: Interviews, context: Context) -> None:
    """第七条（二）3：与被考核部门领导班子成员、部分干部职工进行个别谈话。

    “部分” is about the staff. Whether every member of the team must be talked with is a reading (`interviewed_members`):
    under `all` each member, or the reason why not; under `some` as many as the rulebook's minimum.
    """
    clause, needed = context.clause("interviews"), context.rulebook.scoring
    faults = Faults(clause)
    with faults.at("held_on"):
        check_not_before_last_step(Text(zh="谈话日期", en="interview date"), record.held_on, state, context, clause)
    with faults.at("member_talks"):
        _check_members(state, record, context, clause)
        least, most = needed.minimum_talks_with_members, len(state.team)
        check_in_range(
            Text(zh="谈话的班子成员人数", en="members interviewed"), record.with_members, clause, low=least, high=most
        )
    with faults.at("with_staff"):
        what = Text(zh="谈话的干部职工人数", en="cadres and staff interviewed")
        check_in_range(what, record.with_staff, clause, low=needed.minimum_talks_with_staff)
        formula = Text(
            zh=f"谈话 {record.with_staff} > 职工 {state.staff}",
            en=f"interviews {record.with_staff} > staff {state.staff}",
        )
        check_adds_up(what, record.with_staff <= state.staff, clause, formula)
    faults.end()


def _check_members(state: Assessment, record: Interviews, context: Context, clause: Citation) -> None:
    """Members of this team, each once; under `all`, every one of them."""
    persons, team = [one.person for one in record.member_talks], [m.person for m in state.team]
    if len(set(persons)) != len(persons):
        why = Text(zh="每名班子成员只登记一次", en="each member is recorded once")
        raise Malformed(what=Text(zh="个别谈话", en="the interviews"), why=why, clause=clause)
    all_members = context.rulebook.settings.interviewed_members.value == "all"
    wanted = team if all_members else [person for person in team if person in persons]
    what = Text(zh="班子成员的谈话或未谈话的原因", en="an interview, or the reason for none, with")
    check_same_keys(what, persons, wanted, clause)
