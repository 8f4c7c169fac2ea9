"""退回: for the person who must repeat a step, the reason why it was sent back, and the fields of its last form.

A step counts as sent back until it is done again. People of the department do not see the reasons for which a score or
an approval was sent back. Not here: the form with which somebody sends a step back (`act_form.py`).
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from console.web.display.entries import readable_entries
from console.web.request.page_request import PageRequest
from states import policy
from states.acts import ACT_OF_FACT, STAGE_FACTS
from states.assessment import Assessment
from states.context import Context
from states.offers import next_act
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.vocabulary import Text
from storage.ledger.chain import Entry
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


def returned_step(request: PageRequest, state: Assessment, context: Context) -> ReturnedStep | None:
    """The step that must be done again; None if there is none, or if the user may not see its return."""
    last_step_version = state.steps[-1].version if state.steps else 0
    entries = request.engine.ledger.stream(state.stream)
    if not request.permissions.may_view("results", state.unit):
        entries = readable_entries(entries, state)
    newer_entries = (entry for entry in reversed(entries) if entry.version > last_step_version)
    return_entry = next((entry for entry in newer_entries if entry.kind in RETURNING_FACTS), None)
    act_to_do = next_act(state, context)
    if return_entry is None or act_to_do is None:
        return None
    due = act_to_do.due
    return ReturnedStep(
        act=act_to_do.act,
        title=act_to_do.title,
        return_title=policy.title(ACT_OF_FACT[return_entry.kind], context.rulebook),
        reason=getattr(fact_of(return_entry), "reason", ""),
        by=request.author(return_entry),
        role=request.format.role(return_entry.role),
        at=return_entry.recorded_at,
        due=due,
        days_left=request.working_days.between(request.today, due) if due else None,
    )


def last_submission(request: PageRequest, state: Assessment, act: str, rulebook: Rulebook) -> list[tuple[str, str]]:
    """The names and values of the last form of `act`, if its step was sent back after that; otherwise empty.

    The caller must check that the user may do the act (`Permissions.require_act`), because the fields may contain the
    ballots about members of a department.
    """
    # After a score was sent back, only the form of the score is prefilled. The approval and the notice after it are new
    # decisions with another number and day, so values of their old forms would be wrong.
    stage = policy.stage_of_act(act, rulebook, state)
    if stage is None or state.step(stage.key):
        return []
    entries = request.engine.ledger.stream(state.stream)
    submission_index = next(
        (n for n in reversed(range(len(entries))) if _completes(entries[n], act, stage, rulebook)), None
    )
    if submission_index is None:
        return []
    later_entries = reversed(entries[submission_index:])
    return_kind = next((entry.kind for entry in later_entries if entry.kind in RETURNING_FACTS), "")
    if not return_kind or (return_kind in _SCORE_RETURNS and act != "score"):
        return []
    return fields_of_entry(request, act, entries[submission_index])


def _completes(entry: Entry, act: str, stage: Stage, rulebook: Rulebook) -> bool:
    """Whether the entry completed this stage by this act."""
    is_of_kind = entry.kind == STAGE_FACTS[stage.kind].kind
    return is_of_kind and policy.stage_of_act(act, rulebook, record=fact_of(entry)) is stage
