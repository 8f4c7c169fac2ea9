"""Clocks that leap, daemons that double, die or lie still, servers that fail: every duty is accounted for all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from scheduler import daemon as daemon_module
from states.refusals import Refusal
from storage import deliveries, lease, queries, sqlite
from storage.database import Database
from tests.scheduler.accounts import letters, unaccounted
from tests.scheduler.college import OFFICE, PEOPLE, College, Fake, Hands, moment, unit
from workflow.year import register

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """These ask what is committed, not what survives a power cut."""
    prepare = sqlite.prepare

    def quick(connection: Any, *, read_only: bool) -> None:
        prepare(connection, read_only=read_only)
        connection.execute("PRAGMA synchronous=OFF")

    monkeypatch.setattr(sqlite, "prepare", quick)


def founded(database: Database, units: Sequence[str] = ("u-1",)) -> College:
    """A college whose units are on the roster and whose people are known; its daemon opens each year by itself."""
    made = College(database, moment(10, 20))
    register(made.engine, [unit(u) for u in units], OFFICE)
    made.know(*PEOPLE)
    made.tick()
    return made


def flushed(made: College, day: date) -> datetime:
    """A last tick: the first working day from `day` on, when the post is open."""
    while not made.calendar.is_working(day):
        day += DAY
    made.clock.at = moment(day.month, day.day, 10, year=day.year)
    assert not made.daemon.once().idle
    return made.clock.at


# --- clocks that leap -----------------------------------------------------------------------------

LEAPS = (HOUR, -HOUR, DAY, -DAY, YEAR)
LIVES, YEARS = 30, 10


class Trace:
    """365 days of one college: ticks, people who do things, and a clock that now and then is not what it should be."""

    def __init__(self, made: College, year: int, chance: Random) -> None:
        self.made, self.year, self.chance = made, year, chance
        self.ticks: list[datetime] = []
        self.off = timedelta()

    def live(self) -> list[str]:
        """Live through it; what is not accounted for."""
        for at, what in self._plan():
            self.made.clock.at = at + self.off
            what()
        self.ticks.append(flushed(self.made, date(self.year + 1, 10, 8)))
        return unaccounted(self.made, self.year, self.ticks)

    def _plan(self) -> list[tuple[datetime, Callable[[], None]]]:
        """Most of a year's duties fall between November and February; leaps and ticks lie there mostly too."""
        begins, chance = moment(10, 20, year=self.year), self.chance
        season = lambda: begins + timedelta(minutes=chance.randrange(110 * 24 * 60))  # noqa: E731
        plan: list[tuple[datetime, Callable[[], None]]] = [(season(), self._tick) for _ in range(6)]
        plan += [(begins + timedelta(minutes=chance.randrange(350 * 24 * 60)), self._tick) for _ in range(2)]
        for leap in chance.sample(LEAPS, 2):
            out = season()
            plan += [(out, self._leap(leap)), (out + chance.choice((HOUR, DAY)), self._leap(timedelta()))]
        if chance.random() < 0.5:
            new_year = moment(1, 1, 0, 30, year=self.year + 1)
            plan += [(new_year, self._leap(-HOUR)), (new_year + 2 * HOUR, self._leap(timedelta()))]
        deeds = (self._report, self._case, self._withdraw)
        plan += [(season(), deed) for deed, odds in zip(deeds, (0.6, 0.4, 0.1), strict=True) if chance.random() < odds]
        return sorted(plan, key=lambda one: one[0])

    def _tick(self) -> None:
        done = self.made.tick()
        assert not done.failed, done
        self.ticks.append(self.made.clock.at)

    def _leap(self, off: timedelta) -> Callable[[], None]:
        def leap() -> None:
            self.made.clock.at += off - self.off
            self.off = off
            self._tick()

        return leap

    def _report(self) -> None:
        with suppress(Refusal):
            self.made.report(year=self.year)

    def _withdraw(self) -> None:
        with suppress(Refusal):
            self.made.withdraw(year=self.year)

    def _case(self) -> None:
        with suppress(Refusal):
            self.made.case(name=f"c-{self.year}", on=date(self.year, 10, 1))
            if self.chance.random() < 0.5:
                self._tick()
                self.made.rescind(f"c-{self.year}")


@pytest.mark.parametrize("seed", range(LIVES))
def test_a_clock_that_leaps_loses_nothing_doubles_nothing_and_is_early_with_nothing(
    new_url: Callable[[str], str], seed: int
) -> None:
    """300 traces of 365 days, ten to a life: an hour, a day, a year to and fro, over New Year's Eve, over leap days."""
    with Database.open(new_url("sqlite")) as database:
        made = founded(database)
        for year in range(2026, 2026 + YEARS):
            trace = Trace(made, year, Random(f"{seed} {year}"))
            assert trace.live() == [], f"seed {seed}, year {year}"
        assert letters(made, [message.id for message in made.mail.sent]) == [], f"seed {seed}"
        assert made.replayed() == []
        made.close()


# --- daemons that double --------------------------------------------------------------------------

POINTS = (
    (queries, "due"), (daemon_module, "open_year"), (deliveries, "put"), (deliveries, "claim"), (deliveries, "mark"),
)  # fmt: skip
"""Where a tick stands between two transactions: what another daemon does there, it did at the worst moment."""


class Doubled:
    """Two daemons over one database and one clock; while one ticks the other may too, at a point chance chooses."""

    def __init__(self, database: Database, chance: Random, monkeypatch: pytest.MonkeyPatch, *, leased: bool) -> None:
        self.chance, self.leased, self.mail = chance, leased, Fake(does=lambda _message: self._meanwhile())
        self.clock = Hands(moment(10, 20))
        self.two = [College(database, clock=self.clock, owner=f"d-{n}", channels=(self.mail,)) for n in (1, 2)]
        self.ticking: list[College] = []
        self.left = 0
        """How often the other daemon may still come between."""
        for owner, name in POINTS:
            monkeypatch.setattr(owner, name, self._interrupted(getattr(owner, name)))
        if not leased:
            monkeypatch.setattr(lease, "take", lambda *_: 1)

    def tick(self, made: College) -> None:
        """One tick of one of them."""
        self.ticking.append(made)
        try:
            done = made.daemon.once() if self.leased else made.daemon.tick()
        finally:
            self.ticking.pop()
        assert not done.failed, done

    def schedule(self, year: int) -> list[datetime]:
        """A year's ticks: at each moment each daemon ticks, once or up to ten times, and either may come between the other's parts."""
        chance, begins, ticks = self.chance, moment(11, 1, year=year), []
        self.left = 3
        for at in sorted(begins + timedelta(minutes=chance.randrange(90 * 24 * 60)) for _ in range(2)):
            self.clock.at = at
            ticks.append(at)
            told = [*self.two, *chance.choices(self.two, k=chance.choice((0, 0, 0, 0, 1, 2, 8)))]
            chance.shuffle(told)
            for made in told:
                self.tick(made)
            if chance.random() < 0.4:
                self.two[0].case(name=f"c-{year}-{len(ticks)}", on=date(year, 10, 1))
        self.left = 0
        return [*ticks, flushed(self.two[0], date(year + 1, 10, 8))]

    def close(self) -> None:
        for made in self.two:
            made.close()

    def _interrupted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*given: Any, **named: Any) -> Any:
            self._meanwhile()
            answer = real(*given, **named)
            self._meanwhile()
            return answer

        return doing

    def _meanwhile(self) -> None:
        if self.left and len(self.ticking) == 1 and self.chance.random() < 0.2:
            self.left -= 1
            self.tick(next(made for made in self.two if made not in self.ticking))


@pytest.mark.parametrize("seed", range(50))
def test_daemons_that_double_do_each_duty_once_and_send_each_notice_once(
    new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """500 schedules, a year each, ten to a life. Every other life has no lease: safety must not depend on it."""
    with Database.open(new_url("postgresql" if seed in (0, 2) else "sqlite")) as database:
        doubled = Doubled(database, Random(f"doubled {seed}"), monkeypatch, leased=seed % 4 < 2)
        made = doubled.two[0]
        register(made.engine, [unit("u-1")], OFFICE)
        made.know(*PEOPLE)
        for year in range(2026, 2036):
            assert unaccounted(made, year, doubled.schedule(year)) == [], f"seed {seed}, year {year}"
        assert letters(made, [message.id for message in doubled.mail.sent]) == [], f"seed {seed}"
        assert made.replayed() == []
        doubled.close()
