"""circulation: 全校通报 — the result is announced, tasks follow from it (第九条), and they are completed.

Not here: the persons of a task (`states/result/task_persons.py`), and its reminders (`states/deadlines/reminders.py`).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, StageFact, TaskPerson
from states.context import Context
from states.guards import FaultCollector, check_not_before_last_step
from states.refusals import Incomplete, NothingToDo, NoticeNumberUsed, NotKnown, Refusal, TooEarly
from states.result import task_persons
from states.result.open_tasks import follow_ups_of, open_task_ids, task_before, task_title, task_titles, windows_of
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Stamp, Text, Words

from .scoring import Scored, refuse_stale


class TasksNotKnown(Refusal):
    """Whether a task follows, or a window opens, hangs on a value that is not known yet."""

    zh = "结果运用事项{tasks}是否适用尚待确定，不能通报（{clause}）。请先补齐其所依据的数据，重新计分、审定后再通报。"
    en = (
        "Nobody can say yet whether these tasks follow from the result: {tasks}. It cannot be circulated ({clause}). "
        "Record the values that they depend on, then score and approve the result again."
    )


class TaskMustWait(Refusal):
    """A task that comes after another one that is not done yet."""

    zh = "“{task}”须在“{before}”办结之后办理（{clause}）。请先办结“{before}”。"
    en = "“{task}” comes after “{before}”, which is not done yet ({clause}). Complete “{before}” first."


class CirculationNotice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The circulated notice: its number, its day, and the number of the notice it corrects, if any."""

    document: Words
    circulated_on: date
    replaces: Words | None = None


class Circulate(Command, CirculationNotice, frozen=True, kw_only=True):
    """Circulate the approved result."""


class Circulated(StageFact, CirculationNotice, frozen=True, kw_only=True):
    """The result was circulated. `tasks` are the ids of the tasks that follow from it; no task is done yet."""

    stage = "circulation"
    dated = "circulated_on"
    tasks: tuple[str, ...]

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        new_state = replace(state.with_tasks(self.tasks), circulated=(*state.circulated, self.document))
        return new_state.push(self.stage, self, stamp)

    def without_tasks_of_persons(self) -> Circulated:
        """The notice as people of the department read it: a task of a person says how that person was graded."""
        return replace(self, tasks=tuple(id_ for id_ in self.tasks if not Follow.from_id(id_).person))


class Completion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task that was done: its id, the day, the number of the document (if any), and the persons concerned."""

    task: str
    done_on: date
    document: Words | None = None
    persons: tuple[TaskPerson, ...] = ()


class CompleteTask(Command, Completion, frozen=True, kw_only=True):
    """Record that a task was done."""


class TaskCompleted(AssessmentFact, Completion, frozen=True, kw_only=True):
    """A task was done."""

    dated = "done_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        tasks = {**state.tasks, self.task: stamp.recorded_at}
        return replace(
            state,
            tasks=tasks,
            task_persons={**state.task_persons, self.task: self.persons},
            task_days={**state.task_days, self.task: self.done_on},
        )


def circulate(state: Assessment, command: Circulate, context: Context) -> Circulated:
    """The fact of the circulation, with the tasks that follow from the grade (第九条)."""
    fact = Circulated(
        document=command.document,
        circulated_on=command.circulated_on,
        replaces=command.replaces,
        tasks=tasks_of(state, context),
    )
    check(state, fact, context)
    return fact


def check(state: Assessment, record: Circulated, context: Context) -> None:
    """第九条1：年度考核结果在全校通报。 Refuse a wrong day, a number used before, and wrong tasks.

    Refuse a stale score, except if the rulebook only notes changes (F5). A correction must name the last notice, which
    it replaces.
    """
    clause = context.clause("circulation")
    title = context.rulebook.stages["circulation"].title.text
    # F5: where the rulebook only notes a change (`note`), the approved result is circulated even if cases have changed
    # since.
    if context.rulebook.readings["revised_result"].value == "committee":
        refuse_stale(title, state, context)
    faults = FaultCollector(clause)
    with faults.at("circulated_on"):
        check_not_before_last_step(
            Text(zh="通报日期", en="day of circulation"), record.circulated_on, state, context, clause
        )
    with faults.at("replaces"):
        _check_replaced_notice(state, record, clause)
    with faults.at("document"):
        if record.document in state.circulated:
            raise NoticeNumberUsed(document=record.document, clause=clause)
    tasks = tasks_of(state, context)
    with faults.at("tasks"):
        if record.tasks != tasks:
            value = ", ".join(record.tasks)
            raise NotKnown(what=Text(zh="结果运用事项", en="tasks"), value=value, known=", ".join(tasks), clause=clause)
    faults.end()


def _check_replaced_notice(state: Assessment, record: Circulated, clause: Citation) -> None:
    """Refuse a correction that does not name the last notice, and a first notice that names one."""
    last = state.circulated[-1] if state.circulated else None
    if last is not None and record.replaces is None:
        missing = Text(zh=f"被替代的通报文号（{last}）", en=f"the number of the notice replaced ({last})")
        raise Incomplete(missing=missing, clause=clause)
    if record.replaces != last:
        possible = last or Text(zh="无", en="none")
        raise NotKnown(
            what=Text(zh="被替代的通报", en="notice replaced"), value=record.replaces, known=possible, clause=clause
        )


def may_circulate(state: Assessment, context: Context) -> bool:
    """Whether the approved result may be circulated: its score is valid, or the rulebook only notes changes (F5)."""
    return state.has_valid_score or context.rulebook.readings["revised_result"].value == "note"


def has_open_tasks(state: Assessment, context: Context) -> bool:
    """Whether a task that follows from the result can be done now. The decision on a review is none."""
    return bool(open_task_ids(state, context.rulebook))


def check_task(state: Assessment, record: Completion, context: Context) -> None:
    """Refuse a task that does not follow from this result or is done already, a wrong day, and wrong persons."""
    clause = context.clause("circulation")
    known = [id_ for id_ in state.tasks if id_ not in state.reviews]
    if record.task not in known:
        tasks = ", ".join(known)
        raise NotKnown(what=Text(zh="结果运用事项", en="task"), value=record.task, known=tasks, clause=clause)
    rulebook = context.rulebook
    title = task_title(state, record.task, rulebook)
    if state.tasks[record.task]:
        raise NothingToDo(act=title, why=Text(zh="已办理", en="done already"), clause=clause)
    before = task_before(state, record.task, rulebook)
    if before is not None:
        raise TaskMustWait(task=title, before=task_title(state, before, rulebook), clause=clause)
    faults = FaultCollector(clause)
    with faults.at("done_on"):
        check_not_before_last_step(Text(zh="办理日期", en="done on"), record.done_on, state, context, clause)
        _check_after_task_before(state, record, rulebook, clause)
    with faults.at("persons"):
        task_persons.check(state, record.persons, rulebook.tasks[Follow.from_id(record.task).key])
    faults.end()


def _check_after_task_before(state: Assessment, record: Completion, rulebook: Rulebook, clause: Citation) -> None:
    """Refuse a day before the day on which the task before it was done."""
    task = rulebook.task_of(record.task)
    if task is None or task.after is None:
        return
    ids = (Follow(task.after, Follow.from_id(record.task).person).id, task.after)
    before = next((one for one in ids if one in state.task_days), None)
    if before is not None and record.done_on < state.task_days[before]:
        title, after = Text(zh="办理日期", en="done on"), task_title(state, before, rulebook)
        raise TooEarly(what=title, value=record.done_on, after=after, against=state.task_days[before], clause=clause)


def tasks_of(state: Assessment, context: Context) -> tuple[str, ...]:
    """The ids of the tasks that follow from the result (第九条).

    Refuse if nobody can say of a task whether it follows, or of a window whether it opens.
    """
    # 第九条2：“年度考核不合格的……” is about the annual assessment. A special one (第六条) has only those tasks that the
    # rulebook marks `special`.
    scored = state.fact(Scored)
    if scored is None:
        return ()
    follows = follow_ups_of(scored.inputs, context.rulebook, is_special=state.occasion is not None)
    pending = (*follows.pending, *windows_of(scored.inputs, context.rulebook).pending)
    if pending:
        titles = task_titles(state, (follow.id for follow in pending), context.rulebook)
        raise TasksNotKnown(tasks=titles, clause=context.clause("circulation"))
    return tuple(follow.id for follow in follows.certain)
