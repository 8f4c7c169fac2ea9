"""Which acts a story can do, which fields it can write and which it must; the command of an act, with defaults.

A happening names an act and the fields that matter to the story. The other fields follow from the state of the
assessment. So a story can say "walk to scoring, 91.5 points" and nothing else. A default never replaces a field that
the story writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, get_type_hints

from states.acts import ACTS
from states.policy import is_outside_rulebooks
from states.records.routine_check import RoutineCheck
from states.vocabulary import Command, Opaque, Words

from . import ballots, beside_stages, records, reports, routine_checks, sheets, stages
from .records import StoryLine, StorySanction
from .scene import Fields, Scene, UnusableHappening, reason_fields

WALK, MOVE_ALL, CLOSE, SETTLE = "walk", "move_year_deadline", "close_year", "settle"


NOT_IN_STORIES = frozenset(
    {
        "open_year",
        "register_unit",
        "change_unit",
        "plan_visits",
        "move_visit",
        *(act for act in ACTS if is_outside_rulebooks(act)),
    }
)
"""Acts that no story does: the head of its file has the year and the departments, and nobody in it signs in."""


_MARK_TYPES: Mapping[str, Any] = {"given": Decimal, "marks": dict[str, Decimal], "levels": dict[str, str]}


_REPORT_TYPES: Mapping[str, Any] = {
    "numbers": dict[str, Decimal],
    "earlier": dict[str, Decimal],
    "earlier_grades": dict[str, str],
}


_CASE_TYPES: Mapping[str, Any] = {"case": Opaque, "sanctions": list[StorySanction], **get_type_hints(StorySanction)}


_RECORD_TYPES: Mapping[str, Any] = {"id": Opaque, "lines": list[StoryLine], **get_type_hints(StoryLine)}


EXTRA_FIELDS: Mapping[str, Mapping[str, Any]] = {
    WALK: {"to": str, **_MARK_TYPES, "scores": Decimal, "votes": dict[str, dict[str, int]], **_REPORT_TYPES},
    "submit_self_report": {"scores": Decimal},
    "fill_sheet": _MARK_TYPES,
    "score": _MARK_TYPES,
    "record_ballot": {**ballots.COUNTS, "votes": dict[str, dict[str, int]]},
    "substitute_member": {"joins": Opaque, "position": Words},
    "record_case": _CASE_TYPES,
    "revise_case": _CASE_TYPES,
    "rescind_case": {"case": Opaque},
    "enter_record": _RECORD_TYPES,
    "revise_record": _RECORD_TYPES,
    "rescind_record": {"id": Opaque},
    **{act: {"check": Opaque} for act, definition in ACTS.items() if definition.state_type is RoutineCheck},
}
"""Fields that a story can write, but that the command does not have or has with another type."""


REQUIRED: Mapping[str, tuple[str, ...]] = {
    WALK: ("to",), "record_case": ("case",), "revise_case": ("case",), "rescind_case": ("case",),
    "enter_record": ("id", "record"), "revise_record": ("id",), "rescind_record": ("id",),
    **{act: ("check",) for act, definition in ACTS.items() if definition.state_type is RoutineCheck},
    "waive_item": ("item",), "restore_item": ("item",), "record_veto": ("finding",), "complete_task": ("task",), "open_assessment": (),
    "decide_review": ("decision",),
    "rename_unit": ("title",), "reorganise_unit": ("final_year",),
    "move_deadline": ("stage", "due"), MOVE_ALL: ("stage", "due"),
}  # fmt: skip
"""The fields that a story must write."""


def story_acts() -> list[str]:
    """Every act that a happening can do."""
    return [WALK, *(act for act in ACTS if act not in NOT_IN_STORIES)]


@cache
def fields_of(act: str) -> Mapping[str, Any]:
    """The fields that a happening of this act can write, and their types."""
    types = get_type_hints(ACTS[act].command) if act in ACTS else {}
    own = {name: type_ for name, type_ in types.items() if name not in ("act", "unit")}
    return {**own, **EXTRA_FIELDS.get(act, {})}


def command_of(act: str, scene: Scene, fields: Mapping[str, Any]) -> Command:
    """The command of an act, with the fields of the story and defaults for the others. Raises `UnusableHappening`."""
    complete = _DEFAULTS.get(act, reason_fields)(scene, dict(fields))
    names = set(ACTS[act].command.__struct_fields__)
    try:
        return ACTS[act].command(**{name: value for name, value in complete.items() if name in names})
    except TypeError as error:
        raise UnusableHappening(act, f"缺少内容（{error}）", f"something is missing ({error})") from error


def _roster_change_fields(scene: Scene, fields: Fields) -> Fields:
    """A change of the roster on the day of the happening, for its department."""
    return {"unit": scene.unit.unit, "since": scene.day, **reason_fields(scene, fields)}


_DEFAULTS: Mapping[str, Callable[[Scene, Fields], Fields]] = {
    "open_assessment": stages.opening_fields,
    "submit_self_report": sheets.self_report_fields,
    "record_meeting": stages.meeting_fields,
    "record_ballot": ballots.ballot_fields,
    "record_interviews": stages.interview_fields,
    "review_documents": stages.review_fields,
    "inspect_site": stages.inspection_fields,
    "take_step": stages.step_fields,
    "report_values": reports.report_fields,
    "fill_sheet": sheets.mark_fields,
    "score": sheets.mark_fields,
    "post_result": stages.posting_fields,
    "approve": stages.approval_fields,
    "circulate": stages.notice_fields,
    "complete_task": beside_stages.task_fields,
    "request_document": beside_stages.document_request_fields,
    "supply_document": beside_stages.document_supply_fields,
    "ask_review": beside_stages.request_fields,
    "decide_review": beside_stages.decision_fields,
    "chase": beside_stages.chase_fields,
    "assign": beside_stages.assignment_fields,
    "lift_veto": beside_stages.veto_fields,
    "reopen_result": beside_stages.reopening_fields,
    "substitute_member": beside_stages.substitution_fields,
    "record_case": records.case_fields,
    "revise_case": records.case_fields,
    "rescind_case": records.rescission_fields,
    "enter_record": records.record_fields,
    "revise_record": records.record_fields,
    "record_routine_check": routine_checks.check_fields,
    "correct_routine_check": routine_checks.check_fields,
    "answer_routine_check": routine_checks.answer_fields,
    "accept_answer": routine_checks.acceptance_fields,
    "rename_unit": _roster_change_fields,
    "reorganise_unit": _roster_change_fields,
    "restore_unit": _roster_change_fields,
}
"""What fills in the fields of an act. Any other act needs at most a reason."""
