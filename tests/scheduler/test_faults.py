"""Clocks that leap, daemons that double, die or lie still, servers that fail: every duty is accounted for all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path
from random import Random
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from time import perf_counter
from typing import Any

import psycopg
import pytest

from config.clock import VirtualClock
from demo.mailbox import serve_mail
from notifications.channels.smtp import Smtp
from notifications.hours import SendingHours
from notifications.post import CLAIM_DURATION
from scenarios.runner import run as run_story
from scenarios.story_file import parse
from scheduler import opening as opening_module
from states.cases.vetoes import VetoRaised
from states.deadlines.reminders import Escalated, Reminded
from states.refusals import Refusal
from storage import lease, queries
from storage.database import sqlite
from storage.database.database import Database
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.post import deliveries
from tests.college import CHINA, EDITION, OFFICE, OPENED, ManualClock, moment, unit
from tests.notifications.servers import mail_server
from tests.postgres import Server
from tests.scheduler.accounts import letters, unaccounted
from tests.scheduler.dying import die_at
from tests.scheduler.running_college import HOURS, PEOPLE, Fake, Logged, RunningCollege, running
from tests.warm import Program
from workflow.engine import Engine
from workflow.fence import doubt_about
from workflow.year import open_year, register

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """These ask what is committed, not what survives a power cut."""
    prepare = sqlite.configure_connection

    def quick(connection: Any, *, read_only: bool) -> None:
        prepare(connection, read_only=read_only)
        connection.execute("PRAGMA synchronous=OFF")

    monkeypatch.setattr(sqlite, "configure_connection", quick)


def founded(database: Database, units: Sequence[str] = ("u-1",)) -> RunningCollege:
    """A college whose units are on the roster and whose people are known; its daemon opens each year by itself."""
    made = RunningCollege(database, moment(10, 20), opens_years=True)
    register(made.engine, [unit(u) for u in units], OFFICE)
    made.know(*PEOPLE)
    made.tick()
    return made


def flushed(made: RunningCollege, day: date) -> datetime:
    """A last tick: the first working day from `day` on, when the post is open."""
    while not made.calendar.is_working(day):
        day += DAY
    made.clock.at = moment(day.month, day.day, 10, year=day.year)
    assert not made.daemon.once().idle
    return made.clock.at


# --- clocks that leap -----------------------------------------------------------------------------

LEAPS = (HOUR, -HOUR, DAY, -DAY, YEAR)
# A hundred years: each of the ten pairs of leaps comes six times or more, a withdrawal eight times.
LIVES, YEARS = 10, 10


class Trace:
    """365 days of one college: ticks, people who do things, and a clock that now and then is not what it should be."""

    def __init__(self, made: RunningCollege, year: int, chance: Random) -> None:
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
        if abs(self.off) == YEAR:
            # The fence: by a clock that is a year off nothing is done (test_daemon.py), and nothing is accounted for.
            assert doubt_about(self.made.database, self.made.clock.at) is not None
            return
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
    """A hundred traces of 365 days, ten to a life: an hour, a day, a year to and fro, over New Year's Eve, over leap days."""
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
    (queries, "due_streams"), (opening_module, "open_year"), (deliveries, "enqueue"), (deliveries, "claim"), (deliveries, "mark"),
)  # fmt: skip
"""Where a tick stands between two transactions: what another daemon does there, it did at the worst moment."""


class Doubled:
    """Two daemons over one database and one clock; while one ticks the other may too, at a point chance chooses."""

    def __init__(self, database: Database, chance: Random, monkeypatch: pytest.MonkeyPatch, *, leased: bool) -> None:
        self.chance, self.leased, self.mail = chance, leased, Fake(does=lambda _message: self._meanwhile())
        self.clock = ManualClock(moment(10, 20))
        self.two = [
            RunningCollege(database, clock=self.clock, owner=f"d-{n}", channels=(self.mail,), opens_years=True)
            for n in (1, 2)
        ]
        self.ticking: list[RunningCollege] = []
        self.left = 0
        """How often the other daemon may still come between."""
        for owner, name in POINTS:
            monkeypatch.setattr(owner, name, self._interrupted(getattr(owner, name)))
        if not leased:
            monkeypatch.setattr(lease, "take", lambda *_: 1)

    def tick(self, made: RunningCollege) -> None:
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


@pytest.mark.parametrize("seed", range(16))
def test_daemons_that_double_do_each_duty_once_and_send_each_notice_once(
    new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """160 schedules, a year each, ten to a life. Every other life has no lease: safety must not depend on it."""
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


# --- daemons that lie still -----------------------------------------------------------------------

PAUSES = {
    "a minute": (date(2026, 11, 20), moment(11, 20, 8, 59), moment(11, 20, 9, 0), ()),
    "a day": (date(2026, 11, 20), moment(11, 19, 12), moment(11, 20, 12), ()),
    "ten days": (date(2026, 11, 20), moment(11, 16, 12), moment(11, 26, 12), ("-3", "-1", "0", "+1")),
    "over New Year": (
        date(2026, 12, 30), moment(12, 20, 12), moment(1, 3, 12, year=2027), ("-5", "-3", "-1", "0"),
    ),
}  # fmt: skip
"""The deadline, from when to when no daemon ran, and the reminder steps it passed over."""


@pytest.mark.parametrize("pause", PAUSES)
def test_after_a_pause_each_has_one_letter_of_what_holds_now_and_the_rest_is_on_record(
    database: Database, pause: str
) -> None:
    due, begins, ends, passed = PAUSES[pause]
    made = founded(database)
    made.open(("u-1", "u-2"), {stage.kind: due for stage in EDITION.rulebook.stage if stage.due})
    ticks = [at for day in range(62) if (at := moment(11, 1, 9, 30) + day * DAY) < begins]
    for at in (*ticks, begins):
        made.tick(at)
    made.case("u-2", "c-1", on=date(2026, 11, 3))
    made.mail.sent.clear()
    assert made.tick(ends).failed == ()
    opens = HOURS.next_opening(ends, made.calendar.is_working)
    made.tick(opens)
    assert unaccounted(made, 2026, [*ticks, begins, ends, opens]) == []
    for who in ("u-1-a", "u-2-a", "office-a", "committee-a"):
        # A confidential matter has a letter of its own (decision 0023).
        discreet = [letter for letter in made.mail.to(who) if letter.subject == "1 件保密事项，请登录办理"]
        ordinary = [letter for letter in made.mail.to(who) if letter not in discreet]
        assert max(len(ordinary), len(discreet)) == 1, who
        said = [line for letter in ordinary for line in letter.body.splitlines() if line.startswith("【")]
        assert len(said) == len(set(said)) <= 3, said
    (reminded,) = [f for f in made.facts()[1:] if isinstance(f, Reminded) and f.step_name == told_at(due, ends)]
    escalated = [f for f in made.facts() if isinstance(f, Escalated)]
    assert tuple(r for f in (reminded, *escalated) for r in f.superseded) == passed
    assert [fact.veto for fact in made.facts("u-2") if isinstance(fact, VetoRaised)] == ["case/c-1"]
    made.close()


def told_at(due: date, now: datetime) -> str:
    """The reminder that holds at a moment."""
    passed = (now.astimezone(CHINA).date() - due).days
    return {0: "0", 6: "+3", 4: "+1"}[passed]


def test_a_veto_found_after_a_pause_still_applies_and_says_that_it_is_late(database: Database) -> None:
    """The case came when the result stood approved and no clock ran: raised on the return, dated as the case is."""
    told = parse(LATE, "late.toml")
    clock = VirtualClock(told.start(EDITION))
    with Engine(Ledger(database), clock, EDITION, Logged()) as engine:
        assert run_story(told, engine, clock).ok
        facts = [(fact_of(entry), entry) for entry in engine.ledger.stream("assessment/2026/u-arts")]
    ((veto, entry),) = [(fact, entry) for fact, entry in facts if isinstance(fact, VetoRaised)]
    assert (veto.late, veto.since) == (True, date(2026, 12, 21))
    assert entry.recorded_at.astimezone(CHINA).date() == date(2027, 1, 4)


LATE = """
title = "停机期间登记的案件，恢复后仍提出否决，并注明逾期"
tests = "第八条（三）2"
year = 2026
[[unit]]
id = "u-arts"
[[asleep]]
from = 2026-12-20
to = 2027-01-03
[[happening]]
on = 2026-12-18
do = "walk"
to = "approval"
[[happening]]
on = 2026-12-22
do = "record_case"
case = "c-1"
outcome = "demotion"
effective_on = 2026-12-21
then = { stage = "approval", vetoes = [] }
[[expect]]
on = 2027-01-04
stage = "scoring"
vetoes = ["c-1"]
"""


# --- servers that fail ----------------------------------------------------------------------------

STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END")


@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("does", ["drop", "hang", b"451 not now", b"554 never"], ids=str)
def test_a_mail_server_that_fails_costs_a_delay_or_a_letter_to_see_to_and_no_other_channel_anything(
    new_url: Callable[[str], str], at: str, does: str | bytes
) -> None:
    """What may have arrived is sent again under the same Message-ID; what is dead goes when somebody says so."""
    maybe, ours = at == "END" and isinstance(does, str), at in ("CONNECT", "EHLO")
    ours = ours or (does == b"554 never" and at == "MAIL")
    state = "queued" if ours else "unknown" if maybe else "undelivered" if does == b"554 never" else "failed"
    robot = Fake("wecom")
    with Database.open(new_url("sqlite")) as database, mail_server(UNUSED_TLS, at, does) as bad:
        with running(database, channels=(smtp(bad.port, 0.3 if does == "hang" else 5.0), robot)) as made:
            began = perf_counter()
            made.tick(moment(11, 19, 10))
            assert perf_counter() - began < 10
            assert [(one.state, one.attempts) for one in made.posted()] == [(state, 0 if ours else 1)]
            assert len(robot.sent) == 1
        with (
            mail_server(UNUSED_TLS) as good,
            closing(RunningCollege(database, channels=(smtp(good.port), robot))) as made,
        ):
            if state == "undelivered":
                assert made.tick(moment(11, 19, 12)).delivered == {}
                deliveries.retry(database, moment(11, 19, 15))
            made.tick(moment(11, 19, 17))
            assert [one.state for one in made.posted()] == ["sent"]
            assert len(robot.sent) == 1
            letters_ = [message_from_bytes(raw) for raw in (*bad.letters, *good.letters)]
            assert len(letters_) == (2 if at == "END" else 1)
            assert len({letter["Message-ID"] for letter in letters_}) == 1


UNUSED_TLS = SSLContext(PROTOCOL_TLS_SERVER)


def smtp(port: int, step: float = 5.0) -> Smtp:
    """The channel of mail, to a server on this machine; `step` is its patience in seconds."""
    return Smtp(
        "127.0.0.1", port, security="none", sender="kaohe@college.example", origin="college.example",
        clock=ManualClock(OPENED), step=step, total=3 * step,
    )  # fmt: skip


# --- daemons that are killed ----------------------------------------------------------------------

DEATHS = [(name, when) for name in ("enqueue", "claim", "send", "mark") for when in ("before", "after")]
DOUBLED = {("send", "after"), ("mark", "before")}
"""Where the letter has gone out and nobody has put it on record: it goes once more, under the same Message-ID."""


def test_a_daemon_killed_at_any_point_loses_no_letter_and_doubles_none_unrecognisably(
    new_url: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 of the real program before and after each of gathering, claim, send and mark; another daemon goes on."""
    monkeypatch.setattr(SendingHours, "next_opening", lambda _hours, at, _is_working: at)
    with ExitStack() as stack:
        graves = []
        for name, when in DEATHS:
            box, port = stack.enter_context(serve_mail(tmp_path / f"{name}-{when}"))
            url = new_url("sqlite")
            today = reminded_today(url)
            log = tmp_path / f"{name}-{when}.log"
            program = dying(partial(die_at, name, when, today), url, port, log)
            graves.append((name, when, url, box, port, log, stack.enter_context(program)))
        for name, when, url, box, port, log, process in graves:
            assert process.wait(60) == -signal.SIGKILL, log.read_text("utf-8")
            with Database.open(url) as database, closing(RunningCollege(database, today, [smtp(port)])) as made:
                lease.release(database, lease.read(database).owner or "")
                assert made.tick(today + CLAIM_DURATION + HOUR).failed == ()
                ids = [message_from_bytes(file.read_bytes())["Message-ID"] for file in sorted(box.folder.iterdir())]
                assert len(ids) == 1 + ((name, when) in DOUBLED), (name, when)
                assert len(set(ids)) == 1, (name, when)
                assert [one.state for one in made.posted()] == ["sent"], (name, when)
                assert made.replayed() == []


def reminded_today(url: str) -> datetime:
    """A college of which one unit is owed a reminder today; the time, at which no other will soon be due: ten o'clock."""
    now = datetime.now(CHINA).replace(hour=10).astimezone(UTC)
    today = now.astimezone(CHINA).date()
    with Database.open(url) as database, closing(RunningCollege(database, now)) as made:
        due = {stage.kind: today + DAY for stage in EDITION.rulebook.stage if stage.due}
        open_year(made.engine, today.year, [unit("u-1")], OFFICE, made.calendar.is_working, due)
        made.post.gather(now)
        made.know(*PEOPLE)
    return now


@contextmanager
def dying(die: Callable[[], None], url: str, port: int, log: Path) -> Iterator[Program]:
    """The program, on its way to its end, which `die` prepares in it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("KAOHE_")}
    ours = {
        "KAOHE_SMTP_HOST": "127.0.0.1", "KAOHE_SMTP_PORT": str(port), "KAOHE_SMTP_SECURITY": "none",
        "KAOHE_SMTP_FROM": "kaohe@college.example", "KAOHE_ORIGIN": "college.example",
    }  # fmt: skip
    words = ["scheduler", "run", "--every", "1", "--database", url]
    process = Program(words, {**env, **ours}, log.parent, log, first=die)
    try:
        yield process
    finally:
        process.end()


# --- databases that go away -----------------------------------------------------------------------

PLACES = (
    (lease, "take"), (queries, "due_streams"), (Engine, "submit_many"), (deliveries, "enqueue"), (deliveries, "claim"),
    (deliveries, "mark"), (lease, "record_heartbeat"),
)  # fmt: skip


@pytest.mark.parametrize(("owner", "name"), PLACES, ids=lambda part: part if isinstance(part, str) else "")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_cut_within_a_tick_costs_that_tick_at_most(
    new_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str
) -> None:
    url = new_url("postgresql")
    with Database.open(url) as database, running(database) as made:
        real, calls = getattr(owner, name), iter((True,))

        def cut_once(*given: Any, **named: Any) -> Any:
            first = next(calls, False)
            if first and when == "before":
                cut(url)
            answer = real(*given, **named)
            if first and when == "after":
                cut(url)
            return answer

        monkeypatch.setattr(owner, name, cut_once)
        ticks = [moment(11, 19, 10), moment(11, 19, 10, 1), moment(11, 19, 10, 10)]
        for at in ticks:
            made.tick(at)
        assert made.tick(ticks[-1]).failed == ()
        in_order(made)


def test_a_server_restarted_within_a_tick_costs_that_tick_at_most(
    new_url: Callable[[str], str], server: Server
) -> None:
    """Between the claim and the mark, the worst moment: the letter is out, and its record finds no server."""
    robot = Fake("wecom")
    mail = Fake(does=lambda _message: server.restart() if not mail.sent else None)
    with Database.open(new_url("postgresql")) as database, running(database, channels=(mail, robot)) as made:
        made.mail = mail
        assert made.tick(moment(11, 19, 10)).failed in ((), ("deliver",))
        made.tick(moment(11, 19, 10, 1))
        assert made.tick(moment(11, 19, 10, 10)).failed == ()
        in_order(made, robot)


def in_order(made: RunningCollege, robot: Fake | None = None) -> None:
    """The reminder was written once and reached its reader, in one letter or under one name."""
    assert [fact.kind for fact in made.facts()] == ["AssessmentOpened", "Reminded"]
    assert [one.state for one in made.posted()] == ["sent"]
    assert len({message.id for message in made.mail.to("u-1-a")}) == 1
    assert len(made.mail.sent) <= 2
    assert robot is None or len(robot.sent) == 1
    assert made.replayed() == []


def cut(url: str) -> None:
    """Have the server end every other session of this database."""
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
