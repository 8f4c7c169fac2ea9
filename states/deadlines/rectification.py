"""整改期限: what the clock owes a routine check that waits for its unit. The reminder schedule is that of every deadline (`schedule.py`).

Once the unit has answered, what was not sent is not owed any more; a new deadline has rungs of its own.
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
from .schedule import ReminderSchedule, accounted


class CheckReminderFact(RoutineCheckFact, ReminderDue, frozen=True, kw_only=True):
    """A rung is accounted for, with those it supersedes."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        called = (self.rung, *self.superseded)
        return replace(state, rungs=accounted(state.rungs, self.stage, self.due, called, self.to, stamp.recorded_at))


class RemindOfCheck(Command, ReminderDue, frozen=True, kw_only=True):
    """Remind the unit of what is to be mended."""


class CheckReminded(CheckReminderFact, frozen=True, kw_only=True):
    """The unit was reminded of what is to be mended."""


class EscalateCheck(Command, ReminderDue, frozen=True, kw_only=True):
    """Tell the next role up that a finding is not mended."""


class CheckEscalated(CheckReminderFact, frozen=True, kw_only=True):
    """The next role up was told that a finding is not mended."""


def duties(state: RoutineCheck, context: Context) -> Iterator[Command]:
    """What the clock owes this check now and has not done: one call at most to each role."""
    climb = _ladder(state, context.rulebook, context.is_working)
    for call in climb.calls(context.now) if climb else ():
        duty = call.duty
        command = EscalateCheck if duty.escalates else RemindOfCheck
        stage = context.rulebook.routine_check.key
        yield command(stage=stage, due=duty.due, rung=duty.rung, to=duty.to, superseded=call.superseded)


def next_due(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None = None) -> datetime | None:
    """When the clock next owes this check something; in the past if it does already; None for never."""
    climb = _ladder(state, rulebook, is_working)
    return climb.next_at() if climb else None


def check_check_reminder(state: RoutineCheck, record: ReminderDue, context: Context) -> None:
    """The rung is owed, as are all it supersedes, and none is accounted for."""
    up, climb = (
        isinstance(record, (EscalateCheck, CheckEscalated)),
        _ladder(state, context.rulebook, context.is_working),
    )
    right = (
        climb is not None
        and (record.stage, record.due) == (context.rulebook.routine_check.key, state.due)
        and climb.is_owed(record.rung, record.to, record.superseded, context.now, escalates=up)
    )
    if not right:
        why = Text(zh="时间未到或已处理", en="not due yet, or already dealt with")
        clause = context.rulebook.cited("remind_of_check")
        raise NothingToDo(act=f"{record.stage} {record.rung}", why=why, clause=clause)


def _ladder(state: RoutineCheck, rulebook: Rulebook, is_working: IsWorking | None) -> ReminderSchedule | None:
    """Its reminder schedule, while the unit is waited for."""
    return (
        ReminderSchedule(rulebook.routine_check, state.due, state.rungs, rulebook, is_working)
        if state.status == "open"
        else None
    )
