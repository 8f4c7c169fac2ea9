"""The content of the acts that complete a stage, but ballots and score sheets: all is done, today, by everybody."""

from __future__ import annotations

from states.deadlines.dates import default_deadlines, feasible_deadlines
from states.guards import table_of
from states.result.result import grades_of
from states.stages.document_review import Finding, Verdict
from states.stages.evidence import handed_in
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.stages.scoring import Scored
from states.vocabulary import Opaque, Words

from .scene import Fields, Scene, document_of


def opening_fields(scene: Scene, fields: Fields) -> Fields:
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


def meeting_fields(scene: Scene, fields: Fields) -> Fields:
    state = scene.assessment
    return {
        "held_on": scene.day,
        "entitled": state.staff,
        "present": state.staff,
        "team_report_by": state.heads[0].person,
        "personal_reports": tuple(PersonalReport(person=m.person) for m in state.team),
        "minutes": document_of("minutes", scene),
        **fields,
    }


def interview_fields(scene: Scene, fields: Fields) -> Fields:
    talks = tuple(MemberTalk(person=m.person) for m in scene.assessment.team)
    return {"held_on": scene.day, "member_talks": talks, "with_staff": min(3, scene.assessment.staff), **fields}


def review_fields(scene: Scene, fields: Fields) -> Fields:
    """Every element is met, and every document that the department handed in fits."""
    own, files = (document_of("evidence", scene),), handed_in(scene.assessment)
    met = {
        key: Finding(degree="met", evidence=own, verdicts=dict.fromkeys(files.get(key, ()), Verdict(fits="yes")))
        for key in table_of(scene.assessment, scene.context).elements
    }
    findings = {**met, **fields.pop("findings", {})}
    return {"reviewed_on": scene.day, "findings": findings, **fields}


def inspection_fields(scene: Scene, fields: Fields) -> Fields:
    words = {"special_work": Words("特色工作"), "observation": Words("属实")}
    return {"inspected_on": scene.day, "inspectors": (Opaque("p-inspector-1"),), **words, **fields}


def step_fields(scene: Scene, fields: Fields) -> Fields:
    """The stage that is next, done today."""
    stage = scene.context.rulebook.next_stages.get(scene.assessment.stage)
    key = stage.key if stage is not None else "none"
    return {
        "step": key,
        "done_on": scene.day,
        "record": document_of(key, scene),
        "summary": Words("已办理（情景用）"),
        **fields,
    }


def posting_fields(scene: Scene, fields: Fields) -> Fields:
    return {"posted_on": scene.day, "until": scene.day, "objections": 0, **fields}


def approval_fields(scene: Scene, fields: Fields) -> Fields:
    scored = scene.assessment.fact(Scored)
    results = scored.results if scored else ()
    grades = {id_: grade or "none" for id_, grade in grades_of(results, scene.context.rulebook).items()}
    number = f"党委会〔{scene.day.year}〕{scene.state.version}号"
    return {"resolution": Words(number), "met_on": scene.day, "grades": grades, **fields}


def notice_fields(scene: Scene, fields: Fields) -> Fields:
    """A notice with the next number. It replaces the last notice, if there is one."""
    earlier = scene.assessment.circulated
    number = Words(f"考通〔{scene.year}〕{len(earlier) + 1}号")
    replaces = earlier[-1] if earlier else None
    return {"document": number, "circulated_on": scene.day, "replaces": replaces, **fields}
