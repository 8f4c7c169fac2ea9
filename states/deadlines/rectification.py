"""整改期限: the reminders to a department that must mend what a routine check found. Their schedule: `schedule.py`.

They end when the department answers; steps that were not sent by then need no entry. A new deadline has steps of its
own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from states.context import Context
from states.records.routine_check import RoutineCheck
from states.refusals import NothingToDo
from states.routine_check import RoutineCheckFact
from states.rulebook.types import Rulebook
from states.vocabulary import Command, IsWorking, Stamp, Text

from .reminders import ReminderDue
from .schedule import ReminderSchedule, add_recorded


class CheckReminderFact(RoutineCheckFact, ReminderDue, frozen=True, kw_only=True):
    """A reminder step is recorded, and with it those it supersedes."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        steps = (self.rung, *self.superseded)
        return replace(state, rungs=add_recorded(state.rungs, self.stage, self.due, steps, self.to, stamp.recorded_at))


class RemindOfCheck(Command, ReminderDue, frozen=True, kw_only=True):
    """Remind the department of what it must mend."""


class CheckReminded(CheckReminderFact, frozen=True, kw_only=True):
    """The department was reminded of what it must mend."""


class EscalateCheck(Command, ReminderDue, frozen=True, kw_only=True):
    """Tell the next role up that a finding is not mended."""


class CheckEscalated(CheckReminderFact, frozen=True, kw_only=True):
    """The next role up was told that a finding is not mended."""


def duties(state: RoutineCheck, context: Context) -> Iterator[Command]:
    """The commands that the clock must submit now for this check: at most one reminder to each role."""
    schedule = _schedule(state, context.rulebook, context.is_working)
    for reminder in schedule.reminders(context.now) if schedule else ():
        step = reminder.step
        command = EscalateCheck if step.escalates else RemindOfCheck
        stage = context.rulebook.routine_check.key
        yield command(stage=stage, due=step.due, rung=step.rung, to=step.to, superseded=reminder.superseded)


def next_due(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None = None) -> datetime | None:
    """When the clock must next act for this check; in the past if it must already; None for never."""
    schedule = _schedule(state, rulebook, is_working)
    return schedule.next_at() if schedule else None


def check_reminder(state: RoutineCheck, record: ReminderDue, context: Context) -> None:
    """The check waits for its department; the step and those it supersedes are due and not recorded."""
    up = isinstance(record, (EscalateCheck, CheckEscalated))
    schedule = _schedule(state, context.rulebook, context.is_working)
    right = (
        schedule is not None
        and (record.stage, record.due) == (context.rulebook.routine_check.key, state.due)
        and schedule.is_owed(record.rung, record.to, record.superseded, context.now, escalates=up)
    )
    if not right:
        why = Text(zh="时间未到或已处理", en="not due yet, or already dealt with")
        clause = context.rulebook.cited("remind_of_check")
        raise NothingToDo(act=f"{record.stage} {record.rung}", why=why, clause=clause)


def _schedule(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None) -> ReminderSchedule | None:
    """The reminder schedule of the mending deadline; None unless the check waits for its department."""
    if state.status != "open":
        return None
    return ReminderSchedule(rulebook.routine_check, state.due, state.rungs, rulebook, is_working)
