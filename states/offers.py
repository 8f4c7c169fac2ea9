"""The next acts of an assessment and their roles, and the acts that an actor may do now: for buttons and to-do lists.

Not here: whether a command is accepted (`chart.decide`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from msgspec import Struct

from . import policy
from .acts import ACTS, STAGE_COMMANDS
from .assessment import UNOPENED, WITHDRAWN, Assessment
from .chart import Chart
from .context import Context
from .deadlines.assignment import items_to_assign
from .deadlines.reminders import next_stage, open_items
from .deadlines.windows import Windows
from .result.open_tasks import open_task_ids
from .rulebook.tasks import Follow
from .stages.evidence import open_requests
from .stages.value_report import missing_items, report_items
from .vocabulary import Text


class NextAct(Struct, frozen=True):
    """The next act of an assessment: its title, the roles that may do it (`by`), and its deadline, if it has one.

    `items`: the keys of the open stage or tasks that wait for it.
    """

    act: str
    title: Text
    by: tuple[str, ...]
    due: date | None
    items: tuple[str, ...] = ()


def next_act(state: Assessment, context: Context) -> NextAct | None:
    """The first act that the assessment waits for; None if it is withdrawn, not opened or finished."""
    return next(iter(next_acts(state, context)), None)


def next_acts(state: Assessment, context: Context) -> list[NextAct]:
    """The acts that the assessment waits for, for any actor: one, or several before the score and after the circulation.

    Sheets are filled in and values are reported at the same time, and documents that were asked for are handed in.
    """
    if state.stage in (UNOPENED, WITHDRAWN):
        return []
    if not state.has_valid_score:
        act = _act_of_return(state)
        return [_next_act(act, state, context, None, ("scoring",) if act == "score" else ())]
    rulebook = context.rulebook
    stage = next_stage(state, rulebook)
    if stage is not None:
        acts = [STAGE_COMMANDS[stage.kind].act]
        if stage.kind == "scoring":
            needs_sheets = len(state.sheets) < rulebook.scoring.minimum_sheets
            before = {"fill_sheet": needs_sheets, "report_values": bool(missing_items(state, context))}
            acts = [act for act, is_missing in before.items() if is_missing] or acts
        due = state.due.get(stage.key)
        next_stages = [_next_act(act, state, context, due, (stage.key,)) for act in acts]
        return [*next_stages, *_documents_to_supply(state, context)]
    return list(_acts_after_circulation(state, context))


def next_act_for(roles: Collection[str], state: Assessment, context: Context) -> NextAct | None:
    """The first of the next acts that is for one of these roles, or else the first."""
    acts = next_acts(state, context)
    return next((act for act in acts if set(act.by) & set(roles)), next(iter(acts), None))


def request_to_make(state: Assessment, context: Context) -> NextAct | None:
    """To ask for a review: a right of the roles of the open windows, for which the assessment does not wait.

    Its day is the first of their last days. None if no window is open today.
    """
    windows, act = Windows(state, context.rulebook), "ask_review"
    open_ids = windows.open(context.today)
    if not open_ids:
        return None
    by = tuple(dict.fromkeys(role for id_ in open_ids for role in windows.rule(id_).by))
    due = _earliest(windows.last_day(id_) for id_ in open_ids)
    return NextAct(act, policy.title(act, context.rulebook, state), by, due)


def offers(state: Assessment, context: Context, chart: Chart) -> tuple[str, ...]:
    """The acts that the actor may do now, in the chart's order. The values of a command may still be refused."""
    return tuple(
        act
        for act in chart.open_acts(state.stage)
        if policy.may_offer(act, state, context) and _applies(act, state, context) and _is_for_role(act, state, context)
    )


def _documents_to_supply(state: Assessment, context: Context) -> Iterator[NextAct]:
    """To hand in the documents that were asked for, with the first of their days."""
    waiting, rules = open_requests(state), context.rulebook.document_request
    if waiting and rules is not None:
        title = policy.title("supply_document", context.rulebook, state)
        due = _earliest(request.due for request in waiting.values())
        yield NextAct("supply_document", title, rules.by, due, tuple(waiting))


def _acts_after_circulation(state: Assessment, context: Context) -> Iterator[NextAct]:
    """The acts of a circulated result: to reopen it after a review, to decide on reviews, and the other tasks."""
    rulebook = context.rulebook
    if state.awaits_reopening:
        yield _next_act(_act_of_return(state), state, context, None)
    items = list(open_items(state, rulebook))
    for act, is_review in (("decide_review", True), ("complete_task", False)):
        open_of_act = [(item, due) for item, due in items if (item.key in state.reviews) == is_review]
        if open_of_act:
            by = tuple(dict.fromkeys(role for item, _ in open_of_act for role in item.by))
            due = _earliest(due for _, due in open_of_act)
            yield NextAct(act, policy.title(act, rulebook, state), by, due, tuple(item.key for item, _ in open_of_act))


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _act_of_return(state: Assessment) -> str:
    """The act that a result which is not valid needs: to score again, or first to send the result back to scoring."""
    if state.is_approved:
        return "reopen_result"
    return "score" if state.stage == "scoring" else "return_score"


def _next_act(act: str, state: Assessment, context: Context, due: date | None, items: tuple[str, ...] = ()) -> NextAct:
    rulebook = context.rulebook
    by = policy.entitled_roles(act, state, None, rulebook)[0]
    if act == "report_values":
        by = tuple(dict.fromkeys(role for item in missing_items(state, context) for role in item.by))
    return NextAct(act, policy.title(act, rulebook, state), tuple(role for role in by if role != "clock"), due, items)


def _is_for_role(act: str, state: Assessment, context: Context) -> bool:
    """Whether something of the act is the actor's: an open task, a value to report, or work to assign."""
    rulebook, role = context.rulebook, context.actor.role
    if act == "complete_task":
        return any(role in rulebook.tasks[Follow.from_id(id_).key].by for id_ in open_task_ids(state, rulebook))
    if act == "report_values":
        return any(role in item.by for item in report_items(state, rulebook).values())
    if act == "assign":
        return bool(items_to_assign(state, context))
    return True


def _applies(act: str, state: Assessment, context: Context) -> bool:
    """Whether there is something to do for the act now."""
    applies = ACTS[act].applies
    return applies is None or applies(state, context)
