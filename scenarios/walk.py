"""A walk of a story (`to = "approval"`): which acts lead an assessment to the next stage, and with which fields.

The runner asks for the next acts, does them, and asks again, until the stage is reached. Not here: to do the acts
(`runner.py`), and the fields that the story leaves out (`defaults/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from states.acts import STAGE_COMMANDS
from states.assessment import Assessment
from states.context import Context
from states.rulebook.types import Rulebook
from states.stages import scoring
from states.stages.value_report import report_items

from .defaults import reports
from .defaults.scene import Fields, UnusableHappening

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "submit_self_report": ("scores",),
    "record_ballot": ("votes",),
    "fill_sheet": ("given", "marks", "levels"),
    "score": ("given", "marks", "levels"),
}
"""By act, the fields that it takes from the walk, if the story gives them."""


class WalkAct(Struct, frozen=True):
    """An act of a walk. `role`: who does it (None: the first role that may).

    `number`: which of several accounts of that role, from 1 (None: it needs only one).
    """

    act: str
    fields: Mapping[str, Any]
    role: str | None = None
    number: int | None = None


def check_target(target: str, rulebook: Rulebook) -> None:
    """Refuse a stage that the rulebook does not have. Raises `UnusableHappening`."""
    if target not in rulebook.stages:
        names = ", ".join(rulebook.stages)
        zh, en = f"没有步骤 {target}，可用：{names}", f"there is no stage {target}; known: {names}"
        raise UnusableHappening("to", zh, en)


def next_acts(state: Assessment, context: Context, rulebook: Rulebook, fields: Mapping[str, Any]) -> list[WalkAct]:
    """The acts that come next on the way to the stage `fields["to"]`; none if it is reached.

    A stale score is made again, even if `scoring` is the stage to be reached. Reports of other offices come before the
    score; grades that a role must name come after it.
    """
    stages, target = tuple(rulebook.stages), fields["to"]
    current, last = stages.index(state.stage), stages.index(target)
    if state.stage == "scoring" and current <= last and scoring.is_stale(state, context):
        return [_act("score", fields, state, rulebook)]
    if current >= last:
        return []
    if state.stage == "scoring" and (grades := reports.missing_grades(state, rulebook)):
        best = partial(reports.best_report, state=state, rulebook=rulebook)
        return _reports(reports.reports_of(grades, best))
    kind = rulebook.stage[current + 1].kind
    act = _act(STAGE_COMMANDS[kind].act, fields, state, rulebook)
    return [*_before_score(fields, state, context), act] if kind == "scoring" else [act]


def _before_score(fields: Mapping[str, Any], state: Assessment, context: Context) -> list[WalkAct]:
    """The reports and the score sheets that a score needs. Each sheet is filled in by another assessor."""
    rulebook = context.rulebook
    sheet = _act("fill_sheet", fields, state, rulebook)
    sheets = [
        WalkAct(sheet.act, sheet.fields, number=number) for number in range(1, rulebook.scoring.minimum_sheets + 1)
    ]
    return [*_reports(reports.missing_reports(state, context, fields)), *sheets]


def _reports(by_role: Mapping[str, Fields]) -> list[WalkAct]:
    return [WalkAct("report_values", fields, role=role) for role, fields in by_role.items()]


def _act(act: str, fields: Mapping[str, Any], state: Assessment, rulebook: Rulebook) -> WalkAct:
    """The act with the fields that it takes from the walk, without levels that a role reports: they are on no sheet."""
    own = {name: fields[name] for name in _FIELDS.get(act, ()) if name in fields}
    if "levels" in own:
        reported = report_items(state, rulebook)
        own["levels"] = {key: word for key, word in own["levels"].items() if f"levels.{key}" not in reported}
    return WalkAct(act, own)
