"""What waits for the audit administrator, who has no act on an assessment: to verify the ledger, and to have its seals witnessed."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from audit.seals import proving
from states.records.account import AUDIT
from states.vocabulary import Text
from storage import replay_jobs, seals

from .request.page_request import PageRequest

A_MONTH = timedelta(days=31)
"""How long a verification lasts. Ours: no rule says how often."""


class Duty(Struct, frozen=True):
    """One thing to do, and the page where it is done."""

    path: str
    title: Text


def duties(request: PageRequest) -> list[Duty]:
    """What is to be done now; nothing for anybody else."""
    if AUDIT not in request.user.roles:
        return []
    found = (_verify(request), _witness(request))
    return [one for one in found if one is not None]


def _verify(request: PageRequest) -> Duty | None:
    """The ledger was not verified from a page for a month."""
    ends = [row.finished_at for row in replay_jobs.latest(request.database, 1) if row.finished_at is not None]
    if ends and request.now - ends[0] <= A_MONTH:
        return None
    since = (
        Text(zh=f"上次完成于 {request.format.moment(ends[0])}", en=f"last done {request.format.moment(ends[0])}")
        if ends
        else _NEVER
    )
    return Duty("/audit/verification", Text(zh=f"核验台账（{since.zh}）", en=f"verify the ledger ({since.en})"))


_NEVER = Text(zh="还没有核验过", en="not done yet")


def _witness(request: PageRequest) -> Duty | None:
    """The witness has not signed the newest seal."""
    newest, upto = seals.last_seal(request.database), proving.last_witnessed_size(request.database)
    if newest is None or newest.number <= upto:
        return None
    return Duty(
        "/audit/seals",
        Text(
            zh=f"把第 {newest.number} 号封存交见证人签署（已签到第 {upto} 号）",
            en=f"have the seal to entry {newest.number} signed by the witness (signed to entry {upto})",
        ),
    )
