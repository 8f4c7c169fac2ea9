"""The lights of the board: the state of each stage of an assessment, by its deadline. Pure; for display only.

The measure sets no dates and has no lights; no decision depends on one. At most one stage of an assessment is late: the
next one. A later stage whose deadline has passed cannot be done before that one, so it is blocked and not late.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.assessment import WITHDRAWN, Assessment
from states.rulebook.types import Rulebook, Stage
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
"""The word of each light. Colour alone is lost on some readers, and on paper (WCAG 1.4.1)."""

NEEDS_ATTENTION = frozenset(("soon", "back", "veto"))
"""The lights that need somebody's attention though nothing is late."""


def last_day_soon(today: date, is_working: IsWorking, days: int) -> date:
    """The last day that counts as due soon: at most `days` working days come after today up to it."""
    day, left = today, days
    while True:
        day += timedelta(days=1)
        left -= is_working(day)
        if left < 0:
            return day - timedelta(days=1)


class StageLight(Struct, frozen=True):
    """The light of one stage of one assessment, and its deadline while it is not done."""

    light: Light
    due: date | None = None


def stage_lights(state: Assessment, rulebook: Rulebook, today: date, near: date) -> tuple[StageLight, ...]:
    """The lights of an assessment: each stage after its opening, then the tasks that follow. `near`: see `light_of`."""
    completed = {step.stage for step in state.steps}
    current = next_stage(state, rulebook)
    stages = (
        _light_of_next_stage(stage, state, rulebook, today, near)
        if stage is current
        else _light_of_other_stage(stage, state, today, is_completed=stage.kind in completed)
        for stage in rulebook.stage[1:]
    )
    return (*stages, _light_of_tasks(state, rulebook, today, near))


def light_of(begins: date, due: date | None, today: date, near: date) -> Light:
    """The light of what can be done since `begins` and is due on `due`; `near` is the last day due soon (`last_day_soon`)."""
    # What became possible only after its deadline is not late: the clock moves that deadline.
    if due is None or due < begins:
        return "now"
    if due < today:
        return "late"
    return "soon" if due <= near else "now"


def _light_of_next_stage(stage: Stage, state: Assessment, rulebook: Rulebook, today: date, near: date) -> StageLight:
    """The stage to be done next."""
    due = state.due.get(stage.kind)
    light = light_of(possible_since(state, rulebook), due, today, near)
    return StageLight("back" if state.again and light != "late" else light, due)


def _light_of_other_stage(stage: Stage, state: Assessment, today: date, *, is_completed: bool) -> StageLight:
    """A stage that is done, or that must wait for an earlier one."""
    due = state.due.get(stage.kind)
    if is_completed:
        return StageLight("done")
    if state.stage == WITHDRAWN:
        return StageLight("wait")
    return StageLight("blocked" if due is not None and due < today else "wait", due)


def _light_of_tasks(state: Assessment, rulebook: Rulebook, today: date, near: date) -> StageLight:
    if not state.tasks:
        return StageLight("wait")
    open_until = [due for _, due in open_items(state, rulebook)]
    if not open_until:
        return StageLight("done")
    due = min((due for due in open_until if due is not None), default=None)
    return StageLight(light_of(possible_since(state, rulebook), due, today, near), due)


def possible_since(state: Assessment, rulebook: Rulebook) -> date:
    """The day on which the next stage became possible."""
    return (state.since or state.steps[-1].at).astimezone(ZoneInfo(rulebook.timezone)).date()
