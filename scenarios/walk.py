"""A walk through the stages of an assessment: which acts come next, with which content.

Each call returns the acts that lead to the next stage, or that must come before it. Not here: doing them (`runner.py`),
and the content that nobody wrote (`defaults/`).
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
"""The fields of a walk that are those of an act."""


class WalkAct(Struct, frozen=True):
    """An act of a walk: by which role (None: the first that may), and by which person of it (None: the only one)."""

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

    A stale score is made again, also if it is that of the last stage. What others report comes before the score, the
    grades that a role must name after it.
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
    """The reports and the score sheets that a score needs, each sheet of another assessor."""
    rulebook = context.rulebook
    sheet = _act("fill_sheet", fields, state, rulebook)
    sheets = [
        WalkAct(sheet.act, sheet.fields, number=number) for number in range(1, rulebook.scoring.minimum_sheets + 1)
    ]
    return [*_reports(reports.missing_reports(state, context, fields)), *sheets]


def _reports(by_role: Mapping[str, Fields]) -> list[WalkAct]:
    return [WalkAct("report_values", fields, role=role) for role, fields in by_role.items()]


def _act(act: str, fields: Mapping[str, Any], state: Assessment, rulebook: Rulebook) -> WalkAct:
    """The act with those fields of the walk that are its own. Levels that somebody reports are not on a sheet."""
    own = {name: fields[name] for name in _FIELDS.get(act, ()) if name in fields}
    if "levels" in own:
        reported = report_items(state, rulebook)
        own["levels"] = {key: word for key, word in own["levels"].items() if f"levels.{key}" not in reported}
    return WalkAct(act, own)
