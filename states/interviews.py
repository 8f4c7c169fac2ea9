"""interviews: 个别谈话 — talks with members of the team and with some of the staff.

How many were held is recorded; what was said is confidential and stands in the vault, here only by reference.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from .assessment import Assessment, StageFact
from .context import Context
from .guards import adds_up, in_turn, whole
from .vocabulary import Command, Reference


class Interviews(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The talks: the last day of them, how many with members and with staff, notes by reference only."""

    held_on: date
    with_members: int
    with_staff: int
    notes: tuple[Reference, ...] = ()


class RecordInterviews(Command, Interviews, frozen=True, kw_only=True):
    """Record that the talks were held."""


class InterviewsHeld(StageFact, Interviews, frozen=True, kw_only=True):
    """The talks were held."""

    leads_to = "interviews"
    dated = "held_on"


def check(state: Assessment, record: Interviews, context: Context) -> None:
    """第七条（二）3：与被考核部门领导班子成员、部分干部职工进行个别谈话。"""
    clause, needed = context.clause("interviews"), context.rulebook.scoring
    in_turn("谈话日期 / interview date", record.held_on, state, context, clause)
    whole(
        "谈话的班子成员人数 / members talked with", record.with_members, clause,
        low=needed.minimum_talks_with_members, high=len(state.team),
    )  # fmt: skip
    whole("谈话的职工人数 / staff talked with", record.with_staff, clause, low=needed.minimum_talks_with_staff)
    adds_up(
        "谈话的职工人数 / staff talked with", record.with_staff <= state.staff, clause,
        f"谈话 {record.with_staff} > 职工 {state.staff} / talks {record.with_staff} > staff {state.staff}",
    )  # fmt: skip
