"""The content of the acts on an assessment that complete no stage: its team, vetoes, the reopened result, tasks, reviews."""

from __future__ import annotations

from datetime import timedelta

from states.assessment import Member, TaskPerson
from states.deadlines.assignment import assignable
from states.deadlines.chase import items_to_chase
from states.deadlines.windows import undecided_reviews
from states.stages import scoring
from states.stages.evidence import open_requests
from states.vocabulary import Opaque, Words

from .scene import Fields, Scene, document_of, reason_fields


def substitution_fields(scene: Scene, fields: Fields) -> Fields:
    joins, position = fields.pop("joins", None), fields.pop("position", Words("班子成员"))
    member = Member(person=joins, position=position) if joins else None
    return {"since": scene.day, "joins": member, **fields}


def veto_fields(scene: Scene, fields: Fields) -> Fields:
    """The last veto in force, if the story names no other."""
    in_force = [veto.id for veto in scene.assessment.vetoes]
    veto = fields.get("veto") or (in_force[-1] if in_force else "case/none")
    return {**reason_fields(scene, fields), "veto": veto}


def reopening_fields(scene: Scene, fields: Fields) -> Fields:
    return {"sources": scoring.changed_sources(scene.assessment, scene.context), **reason_fields(scene, fields)}


def task_fields(scene: Scene, fields: Fields) -> Fields:
    """A task that is done: it lists the whole team, one responsible person with a measure, or nobody."""
    task = scene.context.rulebook.task_of(fields["task"])
    persons = {
        "team": tuple(TaskPerson(person=m.person) for m in scene.assessment.everybody),
        "responsible": (_RESPONSIBLE,),
    }
    return {"done_on": scene.day, "persons": persons.get(task.persons, ()) if task else (), **fields}


def request_fields(scene: Scene, fields: Fields) -> Fields:
    """A request of today in the first window of the rulebook, if the story names no other."""
    windows = [*scene.context.rulebook.windows, "none"]
    return {"window": windows[0], "asked_on": scene.day, **reason_fields(scene, fields)}


def decision_fields(scene: Scene, fields: Fields) -> Fields:
    """A decision of today on the first review that waits for one, if the story names no other."""
    waiting = [*undecided_reviews(scene.assessment), "none"]
    return {"window": waiting[0], "decided_on": scene.day, **reason_fields(scene, fields)}


def document_request_fields(scene: Scene, fields: Fields) -> Fields:
    """A document under the first element of the form, a week later."""
    form = scene.context.rulebook.forms_by_kind[scene.assessment.unit_kind]
    what, due = Words("会议记录（情景用）"), scene.day + timedelta(days=7)
    return {"element": next(iter(form.elements)), "what": what, "due": due, **fields}


def document_supply_fields(scene: Scene, fields: Fields) -> Fields:
    """One document for the first open request; no document if the story says why the department does not have it."""
    documents = () if "remark" in fields else (document_of("supply", scene),)
    return {"request": next(iter(open_requests(scene.assessment)), "none"), "documents": documents, **fields}


def chase_fields(scene: Scene, fields: Fields) -> Fields:
    """What has the nearest deadline of what can be chased today, if the story names nothing else."""
    return {"stage": next(iter(items_to_chase(scene.assessment, scene.context)), "none"), **fields}


def assignment_fields(scene: Scene, fields: Fields) -> Fields:
    """The first thing that can be assigned, to nobody in particular, if the story names nothing else."""
    accounts = tuple(map(Opaque, fields.pop("accounts", ())))
    return {
        "stage": next(iter(assignable(scene.assessment, scene.context.rulebook)), "none"),
        "accounts": accounts,
        **fields,
    }


_RESPONSIBLE = TaskPerson(person=Opaque("p-responsible"), measure=Words("诫勉"))
