"""整改期限: the reminders and escalations of a routine check whose finding must be put right.

Their schedule is in `schedule.py`. They end when the check no longer waits for its department: it was answered or
withdrawn. Steps that were not sent by then need no entry. A new deadline has steps of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from states.cases.routine_check import RoutineCheckFact
from states.context import Context
from states.records.routine_check import RoutineCheck
from states.refusals import NothingToDo
from states.rulebook.types import Rulebook
from states.vocabulary import Command, IsWorking, Stamp, Text

from .reminders import ReminderRecord
from .schedule import ReminderSchedule, add_recorded


class CheckReminderFact(RoutineCheckFact, ReminderRecord, frozen=True, kw_only=True):
    """A reminder step was sent; it and the steps that it supersedes are recorded."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        steps = (self.step_name, *self.superseded)
        return replace(
            state,
            recorded_reminders=add_recorded(
                state.recorded_reminders, self.stage, self.due, steps, self.to, stamp.recorded_at
            ),
        )


class RemindOfCheck(Command, ReminderRecord, frozen=True, kw_only=True):
    """Remind the department of the finding that it must put right."""


class CheckReminded(CheckReminderFact, frozen=True, kw_only=True):
    """The department was reminded of the finding that it must put right."""


class EscalateCheck(Command, ReminderRecord, frozen=True, kw_only=True):
    """Tell the next role up that a finding was not put right in time."""


class CheckEscalated(CheckReminderFact, frozen=True, kw_only=True):
    """The next role up was told that a finding was not put right in time."""


def duties(state: RoutineCheck, context: Context) -> Iterator[Command]:
    """The commands that the clock must submit now for this check: at most one reminder to each role."""
    schedule = _schedule(state, context.rulebook, context.is_working)
    for reminder in schedule.reminders(context.now) if schedule else ():
        step = reminder.step
        command = EscalateCheck if step.escalates else RemindOfCheck
        stage = context.rulebook.routine_check.key
        yield command(stage=stage, due=step.due, step_name=step.name, to=step.to, superseded=reminder.superseded)


def next_due(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None = None) -> datetime | None:
    """The time at which the clock must next act for this check. It may be in the past; None: never."""
    schedule = _schedule(state, rulebook, is_working)
    return schedule.next_at() if schedule else None


def check_reminder(state: RoutineCheck, record: ReminderRecord, context: Context) -> None:
    """Refuse a reminder that is not due: of an answered check, too early, or recorded already."""
    escalates = isinstance(record, (EscalateCheck, CheckEscalated))
    schedule = _schedule(state, context.rulebook, context.is_working)
    is_due = (
        schedule is not None
        and (record.stage, record.due) == (context.rulebook.routine_check.key, state.due)
        and schedule.is_due(record.step_name, record.to, record.superseded, context.now, escalates=escalates)
    )
    if not is_due:
        why = Text(zh="时间未到或已处理", en="not due yet, or already dealt with")
        clause = context.rulebook.cited("remind_of_check")
        raise NothingToDo(act=f"{record.stage} {record.step_name}", why=why, clause=clause)


def _schedule(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None) -> ReminderSchedule | None:
    """The reminder schedule of the check's deadline; None if the check does not wait for its department."""
    if state.status != "open":
        return None
    return ReminderSchedule(rulebook.routine_check, state.due, state.recorded_reminders, rulebook, is_working)
