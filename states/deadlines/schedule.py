"""The reminder schedule of one deadline: which role is reminded, when, and in which order. Pure.

It is the same for the deadline of a stage, of a task and of a finding. A *reminder step* is one reminder that the clock
must send. Facts name it in the field `rung`. The name counts working days from the deadline:

- `-5`: five working days before it; `0`: on the day; `+3`: on the third working day after it, all to the role that must
  act;
- `up+3`: to the next role up, once three whole working days have passed after it;
- `+w1`, `up+w1`: after the last of these, every week, until the work is done, the deadline is moved, or the year is
  closed.

A step is *recorded* once the ledger has it: sent, superseded by a later step to the same role, or lapsed. The state
keeps the time of that entry under the step's key (`step_key`).

The role that must act hears first. A role hears of a missed deadline at the earliest on the working day after the role
below it heard of it. So after a pause of the clock each role has a day before the next one up hears, and no role is
skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.rulebook.types import Consequence, Reminders, RoutineCheckRules, Rulebook, Stage
from states.vocabulary import IsWorking

from .dates import LATEST_CALENDAR, LONGEST_HOLIDAY, add_working_days

HasDeadline = Stage | Consequence | RoutineCheckRules
"""What may have a deadline: a stage, a task, or the mending of what a routine check found (`rectification.py`)."""

ReminderSteps = Mapping[str, datetime]
"""The recorded reminder steps: the time of each entry, by the step's key."""

_WEEKLY = re.compile(r"(?:up)?\+w([1-9]\d{0,4})\Z")
_WEEK = timedelta(days=7)
_BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)


class ReminderStep(Struct, frozen=True):
    """One step of the deadline `due`: its key, its name (`rung`), when it is due (aware, UTC), the role it is sent to.

    `escalates`: it goes to a role above the one that must act.
    """

    key: str
    due: date
    rung: str
    at: datetime
    to: str
    escalates: bool


class Reminder(Struct, frozen=True):
    """A step to be sent now, and the names of the earlier steps to the same role that it supersedes."""

    step: ReminderStep
    superseded: tuple[str, ...]


class ReminderSchedule:
    """The reminder schedule of `timed`, due on `due`, with the steps recorded so far.

    `is_working` is the calendar. None stands for a replay, which knows no calendar: then every time is a lower bound,
    so that no reminder of the ledger looks early. LATEST gives upper bounds: where the database lets the clock look
    later than that, somebody has put it off.
    """

    def __init__(
        self,
        timed: HasDeadline,
        due: date | None,
        recorded: ReminderSteps,
        rulebook: Rulebook,
        is_working: IsWorking | None,
    ) -> None:
        reminders = timed.reminders if due is not None else None
        self._stage, self._by, self._due, self._recorded = timed.key, timed.by[0], due or date.min, recorded
        self._weekly = reminders.weekly if reminders else ()
        self._at, self._zone, self._is_working = rulebook.remind_at, rulebook.timezone, is_working
        self._steps = reminder_schedule(timed, due, rulebook, is_working)
        # The roles above the one that must act, in the order in which they are told.
        up = [e.to for e in sorted(reminders.escalate, key=lambda e: e.after)] if reminders else []
        self._roles = tuple(dict.fromkeys((*up, *self._weekly)))

    def reminders(self, now: datetime, *, weekly: bool = True) -> Iterator[Reminder]:
        """What is to be sent at `now`: at most one reminder a role, beginning with the role that must act.

        `weekly`: whether the weekly steps are sent too.
        """
        for to, escalates in self._levels():
            steps = [step for step in self._unrecorded(to, escalates=escalates) if step.at <= now]
            if weekly:
                steps += self._this_week(to, now, escalates=escalates)
            earliest = self._earliest(to, escalates=escalates)
            if steps and earliest is not None and earliest <= now:
                yield Reminder(steps[-1], tuple(step.rung for step in steps[:-1]))

    def next_at(self, *, weekly: bool = True) -> datetime | None:
        """When the next reminder is due; in the past if it is due already; None for never."""
        times = []
        for to, escalates in self._levels():
            steps = [step.at for step in self._unrecorded(to, escalates=escalates)]
            if weekly:
                steps += self._next_week(to, escalates=escalates)
            earliest = self._earliest(to, escalates=escalates)
            if steps and earliest is not None:
                times.append(max(min(steps), earliest))
        return min(times, default=None)

    def is_owed(self, rung: str, to: str, superseded: tuple[str, ...], now: datetime, *, escalates: bool) -> bool:
        """Whether this step is due at `now`, and `superseded` are the unrecorded steps before it to the same role."""
        earliest = self._earliest(to, escalates=escalates)
        if (to, escalates) not in self._levels() or earliest is None or earliest > now:
            return False
        unrecorded = self._unrecorded(to, escalates=escalates)
        if (week := _WEEKLY.match(rung)) is not None:
            before = tuple(step.rung for step in unrecorded)
            return self._is_week_owed(int(week[1]), rung, to, now, escalates=escalates) and before == superseded
        place = len(superseded)
        right = place < len(unrecorded) and unrecorded[place].rung == rung and unrecorded[place].at <= now
        return right and tuple(step.rung for step in unrecorded[:place]) == superseded

    def missed(self, until: datetime) -> list[ReminderStep]:
        """The steps that were due by `until` and are not recorded; no weekly ones."""
        return [step for step in self._steps if step.key not in self._recorded and step.at <= until]

    def _levels(self) -> list[tuple[str, bool]]:
        """Each role that is reminded, and whether it is above the one that must act."""
        return [(self._by, False), *((role, True) for role in self._roles)] if self._steps else []

    def _unrecorded(self, to: str, *, escalates: bool) -> list[ReminderStep]:
        return [s for s in self._steps if (s.to, s.escalates) == (to, escalates) and s.key not in self._recorded]

    def _earliest(self, to: str, *, escalates: bool) -> datetime | None:
        """When a role may be told at the earliest: a working day after the role below it was; None if that was not."""
        if not escalates:
            return _BEGINNING_OF_TIME
        place = self._roles.index(to) if to in self._roles else 0
        below, up = (self._roles[place - 1], True) if place else (self._by, False)
        # What was sent before the deadline does not count: nobody was late then.
        overdue = [s.key for s in self._steps if (s.to, s.escalates) == (below, up) and (up or s.rung[0] != "-")]
        keys = [*overdue, *([self._weekly_key(below, escalates=up)] if self._weekly else [])]
        told_at = min((self._recorded[key] for key in keys if key in self._recorded), default=None)
        if told_at is None:
            return None if keys else _BEGINNING_OF_TIME
        day = told_at.astimezone(ZoneInfo(self._zone)).date()
        return _time_on(_working_day(day, 1, self._is_working), self._at, self._zone)

    def _of_week(self, week: int, to: str, *, escalates: bool) -> ReminderStep | None:
        """The step of the n-th week after the last one with a number; None where the role is not told in that week."""
        if not self._weekly or not self._steps or (escalates and to not in self._weekly):
            return None
        if week < self._first_week(to, escalates=escalates):
            return None
        last = max(step.at for step in self._steps).astimezone(ZoneInfo(self._zone)).date()
        return ReminderStep(
            key=self._weekly_key(to, escalates=escalates),
            due=self._due,
            rung=f"{'up' if escalates else ''}+w{week}",
            at=_time_on(last + week * _WEEK, self._at, self._zone),
            to=to,
            escalates=escalates,
        )

    def _first_week(self, to: str, *, escalates: bool) -> int:
        """The week in which a role is told first: one role more each week."""
        return self._weekly.index(to) + 1 if escalates and to in self._weekly else 1

    def _is_week_owed(self, week: int, rung: str, to: str, now: datetime, *, escalates: bool) -> bool:
        """Whether the step of this week is due at `now` and the role was not told in that week yet."""
        step = self._of_week(week, to, escalates=escalates)
        if step is None or step.rung != rung or step.at > now:
            return False
        told_at = self._recorded.get(step.key)
        # Without a calendar nobody knows when the week began: two weekly reminders are at least a day apart.
        begins = step.at if self._is_working is not None else now - timedelta(days=1)
        return told_at is None or told_at < begins

    def _this_week(self, to: str, now: datetime, *, escalates: bool) -> list[ReminderStep]:
        """The weekly step that is due at `now`: that of the latest week. Weeks missed before it are not made up for."""
        start = self._of_week(1, self._by, escalates=False)
        week = (now - start.at) // _WEEK + 1 if start is not None and now >= start.at else 0
        step = self._of_week(week, to, escalates=escalates)
        told_at = self._recorded.get(step.key) if step is not None else None
        return [step] if step is not None and (told_at is None or told_at < step.at) else []

    def _next_week(self, to: str, *, escalates: bool) -> list[datetime]:
        """When a role's next weekly step is due: its first one, or that of the week after it was last told."""
        told_at = self._recorded.get(self._weekly_key(to, escalates=escalates))
        first = self._first_week(to, escalates=escalates)
        start = self._of_week(1, self._by, escalates=False)
        week = first if told_at is None or start is None else max((told_at - start.at) // _WEEK + 2, first)
        step = self._of_week(week, to, escalates=escalates)
        if step is not None and told_at is not None and self._is_working is LATEST_CALENDAR:
            # Where the weeks begin depends on the calendar, and so does the week in which the role was told.
            return [max(step.at, told_at + _WEEK)]
        return [step.at] if step is not None else []

    def _weekly_key(self, to: str, *, escalates: bool) -> str:
        return _weekly_key(self._stage, self._due, to, escalates=escalates)


def is_weekly(rung: str) -> bool:
    """Whether this is one of the steps that are repeated every week."""
    return _WEEKLY.match(rung) is not None


@lru_cache(maxsize=4096)
def step_key(stage: str, due: date, rung: str) -> str:
    """The key of a step in the state. It has the deadline in it, because a moved deadline has steps of its own."""
    return f"{stage} {due} {rung}"


def add_recorded(
    recorded: ReminderSteps, stage: str, due: date, rungs: tuple[str, ...], to: str, at: datetime
) -> dict[str, datetime]:
    """The recorded steps, and these as well: sent to `to`, superseded or lapsed by the entry of the time `at`."""
    keys = [
        _weekly_key(stage, due, to, escalates=rung.startswith("up")) if is_weekly(rung) else step_key(stage, due, rung)
        for rung in rungs
    ]
    return {**recorded, **dict.fromkeys(keys, at)}


def reminder_schedule(
    timed: HasDeadline, due: date | None, rulebook: Rulebook, is_working: IsWorking | None
) -> tuple[ReminderStep, ...]:
    """Every step of one deadline but the weekly ones, in order. Without a calendar: none later than with any."""
    if timed.reminders is None or due is None:
        return ()
    # Plain values: a part of a rulebook takes longer to hash than all the rest.
    numbered = numbered_steps(timed.reminders)
    return _numbered_reminder_steps(
        timed.key, timed.by[0], numbered, due, rulebook.remind_at, rulebook.timezone, is_working
    )


def numbered_steps(reminders: Reminders) -> tuple[tuple[int, str, str], ...]:
    """Every step but the weekly ones, in order: working days from the deadline, the step's name, its role.

    An empty role is the one that must act.
    """
    steps = [(-d, f"-{d}", "") for d in reminders.before]
    steps += [(0, "0", "")] if reminders.on_the_day else []
    steps += [(d, f"+{d}", "") for d in reminders.overdue]
    # One day more: a department that is late on Friday has the whole of Monday; the next role up is told on Tuesday.
    steps += [(e.after + 1, f"up+{e.after}", e.to) for e in reminders.escalate]
    return tuple(sorted(steps))


@lru_cache(maxsize=4096)
def _numbered_reminder_steps(
    stage: str,
    by: str,
    numbered: tuple[tuple[int, str, str], ...],
    due: date,
    at: str,
    zone: str,
    is_working: IsWorking | None,
) -> tuple[ReminderStep, ...]:
    return tuple(
        ReminderStep(
            key=step_key(stage, due, rung),
            due=due,
            rung=rung,
            at=_time_on(_working_day(due, count, is_working), at, zone),
            to=to or by,
            escalates=rung[0] == "u",
        )
        for count, rung, to in numbered
    )


def _working_day(due: date, count: int, is_working: IsWorking | None) -> date:
    """The day `count` working days from a deadline; before it where `count` is below 0.

    Without a calendar the earliest that any calendar could give; with LATEST the latest.
    """
    if is_working is LATEST_CALENDAR:
        return (
            add_working_days(due, count, LATEST_CALENDAR) + LONGEST_HOLIDAY
            if count > 0
            else due + timedelta(days=count)
        )
    if is_working is not None:
        return add_working_days(due, count, is_working)
    # After the deadline: as if every day were worked. Before it: as if every second day were, with the longest holiday
    # between.
    return due + timedelta(days=count) if count >= 0 else due + timedelta(days=2 * count) - LONGEST_HOLIDAY


def _time_on(day: date, at: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)


def _weekly_key(stage: str, due: date, to: str, *, escalates: bool) -> str:
    """One key for all weeks of a role: the latest week counts."""
    return step_key(stage, due, f"{'up ' if escalates else ''}weekly {to}")
