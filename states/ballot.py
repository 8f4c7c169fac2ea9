"""democratic_evaluation: 民主测评 — the meeting votes on the team and on each member, unsigned.

The counts are recorded and shown. They are *not* added to the score: the measure gives them no points.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from .assessment import Assessment, AssessmentFact, StageFact
from .context import Context
from .guards import adds_up, in_turn, same_keys, whole
from .refusals import DoesNotAddUp, Incomplete
from .vocabulary import Command, Opaque, Stamp

TEAM = "team"


class Sheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One count: `subject` is `team` or a member's id; how many ballots were issued, returned, valid; per option."""

    subject: Opaque
    issued: int
    returned: int
    valid: int
    counts: dict[str, int]


class Ballot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The democratic evaluation: one sheet for the team and one for each member."""

    held_on: date
    sheets: tuple[Sheet, ...]

    @property
    def overfull(self) -> bool:
        """More ballots came back than went out: the vote is void."""
        return any(s.returned > s.issued for s in self.sheets)


class RecordBallot(Command, Ballot, frozen=True, kw_only=True):
    """Record the counts of the democratic evaluation."""


class BallotHeld(StageFact, Ballot, frozen=True, kw_only=True):
    """The vote was held and counted."""

    leads_to = "democratic_evaluation"
    dated = "held_on"


class BallotVoided(AssessmentFact, Ballot, frozen=True, kw_only=True):
    """The vote was void (收回的票数多于发出的票数) and is to be repeated; the stage stays."""

    dated = "held_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state


def check(state: Assessment, record: Ballot, context: Context) -> None:
    """第七条（二）2：对部门领导班子及领导班子成员进行民主测评。"""
    clause = context.clause("ballot")
    in_turn("测评日期 / ballot date", record.held_on, state, context, clause)
    subjects = [s.subject for s in record.sheets]
    same_keys("测评对象 / subject", subjects, [TEAM, *(m.person for m in state.team)], clause)
    if len(set(subjects)) != len(subjects):
        raise Incomplete(missing="每个测评对象恰一张汇总 / one sheet per subject", clause=clause)
    if isinstance(record, BallotVoided if not record.overfull else BallotHeld):
        void = "收回多于发出即无效，否则有效 / more returned than issued voids the vote, else it holds"
        raise DoesNotAddUp(what="测评结果 / vote", sum=void, clause=clause)
    for sheet in record.sheets:
        _check_sheet(sheet, context, clause)


def _check_sheet(sheet: Sheet, context: Context, clause: str) -> None:
    for zh, en, count in (
        ("发出", "issued", sheet.issued),
        ("收回", "returned", sheet.returned),
        ("有效", "valid", sheet.valid),
    ):
        whole(f"{sheet.subject} {zh}票数 / {sheet.subject} ballots {en}", count, clause)
    options = context.rulebook.ballot.options
    same_keys("测评选项 / option", sheet.counts, options, clause)
    for option, title in zip(options, context.rulebook.ballot.titles, strict=True):
        whole(f"{sheet.subject} {title.zh}票数 / {sheet.subject} ballots {title.en}", sheet.counts[option], clause)
    if sheet.issued == 0:
        raise Incomplete(missing=f"{sheet.subject} 发出票数 / {sheet.subject} ballots issued", clause=clause)
    adds_up(
        f"{sheet.subject} 有效票 / {sheet.subject} valid ballots", sheet.valid <= sheet.returned, clause,
        f"有效 {sheet.valid} > 收回 {sheet.returned} / valid {sheet.valid} > returned {sheet.returned}",
    )  # fmt: skip
    counted = sum(sheet.counts.values())
    adds_up(
        f"{sheet.subject} 各项票数 / {sheet.subject} counts",
        counted == sheet.valid,
        clause,
        f"合计 {counted} ≠ 有效 {sheet.valid} / total {counted} ≠ valid {sheet.valid}",
    )
