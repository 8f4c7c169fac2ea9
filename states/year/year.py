"""Opens and closes an assessment year, and moves its deadlines. A year has one edition, departments, and deadlines.

Also here: the progress of its assessments, as far as the closing needs it. Not here: the visits (`visits.py`).

A year can be closed when its regular work is over: every annual assessment is circulated or withdrawn. After that,
nobody can open an annual assessment in the year, move its deadlines or close it again. Opening and moving are refused
gravely (`YearOver`). Later acts on a single result stay possible without reopening the year: a task that is done, a
veto, a reopened result that is circulated again (docs/decisions/0011-closing-a-year.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment
from states.context import Context
from states.guards import FaultCollector
from states.records.roster import Roster
from states.records.year import Progress, Year
from states.refusals import AlreadyThere, Incomplete, NotEnded, NothingToDo, NotKnown, YearOver
from states.stages.circulation import Circulated
from states.stages.deadline_checks import check_deadlines, check_new_deadline, refuse_past_deadlines
from states.stages.opening import closed_units_refusal
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Command, Fact, Opaque, Reason, Stamp, Text, Words

ENDED_STAGES = frozenset({Circulated.stage, WITHDRAWN})
"""The stages in which an assessment has ended, so that its year can be closed."""

_MAX_LISTED = 10
"""The maximum number of departments or tasks that a refusal names. The page of the year lists all of them."""


class YearBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The year, its departments, and the deadline of each stage. The measure has no dates, so these are binding."""

    year: int
    units: tuple[Opaque, ...]
    due: dict[str, date]


class OpenYear(Command, YearBody, frozen=True, kw_only=True):
    """Open an assessment year."""


class YearFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts of a year's stream."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        raise NotImplementedError


class YearOpened(YearFact, YearBody, frozen=True, kw_only=True):
    """The year was opened, under the edition that the entry names."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, year=self.year, units=self.units, due=self.due)


class MoveYearDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move one stage's deadline for every department of the year."""

    stage: str
    due: date


class YearDeadlineMoved(YearFact, Reason, frozen=True, kw_only=True):
    """The year's deadline was moved. The deadlines of the departments are moved by separate entries."""

    stage: str
    due: date

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, due={**state.due, self.stage: self.due})


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reason for which tasks stay open after the closing; None if no task stays open."""

    reason: Words | None = None


class CloseYear(Command, Closing, frozen=True, kw_only=True):
    """Close an assessment year. If tasks are still open (第九条2、3), a reason is needed."""


class OpenTask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task of a department's result that is still open."""

    unit: Opaque
    task: str


class YearClosed(YearFact, Closing, frozen=True, kw_only=True):
    """The regular work of the year is over. `left` has the tasks that were still open."""

    left: tuple[OpenTask, ...] = ()

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, closed=stamp.recorded_at)


def fold(state: Year, fact: YearFact, stamp: Stamp) -> Year:
    """The year after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def progress_of(state: Assessment) -> Progress | None:
    """The progress of an annual assessment; None if it was not opened, or is special (第六条), so no part of the year."""
    if not state.version or state.occasion is not None:
        return None
    scored = None if state.awaits_rescoring else state.fact(Scored)
    return Progress(
        unit=state.unit,
        stage=state.stage,
        tasks=tuple(task for task, done_at in state.tasks.items() if done_at is None),
        inputs=scored.inputs if scored is not None else None,
        changed=() if state.is_approved else state.noted or (),
        is_approved=state.is_approved,
    )


def progress(states: Iterable[object]) -> tuple[Progress, ...]:
    """The progress of the annual assessments among these states."""
    of_states = (progress_of(state) for state in states if isinstance(state, Assessment))
    return tuple(one for one in of_states if one is not None)


def not_ended(state: Year, assessments: Iterable[Progress], roster: Roster | None) -> tuple[str, ...]:
    """The departments with an assessment that has not ended, and those that take part and have no assessment."""
    ended = {assessment.unit: assessment.stage in ENDED_STAGES for assessment in assessments}
    retired = {unit for unit in state.units if roster is not None and roster.is_past_final_year(unit, state.year)}
    missing = set(state.units) - ended.keys() - retired
    return tuple(sorted({*(unit for unit, has_ended in ended.items() if not has_ended), *missing}))


def open_tasks_of(assessments: Iterable[Progress]) -> tuple[OpenTask, ...]:
    """The tasks of circulated results that are still open, in the order of the departments' ids."""
    return tuple(
        OpenTask(unit=Opaque(one.unit), task=task)
        for one in sorted(assessments, key=lambda one: one.unit)
        if one.stage == Circulated.stage
        for task in one.tasks
    )


def close(state: Year, command: CloseYear, context: Context) -> YearClosed:
    """The fact of the closing, with the tasks that are still open."""
    fact = YearClosed(reason=command.reason, left=open_tasks_of(context.progress or ()))
    check_close(state, fact, context)
    return fact


def check_open(state: Year, record: YearBody, context: Context) -> None:
    """第六条「每年年底组织开展一次」: refuse a second opening, no or closed departments, and wrong deadlines."""
    clause = context.clause("opening")
    if state.version:
        raise AlreadyThere(stream=state.stream, act=Text(zh="启动年度考核", en="open the year"), clause=clause)
    if state.stream != year_stream(record.year):
        raise NotKnown(what=Text(zh="年度", en="year"), value=record.year, known=state.stream, clause=clause)
    if not record.units:
        raise Incomplete(missing=Text(zh="被考核部门", en="departments"), clause=clause)
    closed_before = [
        unit
        for unit in record.units
        if context.roster and context.roster.was_closed_before(unit, record.year, context.today)
    ]
    if closed_before and context.roster:
        raise closed_units_refusal(closed_before, record.year, context.roster, clause)
    faults = FaultCollector(clause)
    with faults.at("due"):
        check_deadlines(record.due, context)
        refuse_past_deadlines(record.due, context, context.rulebook.acts["open_year"].title.text)
    faults.end()


def check_move(state: Year, record: MoveYearDeadline | YearDeadlineMoved, context: Context) -> None:
    """Refuse to move a deadline in a closed year, a deadline that the year does not have, and a wrong new day."""
    if state.closed:
        title = context.rulebook.acts["move_year_deadline"].title.text
        raise YearOver(year=state.year, act=title, clause=context.rulebook.cited("close_year"))
    if record.stage not in state.due:
        stages, clause = ", ".join(state.due), context.rulebook.cited("move_year_deadline")
        raise NotKnown(what=Text(zh="步骤", en="stage"), value=record.stage, known=stages, clause=clause)
    check_new_deadline(state.due, record.stage, record.due, context)


def check_close(state: Year, record: YearClosed, context: Context) -> None:
    """Refuse to close a year twice, with an assessment that has not ended, or without a reason for the open tasks.

    The fact must name exactly the open tasks.
    """
    title, clause = context.rulebook.acts["close_year"].title.text, context.rulebook.cited("close_year")
    if state.closed:
        raise NothingToDo(act=title, why=Text(zh="该年度已办结", en="the year is closed already"), clause=clause)
    if context.progress is None:
        return
    unfinished, open_tasks = not_ended(state, context.progress, context.roster), open_tasks_of(context.progress)
    if unfinished:
        raise NotEnded(act=title, count=len(unfinished), units=list_names(unfinished), clause=clause)
    if record.left != open_tasks:
        present = list_names(f"{open_task.unit} {open_task.task}" for open_task in open_tasks)
        recorded = list_names(f"{open_task.unit} {open_task.task}" for open_task in record.left)
        raise NotKnown(what=Text(zh="未办结事项", en="task left open"), value=recorded, known=present, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("reason"):
        if open_tasks and record.reason is None:
            raise Incomplete(missing=_missing_reason(open_tasks, context), clause=clause)
    faults.end()


def _missing_reason(open_tasks: tuple[OpenTask, ...], context: Context) -> Text:
    """The name of the missing reason, with the titles of the open tasks."""
    tasks = [(one, context.rulebook.task_of(one.task)) for one in open_tasks]
    titles = [(one.unit, task.title.text if task else Text(one.task, one.task)) for one, task in tasks]
    count = len(open_tasks)
    zh = list_names(f"{unit} {title.zh}" for unit, title in titles).zh
    en = list_names(f"{unit}: {title.en}" for unit, title in titles).en
    return Text(
        zh=f"留待以后办理的理由：还有 {count} 项结果运用事项未办结（{zh}）",
        en=f"the reason for leaving {count} follow-up tasks open ({en})",
    )


def list_names(names: Iterable[str]) -> Text:
    """The first `_MAX_LISTED` names, and a word that there are more, if so."""
    listed = list(names)
    zh, en = "、".join(listed[:_MAX_LISTED]), ", ".join(listed[:_MAX_LISTED])
    return (
        Text(zh=zh or "无", en=en or "none") if len(listed) <= _MAX_LISTED else Text(zh=f"{zh} 等", en=f"{en} and more")
    )
