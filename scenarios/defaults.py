"""Defaults: for each act, the fields that a story does not write, filled with placeholders.

A happening names an act and the fields that matter to the story. The others are filled in here from the state of the assessment, so
that a story can say "walk to scoring, 91.5 points" and nothing else. A field that the story writes is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, get_type_hints

from msgspec import Struct

from states.assessment import Assessment, Marks, Member, TaskPerson
from states.cases.effects import effect_of
from states.chart import ACTS
from states.context import Context
from states.deadlines.dates import due_dates, feasible_deadlines
from states.guards import table_of
from states.policy import is_outside_rulebooks
from states.records.case import Case, Sanction
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.rulebook.types import IndicatorTable, Standing
from states.stages import scoring
from states.stages.democratic_evaluation import TEAM, Sheet
from states.stages.document_review import Finding
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.stages.scoring import Scored
from states.vocabulary import Command, Digest, Document, Opaque, Text, Words

Fields = dict[str, Any]

WALK, MOVE_ALL, CLOSE = "walk", "move_year_deadline", "close_year"
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
"""Acts that no story does: its departments and its year are at the head of the file, its actors are roles, and nothing in it is confidential."""


class Scene(Struct, frozen=True, kw_only=True):
    """The surroundings of a happening: the state that its command meets, what the decision is handed, its day and its department."""

    state: Assessment | Case | RoutineCheck | Roster
    context: Context
    day: date
    unit: Unit
    year: int
    occasion: str | None
    is_working: Callable[[date], bool]

    @property
    def assessment(self) -> Assessment:
        assert isinstance(self.state, Assessment)
        return self.state


class UnusableHappening(ValueError):
    """No command can be made of what the story writes; `key` names the field."""

    def __init__(self, key: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.key, self.why = key, Text(zh=zh, en=en)


class StorySanction(Struct, forbid_unknown_fields=True):
    """A sanction as a story writes it. Fields without a value are filled in."""

    outcome: str
    person: Opaque = Opaque("p-1")
    standing: Standing = "party_cadre"
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None
    remark: Words | None = None


_MARKS: Mapping[str, Any] = {"given": Decimal, "marks": dict[str, Decimal]}
_CASE: Mapping[str, Any] = {"case": Opaque, "sanctions": list[StorySanction], **get_type_hints(StorySanction)}

EXTRA_FIELDS: Mapping[str, Mapping[str, Any]] = {
    WALK: {"to": str, **_MARKS, "scores": Decimal},
    "submit_self_report": {"scores": Decimal},
    "fill_sheet": _MARKS,
    "score": _MARKS,
    "record_ballot": {"issued": int, "returned": int, "valid": int, "counts": dict[str, int]},
    "substitute_member": {"joins": Opaque, "position": Words},
    "record_case": _CASE,
    "revise_case": _CASE,
    "rescind_case": {"case": Opaque},
    **{act: {"check": Opaque} for act, one in ACTS.items() if one.state_type is RoutineCheck},
}
"""Fields that a story can write and the command does not have, or has in another form."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    WALK: ("to",), "record_case": ("case",), "revise_case": ("case",), "rescind_case": ("case",),
    **{act: ("check",) for act, one in ACTS.items() if one.state_type is RoutineCheck},
    "record_veto": ("ground",), "complete_task": ("task",), "open_assessment": (),
    "rename_unit": ("title",), "reorganise_unit": ("final_year",), "move_deadline": ("stage", "due"), MOVE_ALL: ("stage", "due"),
}  # fmt: skip
"""The fields that a story must write."""


def known() -> list[str]:
    """Every act that a happening can do."""
    return [WALK, *(act for act in ACTS if act not in NOT_IN_STORIES)]


@cache
def fields_of(act: str) -> Mapping[str, Any]:
    """The fields that a happening of this act can write, and their types."""
    own = get_type_hints(ACTS[act].command) if act in ACTS else {}
    return {**{f: t for f, t in own.items() if f not in ("act", "unit")}, **EXTRA_FIELDS.get(act, {})}


def command_of(act: str, scene: Scene, given: Mapping[str, Any]) -> Command:
    """The command of an act, with all its fields. Raises UnusableHappening."""
    fill = _DEFAULTS.get(act)
    filled = fill(scene, dict(given)) if fill else dict(given)
    known_fields = set(ACTS[act].command.__struct_fields__)
    try:
        return ACTS[act].command(**{f: v for f, v in filled.items() if f in known_fields})
    except TypeError as error:
        raise UnusableHappening(act, f"缺少内容（{error}）", f"something is missing ({error})") from error


def spread(table: IndicatorTable, step: Decimal, given: Decimal | None, fixed: Mapping[str, Decimal]) -> Marks:
    """Marks that make `given`: full marks, less one step of one element after the other, `fixed` ones left alone."""
    marks = {key: fixed.get(key, element.points) for key, element in table.elements.items()}
    unknown = set(fixed) - set(marks)
    if unknown:
        keys = ", ".join(table.elements)
        bad = ", ".join(sorted(unknown))
        raise UnusableHappening("marks", f"没有要素 {bad}，可用：{keys}", f"there is no element {bad}; known: {keys}")
    over = sum(marks.values(), Decimal(0)) - (sum(marks.values(), Decimal(0)) if given is None else given)
    free = [key for key in marks if key not in fixed]
    if not 0 <= over <= sum(marks[key] for key in free):
        raise UnusableHappening("given", f"各要素凑不出 {given} 分", f"the elements cannot make {given} points")
    while over:
        for key in free:
            less = min(step, over, marks[key])
            marks[key] -= less
            over -= less
    return marks


def _document(what: str, scene: Scene) -> Document:
    digest = sha256(f"{what} {scene.state.stream} {scene.day}".encode()).hexdigest()
    return Document(sha256=Digest(digest), size=1024, media_type="application/pdf")


def _self_report(scene: Scene, given: Fields) -> Fields:
    table, step = table_of(scene.assessment, scene.context), scene.context.rulebook.scoring.step
    marks = spread(table, step, given.pop("scores", None), {})
    return {"report": _document("self-report", scene), "self_scores": marks, **given}


def _meeting(scene: Scene, given: Fields) -> Fields:
    state = scene.assessment
    return {
        "held_on": scene.day, "entitled": state.staff, "present": state.staff, "team_report_by": state.heads[0].person,
        "personal_reports": tuple(PersonalReport(person=m.person) for m in state.team),
        "minutes": _document("minutes", scene), **given,
    }  # fmt: skip


def _ballot(scene: Scene, given: Fields) -> Fields:
    """Everybody satisfied; what the story counts is the team's sheet."""
    state, options = scene.assessment, scene.context.rulebook.ballot.options
    team: Fields = {}
    team.update((key, given.pop(key)) for key in EXTRA_FIELDS["record_ballot"] if key in given)
    every: Fields = {"issued": state.staff, "returned": state.staff, "valid": state.staff}
    every["counts"] = {option: state.staff if option == options[0] else 0 for option in options}
    sheets = [Sheet(subject=Opaque(TEAM), **{**every, **team})]
    sheets += [Sheet(subject=m.person, **every) for m in state.team]
    return {"held_on": scene.day, "sheets": tuple(sheets), **given}


def _interviews(scene: Scene, given: Fields) -> Fields:
    talks = tuple(MemberTalk(person=m.person) for m in scene.assessment.team)
    return {"held_on": scene.day, "member_talks": talks, "with_staff": min(3, scene.assessment.staff), **given}


def _review(scene: Scene, given: Fields) -> Fields:
    met = Finding(finding="met", evidence=(_document("evidence", scene),))
    table = table_of(scene.assessment, scene.context)
    findings = {**dict.fromkeys(table.elements, met), **given.pop("findings", {})}
    return {"reviewed_on": scene.day, "findings": findings, **given}


def _inspection(scene: Scene, given: Fields) -> Fields:
    words = {"special_work": Words("特色工作"), "finding": Words("属实")}
    return {"inspected_on": scene.day, "inspectors": (Opaque("p-inspector-1"),), **words, **given}


def _marked(scene: Scene, given: Fields) -> Fields:
    """The marks the story gives; else those of the sheets filled before; else full marks. A reason wherever points are lost."""
    state, wanted, fixed = scene.assessment, given.pop("given", None), given.pop("marks", {})
    table = table_of(state, scene.context)
    if wanted is None and not fixed and state.sheets:
        marks = list(state.sheets.values())[-1].marks
    else:
        marks = spread(table, scene.context.rulebook.scoring.step, wanted, fixed)
    lost = [key for key, element in table.elements.items() if marks.get(key, element.points) < element.points]
    return {"marks": marks, "reasons": dict.fromkeys(lost, Words("扣分理由（情景用）")), **given}


def _approval(scene: Scene, given: Fields) -> Fields:
    scored = scene.assessment.fact(Scored)
    grade = scored.result.grade if scored else scene.context.rulebook.grade[0].key
    number = f"党委会〔{scene.day.year}〕{scene.state.version}号"
    return {"resolution": Words(number), "met_on": scene.day, "grade": grade, **given}


def _notice(scene: Scene, given: Fields) -> Fields:
    """A number of its own; a correction names the notice before it."""
    before = scene.assessment.circulated
    number = Words(f"考通〔{scene.year}〕{len(before) + 1}号")
    replaces = before[-1] if before else None
    return {"document": number, "circulated_on": scene.day, "replaces": replaces, **given}


def _posting(scene: Scene, given: Fields) -> Fields:
    return {"posted_on": scene.day, "until": scene.day, "objections": 0, **given}


def _task(scene: Scene, given: Fields) -> Fields:
    """Every member of the team where the task is theirs; one person with a measure where somebody is held responsible."""
    task = scene.context.rulebook.consequences.get(given["task"])
    named = {
        "team": tuple(TaskPerson(person=m.person) for m in scene.assessment.everybody),
        "responsible": (_RESPONSIBLE,),
    }
    return {"done_on": scene.day, "persons": named.get(task.persons, ()) if task else (), **given}


_RESPONSIBLE = TaskPerson(person=Opaque("p-responsible"), measure=Words("诫勉"))


def _reason(scene: Scene, given: Fields) -> Fields:
    return {"reason": Words("情况说明（情景用）"), **given}


def _veto(scene: Scene, given: Fields) -> Fields:
    """The one veto that stands, if the story names none."""
    standing = [v.id for v in scene.assessment.vetoes]
    veto = given.get("veto") or (standing[-1] if standing else "case/none")
    return {**_reason(scene, given), "veto": veto}


def _reopening(scene: Scene, given: Fields) -> Fields:
    return {"cases": scoring.changed_cases(scene.assessment, scene.context), **_reason(scene, given)}


def _substitution(scene: Scene, given: Fields) -> Fields:
    joins, position = given.pop("joins", None), given.pop("position", Words("班子成员"))
    member = Member(person=joins, position=position) if joins else None
    return {"since": scene.day, "joins": member, **given}


def _opening(scene: Scene, given: Fields) -> Fields:
    unit, rulebook = scene.unit, scene.context.rulebook
    usual = due_dates(rulebook, scene.year, scene.is_working)
    due = {**feasible_deadlines(usual, scene.day, rulebook, scene.is_working), **given.pop("due", {})}
    return {
        "unit": unit.unit, "unit_kind": unit.unit_kind, "year": scene.year, "heads": unit.heads,
        "members": unit.members, "staff": unit.staff, "due": due, "occasion": scene.occasion, "title": scene.occasion, **given,
    }  # fmt: skip


def _case(scene: Scene, given: Fields) -> Fields:
    """A case of one sanction, unless `sanctions` lists them; a revision keeps what it does not change."""
    held = scene.state.body if isinstance(scene.state, Case) else None
    one = {f: given.pop(f) for f in StorySanction.__struct_fields__ if f in given}
    listed = given.pop("sanctions", [])
    if one and "outcome" in one:
        listed = [StorySanction(**one), *listed]
    sanctions = tuple(_sanction(s, scene) for s in listed) or (held.sanctions if held else ())
    before = {f: getattr(held, f) for f in held.__struct_fields__} if held else {"unit": scene.unit.unit}
    return {**before, **_reason(scene, given), "sanctions": sanctions}


def _sanction(written: StorySanction, scene: Scene) -> Sanction:
    """A sanction that has taken effect has its day and its document; one still open has neither."""
    fields: Fields = {f: getattr(written, f) for f in written.__struct_fields__}
    plain = Sanction(**fields)
    known_outcomes = scene.context.rulebook.outcomes
    if written.outcome in known_outcomes and effect_of(plain, scene.context.rulebook)[0] == "pending":
        return plain
    fields["effective_on"] = written.effective_on or scene.day
    fields["document"] = written.document or Words(f"处分决定〔{scene.day.year}〕1号")
    return Sanction(**fields)


def _check(scene: Scene, given: Fields) -> Fields:
    """A check of today with something to mend, unless the story says otherwise; a correction keeps what it does not change."""
    held = scene.state.findings if isinstance(scene.state, RoutineCheck) else None
    before = {f: getattr(held, f) for f in held.__struct_fields__} if held else {"unit": scene.unit.unit}
    plain = {"checked_on": scene.day, "checked_by": (Opaque("a-office"),), "finding": Words("检查情况（情景用）")}
    mending = {"to_mend": Words("整改要求（情景用）")} if given.get("mend_until") else {}
    return {**plain, **before, **mending, **_reason(scene, given), **given}


def _answer(scene: Scene, given: Fields) -> Fields:
    return {"answer": Words("已整改（情景用）"), **given}


def _acceptance(scene: Scene, given: Fields) -> Fields:
    return {"accepted_on": scene.day, **given}


def _rescission(scene: Scene, given: Fields) -> Fields:
    return {"document": Words(f"撤销决定〔{scene.day.year}〕1号"), **_reason(scene, given)}


def _since(scene: Scene, given: Fields) -> Fields:
    """A change of the roster: of the happening's unit, from its day on."""
    return {"unit": scene.unit.unit, "since": scene.day, **_reason(scene, given)}


def _reasons(acts: Iterable[str]) -> dict[str, Callable[[Scene, Fields], Fields]]:
    return dict.fromkeys(acts, _reason)


_DEFAULTS: Mapping[str, Callable[[Scene, Fields], Fields]] = {
    **_reasons(("return_self_report", "return_score", "withdraw", "undo_step", "move_deadline", "record_veto")),
    "open_assessment": _opening,
    "submit_self_report": _self_report,
    "record_meeting": _meeting,
    "record_ballot": _ballot,
    "record_interviews": _interviews,
    "review_documents": _review,
    "inspect_site": _inspection,
    "fill_sheet": _marked,
    "score": _marked,
    "post_result": _posting,
    "approve": _approval,
    "circulate": _notice,
    "complete_task": _task,
    "lift_veto": _veto,
    "reopen_result": _reopening,
    "substitute_member": _substitution,
    "record_case": _case,
    "revise_case": _case,
    "rescind_case": _rescission,
    "record_routine_check": _check,
    "correct_routine_check": _check,
    "answer_routine_check": _answer,
    "accept_answer": _acceptance,
    "return_answer": _reason,
    "withdraw_routine_check": _reason,
    "rename_unit": _since,
    "reorganise_unit": _since,
    "restore_unit": _since,
}
