"""Defaults: fills in the fields of each act that a story does not write.

A happening names an act and the fields that matter to the story. The other fields follow from the state of the
assessment. So a story can say "walk to scoring, 91.5 points" and nothing else. A default never replaces a field that
the story writes.

Also here: which acts a happening can do, which fields it can write, and which it must write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, get_type_hints

from msgspec import Struct

from states.acts import ACTS
from states.assessment import Assessment, Levels, Marks, Member, TaskPerson
from states.context import Context
from states.deadlines.dates import default_deadlines, feasible_deadlines
from states.guards import table_of
from states.policy import is_outside_rulebooks
from states.records.case import CASE, Case, Sanction
from states.records.record import Record, RecordedLine
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.result import places
from states.result.sheet_items import MOST_COUNTED, SheetItem, entries_of, self_scored_items, sheet_items
from states.rulebook.calculation.entered_values import GivenValue, PerValue
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.trial.value_fields import best_count, best_number
from states.rulebook.types import Rulebook
from states.stages import scoring
from states.stages.democratic_evaluation import Sheet, papers_of
from states.stages.document_review import Finding
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.stages.scoring import Scored
from states.stages.value_report import ReportItem, missing_items, report_items
from states.vocabulary import Command, Digest, Document, Opaque, Text, Words
from states.year.standings import Settle

Fields = dict[str, Any]

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

ORDER_REASON = Words("统筹排定（情景用）")
"""The reason for the order of a tie, if the story does not write one."""


class Scene(Struct, frozen=True, kw_only=True):
    """The circumstances of a happening: the state before its command, the decision's context, day and department."""

    state: Assessment | Case | RoutineCheck | Record | Roster
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
    """No command can be made from the fields of a happening. `key` names the wrong field."""

    def __init__(self, key: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.key, self.why = key, Text(zh=zh, en=en)


class StorySanction(Struct, forbid_unknown_fields=True):
    """A sanction as a story writes it. Missing fields are filled in.

    `outcome` and `standing` are short for `fields = { outcome = …, standing = … }`.
    """

    outcome: str | None = None
    person: Opaque = Opaque("p-1")
    standing: str | None = None
    fields: dict[str, str] = {}
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None
    remark: Words | None = None


class StoryLine(Struct, forbid_unknown_fields=True):
    """A line of a record as a story writes it. The first option of each field that is missing is filled in."""

    person: Opaque | None = None
    fields: dict[str, str] = {}
    effective_on: date | None = None
    number: Decimal | None = None
    document: Words | None = None
    remark: Words | None = None


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
    "record_ballot": {
        "issued": int,
        "returned": int,
        "valid": int,
        "counts": dict[str, int],
        "votes": dict[str, dict[str, int]],
    },
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
    "waive_item": ("item",), "restore_item": ("item",), "record_veto": ("ground",), "complete_task": ("task",), "open_assessment": (),
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
    fill = _DEFAULTS.get(act)
    complete = fill(scene, dict(fields)) if fill else dict(fields)
    names = set(ACTS[act].command.__struct_fields__)
    try:
        return ACTS[act].command(**{name: value for name, value in complete.items() if name in names})
    except TypeError as error:
        raise UnusableHappening(act, f"缺少内容（{error}）", f"something is missing ({error})") from error


_OF_WALK: Mapping[str, tuple[str, ...]] = {
    "submit_self_report": ("scores",),
    "record_ballot": ("votes",),
    "fill_sheet": ("given", "marks", "levels"),
    "score": ("given", "marks", "levels"),
}


def walk_fields(act: str, fields: Mapping[str, Any], state: Assessment, context: Context) -> Fields:
    """The fields of a walk that are those of this act. Levels that somebody reports are not on a sheet."""
    own = {name: fields[name] for name in _OF_WALK.get(act, ()) if name in fields}
    if "levels" in own:
        reported = report_items(state, context.rulebook)
        own["levels"] = {key: word for key, word in own["levels"].items() if f"levels.{key}" not in reported}
    return own


def missing_reports(state: Assessment, rulebook: Rulebook, fields: Mapping[str, Any]) -> dict[str, Fields]:
    """What is reported before a score, by the role that reports it: the values of the story, and the best of the others."""
    missing = {item.name for item in missing_items(state, rulebook)}
    reports: dict[str, Fields] = {}
    for item in report_items(state, rulebook).values():
        written = fields.get(item.field, {})
        if item.key in written or item.name in missing:
            value = written[item.key] if item.key in written else best_report(item, state, rulebook)
            reports.setdefault(item.by[0] if item.by else "", {}).setdefault(item.field, {})[item.key] = value
    return reports


def missing_grades(state: Assessment, rulebook: Rulebook) -> dict[str, Fields]:
    """The best grade for every subject whose grade a role must name, because no row of its scale holds; by that role."""
    scored = state.fact(Scored)
    results = scored.results if scored is not None else ()
    graded = {f"{one.subject}@{one.person}" if one.person else one.subject for one in results if one.grade is not None}
    reports: dict[str, Fields] = {}
    for item in report_items(state, rulebook).values():
        if item.field == "grades" and item.key not in graded:
            reports.setdefault(item.by[0], {}).setdefault("grades", {})[item.key] = best_report(item, state, rulebook)
    return reports


def best_report(item: ReportItem, state: Assessment, rulebook: Rulebook) -> Decimal | str:
    """The best that can be reported: the first level or grade, the full mark, or the number that loses nothing."""
    if item.words:
        return next(iter(item.words))
    entry = entries_of(state, rulebook)[item.key]
    if isinstance(entry.value, GivenValue):
        return best_number(entry.value, entry.plan)
    return item.high if item.high < MOST_COUNTED else Decimal(100)


def due_settling(state: Assessment, year: Year, context: Context) -> Settle | None:
    """The settling of the first standing on which this result rests, if it is due and all departments can be compared.

    Ties are put in the order in which they are compared.
    """
    scored, rulebook, progress = state.fact(Scored), context.rulebook, context.progress or ()
    for standing in places.standings_read(scored.inputs, rulebook) if scored is not None else ():
        if places.comes_out_again(standing, year, progress, rulebook, context.roster):
            continue
        if places.unready(standing, year, progress, rulebook, context.roster):
            continue
        ties = places.settle_now(standing, year, progress, rulebook, ()).ties
        order = tuple(id_ for tie in ties for id_ in tie.candidates)
        return Settle(standing=standing.key, order=order, reason=ORDER_REASON if order else None)
    return None


def spread(items: Mapping[str, SheetItem], total: Decimal | None, fixed: Mapping[str, Decimal]) -> Marks:
    """Marks with the sum `total` (None: full marks). In turn, each element that is not `fixed` loses one step.

    Counts are not in the sum: each is the best, or `fixed`. Raises `UnusableHappening` for an unknown element in
    `fixed`, and if no marks have this sum.
    """
    full = {key: item.full_mark for key, item in items.items() if not item.is_level}
    unknown = set(fixed) - set(full)
    if unknown:
        keys, names = ", ".join(full), ", ".join(sorted(unknown))
        raise UnusableHappening(
            "marks", f"没有要素 {names}，可用：{keys}", f"there is no element {names}; known: {keys}"
        )
    counted = ((key, item.element) for key, item in items.items() if isinstance(item.element, PerValue))
    counts = {key: fixed.get(key, best_count(element)) for key, element in counted}
    marks = {key: fixed.get(key, most) for key, most in full.items() if most is not None}
    surplus = sum(marks.values(), Decimal(0)) - (sum(marks.values(), Decimal(0)) if total is None else total)
    free = [key for key in marks if key not in fixed and not items[key].points]
    if not 0 <= surplus <= sum((marks[key] for key in free), Decimal(0)):
        raise UnusableHappening("given", f"各要素凑不出 {total} 分", f"the elements cannot make {total} points")
    while surplus:
        for key in free:
            loss = min(items[key].step, surplus, marks[key])
            marks[key] -= loss
            surplus -= loss
    return marks | counts


def levels_of(items: Mapping[str, SheetItem], fixed: Mapping[str, str]) -> Levels:
    """The best level of every element that has levels, unless the story writes another."""
    best = {key: next(iter(item.words)) for key, item in items.items() if item.is_level}
    return {**best, **fixed}


def _document(name: str, scene: Scene) -> Document:
    digest = sha256(f"{name} {scene.state.stream} {scene.day}".encode()).hexdigest()
    return Document(sha256=Digest(digest), size=1024, media_type="application/pdf")


def _self_report_fields(scene: Scene, fields: Fields) -> Fields:
    items = self_scored_items(scene.assessment, scene.context.rulebook)
    marks, levels = spread(items, fields.pop("scores", None), {}), levels_of(items, fields.pop("self_levels", {}))
    return {"report": _document("self-report", scene), "self_scores": marks, "self_levels": levels, **fields}


def _meeting_fields(scene: Scene, fields: Fields) -> Fields:
    state = scene.assessment
    return {
        "held_on": scene.day,
        "entitled": state.staff,
        "present": state.staff,
        "team_report_by": state.heads[0].person,
        "personal_reports": tuple(PersonalReport(person=m.person) for m in state.team),
        "minutes": _document("minutes", scene),
        **fields,
    }


def _ballot_fields(scene: Scene, fields: Fields) -> Fields:
    """A ballot in which everybody is satisfied. The numbers that the story writes are those of the first sheet.

    `votes` has the counts of other sheets by their ids (`meeting.staff.team`); all ballots on them are then valid.
    """
    state, votes = scene.assessment, fields.pop("votes", {})
    own: Fields = {}
    own.update((key, fields.pop(key)) for key in EXTRA_FIELDS["record_ballot"] if key in fields)
    sheets = []
    for paper in papers_of(state, scene.context.rulebook):
        best = next(iter(paper.options))
        counts = {option: state.staff if option == best else 0 for option in paper.options}
        counts = {**dict.fromkeys(counts, 0), **votes[paper.id]} if paper.id in votes else counts
        cast = sum(counts.values())
        sheet: Fields = {"issued": cast, "returned": cast, "valid": cast, "counts": counts, **own}
        subject = Opaque(paper.subject)
        sheets.append(Sheet(ballot=paper.ballot, group=paper.group, subject=subject, **sheet))
        own = {}
    return {"held_on": scene.day, "sheets": tuple(sheets), **fields}


def _interview_fields(scene: Scene, fields: Fields) -> Fields:
    talks = tuple(MemberTalk(person=m.person) for m in scene.assessment.team)
    return {"held_on": scene.day, "member_talks": talks, "with_staff": min(3, scene.assessment.staff), **fields}


def _review_fields(scene: Scene, fields: Fields) -> Fields:
    met = Finding(finding="met", evidence=(_document("evidence", scene),))
    table = table_of(scene.assessment, scene.context)
    findings = {**dict.fromkeys(table.elements, met), **fields.pop("findings", {})}
    return {"reviewed_on": scene.day, "findings": findings, **fields}


def _step_fields(scene: Scene, fields: Fields) -> Fields:
    """The stage that is next, done today."""
    stage = scene.context.rulebook.next_stages.get(scene.assessment.stage)
    key = stage.key if stage is not None else "none"
    return {
        "step": key,
        "done_on": scene.day,
        "record": _document(key, scene),
        "summary": Words("已办理（情景用）"),
        **fields,
    }


def _report_fields(scene: Scene, fields: Fields) -> Fields:
    """The values of the story, with a reason for each that is a judgement."""
    items = report_items(scene.assessment, scene.context.rulebook)
    judged = [item.key for item in items.values() if item.needs_reason and item.key in fields.get(item.field, {})]
    return {"reasons": dict.fromkeys(judged, Words("评定理由（情景用）")), **fields}


def _inspection_fields(scene: Scene, fields: Fields) -> Fields:
    words = {"special_work": Words("特色工作"), "finding": Words("属实")}
    return {"inspected_on": scene.day, "inspectors": (Opaque("p-inspector-1"),), **words, **fields}


def _mark_fields(scene: Scene, fields: Fields) -> Fields:
    """The entries of the story; else those of the last sheet; else the best. Lost points get a reason."""
    state, total, fixed = scene.assessment, fields.pop("given", None), fields.pop("marks", {})
    items, words = sheet_items(state, scene.context.rulebook), fields.pop("levels", {})
    if total is None and not fixed and not words and state.sheets:
        last = list(state.sheets.values())[-1].column
        entries = {key: last[key] for key in items if key in last}
        marks = {key: entry for key, entry in entries.items() if isinstance(entry, Decimal)}
        levels = {key: entry for key, entry in entries.items() if isinstance(entry, str)}
    else:
        marks, levels = spread(items, total, fixed), levels_of(items, words)
    column: dict[str, Decimal | str] = {**marks, **levels}
    reduced = [key for key, item in items.items() if key in column and item.loses(column[key])]
    reasons = dict.fromkeys(reduced, Words("扣分理由（情景用）"))
    return {"marks": marks, "levels": levels, "reasons": reasons, **fields}


def _approval_fields(scene: Scene, fields: Fields) -> Fields:
    scored = scene.assessment.fact(Scored)
    grade = scored.result.grade if scored else "none"
    number = f"党委会〔{scene.day.year}〕{scene.state.version}号"
    return {"resolution": Words(number), "met_on": scene.day, "grade": grade, **fields}


def _notice_fields(scene: Scene, fields: Fields) -> Fields:
    """A notice with the next number. It replaces the last notice, if there is one."""
    earlier = scene.assessment.circulated
    number = Words(f"考通〔{scene.year}〕{len(earlier) + 1}号")
    replaces = earlier[-1] if earlier else None
    return {"document": number, "circulated_on": scene.day, "replaces": replaces, **fields}


def _posting_fields(scene: Scene, fields: Fields) -> Fields:
    return {"posted_on": scene.day, "until": scene.day, "objections": 0, **fields}


def _task_fields(scene: Scene, fields: Fields) -> Fields:
    """A task that is done: it lists the whole team, one responsible person with a measure, or nobody."""
    task = scene.context.rulebook.task_of(fields["task"])
    persons = {
        "team": tuple(TaskPerson(person=m.person) for m in scene.assessment.everybody),
        "responsible": (_RESPONSIBLE,),
    }
    return {"done_on": scene.day, "persons": persons.get(task.persons, ()) if task else (), **fields}


_RESPONSIBLE = TaskPerson(person=Opaque("p-responsible"), measure=Words("诫勉"))


def _reason_fields(scene: Scene, fields: Fields) -> Fields:
    """A reason, for acts that need nothing else."""
    return {"reason": Words("情况说明（情景用）"), **fields}


def _veto_fields(scene: Scene, fields: Fields) -> Fields:
    """The last veto in force, if the story names no other."""
    in_force = [veto.id for veto in scene.assessment.vetoes]
    veto = fields.get("veto") or (in_force[-1] if in_force else "case/none")
    return {**_reason_fields(scene, fields), "veto": veto}


def _reopening_fields(scene: Scene, fields: Fields) -> Fields:
    return {"cases": scoring.changed_sources(scene.assessment, scene.context), **_reason_fields(scene, fields)}


def _substitution_fields(scene: Scene, fields: Fields) -> Fields:
    joins, position = fields.pop("joins", None), fields.pop("position", Words("班子成员"))
    member = Member(person=joins, position=position) if joins else None
    return {"since": scene.day, "joins": member, **fields}


def _opening_fields(scene: Scene, fields: Fields) -> Fields:
    unit, rulebook = scene.unit, scene.context.rulebook
    defaults = default_deadlines(rulebook, scene.year, scene.is_working)
    due = {**feasible_deadlines(defaults, scene.day, rulebook, scene.is_working), **fields.pop("due", {})}
    return {
        "unit": unit.unit,
        "unit_kind": unit.unit_kind,
        "year": scene.year,
        "heads": unit.heads,
        "members": unit.members,
        "staff": unit.staff,
        "due": due,
        "occasion": scene.occasion,
        "title": scene.occasion,
        **fields,
    }


def _case_fields(scene: Scene, fields: Fields) -> Fields:
    """A case with the sanction that the happening describes, and with those in `sanctions`.

    A revision has the old values of all fields that the story does not write.
    """
    body = scene.state.body if isinstance(scene.state, Case) else None
    single = {name: fields.pop(name) for name in StorySanction.__struct_fields__ if name in fields}
    story_sanctions = fields.pop("sanctions", [])
    if "outcome" in single or "fields" in single:
        story_sanctions = [StorySanction(**single), *story_sanctions]
    sanctions = tuple(_sanction(sanction, scene) for sanction in story_sanctions) or (body.sanctions if body else ())
    before = {name: getattr(body, name) for name in body.__struct_fields__} if body else {"unit": scene.unit.unit}
    return {**before, **_reason_fields(scene, fields), "sanctions": sanctions}


def _sanction(story_sanction: StorySanction, scene: Scene) -> Sanction:
    """The sanction of a case. If it is decided, it gets an effective date and a document; an open one gets neither."""
    rulebook, written = scene.context.rulebook, story_sanction
    short = {"outcome": written.outcome, "standing": written.standing}
    fields = line_fields(
        rulebook.records[CASE], {**{key: option for key, option in short.items() if option}, **written.fields}
    )
    is_open = fields.get(rulebook.records[CASE].first.key) in rulebook.open_options[CASE]
    return Sanction(
        person=written.person,
        fields=fields,
        effective_on=written.effective_on or (None if is_open else scene.day),
        document=written.document or (None if is_open else Words(f"处分决定〔{scene.day.year}〕1号")),
        instead_of=written.instead_of,
        remark=written.remark,
    )


def line_fields(kind: RecordKind, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a line, with the first option of each field that the story does not write."""
    return {**{field.key: field.option[0].key for field in kind.field}, **fields}


def _record_fields(scene: Scene, fields: Fields) -> Fields:
    """A record of today with the line that the happening describes, and with those in `lines`.

    A revision has the old values of all fields that the story does not write.
    """
    body = scene.state.body if isinstance(scene.state, Record) else None
    single = {name: fields.pop(name) for name in StoryLine.__struct_fields__ if name in fields}
    written = [*([StoryLine(**single)] if single else []), *fields.pop("lines", [])]
    before: Fields = {"unit": scene.unit.unit, "acted_on": scene.day, "lines": ()}
    if body is not None:
        before = {name: getattr(body, name) for name in body.__struct_fields__}
    complete = {**before, **_reason_fields(scene, fields)}
    kind = scene.context.rulebook.records.get(complete.get("record", ""))
    if written and kind is not None:
        own = [{name: getattr(line, name) for name in line.__struct_fields__} for line in written]
        complete["lines"] = tuple(RecordedLine(**{**line, "fields": line_fields(kind, line["fields"])}) for line in own)
    return complete


def _check_fields(scene: Scene, fields: Fields) -> Fields:
    """A routine check of today. With a date in `mend_until` it has something to rectify.

    A correction has the old values of all fields that the story does not write.
    """
    old = scene.state.findings if isinstance(scene.state, RoutineCheck) else None
    before = {name: getattr(old, name) for name in old.__struct_fields__} if old else {"unit": scene.unit.unit}
    defaults = {"checked_on": scene.day, "checked_by": (Opaque("a-office"),), "finding": Words("检查情况（情景用）")}
    mending = {"to_mend": Words("整改要求（情景用）")} if fields.get("mend_until") else {}
    return {**defaults, **before, **mending, **_reason_fields(scene, fields), **fields}


def _answer_fields(scene: Scene, fields: Fields) -> Fields:
    return {"answer": Words("已整改（情景用）"), **fields}


def _acceptance_fields(scene: Scene, fields: Fields) -> Fields:
    return {"accepted_on": scene.day, **fields}


def _rescission_fields(scene: Scene, fields: Fields) -> Fields:
    return {"document": Words(f"撤销决定〔{scene.day.year}〕1号"), **_reason_fields(scene, fields)}


def _roster_change_fields(scene: Scene, fields: Fields) -> Fields:
    """A change of the roster on the day of the happening, for its department."""
    return {"unit": scene.unit.unit, "since": scene.day, **_reason_fields(scene, fields)}


def _with_reason_only(acts: Iterable[str]) -> dict[str, Callable[[Scene, Fields], Fields]]:
    return dict.fromkeys(acts, _reason_fields)


_DEFAULTS: Mapping[str, Callable[[Scene, Fields], Fields]] = {
    **_with_reason_only(
        (
            "return_self_report",
            "return_score",
            "waive_item",
            "restore_item",
            "withdraw",
            "undo_step",
            "move_deadline",
            "record_veto",
        )
    ),
    "open_assessment": _opening_fields,
    "submit_self_report": _self_report_fields,
    "record_meeting": _meeting_fields,
    "record_ballot": _ballot_fields,
    "record_interviews": _interview_fields,
    "review_documents": _review_fields,
    "inspect_site": _inspection_fields,
    "take_step": _step_fields,
    "report_values": _report_fields,
    "fill_sheet": _mark_fields,
    "score": _mark_fields,
    "post_result": _posting_fields,
    "approve": _approval_fields,
    "circulate": _notice_fields,
    "complete_task": _task_fields,
    "lift_veto": _veto_fields,
    "reopen_result": _reopening_fields,
    "substitute_member": _substitution_fields,
    "record_case": _case_fields,
    "revise_case": _case_fields,
    "rescind_case": _rescission_fields,
    "enter_record": _record_fields,
    "revise_record": _record_fields,
    "rescind_record": _reason_fields,
    "record_routine_check": _check_fields,
    "correct_routine_check": _check_fields,
    "answer_routine_check": _answer_fields,
    "accept_answer": _acceptance_fields,
    "return_answer": _reason_fields,
    "withdraw_routine_check": _reason_fields,
    "rename_unit": _roster_change_fields,
    "reorganise_unit": _roster_change_fields,
    "restore_unit": _roster_change_fields,
}
