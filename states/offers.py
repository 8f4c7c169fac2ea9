"""The next act of an assessment and its roles, and the acts that an actor may do now: for buttons and to-do lists.

Not here: whether a command is accepted (`chart.decide`).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from . import policy
from .acts import ACTS, STAGE_COMMANDS
from .assessment import UNOPENED, WITHDRAWN, Assessment
from .chart import Chart
from .context import Context
from .deadlines.reminders import next_stage, open_items
from .rulebook.types import Rulebook
from .stages.value_report import missing_items
from .vocabulary import Text


class NextAct(Struct, frozen=True):
    """The next act of an assessment: its title, the roles that may do it (`by`), and its deadline, if it has one."""

    act: str
    title: Text
    by: tuple[str, ...]
    due: date | None


def next_act(state: Assessment, rulebook: Rulebook) -> NextAct | None:
    """The act that the assessment waits for, for any actor; None if it is withdrawn, not opened or finished."""
    if state.stage in (UNOPENED, WITHDRAWN):
        return None
    if not state.has_valid_score:
        return _next_act(_act_of_stale_score(state), state, rulebook, None)
    stage = next_stage(state, rulebook)
    if stage is not None:
        needs_sheets = stage.kind == "scoring" and len(state.sheets) < rulebook.scoring.minimum_sheets
        act = "fill_sheet" if needs_sheets else STAGE_COMMANDS[stage.kind].act
        if act == "score" and missing_items(state, rulebook):
            act = "report_values"
        return _next_act(act, state, rulebook, state.due.get(stage.key))
    tasks = list(open_items(state, rulebook))
    if tasks:
        return _next_act("complete_task", state, rulebook, min((due for _, due in tasks if due), default=None))
    return None


def offers(state: Assessment, context: Context, chart: Chart) -> tuple[str, ...]:
    """The acts that the actor may do now, in the chart's order. The values of a command may still be refused."""
    return tuple(
        act
        for act in chart.open_acts(state.stage)
        if policy.may_offer(act, state, context) and _applies(act, state, context.rulebook)
    )


def _act_of_stale_score(state: Assessment) -> str:
    """The act that a score which is not valid needs: to score again, or first to send the result back to scoring."""
    if state.is_approved:
        return "reopen_result"
    return "score" if state.stage == "scoring" else "return_score"


def _next_act(act: str, state: Assessment, rulebook: Rulebook, due: date | None) -> NextAct:
    by = policy.entitled_roles(act, state, None, rulebook)[0]
    if act == "report_values":
        by = tuple(dict.fromkeys(role for item in missing_items(state, rulebook) for role in item.by))
    if act == "complete_task":
        by = tuple(dict.fromkeys(role for task, _ in open_items(state, rulebook) for role in task.by))
    return NextAct(act, policy.title(act, rulebook, state), tuple(role for role in by if role != "clock"), due)


def _applies(act: str, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether there is something to do for the act in this state."""
    applies = ACTS[act].applies
    return applies is None or applies(state, rulebook)
