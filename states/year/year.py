"""One assessment year: opened under one edition for a list of departments with their deadlines; closed at the end.

A year is closed when its regular work is over: every assessment of the annual round is circulated or withdrawn. Then
nothing new begins in it: no assessment is opened, no deadline of the year is moved, it is not closed again. Such an
attempt is a grave refusal. What the measure allows later belongs to one result and not to the year, and so needs no
reopening of the year: a task done, a veto, a result that the committee reopens and that is circulated again
(docs/decisions/0011-closing-a-year.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment
from states.context import Context
from states.guards import Faults
from states.records.roster import Roster
from states.records.year import Progress, Year
from states.refusals import AlreadyThere, Incomplete, NotEnded, NothingToDo, NotKnown, YearOver
from states.stages.circulation import Circulated
from states.stages.deadline_checks import check_deadlines, check_new_deadline, refuse_past_deadlines
from states.stages.opening import retired_refusal
from states.streams import year_stream
from states.vocabulary import Command, Fact, Opaque, Reason, Stamp, Text, Words

ENDED_STAGES = frozenset({Circulated.stage, WITHDRAWN})
"""The stages in which an assessment has ended, so that its year can be closed."""

_MAX_LISTED = 10
"""How many departments or tasks a refusal names at most; the page of the year lists all of them."""


class YearBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The year, its departments, and the deadline of each stage. The measure sets no dates; these are binding."""

    year: int
    units: tuple[Opaque, ...]
    due: dict[str, date]


class OpenYear(Command, YearBody, frozen=True, kw_only=True):
    """Open an assessment year."""


class YearFact(Fact, frozen=True, kw_only=True):
    """A fact of a year's stream."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        raise NotImplementedError


class YearOpened(YearFact, YearBody, frozen=True, kw_only=True):
    """The year is open, under the edition that the entry names."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, year=self.year, units=self.units, due=self.due)


class MoveYearDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move one stage's deadline for every department of the year."""

    stage: str
    due: date


class YearDeadlineMoved(YearFact, Reason, frozen=True, kw_only=True):
    """The year's deadline was moved. Those of the departments are moved by entries of their own."""

    stage: str
    due: date

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, due={**state.due, self.stage: self.due})


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reason for which tasks stay open after the closing; None if there are none."""

    reason: Words | None = None


class CloseYear(Command, Closing, frozen=True, kw_only=True):
    """Close an assessment year. Where tasks are still open (第九条2、3), a reason is needed."""


class Left(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task of a department's result that is still open."""

    unit: Opaque
    task: str


class YearClosed(YearFact, Closing, frozen=True, kw_only=True):
    """The regular work of the year is over. `left` are the tasks that were still open, by department."""

    left: tuple[Left, ...] = ()

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, closed=stamp.recorded_at)


def fold(state: Year, fact: YearFact, stamp: Stamp) -> Year:
    return replace(fact.fold(state, stamp), version=stamp.version)


def progress_of(state: Assessment) -> Progress | None:
    """The progress of an annual assessment; None for a special one (第六条), which is not part of the year's round."""
    if not state.version or state.occasion is not None:
        return None
    return Progress(state.unit, state.stage, tuple(task for task, done in state.tasks.items() if done is None))


def progress(states: Iterable[object]) -> tuple[Progress, ...]:
    """The progress of the annual assessments among these states."""
    each = (progress_of(state) for state in states if isinstance(state, Assessment))
    return tuple(one for one in each if one is not None)


def not_ended(state: Year, in_round: Iterable[Progress], roster: Roster | None) -> tuple[str, ...]:
    """The departments whose assessment has not ended, and those of the year that go on and have none."""
    ended = {one.unit: one.stage in ENDED_STAGES for one in in_round}
    gone = {unit for unit in state.units if roster is not None and roster.is_retired(unit, state.year)}
    missing = set(state.units) - ended.keys() - gone
    return tuple(sorted({*(unit for unit, done in ended.items() if not done), *missing}))


def open_tasks_of(in_round: Iterable[Progress]) -> tuple[Left, ...]:
    """The tasks of circulated results that are still open, in the order of the departments' ids."""
    return tuple(
        Left(unit=Opaque(one.unit), task=task)
        for one in sorted(in_round, key=lambda one: one.unit)
        if one.stage == Circulated.stage
        for task in one.tasks
    )


def close(state: Year, command: CloseYear, context: Context) -> YearClosed:
    """The closing, with the tasks that are still open."""
    fact = YearClosed(reason=command.reason, left=open_tasks_of(context.progress or ()))
    check_close(state, fact, context)
    return fact


def check_open(state: Year, record: YearBody, context: Context) -> None:
    """第六条「每年年底组织开展一次」: once a year, for departments that have not ended, with a deadline for every dated stage."""
    clause = context.clause("opening")
    if state.version:
        raise AlreadyThere(stream=state.stream, act=Text(zh="启动年度考核", en="open the year"), clause=clause)
    if state.stream != year_stream(record.year):
        raise NotKnown(what=Text(zh="年度", en="year"), value=record.year, known=state.stream, clause=clause)
    if not record.units:
        raise Incomplete(missing=Text(zh="被考核部门", en="departments"), clause=clause)
    gone = [
        unit
        for unit in record.units
        if context.roster and context.roster.ended_before(unit, record.year, context.today)
    ]
    if gone and context.roster:
        raise retired_refusal(gone, record.year, context.roster, clause)
    faults = Faults(clause)
    with faults.at("due"):
        check_deadlines(record.due, context)
        refuse_past_deadlines(record.due, context, context.rulebook.acts["open_year"].title.text)
    faults.end()


def check_move(state: Year, record: MoveYearDeadline | YearDeadlineMoved, context: Context) -> None:
    """The year is open and has this deadline; the new day is another one, not past, and keeps the stages in order."""
    if state.closed:
        title = context.rulebook.acts["move_year_deadline"].title.text
        raise YearOver(year=state.year, act=title, clause=context.rulebook.cited("close_year"))
    if record.stage not in state.due:
        known, clause = ", ".join(state.due), context.rulebook.cited("move_year_deadline")
        raise NotKnown(what=Text(zh="步骤", en="step"), value=record.stage, known=known, clause=clause)
    check_new_deadline(state.due, record.stage, record.due, context)


def check_close(state: Year, record: YearClosed, context: Context) -> None:
    """Every assessment has ended; the open tasks are those of the record, and there is a reason for leaving them."""
    title, clause = context.rulebook.acts["close_year"].title.text, context.rulebook.cited("close_year")
    if state.closed:
        raise NothingToDo(act=title, why=Text(zh="该年度已办结", en="the year is closed already"), clause=clause)
    if context.progress is None:
        return
    unfinished, open_tasks = not_ended(state, context.progress, context.roster), open_tasks_of(context.progress)
    if unfinished:
        raise NotEnded(act=title, count=len(unfinished), units=_list_names(unfinished), clause=clause)
    if record.left != open_tasks:
        known = _list_names(f"{one.unit} {one.task}" for one in open_tasks)
        value = _list_names(f"{one.unit} {one.task}" for one in record.left)
        raise NotKnown(what=Text(zh="未办结事项", en="task left open"), value=value, known=known, clause=clause)
    faults = Faults(clause)
    with faults.at("reason"):
        if open_tasks and record.reason is None:
            raise Incomplete(missing=_missing_reason(open_tasks, context), clause=clause)
    faults.end()


def _missing_reason(open_tasks: tuple[Left, ...], context: Context) -> Text:
    """What is missing where tasks are open: the reason, with the tasks by name."""
    known = context.rulebook.consequences
    titles = [
        (one.unit, known[one.task].title.text if one.task in known else Text(one.task, one.task)) for one in open_tasks
    ]
    count = len(open_tasks)
    zh = _list_names(f"{unit} {title.zh}" for unit, title in titles).zh
    en = _list_names(f"{unit}: {title.en}" for unit, title in titles).en
    return Text(
        zh=f"留待以后办理的理由：还有 {count} 项结果运用事项未办结（{zh}）",
        en=f"the reason for leaving {count} follow-up tasks open ({en})",
    )


def _list_names(names: Iterable[str]) -> Text:
    """The first names of a list, and whether there are more."""
    every = list(names)
    zh, en = "、".join(every[:_MAX_LISTED]), ", ".join(every[:_MAX_LISTED])
    return (
        Text(zh=zh or "无", en=en or "none") if len(every) <= _MAX_LISTED else Text(zh=f"{zh} 等", en=f"{en} and more")
    )
