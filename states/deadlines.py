"""Deadlines and the clock's ladder of reminders: pure, on civil dates in the rulebook's zone.

A *rung* is one duty: `-7` (seven days before), `0`, `+3` (three days after), `up+3` (to the next role up). Every
rung of a stage that was waited for is accounted for: sent once, superseded by a later one after a pause, or
lapsed because the step was done meanwhile. What is accounted for stands in `Assessment.rungs`. The tasks that follow
from a circulated result (第九条) have deadlines and rungs like the stages'.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from .assessment import WITHDRAWN, Assessment, AssessmentFact
from .circulation import Circulated
from .context import Context
from .opening import Reason, check_moved
from .refusals import NothingToDo, NotKnown
from .rulebook import Consequence, RoutineCheck, Rulebook, Stage
from .stages import follows, leads_to
from .vocabulary import Command, Stamp

Timed = Stage | Consequence | RoutineCheck
"""What may have a deadline: a stage, a task, or the mending of what a routine check found (`mending.py`)."""


class Duty(Struct, frozen=True):
    """One rung of the deadline `due` with its moment (aware, in UTC), whom it speaks to, its key in `Assessment.rungs`."""

    key: str
    due: date
    rung: str
    at: datetime
    to: str
    escalates: bool


class Called(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rung reached: for which stage (or task) and deadline, to which role, and the rungs it stands in for."""

    stage: str
    due: date
    rung: str
    to: str
    superseded: tuple[str, ...] = ()


class CalledFact(AssessmentFact, Called, frozen=True, kw_only=True):
    """A rung is accounted for, with those it supersedes."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        done = {key(self.stage, self.due, r) for r in (self.rung, *self.superseded)}
        return replace(state, rungs=state.rungs | done)


class Remind(Command, Called, frozen=True, kw_only=True):
    """Remind those who record the stage."""


class Reminded(CalledFact, frozen=True, kw_only=True):
    """Those who record the stage were reminded."""


class Escalate(Command, Called, frozen=True, kw_only=True):
    """Tell the next role up that a stage is overdue."""


class Escalated(CalledFact, frozen=True, kw_only=True):
    """The next role up was told."""


class Lapse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rungs nobody climbed before the step was done: their time passed while no clock ran."""

    stage: str
    due: date
    rungs: tuple[str, ...]


class LapseReminders(Command, Lapse, frozen=True, kw_only=True):
    """Put on record that reminders were not sent, because the step was done."""


class RemindersLapsed(AssessmentFact, Lapse, frozen=True, kw_only=True):
    """These reminders were never sent; the step was done before a clock could."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return replace(state, rungs=state.rungs.union(key(self.stage, self.due, r) for r in self.rungs))


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


@lru_cache(maxsize=4096)
def key(stage: str, due: date, rung: str) -> str:
    """How a rung is named in `Assessment.rungs`: a moved deadline has rungs of its own."""
    return f"{stage} {due} {rung}"


def waiting(state: Assessment, rulebook: Rulebook) -> Stage | None:
    """The stage whose step is the next to be taken; None when there is none."""
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
    """What the clock owes this assessment now and has not done: of a deadline, one reminder and one escalation at most."""
    rulebook = context.rulebook
    for timed, missed in _lapsed(state, rulebook):
        yield LapseReminders(stage=timed.key, due=missed[0].due, rungs=tuple(d.rung for d in missed))
    for timed, due in awaited(state, rulebook):
        owed = [d for d in _open(state, timed, due, rulebook) if d.at <= context.now]
        for command, some in (
            (Remind, [d for d in owed if not d.escalates]),
            (Escalate, [d for d in owed if d.escalates]),
        ):
            if some:
                yield command(
                    stage=timed.key, due=some[-1].due, rung=some[-1].rung, to=some[-1].to,
                    superseded=tuple(d.rung for d in some[:-1]),
                )  # fmt: skip


def next_due(state: Assessment, rulebook: Rulebook) -> datetime | None:
    """When the clock next owes this assessment something; in the past if it does already; None for never."""
    moments = [missed[0].at for _, missed in _lapsed(state, rulebook)]
    for timed, due in awaited(state, rulebook):
        moments += [d.at for d in _open(state, timed, due, rulebook)]
    return min(moments, default=None)


def check_called(state: Assessment, record: Called, context: Context) -> None:
    """The stage or task is waited for; the rung is owed, as are all it supersedes, and none is accounted for."""
    now, up, rulebook = context.now, isinstance(record, (Escalate, Escalated)), context.rulebook
    owed = [
        duty
        for timed, due in awaited(state, rulebook)
        if timed.key == record.stage and due == record.due
        for duty in ladder(timed, due, rulebook)
        if duty.escalates == up and duty.key not in state.rungs and duty.at <= now
    ]
    earlier = len(record.superseded)
    called = owed[earlier] if earlier < len(owed) else None
    right = called is not None and (called.rung, called.to) == (record.rung, record.to)
    if not right or (earlier and tuple(d.rung for d in owed[:earlier]) != record.superseded):
        raise NothingToDo(
            act=f"{record.stage} {record.rung}", why="未到时间或已处理 / not owed, or accounted for",
            clause=context.rulebook.cited("remind"),
        )  # fmt: skip


def check_lapse(state: Assessment, record: Lapse, context: Context) -> None:
    """These rungs were missed, and the step or task is done."""
    missed = {(t.key, ds[0].due): tuple(d.rung for d in ds) for t, ds in _lapsed(state, context.rulebook)}
    if missed.get((record.stage, record.due)) != record.rungs:
        raise NothingToDo(
            act=f"{record.stage} {' '.join(record.rungs)}",
            why="没有漏发 / none was missed",
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
            what="可改期的环节 / stage whose deadline can move", value=record.stage, known=", ".join(movable),
            clause=context.rulebook.cited("move_deadline"),
        )  # fmt: skip
    check_moved(state.due, record.stage, record.due, context)


def _open(state: Assessment, timed: Timed, due: date | None, rulebook: Rulebook) -> list[Duty]:
    accounted = state.rungs
    return [d for d in ladder(timed, due, rulebook) if d.key not in accounted]


def _lapsed(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Timed, list[Duty]]]:
    """For each step or task done: the rungs whose moment came before that and that nobody accounted for."""
    if state.stage == WITHDRAWN:
        return
    for timed, due, at in _done(state, rulebook):
        missed = [d for d in _open(state, timed, due, rulebook) if d.at <= at]
        if missed:
            yield timed, missed


def _done(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[Timed, date | None, datetime]]:
    """Every step and task done, its deadline, and when it was recorded."""
    steps = {s.stage: s.at for s in state.steps}
    for stage, leads in zip(rulebook.stage, leads_to(rulebook), strict=True):
        if leads in steps:
            yield stage, state.due.get(stage.kind), steps[leads]
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


def ladder(timed: Timed, due: date | None, rulebook: Rulebook) -> tuple[Duty, ...]:
    """Every rung of one deadline in the order of time."""
    if timed.reminders is None or due is None:
        return ()
    return _ladder(timed.key, timed.by[0], timed.reminders.rungs, due, rulebook.remind_at, rulebook.timezone)


@lru_cache(maxsize=4096)
def _ladder(
    stage: str, by: str, rungs: tuple[tuple[int, str, str], ...], due: date, at: str, zone: str
) -> tuple[Duty, ...]:
    """Keyed by plain values: a rulebook's part takes longer to hash than all the rest."""
    clock, tz = time.fromisoformat(at), ZoneInfo(zone)
    moments = (datetime.combine(due + timedelta(days=days), clock, tz).astimezone(UTC) for days, _, _ in rungs)
    return tuple(
        Duty(key(stage, due, rung), due, rung, moment, to or by, rung.startswith("up"))
        for moment, (_, rung, to) in zip(moments, rungs, strict=True)
    )
