"""Deadlines, and what the clock owes by them: pure, on civil dates in the rulebook's zone.

Every rung (`schedule.py`) of a stage that was waited for is accounted for: sent once, superseded by a later one to the same role
after a pause, or lapsed because the step was done meanwhile. What is accounted for stands in `Assessment.rungs`. The tasks that
follow from a circulated result (第九条) have deadlines and rungs like the stages'.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact
from states.context import Context
from states.refusals import NothingToDo, NotKnown
from states.rulebook.types import Consequence, Rulebook, Stage
from states.stages.circulation import Circulated
from states.stages.kinds import follows
from states.stages.opening import check_moved
from states.stages.scoring import blocked
from states.vocabulary import CLOCK, Command, IsWorking, Reason, Stamp, Text

from . import reasons
from .dates import LATEST, LONGEST_HOLIDAY, shifted
from .schedule import Duty, ReminderSchedule, Timed, accounted


class ReminderDue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rung reached: for which stage (or task) and deadline, to which role, and the rungs it stands in for."""

    stage: str
    due: date
    rung: str
    to: str
    superseded: tuple[str, ...] = ()


class ReminderFact(AssessmentFact, ReminderDue, frozen=True, kw_only=True):
    """A rung is accounted for, with those it supersedes."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        called = (self.rung, *self.superseded)
        return replace(state, rungs=accounted(state.rungs, self.stage, self.due, called, self.to, stamp.recorded_at))


class Remind(Command, ReminderDue, frozen=True, kw_only=True):
    """Remind those who record the stage."""


class Reminded(ReminderFact, frozen=True, kw_only=True):
    """Those who record the stage were reminded."""


class Escalate(Command, ReminderDue, frozen=True, kw_only=True):
    """Tell the next role up that a stage is overdue."""


class Escalated(ReminderFact, frozen=True, kw_only=True):
    """The next role up was told."""


class ReminderExpired(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rungs nobody climbed before the step was done: their time passed while no clock ran."""

    stage: str
    due: date
    rungs: tuple[str, ...]


class LapseReminders(Command, ReminderExpired, frozen=True, kw_only=True):
    """Put on record that reminders were not sent, because the step was done."""


class RemindersLapsed(AssessmentFact, ReminderExpired, frozen=True, kw_only=True):
    """These reminders were never sent; the step was done before a clock could."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, rungs=accounted(state.rungs, self.stage, self.due, self.rungs, "", stamp.recorded_at))


class MoveDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move one stage's deadline for one unit."""

    stage: str
    due: date


class DeadlineMoved(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The deadline was moved."""

    stage: str
    due: date

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, due={**state.due, self.stage: self.due})


def waiting(state: Assessment, rulebook: Rulebook) -> Stage | None:
    """The stage whose step is the next to be taken; None when there is none. A score that no longer holds is made again first."""
    if state.stage == "scoring" and not state.score_holds:
        return rulebook.stages["scoring"]
    at = follows(state.stage, rulebook)
    return None if at is None else rulebook.stage[at]


def awaited(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Timed, date | None]]:
    """What is to be done now, and until when: the next stage; of a circulated result, the tasks that are left."""
    stage = waiting(state, rulebook)
    if stage is not None:
        yield stage, state.due.get(stage.kind)
    if state.tasks:
        yield from ((task, due) for task, due in _tasks(state, rulebook) if state.tasks[task.key] is None)


def duties(state: Assessment, context: Context) -> Iterator[Command]:
    """What the clock owes this assessment now and has not done: of a deadline, one call at most to each role."""
    rulebook = context.rulebook
    weekly = goes_on(state, context.year.closed if context.year else None)
    for timed, missed in _lapsed(state, rulebook, context.is_working):
        yield LapseReminders(stage=timed.key, due=missed[0].due, rungs=tuple(d.rung for d in missed))
    moved = _given_time(_freed(state, context), rulebook, context.today, context.is_working)
    if moved:
        # The last one first: the deadlines keep their order at every step.
        for kind, day in reversed(moved.items()):
            yield MoveDeadline(stage=kind, due=day, reason=reasons.written(reasons.GIVEN_TIME))
        return
    for timed, due in awaited(state, rulebook):
        if timed.key == "scoring" and waits_for_case(state, context):
            continue
        for call in ReminderSchedule(timed, due, state.rungs, rulebook, context.is_working).calls(
            context.now, weekly=weekly
        ):
            duty = call.duty
            command = Escalate if duty.escalates else Remind
            yield command(stage=timed.key, due=duty.due, rung=duty.rung, to=duty.to, superseded=call.superseded)


def goes_on(state: Assessment, closed: datetime | None) -> bool:
    """Whether the reminder schedule goes on every week: until the year is closed, but for what became possible after that (a reopened result)."""
    return closed is None or (state.since is not None and state.since > closed)


def waits_for_case(state: Assessment, context: Context) -> bool:
    """The score is what is waited for, and a case that is open forbids it (F4): nobody can act, so nobody is told to."""
    stage = waiting(state, context.rulebook)
    return stage is not None and stage.kind == "scoring" and bool(blocked(state, context))


def _freed(state: Assessment, context: Context) -> Assessment:
    """The state with the moment its step became possible: a score that had to wait for a case (F4), when that case was changed."""
    stage = waiting(state, context.rulebook)
    waits = context.rulebook.settings.open_cases.value == "block" and stage is not None and stage.kind == "scoring"
    changes = [case.changed_at for case in context.cases if case.changed_at is not None] if waits else []
    return replace(state, since=max([*changes, *([state.since] if state.since else [])], default=None))


def next_due(
    state: Assessment, rulebook: Rulebook, is_working: IsWorking | None = None, *, weekly: bool = True
) -> datetime | None:
    """When the clock next owes this assessment something; in the past if it does already; None for never.

    Without a calendar no later than that: a round that looks too early finds nothing and sets it right. With LATEST no earlier.
    """
    moments = [missed[0].at for _, missed in _lapsed(state, rulebook, is_working)]
    if state.since is not None and _came_too_late(state, rulebook, is_working):
        moments.append(state.since)
    for timed, due in awaited(state, rulebook):
        at = ReminderSchedule(timed, due, state.rungs, rulebook, is_working).next_at(weekly=weekly)
        moments += [at] if at is not None else []
    return min(moments, default=None)


def check_reminder_due(state: Assessment, record: ReminderDue, context: Context) -> None:
    """The stage or task is waited for; the rung is owed, as are all it supersedes, and none is accounted for."""
    up, rulebook = isinstance(record, (Escalate, Escalated)), context.rulebook
    if not any(
        ReminderSchedule(timed, due, state.rungs, rulebook, context.is_working).is_owed(
            record.rung, record.to, record.superseded, context.now, escalates=up
        )
        for timed, due in awaited(state, rulebook)
        if (timed.key, due) == (record.stage, record.due)
    ):
        raise NothingToDo(
            act=f"{record.stage} {record.rung}", why=Text(zh="时间未到或已处理", en="not due yet, or already dealt with"),
            clause=context.rulebook.cited("remind"),
        )  # fmt: skip


def check_reminder_expired(state: Assessment, record: ReminderExpired, context: Context) -> None:
    """These rungs were missed, and the step or task is done. Without a calendar: they may have been, and none twice."""
    missed = {
        (timed.key, duties[0].due): tuple(d.rung for d in duties)
        for timed, duties in _lapsed(state, context.rulebook, context.is_working)
    }
    known = missed.get((record.stage, record.due), ())
    among = tuple(rung for rung in known if rung in record.rungs)
    if record.rungs != (among if context.is_working is None else known) or not record.rungs:
        raise NothingToDo(
            act=f"{record.stage} {' '.join(record.rungs)}",
            why=Text(zh="没有漏发", en="none was missed"),
            clause=context.rulebook.cited("lapse_reminders"),
        )


def check_move(state: Assessment, record: MoveDeadline | DeadlineMoved, context: Context) -> None:
    """A stage that has a deadline, not done yet; to another day, not a past one; the deadlines keep their order."""
    stage = waiting(state, context.rulebook)
    kinds = [s.kind for s in context.rulebook.stage]
    ahead = kinds[kinds.index(stage.kind) :] if stage else []
    movable = [k for k in ahead if k in state.due]
    if record.stage not in movable:
        raise NotKnown(
            what=Text(zh="可改期的步骤", en="stage whose deadline can move"), value=record.stage, known=", ".join(movable),
            clause=context.rulebook.cited("move_deadline"),
        )  # fmt: skip
    if context.actor.role == CLOCK.role and record.due <= state.due[record.stage]:
        title = context.rulebook.stages[record.stage].title.text
        why = Text(zh="系统自动只能延后期限", en="the system only moves a deadline later, never earlier")
        raise NothingToDo(act=title, why=why, clause=context.rulebook.cited("move_deadline"))
    check_moved(state.due, record.stage, record.due, context)


def _came_too_late(state: Assessment, rulebook: Rulebook, is_working: IsWorking | None) -> bool:
    """The step that is waited for became possible after its deadline; or it was sent back, and too little time is left."""
    stage = waiting(state, rulebook)
    due = state.due.get(stage.kind) if stage is not None else None
    if due is None or state.since is None:
        return False
    since = state.since.astimezone(ZoneInfo(rulebook.timezone)).date()
    if not state.again:
        return due < since
    least = rulebook.notice_days
    if is_working is LATEST:  # no calendar has less time left
        return due < since + timedelta(days=least)
    # Without a calendar: no working day is later, be there the longest holiday.
    latest = since + timedelta(days=2 * least) + LONGEST_HOLIDAY
    return due < (shifted(since, least, is_working) if is_working else latest)


def _given_time(state: Assessment, rulebook: Rulebook, today: date, is_working: IsWorking | None) -> dict[str, date]:
    """The deadline of the step that can begin only now, and those after it that would come before; none where it is met."""
    stage = waiting(state, rulebook)
    if stage is None or is_working is None or not _came_too_late(state, rulebook, is_working):
        return {}
    first = shifted(today, rulebook.notice_days, is_working)
    ahead = [s.kind for s in rulebook.stage[rulebook.stage.index(stage) :] if s.kind in state.due]
    return {kind: first for kind in ahead if state.due[kind] < first}


def _lapsed(state: Assessment, rulebook: Rulebook, is_working: IsWorking | None) -> Iterator[tuple[Timed, list[Duty]]]:
    """For each step or task done: the rungs whose moment came before that and that nobody accounted for."""
    if state.stage == WITHDRAWN:
        return
    for timed, due, at in _done(state, rulebook):
        missed = ReminderSchedule(timed, due, state.rungs, rulebook, is_working).missed(at)
        if missed:
            yield timed, missed


def _done(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Timed, date | None, datetime]]:
    """Every step and task done, its deadline, and when it was recorded."""
    steps = {s.stage: s.at for s in state.steps}
    for stage in rulebook.stage:
        if stage.kind in steps:
            yield stage, state.due.get(stage.kind), steps[stage.kind]
    for task, due in _tasks(state, rulebook):
        if (at := state.tasks[task.key]) is not None:
            yield task, due, at


def _tasks(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Consequence, date | None]]:
    """The tasks of a circulated result, each with its deadline, counted from the day of the notice."""
    notice = state.fact(Circulated) if state.tasks else None
    if notice is None:
        return
    for task in rulebook.consequence:
        if task.key in state.tasks:
            after = task.due_after
            yield task, None if after is None else notice.circulated_on + timedelta(days=after)
