"""Reminders, escalations and new deadlines of an assessment: the commands, the facts, the checks.

Also here: which commands the clock must submit now (`duties`), when it must next act (`next_due`), which stage is next
(`next_stage`) and which tasks are open (`open_items`). A person may move a deadline too. Not here: the schedule of one
deadline (`schedule.py`), and sending (`notifications/`).

Every reminder step (`schedule.py`) that becomes due is recorded in one of three ways. It was sent. Or, after a pause of
the clock, a later step to the same role superseded it. Or it lapsed, because the stage was done before the step was
sent. `Assessment.recorded_reminders` has the recorded steps. The tasks that follow from a circulated result (第九条) have
deadlines and reminders like the stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact
from states.context import Context
from states.guards import FaultCollector, check_new_day
from states.refusals import NothingToDo, NotKnown
from states.result.open_tasks import task_before, task_in, task_title
from states.rulebook.stages import Stage
from states.rulebook.tasks import Follow, Task
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.deadline_checks import check_new_deadline
from states.stages.evidence import open_requests, request_title, requests_with_deadline
from states.stages.scoring import blocking_cases
from states.vocabulary import CLOCK, Command, IsWorking, Reason, Stamp, Text

from . import reasons
from .dates import LATEST_CALENDAR, LONGEST_HOLIDAY, add_working_days
from .schedule import HasDeadline, ReminderSchedule, ReminderStep, add_recorded
from .task_dates import dates_of_tasks, event_of, last_day_to_ask, possible_last_days
from .windows import Windows


class ReminderRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reminder step, to be sent (in a command) or already sent (in a fact), also of a routine check.

    It has the key of its stage or task (`stage`), its deadline, its name (`step_name`) and its role. `superseded` has
    the names of the earlier steps that it supersedes.
    """

    stage: str
    due: date
    step_name: str
    to: str
    superseded: tuple[str, ...] = ()


class ReminderFact(AssessmentFact, ReminderRecord, frozen=True, kw_only=True):
    """A reminder step was sent; it and the steps that it supersedes are recorded."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        steps = (self.step_name, *self.superseded)
        return replace(
            state,
            recorded_reminders=add_recorded(
                state.recorded_reminders, self.stage, self.due, steps, self.to, stamp.recorded_at
            ),
        )


class Remind(Command, ReminderRecord, frozen=True, kw_only=True):
    """Remind the role that must complete the stage or task."""


class Reminded(ReminderFact, frozen=True, kw_only=True):
    """The role that must complete the stage or task was reminded."""


class Escalate(Command, ReminderRecord, frozen=True, kw_only=True):
    """Tell the next role up that a stage or task is overdue."""


class Escalated(ReminderFact, frozen=True, kw_only=True):
    """The next role up was told that a stage or task is overdue."""


class LapsedSteps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reminder steps that became due while the clock did not run, and were never sent.

    Their stage or task was done before the clock ran again.
    """

    stage: str
    due: date
    step_names: tuple[str, ...]


class LapseReminders(Command, LapsedSteps, frozen=True, kw_only=True):
    """Record that reminders were not sent because their stage or task was done."""


class RemindersLapsed(AssessmentFact, LapsedSteps, frozen=True, kw_only=True):
    """These reminders were never sent: their stage or task was done before the clock could send them."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(
            state,
            recorded_reminders=add_recorded(
                state.recorded_reminders, self.stage, self.due, self.step_names, "", stamp.recorded_at
            ),
        )


class MoveDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move the deadline of one stage or task of one department's assessment, or set that of a task or window."""

    stage: str
    due: date


class DeadlineMoved(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The deadline of the stage or the task was moved, or that of the task, or the last day to ask, was set."""

    stage: str
    due: date

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        if self.stage in state.tasks:
            return replace(state, task_due={**state.task_due, self.stage: self.due})
        if self.stage in state.requests:
            moved = replace(state.requests[self.stage], due=self.due)
            return replace(state, requests={**state.requests, self.stage: moved})
        if self.stage in state.due:
            return replace(state, due={**state.due, self.stage: self.due})
        return replace(state, window_due={**state.window_due, self.stage: self.due})


def next_stage(state: Assessment, rulebook: Rulebook) -> Stage | None:
    """The stage that must be done next; None after the last stage. It is `scoring` again if the score is not valid."""
    if state.stage == "scoring" and not state.has_valid_score:
        return rulebook.stages["scoring"]
    return rulebook.next_stages.get(state.stage)


def open_items(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[HasDeadline, date | None]]:
    """The open items, with their deadlines: the next stage, documents to hand in, the open tasks of a circulated result."""
    stage = next_stage(state, rulebook)
    if stage is not None:
        yield stage, state.due.get(stage.key)
    waiting = open_requests(state)
    yield from ((item, one.due) for item, one in requests_with_deadline(state, rulebook) if item.key in waiting)
    if state.tasks:
        yield from ((task, due) for task, due in _tasks_with_deadline(state, rulebook) if state.tasks[task.key] is None)


def movable_tasks(state: Assessment, rulebook: Rulebook) -> Iterator[Task]:
    """The open tasks with a deadline, also one that is still to be counted."""
    for item, _due in open_items(state, rulebook):
        if isinstance(item, Task) and item.due is not None:
            yield item


def has_movable_deadline(state: Assessment, context: Context) -> bool:
    """Whether a deadline can be moved: of a stage that is still to be done, or of an open task."""
    rulebook = context.rulebook
    return next_stage(state, rulebook) is not None or bool(open_requests(state)) or any(movable_tasks(state, rulebook))


def duties(state: Assessment, context: Context) -> Iterator[Command]:
    """The commands that the clock must submit now for this assessment.

    First the lapse of steps that were missed. Then either new deadlines or, if no deadline must move, the reminders:
    for each deadline at most one to each role.
    """
    for item, missed in _missed_steps(state, context.rulebook, context.is_working):
        yield LapseReminders(stage=item.key, due=missed[0].due, step_names=tuple(step.name for step in missed))
    extended = _extended_deadlines(
        _with_since_of_case_change(state, context), context.rulebook, context.today, context.is_working
    )
    if not extended:
        yield from _dating(state, context)
        yield from _reminders(state, context)
        return
    # Nobody is reminded of a deadline that is about to move. The last deadline moves first, so that each single move
    # keeps the deadlines in order.
    for key, day in reversed(extended.items()):
        yield MoveDeadline(stage=key, due=day, reason=reasons.recorded_reason(reasons.DEADLINE_EXTENDED))


def _reminders(state: Assessment, context: Context) -> Iterator[Command]:
    """The reminders and escalations that the clock must submit now."""
    weekly = sends_weekly(state, context.year.closed if context.year else None)
    for item, due in open_items(state, context.rulebook):
        if item.key == "scoring" and waits_for_case(state, context):
            continue
        schedule = ReminderSchedule(item, due, state.recorded_reminders, context.rulebook, context.is_working)
        for reminder in schedule.reminders(context.now, weekly=weekly):
            step = reminder.step
            command = Escalate if step.escalates else Remind
            yield command(stage=item.key, due=step.due, step_name=step.name, to=step.to, superseded=reminder.superseded)


def sends_weekly(state: Assessment, closed: datetime | None) -> bool:
    """Whether weekly reminders are sent. `closed` is the time at which the year was closed; None: it is open.

    After the closing they are sent only if the next step became possible later, as for a reopened result.
    """
    return closed is None or (state.since is not None and state.since > closed)


def waits_for_case(state: Assessment, context: Context) -> bool:
    """Whether scoring is next, and an open case forbids it (F4). Nobody can act then, so nobody is reminded."""
    stage = next_stage(state, context.rulebook)
    return stage is not None and stage.kind == "scoring" and bool(blocking_cases(state, context))


def _with_since_of_case_change(state: Assessment, context: Context) -> Assessment:
    """The state; if scoring is next and a case may have blocked it (F4), `since` is not before the last case change."""
    stage = next_stage(state, context.rulebook)
    waits = context.rulebook.readings["open_cases"].value == "block" and stage is not None and stage.kind == "scoring"
    changes = [case.changed_at for case in context.cases if case.changed_at is not None] if waits else []
    return replace(state, since=max([*changes, *([state.since] if state.since else [])], default=None))


def next_due(
    state: Assessment, rulebook: Rulebook, is_working: IsWorking | None = None, *, weekly: bool = True
) -> datetime | None:
    """The time at which the clock must next act for this assessment. It may be in the past; None: never.

    Without a calendar (`is_working` is None) it is a lower bound: a round of the scheduler that runs too early submits
    nothing and computes the time again. With `LATEST_CALENDAR` it is an upper bound.
    """
    times = [missed[0].at for _, missed in _missed_steps(state, rulebook, is_working)]
    if state.since is not None and (
        _came_too_late(state, rulebook, is_working)
        or any(_undated_tasks(state, rulebook))
        or Windows(state, rulebook).undated()
    ):
        times.append(state.since)
    for item, due in open_items(state, rulebook):
        next_at = ReminderSchedule(item, due, state.recorded_reminders, rulebook, is_working).next_at(weekly=weekly)
        times += [next_at] if next_at is not None else []
    return min(times, default=None)


def check_reminder(state: Assessment, record: ReminderRecord, context: Context) -> None:
    """Refuse a reminder that is not due: of a stage or task that is not open, too early, or recorded already."""
    escalates, rulebook = isinstance(record, (Escalate, Escalated)), context.rulebook
    if not any(
        ReminderSchedule(item, due, state.recorded_reminders, rulebook, context.is_working).is_due(
            record.step_name, record.to, record.superseded, context.now, escalates=escalates
        )
        for item, due in open_items(state, rulebook)
        if (item.key, due) == (record.stage, record.due)
    ):
        why = Text(zh="时间未到或已处理", en="not due yet, or already dealt with")
        raise NothingToDo(act=f"{record.stage} {record.step_name}", why=why, clause=rulebook.cited("remind"))


def check_lapse(state: Assessment, record: LapsedSteps, context: Context) -> None:
    """Accept only a record with exactly the missed steps of one stage or task that is done.

    A replay knows no calendar, so it cannot compute exactly which steps were due. It accepts one or more of the steps
    that may have been due.
    """
    missed_names = {
        (item.key, steps[0].due): tuple(step.name for step in steps)
        for item, steps in _missed_steps(state, context.rulebook, context.is_working)
    }
    step_names = missed_names.get((record.stage, record.due), ())
    possible = tuple(step_name for step_name in step_names if step_name in record.step_names)
    expected = step_names if context.is_working is not None else possible
    if not record.step_names or record.step_names != expected:
        raise NothingToDo(
            act=f"{record.stage} {' '.join(record.step_names)}",
            why=Text(zh="没有漏发", en="none was missed"),
            clause=context.rulebook.cited("lapse_reminders"),
        )


def check_move(state: Assessment, record: MoveDeadline | DeadlineMoved, context: Context) -> None:
    """Refuse to move a deadline if the stage or task is done or has no deadline, or if the new day is wrong.

    The clock may only move the deadline of a stage later, and set that of a task or window that is counted by the
    calendar.
    """
    opened_on = Windows(state, context.rulebook).undated().get(record.stage)
    if context.actor.role == CLOCK.role and opened_on is not None:
        _check_last_day_to_ask(record, opened_on, context)
        return
    task = next((one for one in movable_tasks(state, context.rulebook) if one.key == record.stage), None)
    if task is not None:
        _check_task_deadline(state, task, record.due, context)
        return
    if record.stage in open_requests(state):
        _check_request_deadline(state, record, context)
        return
    stage = next_stage(state, context.rulebook)
    keys = [one.key for one in context.rulebook.stage]
    remaining = keys[keys.index(stage.key) :] if stage else []
    movable, clause = [key for key in remaining if key in state.due], context.rulebook.cited("move_deadline")
    if record.stage not in movable:
        title = Text(zh="可改期的步骤或事项", en="stage or task whose deadline can move")
        tasks = (one.key for one in movable_tasks(state, context.rulebook))
        known = ", ".join((*movable, *open_requests(state), *tasks))
        raise NotKnown(what=title, value=record.stage, known=known, clause=clause)
    if context.actor.role == CLOCK.role and record.due <= state.due[record.stage]:
        title = context.rulebook.stages[record.stage].title.text
        why = Text(zh="系统自动只能延后期限", en="the system only moves a deadline later, never earlier")
        raise NothingToDo(act=title, why=why, clause=clause)
    check_new_deadline(state.due, record.stage, record.due, context)


def _came_too_late(state: Assessment, rulebook: Rulebook, is_working: IsWorking | None) -> bool:
    """Whether the next stage became possible only after its deadline, or was sent back with too little time left."""
    stage = next_stage(state, rulebook)
    due = state.due.get(stage.key) if stage is not None else None
    if due is None or state.since is None:
        return False
    since = state.since.astimezone(ZoneInfo(rulebook.timezone)).date()
    if not state.again:
        return due < since
    notice_days = rulebook.notice_days
    if is_working is LATEST_CALENDAR:
        # Even if every day were a working day, too few days would be left. So it came too late by every calendar.
        return due < since + timedelta(days=notice_days)
    # Without a calendar: whether it may have come too late, with the longest holiday in between.
    latest = since + timedelta(days=2 * notice_days) + LONGEST_HOLIDAY
    return due < (add_working_days(since, notice_days, is_working) if is_working else latest)


def _extended_deadlines(
    state: Assessment, rulebook: Rulebook, today: date, is_working: IsWorking | None
) -> dict[str, date]:
    """The new deadlines if the next stage became possible too late: its own, and later ones that would be before it."""
    stage = next_stage(state, rulebook)
    if stage is None or is_working is None or not _came_too_late(state, rulebook, is_working):
        return {}
    # Every deadline that moves gets the full notice. A later deadline moves only if it must, so that the year ends in
    # time.
    earliest = add_working_days(today, rulebook.notice_days, is_working)
    remaining = [one.key for one in rulebook.stage[rulebook.stage.index(stage) :] if one.key in state.due]
    return {key: earliest for key in remaining if state.due[key] < earliest}


def _missed_steps(
    state: Assessment, rulebook: Rulebook, is_working: IsWorking | None
) -> Iterator[tuple[HasDeadline, list[ReminderStep]]]:
    """For each stage or task that is done: its steps that became due before that and are not recorded."""
    if state.stage == WITHDRAWN:
        return
    for item, due, completed_at in _completed_items(state, rulebook):
        missed = ReminderSchedule(item, due, state.recorded_reminders, rulebook, is_working).missed_steps(completed_at)
        if missed:
            yield item, missed


def _completed_items(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[HasDeadline, date | None, datetime]]:
    """Every stage, request and task that is done, its deadline, and the time at which it was recorded as done."""
    completed_at = {step.stage: step.at for step in state.steps}
    for stage in rulebook.stage:
        if stage.key in completed_at:
            yield stage, state.due.get(stage.key), completed_at[stage.key]
    for item, request in requests_with_deadline(state, rulebook):
        if request.answer is not None:
            yield item, request.due, request.answer.at
    for task, due in _tasks_with_deadline(state, rulebook):
        if (recorded_at := state.tasks[task.key]) is not None:
            yield task, due, recorded_at


def _tasks_with_deadline(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Task, date | None]]:
    """The tasks of a circulated result, with their deadlines. Not those that wait for another task."""
    circulation = state.fact(Circulated) if state.tasks else None
    if circulation is None:
        return
    for id_, dates in dates_of_tasks(state, circulation.circulated_on, rulebook).items():
        if task_before(state, id_, rulebook) is None:
            yield task_in(state, id_, rulebook), dates.due


def _undated_tasks(state: Assessment, rulebook: Rulebook) -> Iterator[Task]:
    """The open tasks whose deadline needs a calendar and is not recorded yet."""
    for item, due in open_items(state, rulebook):
        if isinstance(item, Task) and item.due is not None and due is None:
            yield item


def _dating(state: Assessment, context: Context) -> Iterator[Command]:
    """The deadlines and last days to ask that the clock must set now: those that are counted by the calendar."""
    circulation = state.fact(Circulated)
    if circulation is None or context.is_working is None:
        return
    dates = dates_of_tasks(state, circulation.circulated_on, context.rulebook, context.is_working)
    for task in _undated_tasks(state, context.rulebook):
        day = dates[task.key].due
        if day is not None:
            yield MoveDeadline(stage=task.key, due=day, reason=reasons.recorded_reason(reasons.DEADLINE_COUNTED))
    for id_, opened_on in Windows(state, context.rulebook).undated().items():
        window = context.rulebook.windows[Follow.from_id(id_).key]
        day = last_day_to_ask(window, opened_on, context.is_working)
        yield MoveDeadline(stage=id_, due=day, reason=reasons.recorded_reason(reasons.LAST_DAY_COUNTED))


def _check_last_day_to_ask(record: MoveDeadline | DeadlineMoved, opened_on: date, context: Context) -> None:
    """Refuse a last day to ask for a review that no calendar gives."""
    window = context.rulebook.windows[Follow.from_id(record.stage).key]
    first, last = possible_last_days(window.within, opened_on)
    if not first <= record.due <= last:
        why = Text(zh="推算有误", en="this is not the last day to ask")
        raise NothingToDo(act=window.title.text, why=why, clause=context.rulebook.cited("move_deadline"))


def _check_request_deadline(state: Assessment, record: MoveDeadline | DeadlineMoved, context: Context) -> None:
    """Refuse to move the deadline of a request by the clock, to the same day, or into the past."""
    request, clause = state.requests[record.stage], context.rulebook.cited("move_deadline")
    title = request_title(request, context.rulebook)
    if context.actor.role == CLOCK.role or record.due == request.due:
        raise NothingToDo(act=title, why=Text(zh="期限未变", en="that is already the deadline"), clause=clause)
    faults = FaultCollector(clause)
    with faults.at("due"):
        check_new_day(Text(zh=f"“{title.zh}”的期限", en=f"the deadline of “{title.en}”"), record.due, context, clause)
    faults.end()


def _check_task_deadline(state: Assessment, task: Task, due: date, context: Context) -> None:
    """Refuse a wrong day: for the clock, one that no calendar gives; for a person, one in the past."""
    title, clause = task_title(state, task.key, context.rulebook), context.rulebook.cited("move_deadline")
    circulation = state.fact(Circulated)
    assert circulation is not None, "a task follows from a circulated result"
    if context.actor.role == CLOCK.role:
        # The engine and a replay know no calendar, so only a day that no calendar gives is refused.
        event = event_of(state, task.key, circulation.circulated_on, context.rulebook)
        is_undated = any(one.key == task.key for one in _undated_tasks(state, context.rulebook))
        first, last = possible_last_days(task.due, event) if task.due and event else (date.max, date.min)
        if not is_undated or not first <= due <= last:
            why = Text(zh="该事项没有待推算的期限，或者推算有误", en="it has no deadline to count, or not this one")
            raise NothingToDo(act=title, why=why, clause=clause)
        return
    present = dates_of_tasks(state, circulation.circulated_on, context.rulebook)[task.key].due
    if present == due:
        raise NothingToDo(act=title, why=Text(zh="期限未变", en="that is already the deadline"), clause=clause)
    faults = FaultCollector(clause)
    with faults.at("due"):
        check_new_day(Text(zh=f"“{title.zh}”的期限", en=f"the deadline of “{title.en}”"), due, context, clause)
    faults.end()
