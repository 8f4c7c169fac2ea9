"""退回: a step that was sent back, with reason, author and deadline, for the person who must do it again; and its form.

A step counts as sent back until it is done again. People of the department do not see the reasons for which a score or
an approval was sent back.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from console.web.display.entries import readable_entries
from console.web.request.page_request import PageRequest
from states import policy
from states.acts import ACT_OF_FACT, STAGE_FACTS, STAGE_OF_ACT
from states.assessment import Assessment
from states.offers import next_act
from states.rulebook.types import Rulebook
from states.vocabulary import Text
from storage.ledger.facts import fact_of

from .prefill import fields_of_entry

RETURNING_FACTS = frozenset(("SelfReportReturned", "ScoreReturned", "StepUndone", "ResultReopened"))
"""The kinds of facts that send a step back."""
_SCORE_RETURNS = frozenset(("ScoreReturned", "ResultReopened"))


class ReturnedStep(Struct, frozen=True):
    """A step that was sent back. `act` must be done again; `title` is its title.

    `return_title` is the title of the act that sent it back; `by`, `role`, `at` and `reason` belong to that act.
    `days_left` are working days until the deadline, negative after it; None without a deadline.
    """

    act: str
    title: Text
    return_title: Text
    reason: str
    by: str
    role: str
    at: datetime
    due: date | None
    days_left: int | None


def returned_step(request: PageRequest, state: Assessment, rulebook: Rulebook) -> ReturnedStep | None:
    """The step that must be done again; None if there is none, or the user may not read about it."""
    last_step = state.steps[-1].version if state.steps else 0
    entries = request.engine.ledger.stream(state.stream)
    if not request.permissions.may_view("results", state.unit):
        entries = readable_entries(entries, state)
    newer = (entry for entry in reversed(entries) if entry.version > last_step)
    last = next((entry for entry in newer if entry.kind in RETURNING_FACTS), None)
    following = next_act(state, rulebook)
    if last is None or following is None:
        return None
    due = following.due
    return ReturnedStep(
        act=following.act,
        title=following.title,
        return_title=policy.title(ACT_OF_FACT[last.kind], rulebook),
        reason=getattr(fact_of(last), "reason", ""),
        by=request.account_names.get(last.actor, last.actor),
        role=request.format.role(last.role),
        at=last.recorded_at,
        due=due,
        days_left=request.working_days.between(request.today, due) if due else None,
    )


def last_submission(request: PageRequest, state: Assessment, act: str) -> list[tuple[str, str]]:
    """The fields of a step's last form, if the step was sent back after it; otherwise none.

    The caller must check that the user may take the step (`Permissions.require_act`): the form may show the ballots on
    members of a department.
    """
    # After a score was sent back, only the form of the score is filled in again. The approval and the notice that
    # followed are decided again and get another number and day, so their old forms would mislead.
    fact = STAGE_FACTS.get(STAGE_OF_ACT.get(act, ""))
    if fact is None or any(isinstance(step.fact, fact) for step in state.steps):
        return []
    entries = request.engine.ledger.stream(state.stream)
    last = next((n for n in reversed(range(len(entries))) if entries[n].kind == fact.kind), None)
    if last is None:
        return []
    returned_by = next((entry.kind for entry in reversed(entries[last:]) if entry.kind in RETURNING_FACTS), "")
    if not returned_by or (returned_by in _SCORE_RETURNS and act != "score"):
        return []
    return fields_of_entry(request, act, entries[last])
