"""The reminder schedule of one deadline: who is told of it, when, and in which order. Pure; for a stage, a task or a finding alike.

A reminder step (the field `rung` of a fact) is one duty of the clock. Its key counts working days from the deadline: `-5` (five before it),
`0`, `+3` (the third after it), `up+3` (to the next role up, once three whole working days have gone by). After the last step the schedule
goes on every week, `+w1` and `up+w1`, until the work is done, its deadline moved, or the year closed. The moment at which a step was
recorded is stored under its key.

The role that must act hears first. A role is told only on a working day after the role below it was told since the deadline. So after a
pause of the clock every role has a day before the next one up hears of it, and no step is left out on the way up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.rulebook.types import Consequence, Reminders, RoutineCheck, Rulebook, Stage
from states.vocabulary import IsWorking

from .dates import LATEST, LONGEST_HOLIDAY, shifted

Timed = Stage | Consequence | RoutineCheck
"""What may have a deadline: a stage, a task, or the mending of what a routine check found (`rectification.py`)."""

ReminderSteps = Mapping[str, datetime]
"""The reminder steps on record: the moment of each entry, by the step's key."""

_WEEKLY = re.compile(r"(?:up)?\+w([1-9]\d{0,4})\Z")
_WEEK = timedelta(days=7)


class Duty(Struct, frozen=True):
    """One reminder step of the deadline `due`: its moment (aware, UTC), the role it is sent to, its key, whether it goes up."""

    key: str
    due: date
    rung: str
    at: datetime
    to: str
    escalates: bool


class Call(Struct, frozen=True):
    """A reminder to be sent now, and the earlier steps to the same role that it replaces."""

    duty: Duty
    superseded: tuple[str, ...]


class ReminderSchedule:
    """The reminder schedule of what `timed` names, due on `due`, with what is accounted for.

    Without `is_working` (a replay, which knows no calendar) every moment is a lower bound: no rung is called before it. With
    LATEST every moment is an upper bound: the clock that looks later than that was put off.
    """

    def __init__(
        self, timed: Timed, due: date | None, rungs: ReminderSteps, rulebook: Rulebook, is_working: IsWorking | None
    ) -> None:
        reminders = timed.reminders if due is not None else None
        self._stage, self._by, self._due, self._done = timed.key, timed.by[0], due or date.min, rungs
        self._weekly = reminders.weekly if reminders else ()
        self._at, self._zone, self._is_working = rulebook.remind_at, rulebook.timezone, is_working
        self.fixed = reminder_schedule(timed, due, rulebook, is_working)
        # The role that acts, then those above it in the order in which they are told.
        up = [e.to for e in sorted(reminders.escalate, key=lambda e: e.after)] if reminders else []
        self._roles = tuple(dict.fromkeys((*up, *self._weekly)))

    def calls(self, now: datetime, *, weekly: bool = True) -> Iterator[Call]:
        """What is owed at `now`, one call a role, from who must act upwards. Without `weekly` only the rungs that are named."""
        for to, escalates in self._levels():
            mine = [d for d in self._open(to, escalates=escalates) if d.at <= now]
            if weekly:
                mine += self._this_week(to, now, escalates=escalates)
            free = self._free(to, escalates=escalates)
            if mine and free is not None and free <= now:
                yield Call(mine[-1], tuple(d.rung for d in mine[:-1]))

    def next_at(self, *, weekly: bool = True) -> datetime | None:
        """The earliest moment something is owed; in the past if it is owed already; None for never."""
        moments = []
        for to, escalates in self._levels():
            mine = [d.at for d in self._open(to, escalates=escalates)]
            if weekly:
                mine += self._next_week(to, escalates=escalates)
            free = self._free(to, escalates=escalates)
            if mine and free is not None:
                moments.append(max(min(mine), free))
        return min(moments, default=None)

    def is_owed(self, rung: str, to: str, superseded: tuple[str, ...], now: datetime, *, escalates: bool) -> bool:
        """Whether this rung is owed at `now`, with all that come before it and are not accounted for."""
        free = self._free(to, escalates=escalates)
        if (to, escalates) not in self._levels() or free is None or free > now:
            return False
        mine = self._open(to, escalates=escalates)
        if (week := _WEEKLY.match(rung)) is not None:
            duty = self._of_week(int(week[1]), to, escalates=escalates)
            told = self._done.get(_weekly_key(self._stage, self._due, to, escalates=escalates))
            since = duty.at if duty is not None and self._is_working is not None else now - timedelta(days=1)
            fresh = duty is not None and duty.rung == rung and duty.at <= now and (told is None or told < since)
            return fresh and tuple(d.rung for d in mine) == superseded
        place = len(superseded)
        right = place < len(mine) and mine[place].rung == rung and mine[place].at <= now
        return right and tuple(d.rung for d in mine[:place]) == superseded

    def missed(self, until: datetime) -> list[Duty]:
        """The named rungs whose moment came by `until` and that nobody accounted for."""
        return [duty for duty in self.fixed if duty.key not in self._done and duty.at <= until]

    def _levels(self) -> list[tuple[str, bool]]:
        return [(self._by, False), *((role, True) for role in self._roles)] if self.fixed else []

    def _open(self, to: str, *, escalates: bool) -> list[Duty]:
        return [d for d in self.fixed if (d.to, d.escalates) == (to, escalates) and d.key not in self._done]

    def _free(self, to: str, *, escalates: bool) -> datetime | None:
        """From when on a role may be told: a working day after the one below it was; None while that one was not."""
        if not escalates:
            return datetime.min.replace(tzinfo=UTC)
        place = self._roles.index(to) if to in self._roles else 0
        below, up = (self._roles[place - 1], True) if place else (self._by, False)
        overdue = [d.key for d in self.fixed if (d.to, d.escalates) == (below, up) and (up or d.rung[0] != "-")]
        keys = [*overdue, *([_weekly_key(self._stage, self._due, below, escalates=up)] if self._weekly else [])]
        told = min((self._done[k] for k in keys if k in self._done), default=None)
        if told is None:
            return None if keys else datetime.min.replace(tzinfo=UTC)
        day = told.astimezone(ZoneInfo(self._zone)).date()
        return _moment(_day(day, 1, self._is_working), self._at, self._zone)

    def _of_week(self, week: int, to: str, *, escalates: bool) -> Duty | None:
        """The rung of the n-th week after the last named one; None where that role is not told in that week."""
        first = self._weekly.index(to) + 1 if escalates and to in self._weekly else 1
        if not self._weekly or not self.fixed or week < first or (escalates and to not in self._weekly):
            return None
        last = max(d.at for d in self.fixed).astimezone(ZoneInfo(self._zone)).date()
        return Duty(
            _weekly_key(self._stage, self._due, to, escalates=escalates), self._due,
            f"{'up' if escalates else ''}+w{week}", _moment(last + week * _WEEK, self._at, self._zone), to, escalates,
        )  # fmt: skip

    def _this_week(self, to: str, now: datetime, *, escalates: bool) -> list[Duty]:
        """The weekly rung that is owed at `now`: that of the last week begun, which says it for the weeks before."""
        start = self._of_week(1, self._by, escalates=False)
        week = (now - start.at) // _WEEK + 1 if start is not None and now >= start.at else 0
        duty = self._of_week(week, to, escalates=escalates)
        told = self._done.get(duty.key) if duty is not None else None
        return [duty] if duty is not None and (told is None or told < duty.at) else []

    def _next_week(self, to: str, *, escalates: bool) -> list[datetime]:
        """When a role's next weekly rung is: the first, or that of the week after the one it was last told in."""
        told = self._done.get(_weekly_key(self._stage, self._due, to, escalates=escalates))
        first = self._weekly.index(to) + 1 if escalates and to in self._weekly else 1
        start = self._of_week(1, self._by, escalates=False)
        week = first if told is None or start is None else max((told - start.at) // _WEEK + 2, first)
        duty = self._of_week(week, to, escalates=escalates)
        if duty is not None and told is not None and self._is_working is LATEST:
            return [max(duty.at, told + _WEEK)]  # in which week it was told hangs on where the weeks begin
        return [duty.at] if duty is not None else []


def is_weekly(rung: str) -> bool:
    """Whether this rung is one of those that go on every week after the last named one."""
    return _WEEKLY.match(rung) is not None


@lru_cache(maxsize=4096)
def key(stage: str, due: date, rung: str) -> str:
    """How a rung is named where it is accounted for: a moved deadline has rungs of its own."""
    return f"{stage} {due} {rung}"


def accounted(
    rungs: ReminderSteps, stage: str, due: date, called: tuple[str, ...], to: str, at: datetime
) -> dict[str, datetime]:
    """What is accounted for after these rungs were called, or let lapse, at a moment."""
    names = [
        _weekly_key(stage, due, to, escalates=rung.startswith("up")) if _WEEKLY.match(rung) else key(stage, due, rung)
        for rung in called
    ]
    return {**rungs, **dict.fromkeys(names, at)}


def reminder_schedule(
    timed: Timed, due: date | None, rulebook: Rulebook, is_working: IsWorking | None
) -> tuple[Duty, ...]:
    """Every named rung of one deadline in the order of time; without a calendar, none is later than it would be with one."""
    if timed.reminders is None or due is None:
        return ()
    return _ladder(
        timed.key, timed.by[0], rungs_of(timed.reminders), due, rulebook.remind_at, rulebook.timezone, is_working
    )


def rungs_of(reminders: Reminders) -> tuple[tuple[int, str, str], ...]:
    """Every named rung in the order of time: working days from the deadline, its name, whom it tells (empty: who acts)."""
    days = [(-d, f"-{d}", "") for d in reminders.before]
    days += [(0, "0", "")] if reminders.on_the_day else []
    days += [(d, f"+{d}", "") for d in reminders.overdue]
    # Whoever is late on Friday has the whole of Monday: the next role up is told on Tuesday.
    days += [(e.after + 1, f"up+{e.after}", e.to) for e in reminders.escalate]
    return tuple(sorted(days))


@lru_cache(maxsize=4096)
def _ladder(
    stage: str, by: str, rungs: tuple[tuple[int, str, str], ...], due: date, at: str, zone: str,
    is_working: IsWorking | None,
) -> tuple[Duty, ...]:  # fmt: skip
    """Keyed by plain values: a rulebook's part takes longer to hash than all the rest."""
    return tuple(
        Duty(
            key(stage, due, rung), due, rung, _moment(_day(due, count, is_working), at, zone), to or by, rung[0] == "u"
        )
        for count, rung, to in rungs
    )


def _day(due: date, count: int, is_working: IsWorking | None) -> date:
    """The day `count` working days from a deadline. Without a calendar: none is earlier, be there the longest holiday.

    LATEST: none is later. Before a deadline that is where every day is worked; after it, with the longest holiday between.
    """
    if is_working is LATEST:
        return shifted(due, count, LATEST) + LONGEST_HOLIDAY if count > 0 else due + timedelta(days=count)
    if is_working is not None:
        return shifted(due, count, is_working)
    return due + timedelta(days=count) if count >= 0 else due + timedelta(days=2 * count) - LONGEST_HOLIDAY


def _moment(day: date, at: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)


def _weekly_key(stage: str, due: date, to: str, *, escalates: bool) -> str:
    return key(stage, due, f"{'up ' if escalates else ''}weekly {to}")
