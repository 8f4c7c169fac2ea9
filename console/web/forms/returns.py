"""退回: what came back to whoever has to do it again: which form, why, by whom, and until when. And the form as it was submitted.

A return stands until the act it sent back is done again. Why a score or an approval went back is not for the unit's own people.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from console.web.display import entries as shown
from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import Assessment
from states.chart import ACT_OF_FACT
from states.offers import next_act
from states.rulebook.types import Rulebook
from states.stages.kinds import STAGE_FACTS, STAGE_OF_ACT
from states.vocabulary import Text
from storage.ledger.facts import fact_of

from .prefill import refill

BACK = frozenset(("SelfReportReturned", "ScoreReturned", "StepUndone", "ResultReopened"))
"""The facts that send a step back."""
_OF_THE_SCORE = frozenset(("ScoreReturned", "ResultReopened"))


class Returned(Struct, frozen=True):
    """What came back. `left` is the working days left to do it again, below 0 where it is late; None without a deadline."""

    act: str
    title: Text
    what: Text
    reason: str
    by: str
    role: str
    at: datetime
    due: date | None
    left: int | None


def returned(request: PageRequest, state: Assessment, rulebook: Rulebook) -> Returned | None:
    """What was sent back and is not done again yet; None where nothing is, or the reason is not for this account."""
    after = state.steps[-1].version if state.steps else 0
    entries = request.engine.ledger.stream(state.stream)
    if not request.permissions.may_view("results", state.unit):
        entries = shown.readable_entries(entries, state)
    last = next((one for one in reversed(entries) if one.version > after and one.kind in BACK), None)
    following = next_act(state, rulebook)
    if last is None or following is None:
        return None
    due = following.due
    return Returned(
        following.act, following.title, policy.title(ACT_OF_FACT[last.kind], rulebook), getattr(fact_of(last), "reason", ""),
        request.account_names.get(last.actor, last.actor), request.format.role(last.role), last.recorded_at, due,
        request.working_days.between(request.today, due) if due else None,
    )  # fmt: skip


def submitted(request: PageRequest, state: Assessment, act: str) -> list[tuple[str, str]]:
    """The form of a step as it was last submitted, if the step was sent back since then; otherwise empty.

    For those who may take the step (`Permissions.require_act`): nobody reads the ballots on members of their own unit here. What followed a score
    that went back (an approval, a notice) is decided again: its number and its day will be others.
    """
    fact = STAGE_FACTS.get(STAGE_OF_ACT.get(act, ""))
    if fact is None or any(isinstance(step.fact, fact) for step in state.steps):
        return []
    entries = request.engine.ledger.stream(state.stream)
    at = next((n for n in reversed(range(len(entries))) if entries[n].kind == fact.kind), None)
    back = next((entry.kind for entry in reversed(entries[at:]) if entry.kind in BACK), "") if at is not None else ""
    if at is None or not back or (back in _OF_THE_SCORE and act != "score"):
        return []
    return refill(request, act, entries[at])
