"""The duties of the audit administrator: verify the ledger, and have its seals signed by the witness.

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
"""The ledger is to be verified once in this time. This is our own choice: no rule says how often."""


_NOT_DONE_YET = Text(zh="还没有核验过", en="not done yet")


class AuditDuty(Struct, frozen=True):
    """One thing to do. `path` is the page where it is done."""

    path: str
    title: Text


def duties(request: PageRequest) -> list[AuditDuty]:
    """The duties that wait for the user now. Only the audit administrator has any."""
    if AUDIT not in request.user.roles:
        return []
    return [duty for duty in (_verify(request), _witness(request)) if duty is not None]


def _verify(request: PageRequest) -> AuditDuty | None:
    """The duty to verify the ledger, if the newest replay from a page is unfinished or older than a month."""
    end_times = [row.finished_at for row in replay_jobs.latest(request.database, 1) if row.finished_at is not None]
    if end_times and request.now - end_times[0] <= _VERIFICATION_INTERVAL:
        return None
    last_done = (
        Text(
            zh=f"上次完成于 {request.format.moment(end_times[0])}",
            en=f"last done {request.format.moment(end_times[0])}",
        )
        if end_times
        else _NOT_DONE_YET
    )
    return AuditDuty(
        "/audit/verification", Text(zh=f"核验台账（{last_done.zh}）", en=f"verify the ledger ({last_done.en})")
    )


def _witness(request: PageRequest) -> AuditDuty | None:
    """The duty to have the newest seal signed, if the witness has not signed it."""
    newest, witnessed_size = seals.last_seal(request.database), proving.last_witnessed_size(request.database)
    if newest is None or newest.number <= witnessed_size:
        return None
    return AuditDuty(
        "/audit/seals",
        Text(
            zh=f"把第 {newest.number} 号封存交见证人签署（已签到第 {witnessed_size} 号）",
            en=f"have the seal to entry {newest.number} signed by the witness (signed to entry {witnessed_size})",
        ),
    )
