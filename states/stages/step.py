"""step: a stage of which the rulebook alone says what it is — feedback, an exchange of views, a confirmation.

A rulebook may have several, each under its own key. What is done is recorded in words, with a document. A stage with
rules of its own (a vote, a sheet, a resolution) has its own kind; what follows the circulation is a task.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_document, check_not_before_last_step
from states.refusals import Incomplete, NotKnown
from states.vocabulary import Citation, Command, Document, Opaque, Stamp, Text, Words


class StepRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done: the key of the stage (`step`), the day, the document by digest, and words on how it went.

    `participants` are the members of the team who took part, if the stage was done with them.
    """

    step: str
    done_on: date
    record: Document
    summary: Words
    participants: tuple[Opaque, ...] = ()


class TakeStep(Command, StepRecord, frozen=True, kw_only=True):
    """Record the stage that is next."""


class StepTaken(StageFact, StepRecord, frozen=True, kw_only=True):
    """The stage `step` was done."""

    stage = "step"
    dated = "done_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state.push(self.step, self, stamp)


def check(state: Assessment, record: StepRecord, context: Context) -> None:
    """Refuse another stage than the next one, a wrong day, a wrong document, and participants outside the team."""
    stage = context.rulebook.next_stages[state.stage]
    clause, title = stage.clause, stage.title.text
    faults = FaultCollector(clause)
    with faults.at("step"):
        if record.step != stage.key:
            raise NotKnown(what=Text(zh="下一步骤", en="next stage"), value=record.step, known=stage.key, clause=clause)
    with faults.at("done_on"):
        day = Text(zh=f"“{title.zh}”的日期", en=f"day of “{title.en}”")
        check_not_before_last_step(day, record.done_on, state, context, clause)
    with faults.at("record"):
        check_document(Text(zh="材料的字节数", en="bytes of the document"), record.record, clause)
    with faults.at("participants"):
        _check_participants(state, record.participants, clause)
    faults.end()


def _check_participants(state: Assessment, participants: tuple[Opaque, ...], clause: Citation) -> None:
    """Refuse a person who is not in the team, and one who is named twice."""
    team = [member.person for member in state.everybody]
    strangers = [person for person in participants if person not in team]
    if strangers:
        value = ", ".join(strangers)
        raise NotKnown(what=Text(zh="参加人员", en="participant"), value=value, known=", ".join(team), clause=clause)
    if len(set(participants)) != len(participants):
        raise Incomplete(missing=Text(zh="每名参加人员只写一次", en="each participant once only"), clause=clause)
