"""The lights of the board: how each stage of an assessment stands, by its deadline. Pure; nothing rests on a light.

The measure sets no dates and knows no lights. An assessment is late at one place at most: at the step it waits for. What cannot be
done before that step is blocked, however long its own date is past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.assessment import WITHDRAWN, Assessment
from states.rulebook.types import Rulebook, Stage
from states.vocabulary import Text

from .reminders import awaited, waiting

Light = Literal["wait", "now", "soon", "late", "blocked", "back", "done", "veto"]

WORDS: Mapping[str, Text] = {
    "wait": Text(zh="未开始", en="not started"),
    "now": Text(zh="进行中", en="in progress"),
    "soon": Text(zh="将到期", en="due soon"),
    "late": Text(zh="逾期", en="late"),
    "blocked": Text(zh="受阻", en="blocked"),
    "back": Text(zh="退回", en="returned"),
    "done": Text(zh="已办", en="done"),
    "veto": Text(zh="一票否决", en="vetoed"),
}
"""What each light says in a word: colour alone says nothing to some, and nothing on paper."""

HEED = frozenset(("soon", "back", "veto"))
"""What somebody should look at though it is not late."""


def soon(today: date, is_working: Callable[[date], bool], days: int) -> date:
    """The last deadline that is near on this day: no more than so many working days come after today up to it."""
    day, left = today, days
    while True:
        day += timedelta(days=1)
        left -= is_working(day)
        if left < 0:
            return day - timedelta(days=1)


class Cell(Struct, frozen=True):
    """One stage of one assessment: its light and its deadline, if it has one and is not done."""

    light: Light
    due: date | None = None


def cells(state: Assessment, rulebook: Rulebook, today: date, near: date) -> tuple[Cell, ...]:
    """The lights of an assessment, stage by stage after its opening; then that of the tasks that follow."""
    reached = {step.stage for step in state.steps}
    now = waiting(state, rulebook)
    stages = (_cell(s, s is now, reached, state, rulebook, today, near) for s in rulebook.stage[1:])
    return (*stages, _tasks(state, rulebook, today, near))


def timed(begins: date, due: date | None, today: date, near: date) -> Light:
    """The light of something to be done now; `near` is the last deadline that is due soon (`soon`).

    What could not be begun before its deadline is not late: the clock gives it a new one.
    """
    if due is None or due < begins:
        return "now"
    if due < today:
        return "late"
    return "soon" if due <= near else "now"


def _cell(
    stage: Stage, now: bool, reached: set[str], state: Assessment, rulebook: Rulebook, today: date, near: date
) -> Cell:
    due = state.due.get(stage.kind)
    if now:
        light = timed(begun(state, rulebook), due, today, near)
        return Cell("back" if state.again and light != "late" else light, due)
    if stage.kind in reached:
        return Cell("done")
    if state.stage == WITHDRAWN:
        return Cell("wait")
    return Cell("blocked" if due is not None and due < today else "wait", due)


def _tasks(state: Assessment, rulebook: Rulebook, today: date, near: date) -> Cell:
    if not state.tasks:
        return Cell("wait")
    left = [due for _, due in awaited(state, rulebook)]
    if not left:
        return Cell("done")
    due = min((due for due in left if due is not None), default=None)
    return Cell(timed(begun(state, rulebook), due, today, near), due)


def begun(state: Assessment, rulebook: Rulebook) -> date:
    """The day the step that is waited for became possible: its time runs from there."""
    return (state.since or state.steps[-1].at).astimezone(ZoneInfo(rulebook.timezone)).date()
