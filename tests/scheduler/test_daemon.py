"""The daemon: each part of a tick by itself, one daemon at a time, the year opened on its day, an orderly end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import update
from typer.testing import CliRunner

from console.cli.app import app
from notifications.channels.message import Message
from notifications.notices.notice import notice_from_json
from notifications.post import Post
from scheduler import daemon as module
from scheduler import opening, rounds
from scheduler.daemon import INTERVAL, SILENCE_LIMIT, Daemon
from states.accounts.account import OPERATOR
from states.custody.confirmed_time import STREAM as TIME
from states.vocabulary import CLOCK, Opaque, Words
from states.year.reorganisation import ReorganiseUnit
from storage import lease, queries
from storage.database import sqlite
from storage.database.database import Database
from storage.post import deliveries
from storage.tables.clock import LEASE
from tests.college import CHINA, OFFICE, OPENED, ManualClock, moment, unit
from tests.scheduler.running_college import PEOPLE, Fake, RunningCollege, falls_silent, person, refuses, running
from workflow import year
from workflow.calendar import Calendar
from workflow.fence import TimeDoubt, confirmation, doubt_about

FRIDAY = moment(11, 6, 10)
"""The first reminder is due and the post is open."""

MINUTE = timedelta(minutes=1)


class Machine(ManualClock):
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def enrolled(database: Database, *units: str, **given: Any) -> RunningCollege:
    """A college with units on its roster and people to write to, before its year is open."""
    made = RunningCollege(database, **{"opens_years": True, **given})
    year.register(made.engine, [unit(u) for u in units], OFFICE)
    made.know(*PEOPLE)
    return made


def fails_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """The first call raises; the others are the real thing."""
    real, calls = getattr(owner, name), iter((True,))

    def sometimes(*given: Any, **named: Any) -> Any:
        if next(calls, False):
            raise RuntimeError("broken by a test")
        return real(*given, **named)

    monkeypatch.setattr(owner, name, sometimes)


@pytest.mark.parametrize(
    ("part", "owner", "name"),
    [
        ("calendar", Calendar, "refresh"),
        ("year", opening, "open_year"),
        ("round", rounds, "run"),
        ("gather", Post, "gather"),
        ("deliver", Post, "deliver"),
        ("heartbeat", lease, "record_heartbeat"),
        ("lease", lease, "take"),
    ],
)
def test_a_part_that_fails_costs_itself_only_and_is_made_good_at_the_next_tick(
    database: Database, part: str, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = enrolled(database, "u-1")
    fails_once(monkeypatch, owner, name)
    first = made.tick(FRIDAY)
    assert first.failed == (part,)
    assert [line["part"] for line in made.log.events("part failed")] == [part]
    assert made.counted("kaohe_failures_total", part=part) == 1
    done = {
        "year": bool(first.opened), "round": bool(first.written), "gather": bool(first.gathered),
        "deliver": bool(first.delivered), "heartbeat": lease.read(database).beat_at == FRIDAY,
    }  # fmt: skip
    rests = {"year": ("round", "gather", "deliver"), "gather": ("deliver",), "lease": tuple(done)}
    assert {key for key, value in done.items() if not value} == {part, *rests.get(part, ())} & set(done)
    second = made.tick(FRIDAY + MINUTE)
    assert second.failed == ()
    assert [fact.kind for fact in made.facts()] == ["AssessmentOpened", "Reminded"]
    assert len(made.mail.to("u-1-a")) == 1
    assert lease.read(database).beat_at == FRIDAY + MINUTE
    assert made.counted("kaohe_ticks_total", outcome="done") == 1
    made.close()


def test_a_watch_outside_that_cannot_be_told_is_a_failure_and_no_more(database: Database) -> None:
    told: list[int] = []

    def ping() -> None:
        told.append(1)
        if len(told) == 1:
            raise OSError("no way there")

    with running(database, ping=ping) as made:
        assert made.counted("kaohe_failures_total", part="ping") == 1
        assert made.tick(FRIDAY).failed == ()
        assert len(told) == 2


def test_the_watch_outside_is_not_told_of_a_tick_that_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    with running(database, ping=lambda: told.append(1)) as made:
        told.clear()
        fails_once(monkeypatch, Post, "gather")
        assert made.tick(FRIDAY).failed == ("gather",)
        assert told == []


def test_a_daemon_idles_while_another_holds_the_lease(database: Database) -> None:
    with running(database) as made:
        other = RunningCollege(database, owner="d-2")
        head = made.ledger.head()
        done = other.tick(FRIDAY)
        assert (done.idle, done.failed, done.written) == (True, (), 0)
        assert other.counted("kaohe_ticks_total", outcome="idle") == 1
        assert made.ledger.head() == head
        assert lease.read(database).owner == "d-1"
        other.close()


def test_a_lease_whose_owner_died_is_taken_over_after_three_ticks_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not sooner; and the reminder it owed is sent by the next owner."""
    every, held = timedelta(seconds=20), []
    take = lease.take
    monkeypatch.setattr(lease, "take", lambda d, o, holds: held.append(holds) or take(d, o, holds))
    made, other = enrolled(database, "u-1"), RunningCollege(database, owner="d-2", opens_years=True)
    dead, next_one = brisk(made, "d-1", every), brisk(other, "d-2", every)
    dead.tick()
    other.clock.at = FRIDAY
    assert next_one.tick().idle
    assert held == [3 * every] * 2
    with database.writing() as connection:
        connection.execute(update(LEASE).values(until=datetime(2000, 1, 1, tzinfo=UTC)))
    assert next_one.tick().written == 1
    assert (lease.read(database).owner, lease.read(database).term) == ("d-2", 2)
    made.close()
    other.close()


def brisk(made: RunningCollege, owner: str, every: timedelta) -> Daemon:
    """Another daemon of a college, that ticks more often."""
    return Daemon(
        made.engine, made.post, made.calendar, made.log, made.metrics, owner=owner, every=every, opens_years=True
    )  # fmt: skip


def test_by_the_setting_the_year_is_opened_on_the_rulebooks_day_for_the_units_on_the_roster(database: Database) -> None:
    made = enrolled(database, "u-1", "u-2")
    assert made.tick(moment(11, 1, 23, 59)).opened == 0
    assert made.tick(moment(11, 2, 0, 0)).opened == 2
    assert made.tick(moment(11, 3)).opened == 0
    assert [row.unit for row in queries.assessments(database, 2026)] == ["u-1", "u-2"]
    entries = [*made.ledger.stream("year/2026"), *made.ledger.stream("assessment/2026/u-1")]
    assert {(entry.actor, entry.role) for entry in entries} == {(CLOCK.id, CLOCK.role)}
    assert made.replayed() == []
    made.close()


def ended(made: RunningCollege, which: str, into: str, *, last: int = 2025) -> None:
    """The unit was merged into the other from March on."""
    command = ReorganiseUnit(
        unit=Opaque(which), since=date(2026, 3, 2), successors=(Opaque(into),), final_year=last, reason=Words("合并")
    )
    made.engine.submit("roster", command, OFFICE, f"end-{which}")


def test_the_clock_never_opens_a_unit_that_ended_before(database: Database) -> None:
    made = enrolled(database, "u-1", "u-2")
    ended(made, "u-1", "u-2")
    assert made.tick(moment(11, 2, 0, 0)).opened == 1
    assert made.tick(moment(11, 3)).opened == 0
    assert [row.unit for row in queries.assessments(database, 2026)] == ["u-2"]
    assert made.replayed() == []
    made.close()


def test_where_every_unit_ended_there_is_no_year_to_open(database: Database) -> None:
    made = enrolled(database, "u-1", "u-2", opens_years=False)
    ended(made, "u-1", "u-2")
    command = ReorganiseUnit(unit=Opaque("u-2"), since=date(2026, 5, 4), final_year=2025, reason=Words("撤销"))
    made.engine.submit("roster", command, OFFICE, "end-u-2")
    assert made.tick(moment(11, 2, 10)).opened == 0
    assert queries.years(database) == []
    made.close()


def test_the_successors_people_hear_of_a_unit_that_ended(database: Database) -> None:
    """Who stands for u-1 now is who stands for the unit it went over into."""
    made = RunningCollege(database, opens_years=True)
    year.register(made.engine, [unit("u-1"), unit("u-2")], OFFICE)
    made.know(*(one for one in PEOPLE if one.unit is None), person("heir", "unit", unit="u-2"))
    assert made.tick(moment(11, 2, 0, 0)).opened == 2
    ended(made, "u-1", "u-2", last=2026)
    for day in (6, 9, 13):
        made.tick(moment(11, day, 10))
    assert [letter for letter in made.mail.to("heir") if unit("u-1").title in letter.body or "u-1" in letter.body]
    made.close()


def test_an_opening_that_was_interrupted_is_gone_on_with(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made = enrolled(database, "u-1", "u-2", "u-3")
    monkeypatch.setattr(year, "BATCH_SIZE", 1)
    submit, calls = made.engine.submit_many, iter(range(100))

    def interrupted(asked: Any) -> Any:
        if next(calls) == 2:
            raise RuntimeError("broken by a test")
        return submit(asked)

    monkeypatch.setattr(made.engine, "submit_many", interrupted)
    assert made.tick(OPENED).failed == ("year",)
    assert [row.unit for row in queries.assessments(database, 2026)] == ["u-1"]
    assert made.tick(OPENED + MINUTE).opened == 2
    assert [row.unit for row in queries.assessments(database, 2026)] == ["u-1", "u-2", "u-3"]
    made.close()


def told_due(database: Database) -> list[dict[str, object]]:
    """What the office was told of a year that is due to be opened, the latest first."""
    every = [notice_from_json(one.notice) for one in deliveries.search(database, channel="inbox")]
    return [notice.values for notice in every if notice.kind == "year_due" and notice.to == "office"]


def test_on_its_day_the_office_is_told_that_the_year_is_due_and_by_whom_and_nothing_is_opened(
    database: Database,
) -> None:
    made = enrolled(database, "u-1", opens_years=False)
    assert made.tick(moment(11, 1)).opened == 0
    assert told_due(database) == []
    for hour in (0, 10, 12):
        assert made.tick(moment(11, 2, hour)).opened == 0
    (told,) = told_due(database)
    assert (told["units"], told["late"]) == (1, 0)
    assert "考核领导小组" in str(told["by"])
    assert queries.years(database) == []
    (letter,) = made.mail.to("office-a")
    assert "启动" in letter.subject
    made.close()


def test_the_office_is_told_again_every_week_until_the_year_is_open(database: Database) -> None:
    made = enrolled(database, "u-1", opens_years=False)
    for day in range(2, 17):
        made.tick(moment(11, day, 10))
    assert len(told_due(database)) == 3
    made.open(due={"self_report": date(2026, 11, 27)})
    made.tick(moment(11, 23, 10))
    assert len(told_due(database)) == 3
    made.close()


@pytest.mark.parametrize("day", [16, 20, 25])
def test_the_clock_opens_no_year_with_a_deadline_that_is_past_or_too_near(database: Database, day: int) -> None:
    """One department on the roster in mid-November: no school leader hears of a deadline nobody could have met."""
    made = enrolled(database, "u-1")
    assert made.tick(moment(11, day, 10)).opened == 0
    assert queries.years(database) == []
    assert {message.to for message in made.mail.sent} == {"office-a@college.example"}
    assert told_due(database)[0]["late"] in (1, 2, 3)
    made.close()


def test_the_clock_opens_a_year_as_long_as_every_deadline_leaves_the_working_days_of_the_rulebook(
    database: Database,
) -> None:
    """The first deadline is Friday 20 November: five working days before it is Friday the 13th."""
    made = enrolled(database, "u-1")
    assert made.tick(moment(11, 13, 10)).opened == 1
    made.close()


def test_what_was_withdrawn_is_not_opened_again(database: Database) -> None:
    """Not on the next day, and not by a daemon that was started afterwards."""
    with running(database, ("u-1", "u-2")) as made:
        made.withdraw()
        assert made.tick(moment(11, 3)).opened == 0
        made.daemon.once()
        other = RunningCollege(database, owner="d-2")
        assert other.tick(moment(11, 4)).opened == 0
        assert other.assessment().stage == "withdrawn"
        other.close()


def test_an_empty_roster_is_said_and_asked_for_again_on_the_next_day(database: Database) -> None:
    made = enrolled(database)
    made.tick(OPENED)
    assert made.log.events("year opening due") == [{"year": 2026, "units": 0, "late": 0}]
    year.register(made.engine, [unit("u-1")], OFFICE)
    assert made.tick(moment(11, 3)).opened == 1
    made.close()


def test_a_year_nobody_opened_is_told_to_the_office_once(database: Database) -> None:
    """The clock stood still from before the day of opening until the year was over."""
    with running(database) as made:
        for day in (3, 4):
            made.tick(moment(1, day, year=2028))
        told = [one for one in deliveries.search(database, channel="inbox") if "year_missed" in one.notice]
        assert [one.recipient for one in told] == ["office"]
        assert queries.assessments(database, 2027) == []


@pytest.mark.parametrize("years", [-20, -1, 1, 5, 70])
def test_a_clock_that_is_years_off_does_nothing_but_say_so_once_until_a_person_confirms_the_time(
    database: Database, years: int
) -> None:
    """No entry, no seal, no letter that waited: none of them could be taken back. A leap of years costs no time either."""
    with running(database, reports_silence=True) as made:
        made.tick(FRIDAY)
        made.mail.sent.clear()
        head, wrong = made.ledger.head(), FRIDAY + timedelta(days=366 * years)
        began = time.monotonic()
        for minute in range(3):
            done = made.tick(wrong + minute * MINUTE)
            assert (done.failed, done.written, done.opened, dict(done.delivered)) == (("time in doubt",), 0, 0, {})
        assert time.monotonic() - began < 20
        assert made.ledger.head() == head
        (letter,) = made.mail.sent
        assert (letter.to, "时间存疑" in letter.subject) == ("office-a@college.example", True)
        assert len(made.log.events("time in doubt")) == 3
        assert doubt_about(database, wrong) is not None
        command, beside = confirmation(TimeDoubt(FRIDAY, wrong))
        made.engine.submit(TIME, command, OPERATOR, "confirm-time", beside=beside)
        assert "time in doubt" not in made.tick(wrong + 4 * MINUTE).failed


@pytest.mark.parametrize("days", [1, 21, 90, 180])
def test_an_absence_of_weeks_or_of_a_summer_goes_on_by_itself(database: Database, days: int) -> None:
    with running(database, reports_silence=True) as made:
        made.tick(FRIDAY)
        assert made.tick(FRIDAY + timedelta(days=days)).failed == ()


def test_the_letter_about_the_clock_is_tried_again_like_any_other_and_nothing_else_goes_with_it(
    database: Database,
) -> None:
    """Mail may fail just then; until it is sent every tick owes it, whatever the hour, and no letter that waited goes along."""
    with running(database, reports_silence=True) as made:
        made.tick(FRIDAY)
        made.mail.sent.clear()
        waiting = len(deliveries.search(database, ["queued"]))
        made.mail.does = refuses()
        wrong = FRIDAY + timedelta(days=1500, hours=12)
        made.tick(wrong)
        (kept,) = deliveries.search(database, ["failed"])
        assert (kept.recipient, kept.attempts, made.mail.sent) == ("office-a", 1, [])
        made.mail.does = lambda _message: None
        made.tick(wrong + MINUTE / 2)
        assert made.mail.sent == [], "not before it is due again"
        made.tick(wrong + 5 * MINUTE)
        made.tick(wrong + 6 * MINUTE)
        (letter,) = made.mail.sent
        assert "时间存疑" in letter.subject
        assert len(deliveries.search(database, ["queued"])) == waiting


def test_a_letter_about_the_clock_that_could_not_be_sent_is_not_sent_once_the_time_is_right(database: Database) -> None:
    with running(database, reports_silence=True) as made:
        made.tick(FRIDAY)
        made.mail.does = refuses()
        made.tick(FRIDAY + timedelta(days=1500))
        made.mail.does = lambda _message: None
        made.mail.sent.clear()
        for day in range(5):
            made.tick(FRIDAY + day * timedelta(days=1))
        assert not [one for one in made.mail.sent if "时间存疑" in one.subject]
        assert [one.response for one in deliveries.search(database, ["superseded"]) if "clock/doubt" in one.stream]


def test_a_clock_that_is_put_right_again_goes_on_without_anybody(database: Database) -> None:
    with running(database, reports_silence=True) as made:
        made.tick(FRIDAY)
        assert made.tick(FRIDAY + timedelta(days=3000)).failed == ("time in doubt",)
        assert made.tick(FRIDAY + MINUTE).failed == ()


@pytest.mark.parametrize(("hours", "told"), [(11.9, 0), (12, 1), (300, 1)])
def test_a_stop_of_twelve_hours_or_more_is_told_to_the_office_once(database: Database, hours: float, told: int) -> None:
    with running(database, reports_silence=True) as made:
        lease.record_heartbeat(database, "d-1", FRIDAY - timedelta(hours=hours))
        made.tick(FRIDAY)
        made.tick(FRIDAY + MINUTE)
        assert [one.recipient for one in of_silence(database)] == ["office"] * told
        assert len(made.mail.to("office-a")) == told


def test_two_stops_with_nothing_between_them_are_both_told(database: Database) -> None:
    with running(database, reports_silence=True) as made:
        for day in (3, 4):
            made.tick(moment(11, day, 12))
        assert len(of_silence(database)) == 2


def test_a_stop_that_could_not_be_told_is_told_at_the_next_tick(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sign of life must not cover up the silence before it."""
    with running(database, reports_silence=True) as made:
        fails_once(monkeypatch, Post, "notify")
        assert made.tick(moment(11, 3, 12)).failed == ("silence",)
        assert made.tick(moment(11, 3, 12, 1)).failed == ()
        assert len(of_silence(database)) == 1


def of_silence(database: Database) -> list[deliveries.Delivery]:
    """What lies in the inbox of the clock's stops."""
    return [one for one in deliveries.search(database, channel="inbox") if "clock_stopped" in one.notice]


def test_a_tick_with_nothing_due_costs_the_same_however_many_assessments_there_are(
    new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in statements, below everything that could hide one."""
    said: list[str] = []
    prepare = sqlite.configure_connection

    def traced(connection: Any, *, read_only: bool) -> None:
        prepare(connection, read_only=read_only)
        connection.set_trace_callback(said.append)

    monkeypatch.setattr(sqlite, "configure_connection", traced)
    counted = []
    for number in (1, 60):
        units = [f"u-{n}" for n in range(number)]
        with Database.open(new_url("sqlite")) as database, running(database, units) as made:
            made.tick(OPENED + MINUTE)
            said.clear()
            assert made.tick(OPENED + 2 * MINUTE).due == 0
            counted.append(len(said))
    assert counted[0] == counted[1] < 40, said


def test_the_log_names_no_address_whatever_goes_wrong(database: Database) -> None:
    def breaks(message: Message) -> None:
        raise ValueError(f"cannot write to {message.to}")

    with running(database, ("u-1", "u-2"), reports_silence=True) as made:
        ways = (breaks, falls_silent, refuses(), refuses(cause="letter"), made.mail.does)
        for day, does in enumerate(ways, 20):
            made.mail.does = does
            made.tick(moment(11, day, 10))
        said = json.dumps(made.log.lines, default=str)
        assert "not sent" in said
        assert "@" not in said


class Ticking:
    """A daemon's `run` on this thread, ended by a signal to ourselves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.schedulers: list[BlockingScheduler] = []
        seen = self.schedulers

        class Kept(BlockingScheduler):
            def __init__(self, *given: Any, **named: Any) -> None:
                super().__init__(*given, **named)
                seen.append(self)

        monkeypatch.setattr(module, "BlockingScheduler", Kept)

    def run(self, daemon: Daemon, enough: Callable[[], bool], number: int = signal.SIGTERM) -> None:
        """Run until it is enough, or until it never will be."""

        def end() -> None:
            until = time.monotonic() + 30
            while not enough() and time.monotonic() < until:
                time.sleep(0.01)
            os.kill(os.getpid(), number)

        Thread(target=end).start()
        daemon.run()


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticking]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield Ticking(monkeypatch)
    for number, handler in before.items():
        signal.signal(number, handler)


def ticked(made: RunningCollege) -> float:
    """How many ticks were done."""
    return made.counted("kaohe_ticks_total", outcome="done")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_frees_the_lease(database: Database, ticking: Ticking, number: int) -> None:
    made = RunningCollege(database, clock=Machine(OPENED))
    ticking.run(brisk(made, "d-1", timedelta(seconds=0.1)), lambda: ticked(made) >= 2, number)
    assert ticked(made) >= 2
    assert (lease.read(database).owner, lease.read(database).until) == ("d-1", None)
    made.close()


def test_a_signal_that_strikes_while_another_is_handled_is_not_waited_for(
    database: Database, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both reach one thread, the second in the midst of the first: at worst while that one holds the lock of the event."""
    made, lock = RunningCollege(database, clock=Machine(OPENED)), threading.Lock()

    class Locked(threading.Event):
        """An event whose lock can be held, as by the thread that is interrupted."""

        def set(self) -> None:
            with lock:
                super().set()

    with monkeypatch.context() as patch:
        patch.setattr(threading, "Event", Locked)
        daemon = brisk(made, "d-1", timedelta(seconds=0.1))
    came: list[int] = []

    def struck() -> bool:
        if not came and ticked(made) >= 1:
            came.append(1)
            with lock:
                handled = Thread(target=signal.getsignal(signal.SIGINT), args=(signal.SIGINT, None), daemon=True)
                handled.start()
                handled.join(10)
                came.append(handled.is_alive())
        return bool(came)

    ticking.run(daemon, struck)
    assert came == [1, False]
    made.close()


@pytest.mark.usefixtures("ticking")
def test_a_tick_under_way_is_brought_to_its_end_before_the_daemon_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part under way is finished, no other is begun, and only then is the lease given up."""
    made = RunningCollege(database, clock=Machine(OPENED))
    daemon, seen = brisk(made, "d-1", INTERVAL), []

    def told_to_stop(_now: datetime, stop: Callable[[], bool]) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        until = time.monotonic() + 20
        while not stop() and time.monotonic() < until:
            time.sleep(0.01)
        assert stop()
        seen.append(lease.read(database).until)
        return 0

    monkeypatch.setattr(made.post, "gather", told_to_stop)
    daemon.run()
    assert len(seen) == 1
    assert seen[0] is not None
    assert lease.read(database).until is None
    made.close()


def test_a_tick_that_raises_or_takes_too_long_is_said_and_counted_and_the_next_one_comes(
    database: Database, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = RunningCollege(database, clock=Machine(OPENED))
    daemon = brisk(made, "d-1", timedelta(seconds=0.1))
    tick, calls = daemon.tick, iter(range(100))

    def odd() -> Any:
        at = next(calls)
        if at == 0:
            raise RuntimeError("broken by a test, for a@college.example")
        if at == 1:
            time.sleep(0.3)
        return tick()

    monkeypatch.setattr(daemon, "tick", odd)
    ticking.run(daemon, lambda: len(made.log.events("tick missed")) >= 2 and ticked(made) >= 2)
    said = [line["error"] for line in made.log.events("tick missed")]
    assert said[0] == "RuntimeError"
    assert len(said) >= 2
    assert made.counted("kaohe_failures_total", part="tick") == len(said)
    assert ticked(made) >= 2
    made.close()


def test_a_clock_that_was_a_year_ahead_and_came_back_is_not_waited_for(database: Database, ticking: Ticking) -> None:
    """The next run is a date; after such a leap it lies a year off."""
    made = RunningCollege(database, clock=Machine(OPENED))
    counted: list[float] = []

    def leapt_and_ticked_on() -> bool:
        if not counted and ticked(made) >= 1:
            (job,) = ticking.schedulers[0].get_jobs()
            job.modify(next_run_time=datetime.now(UTC) + timedelta(days=365))
            counted.append(ticked(made))
        return bool(counted) and ticked(made) >= counted[0] + 2

    ticking.run(brisk(made, "d-1", timedelta(seconds=0.2)), leapt_and_ticked_on)
    assert ticked(made) >= counted[0] + 2
    assert made.log.events("time set back")
    made.close()


def test_the_tick_is_one_job_in_memory_that_folds_what_it_missed_and_gives_nothing_up(
    database: Database, ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, jobs = RunningCollege(database, clock=Machine(OPENED)), []
    monkeypatch.setattr(made.post, "gather", lambda *_: jobs.extend(ticking.schedulers[0].get_jobs()) or 0)
    ticking.run(brisk(made, "d-1", INTERVAL), lambda: bool(jobs))
    (job,) = jobs
    assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
    assert job.trigger.interval == INTERVAL
    assert type(ticking.schedulers[0]._lookup_jobstore("default")).__name__ == "MemoryJobStore"
    made.close()


def kaohe(*words: str) -> subprocess.Popen[str]:
    """The program itself, without this machine's settings."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("KAOHE_")}
    begin = [sys.executable, "-c", "from console.cli.app import app; app()"]
    return subprocess.Popen(
        [*begin, *words], env={**env, "KAOHE_LOG_LEVEL": "info", "KAOHE_LOG_FORM": "json"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_the_program_ends_cleanly_on_sigterm_and_gives_up_its_lease(new_url: Callable[[str], str]) -> None:
    url = new_url("sqlite")
    running = kaohe("scheduler", "run", "--every", "1", "--database", url)
    with Database.open(url) as database:
        until = time.monotonic() + 60
        while lease.read(database).beat_at is None and time.monotonic() < until and running.poll() is None:
            time.sleep(0.05)
        held = lease.read(database)
        running.send_signal(signal.SIGTERM)
        while running.poll() is None and time.monotonic() < until:  # somebody goes on pressing Ctrl-C
            running.send_signal(signal.SIGINT)
            time.sleep(0.002)
        _, said = running.communicate(timeout=60)
        assert running.returncode == 0, said
        assert held.beat_at is not None, said
        assert held.until is not None
        assert lease.read(database).until is None
        assert [json.loads(line)["event"] for line in said.splitlines()][-1] == "daemon stopped"


RUN = CliRunner()


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KAOHE_")]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_settings")
def test_a_clock_that_never_ran_is_unwell_one_that_ticked_once_is_well_and_a_silent_one_is_not(url: str) -> None:
    """`kaohe scheduler status`, by its exit code: 1, 0, 1."""
    assert RUN.invoke(app, ["scheduler", "status", "--database", url]).exit_code == 1
    for _ in range(2):
        once = RUN.invoke(app, ["scheduler", "run", "--once", "--database", url])
        assert once.exit_code == 0, once.output
        assert "到期 0 项" in once.output
    well = RUN.invoke(app, ["scheduler", "status", "--json", "--database", url])
    assert well.exit_code == 0
    assert json.loads(well.output)["silent"] is False
    for off in (-2 * SILENCE_LIMIT, 2 * SILENCE_LIMIT):
        with Database.open(url) as database:
            held = lease.read(database)
            assert held.owner is not None
            lease.record_heartbeat(database, held.owner, datetime.now(UTC) + off)
        assert RUN.invoke(app, ["scheduler", "status", "--database", url]).exit_code == 1


@pytest.mark.usefixtures("no_settings")
def test_one_tick_that_failed_is_exit_code_one(new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    fails_once(monkeypatch, rounds, "run")
    assert RUN.invoke(app, ["scheduler", "run", "--once", "--database", new_url("sqlite")]).exit_code == 1


def test_letters_that_failed_hold_up_neither_the_inbox_nor_another_channel(database: Database) -> None:
    mail, robot = Fake(does=refuses()), Fake("wecom")
    with running(database, channels=(mail, robot)) as made:
        done = made.tick(moment(11, 16, 9, 10))
        assert done.delivered == {"failed": 1, "sent": 1}
        assert done.failed == ()
        assert len(robot.sent) == 1
        assert [(notice_from_json(one.notice).kind, one.state) for one in made.posted("inbox")] == [
            ("step_open", "sent"), ("reminder", "sent"),
        ]  # fmt: skip


def test_a_clash_of_the_clocks_own_ids_is_logged_counted_and_left_for_those_who_watch(database: Database) -> None:
    """No other command can take one: the table of ids is damaged, and it is told at every tick until it is mended."""
    made = enrolled(database, "u-1")
    stream = "assessment/2026/u-1"
    with made.ledger.transaction() as transaction:
        transaction.record_answer(f"clock/clock/open-{stream}", 1, 1)
    for minute in range(2):
        assert made.tick(FRIDAY + minute * MINUTE).failed == ("year",)
    assert lease.read(database).failed == ("year",)
    assert made.counted("kaohe_failures_total", part="year") == 2
    assert len(made.log.events("part failed")) == 2
    made.close()


def test_before_the_year_ends_the_office_the_leading_group_and_the_committee_get_one_sheet_of_what_is_open(
    database: Database,
) -> None:
    """Ten, five and one working days before it: 18, 25 and 31 December 2026; one sheet each, and none once it is closed."""
    with running(database, ("u-1", "u-2")) as made:
        for day in range(14, 32):
            for hour in (8, 10):
                made.tick(moment(12, day, hour))
        sheets = [
            (notice.to, one.made_at.astimezone(CHINA).day, notice.values["groups"][0]["count"])  # type: ignore[index]
            for one in deliveries.search(database, channel="inbox")
            if (notice := notice_from_json(one.notice)).kind == "year_end"
        ]
        roles = ("committee", "leading_group", "office")
        assert sorted(sheets) == [(role, day, 2) for role in roles for day in (18, 25, 31)]
        subjects = [message.subject for message in made.mail.to("committee-a") if "岁末" in message.subject]
        assert "【岁末清单】2026 年度考核至 12 月 31 日（周四）为止，尚有 1 个步骤未办结" in subjects
