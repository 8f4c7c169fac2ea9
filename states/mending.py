"""整改期限: what the clock owes a routine check that waits for its unit. The ladder is that of every deadline (`deadlines.py`).

Once the unit has answered, what was not sent is not owed any more; a new deadline has rungs of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from .context import Context
from .deadlines import Called, Duty, key, ladder
from .refusals import NothingToDo
from .routine_check import RoutineCheck, RoutineCheckFact
from .rulebook import Rulebook
from .vocabulary import Command, Stamp


class CheckCalledFact(RoutineCheckFact, Called, frozen=True, kw_only=True):
    """A rung is accounted for, with those it supersedes."""

    def fold(self, state: RoutineCheck, stamp: Stamp) -> RoutineCheck:
        done = {key(self.stage, self.due, rung) for rung in (self.rung, *self.superseded)}
        return replace(state, rungs=state.rungs | done)


class RemindOfCheck(Command, Called, frozen=True, kw_only=True):
    """Remind the unit of what is to be mended."""


class CheckReminded(CheckCalledFact, frozen=True, kw_only=True):
    """The unit was reminded of what is to be mended."""


class EscalateCheck(Command, Called, frozen=True, kw_only=True):
    """Tell the next role up that a finding is not mended."""


class CheckEscalated(CheckCalledFact, frozen=True, kw_only=True):
    """The next role up was told that a finding is not mended."""


def duties(state: RoutineCheck, context: Context) -> Iterator[Command]:
    """What the clock owes this check now and has not done: one reminder and one escalation at most."""
    for command, up in ((RemindOfCheck, False), (EscalateCheck, True)):
        owed = _owed(state, context, up=up)
        if owed:
            last, earlier = owed[-1], tuple(duty.rung for duty in owed[:-1])
            stage = context.rulebook.routine_check.key
            yield command(stage=stage, due=last.due, rung=last.rung, to=last.to, superseded=earlier)


def next_due(state: RoutineCheck, rulebook: Rulebook) -> datetime | None:
    """When the clock next owes this check something; in the past if it does already; None for never."""
    return min((duty.at for duty in _open(state, rulebook)), default=None)


def check_called(state: RoutineCheck, record: Called, context: Context) -> None:
    """The rung is owed, as are all it supersedes, and none is accounted for."""
    owed = _owed(state, context, up=isinstance(record, (EscalateCheck, CheckEscalated)))
    earlier = len(record.superseded)
    right = (
        record.stage == context.rulebook.routine_check.key
        and earlier < len(owed)
        and (owed[earlier].due, owed[earlier].rung, owed[earlier].to) == (record.due, record.rung, record.to)
        and tuple(duty.rung for duty in owed[:earlier]) == record.superseded
    )
    if not right:
        why = "未到时间或已处理 / not owed, or accounted for"
        clause = context.rulebook.cited("remind_of_check")
        raise NothingToDo(act=f"{record.stage} {record.rung}", why=why, clause=clause)


def _owed(state: RoutineCheck, context: Context, *, up: bool) -> list[Duty]:
    return [duty for duty in _open(state, context.rulebook) if duty.escalates == up and duty.at <= context.now]


def _open(state: RoutineCheck, rulebook: Rulebook) -> list[Duty]:
    if state.status != "open":
        return []
    return [duty for duty in ladder(rulebook.routine_check, state.due, rulebook) if duty.key not in state.rungs]
