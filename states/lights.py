"""The lights of the board: how each stage of an assessment stands, by its deadline. Pure; nothing rests on a light.

The measure sets no dates and knows no lights. The shares at which a light turns yellow and orange are those of the
three-colour supervision (黄橙红三色督办) of Chinese colleges and may be set (docs/operating.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from .assessment import WITHDRAWN, Assessment
from .deadlines import awaited, waiting
from .rulebook import Rulebook, Stage
from .stages import STAGE_FACTS
from .vocabulary import Text

Light = Literal["wait", "now", "soon", "near", "late", "blocked", "done", "veto"]

WORDS: Mapping[str, Text] = {
    "wait": Text(zh="未到", en="not yet"),
    "now": Text(zh="进行中", en="open"),
    "soon": Text(zh="将到期", en="due soon"),
    "near": Text(zh="临期", en="very near"),
    "late": Text(zh="逾期", en="overdue"),
    "blocked": Text(zh="待前一环节", en="blocked"),
    "done": Text(zh="已办", en="done"),
    "veto": Text(zh="一票否决", en="veto"),
}
"""What each light says in a word: colour alone says nothing to some, and nothing on paper."""

PROBLEMS = frozenset(("near", "late", "veto"))


class Shares(Struct, frozen=True):
    """Of the time for a step, the per cent left at which its light turns yellow (`soon`) and orange (`near`)."""

    soon: int = 30
    near: int = 15


class Cell(Struct, frozen=True):
    """One stage of one assessment: its light and its deadline, if it has one and is not done."""

    light: Light
    due: date | None = None


def cells(state: Assessment, rulebook: Rulebook, today: date, shares: Shares) -> tuple[Cell, ...]:
    """The lights of an assessment, stage by stage after its opening; then that of the tasks that follow."""
    reached = {step.stage for step in state.steps}
    now = waiting(state, rulebook)
    stages = (_cell(s, s is now, reached, state, rulebook, today, shares) for s in rulebook.stage[1:])
    return (*stages, _tasks(state, rulebook, today, shares))


def timed(begins: date, due: date | None, today: date, shares: Shares) -> Light:
    """The light of something to be done now: by how much of its time is left.

    What could not be begun before its deadline is not overdue: the clock gives it a new one.
    """
    if due is None or due < begins:
        return "now"
    if due < today:
        return "late"
    left = 100 * (due - today).days
    whole = max((due - begins).days, 1)
    return "near" if left <= shares.near * whole else "soon" if left <= shares.soon * whole else "now"


def _cell(
    stage: Stage, now: bool, reached: set[str], state: Assessment, rulebook: Rulebook, today: date, shares: Shares
) -> Cell:
    due = state.due.get(stage.kind)
    if now:
        return Cell(timed(begun(state, rulebook), due, today, shares), due)
    if STAGE_FACTS[stage.kind].leads_to in reached:
        return Cell("done")
    if state.stage == WITHDRAWN:
        return Cell("wait")
    return Cell("blocked" if due is not None and due < today else "wait", due)


def _tasks(state: Assessment, rulebook: Rulebook, today: date, shares: Shares) -> Cell:
    if not state.tasks:
        return Cell("wait")
    left = [due for _, due in awaited(state, rulebook)]
    if not left:
        return Cell("done")
    due = min((due for due in left if due is not None), default=None)
    return Cell(timed(begun(state, rulebook), due, today, shares), due)


def begun(state: Assessment, rulebook: Rulebook) -> date:
    """The day the step that is waited for became possible: its time runs from there."""
    return (state.since or state.steps[-1].at).astimezone(ZoneInfo(rulebook.timezone)).date()
