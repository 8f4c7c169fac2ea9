"""What the audit administrator has to do: verify the ledger, and have its seals signed by the witness.

These are not commands of an assessment, so `to_dos.py` does not find them.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from audit.seals import proving
from states.records.account import AUDIT
from states.vocabulary import Text
from storage import replay_jobs, seals

from .request.page_request import PageRequest

_VERIFICATION_INTERVAL = timedelta(days=31)
"""After so long the ledger is to be verified again. Our own choice: no rule says how often."""


class AuditDuty(Struct, frozen=True):
    """One thing to do. `path` is the page where it is done."""

    path: str
    title: Text


def duties(request: PageRequest) -> list[AuditDuty]:
    """What the user has to do now; empty for everybody but the audit administrator."""
    if AUDIT not in request.user.roles:
        return []
    return [duty for duty in (_verify(request), _witness(request)) if duty is not None]


def _verify(request: PageRequest) -> AuditDuty | None:
    """The duty to verify the ledger, if nobody has done it from a page for a month."""
    ends = [row.finished_at for row in replay_jobs.latest(request.database, 1) if row.finished_at is not None]
    if ends and request.now - ends[0] <= _VERIFICATION_INTERVAL:
        return None
    since = (
        Text(zh=f"上次完成于 {request.format.moment(ends[0])}", en=f"last done {request.format.moment(ends[0])}")
        if ends
        else _NEVER
    )
    return AuditDuty("/audit/verification", Text(zh=f"核验台账（{since.zh}）", en=f"verify the ledger ({since.en})"))


_NEVER = Text(zh="还没有核验过", en="not done yet")


def _witness(request: PageRequest) -> AuditDuty | None:
    """The duty to have the newest seal signed, if the witness has not signed it."""
    newest, upto = seals.last_seal(request.database), proving.last_witnessed_size(request.database)
    if newest is None or newest.number <= upto:
        return None
    return AuditDuty(
        "/audit/seals",
        Text(
            zh=f"把第 {newest.number} 号封存交见证人签署（已签到第 {upto} 号）",
            en=f"have the seal to entry {newest.number} signed by the witness (signed to entry {upto})",
        ),
    )
