"""publicity: 公示 — an optional stage between scoring and approval. The 2021 measure has none (F18)."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from .assessment import Assessment, StageFact
from .context import Context
from .guards import happened, in_turn, whole
from .refusals import OutOfOrder
from .vocabulary import Command


class Publicity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The posting: from when to when, and how many objections came in. What they said is not here."""

    posted_on: date
    until: date
    objections: int


class PostResult(Command, Publicity, frozen=True, kw_only=True):
    """Record that the intended result was posted."""


class ResultPosted(StageFact, Publicity, frozen=True, kw_only=True):
    """The intended result was posted, and the time for objections ran out."""

    leads_to = "publicity"
    dated = "until"


def check(state: Assessment, record: Publicity, context: Context) -> None:
    """The posting is over before it is recorded."""
    clause = context.clause("publicity")
    in_turn("公示开始 / posted", record.posted_on, state, context, clause)
    happened("公示截止 / end of posting", record.until, context, clause)
    whole("异议数 / objections", record.objections, clause)
    if record.posted_on > record.until:
        raise OutOfOrder(
            what="公示开始 / posted", value=record.posted_on, other="截止 / until", against=record.until, clause=clause
        )
