"""退回: the step that was sent back, why, by whom and until when, for the person who has to do it again; and its form.

A step counts as sent back until it is done again. The people of the department do not read why a score or an approval
was sent back.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from console.web.display.entries import readable_entries
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
"""The kinds of facts that send a step back."""
_SCORE_SENT_BACK = frozenset(("ScoreReturned", "ResultReopened"))


class ReturnedStep(Struct, frozen=True):
    """A step that was sent back: `act` is to be done again, `what` was done to it.

    `left`: the working days until the deadline, negative after it; None without a deadline.
    """

    act: str
    title: Text
    what: Text
    reason: str
    by: str
    role: str
    at: datetime
    due: date | None
    left: int | None


def returned_step(request: PageRequest, state: Assessment, rulebook: Rulebook) -> ReturnedStep | None:
    """The step that was sent back and is not done again yet; None if there is none that the user may read of."""
    after = state.steps[-1].version if state.steps else 0
    entries = request.engine.ledger.stream(state.stream)
    if not request.permissions.may_view("results", state.unit):
        entries = readable_entries(entries, state)
    last = next((one for one in reversed(entries) if one.version > after and one.kind in BACK), None)
    following = next_act(state, rulebook)
    if last is None or following is None:
        return None
    due = following.due
    return ReturnedStep(
        act=following.act,
        title=following.title,
        what=policy.title(ACT_OF_FACT[last.kind], rulebook),
        reason=getattr(fact_of(last), "reason", ""),
        by=request.account_names.get(last.actor, last.actor),
        role=request.format.role(last.role),
        at=last.recorded_at,
        due=due,
        left=request.working_days.between(request.today, due) if due else None,
    )


def last_submission(request: PageRequest, state: Assessment, act: str) -> list[tuple[str, str]]:
    """The fields of a step's form as it was last submitted, if the step was sent back since; otherwise none.

    The caller makes sure that the user may take the step (`Permissions.require_act`): the form may show the ballots on
    members of a department.
    """
    # After a score was sent back, only the form of the score is filled in again. The approval or notice that followed
    # it is decided again and gets another number and day, so its old form would mislead.
    fact = STAGE_FACTS.get(STAGE_OF_ACT.get(act, ""))
    if fact is None or any(isinstance(step.fact, fact) for step in state.steps):
        return []
    entries = request.engine.ledger.stream(state.stream)
    last = next((n for n in reversed(range(len(entries))) if entries[n].kind == fact.kind), None)
    if last is None:
        return []
    back = next((entry.kind for entry in reversed(entries[last:]) if entry.kind in BACK), "")
    if not back or (back in _SCORE_SENT_BACK and act != "score"):
        return []
    return refill(request, act, entries[last])
