"""publicity: 公示 — the intended result was posted. An optional stage between scoring and approval.

The 2021 measure does not have it (F18).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_in_range, check_not_before_last_step, check_not_in_future
from states.refusals import OutOfOrder
from states.vocabulary import Command, Text


class Publicity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The posting: its first and last day, and the number of objections. Their text is not here."""

    posted_on: date
    until: date
    objections: int


class PostResult(Command, Publicity, frozen=True, kw_only=True):
    """Record that the intended result was posted, after the time for objections."""


class ResultPosted(StageFact, Publicity, frozen=True, kw_only=True):
    """The intended result was posted, and the time for objections is over."""

    stage = "publicity"
    dated = "until"


def check(state: Assessment, record: Publicity, context: Context) -> None:
    """Refuse a posting that has not ended, began before the last step, or ended before it began; and a wrong number."""
    clause = context.clause("publicity")
    faults = FaultCollector(clause)
    with faults.at("posted_on"):
        check_not_before_last_step(Text(zh="公示开始", en="posted"), record.posted_on, state, context, clause)
    with faults.at("until"):
        check_not_in_future(Text(zh="公示截止", en="end of posting"), record.until, context, clause)
        if record.posted_on > record.until:
            beginning, end = Text(zh="公示开始", en="posted"), Text(zh="截止", en="until")
            raise OutOfOrder(what=beginning, value=record.posted_on, other=end, against=record.until, clause=clause)
    with faults.at("objections"):
        check_in_range(Text(zh="异议数", en="objections"), record.objections, clause)
    faults.end()
