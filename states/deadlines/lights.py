"""The lights of the board: whether each stage of an assessment, and its tasks, are in time. For display only.

The measure has no dates and no lights, and no decision depends on a light. Only the next stage and open tasks can be
late. A stage after the next one cannot be done before it. So if its deadline has passed, it is blocked and not late.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.assessment import WITHDRAWN, Assessment
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.vocabulary import IsWorking, Text

from .reminders import next_stage, open_items

Light = Literal["wait", "now", "soon", "late", "blocked", "back", "done", "veto"]

LIGHT_TITLES: Mapping[str, Text] = {
    "wait": Text(zh="未开始", en="not started"),
    "now": Text(zh="进行中", en="in progress"),
    "soon": Text(zh="将到期", en="due soon"),
    "late": Text(zh="逾期", en="late"),
    "blocked": Text(zh="受阻", en="blocked"),
    "back": Text(zh="退回", en="returned"),
    "done": Text(zh="已办", en="done"),
    "veto": Text(zh="一票否决", en="vetoed"),
}
"""The word for each light, because some readers cannot see its colour, and paper has none (WCAG 1.4.1)."""

NEEDS_ATTENTION = frozenset(("soon", "back", "veto"))
"""The lights that need somebody's attention although nothing is late."""


def last_day_soon(today: date, is_working: IsWorking, days: int) -> date:
    """The last day that counts as due soon: the day before the working day number `days` + 1 after today."""
    day, remaining = today, days
    while True:
        day += timedelta(days=1)
        remaining -= is_working(day)
        if remaining < 0:
            return day - timedelta(days=1)


class StageLight(Struct, frozen=True):
    """The light of one stage of one assessment, or of all its tasks, and the deadline.

    `due` is None if the stage is done, waits in a withdrawn assessment, or has no deadline.
    """

    light: Light
    due: date | None = None


def stage_lights(state: Assessment, rulebook: Rulebook, today: date, last_soon: date) -> tuple[StageLight, ...]:
    """The lights of an assessment: of each stage after the opening, then one for all tasks of the result.

    `last_soon` is the last day that counts as due soon (`last_day_soon`).
    """
    completed = {step.stage for step in state.steps}
    current = next_stage(state, rulebook)
    stages = (
        _light_of_next_stage(stage, state, rulebook, today, last_soon)
        if stage is current
        else _light_of_other_stage(stage, state, today, is_completed=stage.key in completed)
        for stage in rulebook.stage[1:]
    )
    return (*stages, _light_of_tasks(state, rulebook, today, last_soon))


def light_of(possible_from: date, due: date | None, today: date, last_soon: date) -> Light:
    """The light of a stage or task that is possible from the day `possible_from` on and due on `due`."""
    # A stage that became possible only after its deadline is not late: the clock moves the deadline.
    if due is None or due < possible_from:
        return "now"
    if due < today:
        return "late"
    return "soon" if due <= last_soon else "now"


def _light_of_next_stage(
    stage: Stage, state: Assessment, rulebook: Rulebook, today: date, last_soon: date
) -> StageLight:
    """The light of the stage that must be done next."""
    due = state.due.get(stage.key)
    light = light_of(possible_since(state, rulebook), due, today, last_soon)
    return StageLight("back" if state.again and light != "late" else light, due)


def _light_of_other_stage(stage: Stage, state: Assessment, today: date, *, is_completed: bool) -> StageLight:
    """The light of a stage that is done, or that must wait for an earlier stage."""
    due = state.due.get(stage.key)
    if is_completed:
        return StageLight("done")
    if state.stage == WITHDRAWN:
        return StageLight("wait")
    return StageLight("blocked" if due is not None and due < today else "wait", due)


def _light_of_tasks(state: Assessment, rulebook: Rulebook, today: date, last_soon: date) -> StageLight:
    """One light for all tasks of the result, with the earliest deadline of the open tasks.

    It is not done while a result is to be reopened after a review.
    """
    if not state.tasks:
        return StageLight("wait")
    deadlines = [due for _, due in open_items(state, rulebook)]
    if not deadlines and not state.awaits_reopening:
        return StageLight("done")
    due = min((due for due in deadlines if due is not None), default=None)
    return StageLight(light_of(possible_since(state, rulebook), due, today, last_soon), due)


def possible_since(state: Assessment, rulebook: Rulebook) -> date:
    """The day on which the next stage, or the tasks of the result, became possible."""
    return (state.since or state.steps[-1].at).astimezone(ZoneInfo(rulebook.timezone)).date()
