"""The reminder schedule of one deadline: which role is reminded, when, and in which order.

Stages, tasks and the findings of routine checks have the same kind of schedule. A *reminder step* is one reminder that
the clock must record. Its name (the field `step_name` in facts) counts working days from the deadline:

- `-5`: five working days before the deadline; `0`: on its day; `+3`: on the third working day after it. These go to the
  role that must act.
- `up+3`: to the next role up, when three whole working days have passed after the deadline.
- `+w1`, `up+w1`: the *weekly steps*, every week after the last numbered step, until the work is done, the deadline is
  moved, or the year is closed.

A step is *recorded* when an entry of the ledger names it as sent, as superseded by a later step to the same role, or as
lapsed. The state has the time of that entry, by the step's key (`step_key`).

The role that must act is reminded first. Each role above it is reminded of a missed deadline one working day after the
role below it, or later. So after a pause of the clock every role has a day to act before the next role up is reminded,
and no role is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.rulebook.stages import Stage
from states.rulebook.tasks import Task
from states.rulebook.types import RoutineCheckRules, Rulebook
from states.stages.evidence import DocumentToSupply
from states.vocabulary import IsWorking

from .dates import LATEST_CALENDAR, LONGEST_HOLIDAY, add_working_days

HasDeadline = Stage | Task | RoutineCheckRules | DocumentToSupply
"""What has a deadline: a stage, a task, a finding of a routine check (`rectification.py`), a document that was asked for."""

ReminderSteps = Mapping[str, datetime]
"""The recorded reminder steps: by the step's key, the time of the entry."""

_WEEKLY = re.compile(r"(?:up)?\+w([1-9]\d{0,4})\Z")
_WEEK = timedelta(days=7)
_BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)


class ReminderStep(Struct, frozen=True):
    """One reminder step of the deadline `due`: its key, its `name`, its time `at` (aware, UTC), its role (`to`).

    `escalates`: the role is above the role that must act.
    """

    key: str
    due: date
    name: str
    at: datetime
    to: str
    escalates: bool


class Reminder(Struct, frozen=True):
    """A step that must be sent now, and the names of the earlier steps to the same role that it supersedes."""

    step: ReminderStep
    superseded: tuple[str, ...]


class ReminderSchedule:
    """The reminder schedule of `item` with the deadline `due`, and the steps that are recorded so far.

    `is_working` is the calendar. None in a replay, which knows no calendar: then every time is a lower bound, so that
    no recorded reminder looks too early. `LATEST_CALENDAR` gives upper bounds, with which the audit finds a database
    that makes the clock act too late.
    """

    def __init__(
        self,
        item: HasDeadline,
        due: date | None,
        recorded: ReminderSteps,
        rulebook: Rulebook,
        is_working: IsWorking | None,
    ) -> None:
        reminders = item.reminders if due is not None else None
        self._stage, self._by, self._due, self._recorded = item.key, item.by[0], due or date.min, recorded
        self._weekly = reminders.weekly if reminders else ()
        self._time, self._zone, self._is_working = rulebook.remind_at, rulebook.timezone, is_working
        self._steps = reminder_schedule(item, due, rulebook, is_working)
        self._higher_roles = reminders.higher_roles if reminders else ()

    def reminders(self, now: datetime, *, weekly: bool = True) -> Iterator[Reminder]:
        """The reminders that must be sent at `now`: at most one to each role, first to the role that must act.

        `weekly`: whether weekly steps are sent too.
        """
        for to, escalates in self._levels():
            steps = [step for step in self._unrecorded(to, escalates=escalates) if step.at <= now]
            if weekly:
                steps += self._weekly_step_now(to, now, escalates=escalates)
            earliest = self._earliest_time(to, escalates=escalates)
            if steps and earliest is not None and earliest <= now:
                yield Reminder(steps[-1], tuple(step.name for step in steps[:-1]))

    def next_at(self, *, weekly: bool = True) -> datetime | None:
        """The time of the next reminder. It is in the past if the reminder is due already; None: there is none."""
        times = []
        for to, escalates in self._levels():
            times_of_steps = [step.at for step in self._unrecorded(to, escalates=escalates)]
            if weekly:
                times_of_steps += self._next_weekly_time(to, escalates=escalates)
            earliest = self._earliest_time(to, escalates=escalates)
            if times_of_steps and earliest is not None:
                times.append(max(min(times_of_steps), earliest))
        return min(times, default=None)

    def is_due(self, step_name: str, to: str, superseded: tuple[str, ...], now: datetime, *, escalates: bool) -> bool:
        """Whether this step is due at `now`, and `superseded` are the unrecorded steps before it to the same role."""
        earliest = self._earliest_time(to, escalates=escalates)
        if (to, escalates) not in self._levels() or earliest is None or earliest > now:
            return False
        unrecorded = self._unrecorded(to, escalates=escalates)
        if (week := _WEEKLY.match(step_name)) is not None:
            earlier = tuple(step.name for step in unrecorded)
            return (
                self._is_weekly_step_due(int(week[1]), step_name, to, now, escalates=escalates)
                and earlier == superseded
            )
        index = len(superseded)
        is_next = index < len(unrecorded) and unrecorded[index].name == step_name and unrecorded[index].at <= now
        return is_next and tuple(step.name for step in unrecorded[:index]) == superseded

    def missed_steps(self, until: datetime) -> list[ReminderStep]:
        """The numbered steps that were due by `until` and are not recorded."""
        return [step for step in self._steps if step.key not in self._recorded and step.at <= until]

    def _levels(self) -> list[tuple[str, bool]]:
        """Each role that is reminded, and whether it is above the role that must act."""
        return [(self._by, False), *((role, True) for role in self._higher_roles)] if self._steps else []

    def _unrecorded(self, to: str, *, escalates: bool) -> list[ReminderStep]:
        """The numbered steps to a role that are not recorded, in order."""
        return [
            step
            for step in self._steps
            if (step.to, step.escalates) == (to, escalates) and step.key not in self._recorded
        ]

    def _earliest_time(self, to: str, *, escalates: bool) -> datetime | None:
        """The earliest time at which a role may be reminded: one working day after the role below it.

        None if the role below was not reminded yet.
        """
        if not escalates:
            return _BEGINNING_OF_TIME
        index = self._higher_roles.index(to) if to in self._higher_roles else 0
        below, below_escalates = (self._higher_roles[index - 1], True) if index else (self._by, False)
        # Steps before the deadline do not count: nobody was late then.
        keys = [
            step.key
            for step in self._steps
            if (step.to, step.escalates) == (below, below_escalates) and (below_escalates or step.name[0] != "-")
        ]
        keys += [_weekly_key(self._stage, self._due, below, escalates=below_escalates)] if self._weekly else []
        reminded_at = min((self._recorded[key] for key in keys if key in self._recorded), default=None)
        if reminded_at is None:
            return None if keys else _BEGINNING_OF_TIME
        day = reminded_at.astimezone(ZoneInfo(self._zone)).date()
        return _time_on(_working_day(day, 1, self._is_working), self._time, self._zone)

    def _weekly_step(self, week: int, to: str, *, escalates: bool) -> ReminderStep | None:
        """The weekly step of a role in the given week after the last numbered step (the first is 1).

        None if the role is not reminded in that week.
        """
        if not self._weekly or not self._steps or (escalates and to not in self._weekly):
            return None
        if week < self._first_week(to, escalates=escalates):
            return None
        last = max(step.at for step in self._steps).astimezone(ZoneInfo(self._zone)).date()
        return ReminderStep(
            key=_weekly_key(self._stage, self._due, to, escalates=escalates),
            due=self._due,
            name=f"{'up' if escalates else ''}+w{week}",
            at=_time_on(last + week * _WEEK, self._time, self._zone),
            to=to,
            escalates=escalates,
        )

    def _first_week(self, to: str, *, escalates: bool) -> int:
        """The first week in which a role is reminded: each week one more role."""
        return self._weekly.index(to) + 1 if escalates and to in self._weekly else 1

    def _is_weekly_step_due(self, week: int, step_name: str, to: str, now: datetime, *, escalates: bool) -> bool:
        """Whether the weekly step `step_name` is due at `now`, and the role was not reminded in that week yet."""
        step = self._weekly_step(week, to, escalates=escalates)
        if step is None or step.name != step_name or step.at > now:
            return False
        reminded_at = self._recorded.get(step.key)
        # Without a calendar nobody knows when the week began. So it is enough if two weekly reminders are a day apart.
        week_began = step.at if self._is_working is not None else now - timedelta(days=1)
        return reminded_at is None or reminded_at < week_began

    def _weekly_step_now(self, to: str, now: datetime, *, escalates: bool) -> list[ReminderStep]:
        """The weekly step of the present week if it must be sent; else empty. Earlier weeks are not made up for."""
        start = self._weekly_step(1, self._by, escalates=False)
        week = (now - start.at) // _WEEK + 1 if start is not None and now >= start.at else 0
        step = self._weekly_step(week, to, escalates=escalates)
        reminded_at = self._recorded.get(step.key) if step is not None else None
        return [step] if step is not None and (reminded_at is None or reminded_at < step.at) else []

    def _next_weekly_time(self, to: str, *, escalates: bool) -> list[datetime]:
        """The time of a role's next weekly step: of its first, or in the week after the last. Empty: there is none."""
        reminded_at = self._recorded.get(_weekly_key(self._stage, self._due, to, escalates=escalates))
        first = self._first_week(to, escalates=escalates)
        start = self._weekly_step(1, self._by, escalates=False)
        week = first if reminded_at is None or start is None else max((reminded_at - start.at) // _WEEK + 2, first)
        step = self._weekly_step(week, to, escalates=escalates)
        if step is not None and reminded_at is not None and self._is_working is LATEST_CALENDAR:
            # The calendar decides when the weeks begin, and so in which week the role was reminded.
            return [max(step.at, reminded_at + _WEEK)]
        return [step.at] if step is not None else []


def is_weekly(step_name: str) -> bool:
    """Whether a step with this name is a weekly step."""
    return _WEEKLY.match(step_name) is not None


@lru_cache(maxsize=4096)
def step_key(stage: str, due: date, step_name: str) -> str:
    """The key of a step in the state. It contains the deadline, because a moved deadline has steps of its own."""
    return f"{stage} {due} {step_name}"


def add_recorded(
    recorded: ReminderSteps, stage: str, due: date, step_names: tuple[str, ...], to: str, at: datetime
) -> dict[str, datetime]:
    """`recorded` with the steps `step_names` added, which an entry of the time `at` sent, superseded or let lapse."""
    keys = [
        _weekly_key(stage, due, to, escalates=step_name.startswith("up"))
        if is_weekly(step_name)
        else step_key(stage, due, step_name)
        for step_name in step_names
    ]
    return {**recorded, **dict.fromkeys(keys, at)}


def reminder_schedule(
    item: HasDeadline, due: date | None, rulebook: Rulebook, is_working: IsWorking | None
) -> tuple[ReminderStep, ...]:
    """The numbered steps of one deadline, in order. Without a calendar, their times are lower bounds."""
    if item.reminders is None or due is None:
        return ()
    # The arguments of the cached function are plain values, because a part of a rulebook takes long to hash.
    return _numbered_reminder_steps(
        item.key, item.by[0], item.reminders.numbered, due, rulebook.remind_at, rulebook.timezone, is_working
    )


@lru_cache(maxsize=4096)
def _numbered_reminder_steps(
    stage: str,
    by: str,
    numbered: tuple[tuple[int, str, str], ...],
    due: date,
    time_of_day: str,
    zone: str,
    is_working: IsWorking | None,
) -> tuple[ReminderStep, ...]:
    return tuple(
        ReminderStep(
            key=step_key(stage, due, step_name),
            due=due,
            name=step_name,
            at=_time_on(_working_day(due, count, is_working), time_of_day, zone),
            to=to or by,
            escalates=step_name[0] == "u",
        )
        for count, step_name, to in numbered
    )


def _working_day(due: date, count: int, is_working: IsWorking | None) -> date:
    """The day `count` working days after a deadline, or before it if `count` is negative.

    Without a calendar it is the earliest day by any calendar; with `LATEST_CALENDAR`, the latest.
    """
    if is_working is LATEST_CALENDAR:
        return (
            add_working_days(due, count, LATEST_CALENDAR) + LONGEST_HOLIDAY
            if count > 0
            else due + timedelta(days=count)
        )
    if is_working is not None:
        return add_working_days(due, count, is_working)
    # After the deadline: as if every day were a working day. Before it: as if only every second day were one, with the
    # longest holiday in between.
    return due + timedelta(days=count) if count >= 0 else due + timedelta(days=2 * count) - LONGEST_HOLIDAY


def _time_on(day: date, time_of_day: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(time_of_day), ZoneInfo(zone)).astimezone(UTC)


def _weekly_key(stage: str, due: date, to: str, *, escalates: bool) -> str:
    """The key of a role's weekly steps: one for all weeks, because only the latest counts."""
    return step_key(stage, due, f"{'up ' if escalates else ''}weekly {to}")
