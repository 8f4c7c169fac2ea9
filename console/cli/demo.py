"""`kaohe demo`: a sample college lives through a year on a virtual clock, and the ledger is replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from msgspec.structs import asdict

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.report import Report
from config.calendars import WorkingDays
from config.clock import RunningClock, VirtualClock
from config.rulebooks import Edition
from config.settings import Settings
from console.web.credentials import furnish, state_of
from demo.mailbox import listening, tallies
from demo.sample import Sample, changes, units
from demo.seals import Vouching, brought
from notifications.channels.smtp import Smtp
from notifications.notices import routine_checks
from notifications.notices.assessments import assessment_notices
from notifications.post import Post
from scheduler import wiring
from scheduler.daemon import EVERY
from scheduler.rehearsal import Rehearsal
from states import chart, policy
from states.accounts.account import ADMINISTRATORS, OPERATOR, SECURITY, SYSTEM, GrantRole, OpenAccount
from states.accounts.links import ConfirmLink, RequestLink
from states.assessment import Assessment, StageFact
from states.chart import State
from states.context import Context
from states.custody.confidential import Kept
from states.offers import next_act, offers
from states.refusals import Refusal
from states.result.result import plain
from states.routine_check import RoutineCheck, RoutineCheckFact
from states.stages.interviews import InterviewsHeld
from states.stages.meeting import MeetingHeld
from states.stages.scoring import Scored
from states.vocabulary import Actor, Opaque
from states.year.reorganisation import ReorganiseUnit
from states.year.roster import Roster, Unit
from states.year.year import Year
from storage import private_files, queries
from storage.database.database import Database
from storage.ledger.chain import decode
from storage.ledger.facts import fact_of
from storage.master_key import MasterKey
from storage.vault import account_secrets
from storage.vault.vault import Vault
from workflow import confidential
from workflow import wiring as below
from workflow.contacts import replace
from workflow.engine import Answer, Clock, Engine, Submission
from workflow.year import in_holds, open_year

from .serve import appoint

FOLDER = Path("demo-data")
"""Where the demonstration keeps its database, its letters and its keys, in the folder it is started in."""


PASSWORD = "sample-college"  # noqa: S105
"""Everybody's, in the demonstration and nowhere else."""

CONTACT = "0000-0000000"

SHOWN_ON = "12-20"
"""The day of December on which the year under way is shown, at ten."""

_FIRST = 6
"""Which unit of a year under way goes first: its result is circulated by then and has its follow-up."""

_LEFT_OFF = ("12-15", "11-08", "12-01", "12-19", "12-06", "12-12", "12-17", "12-19")
"""How far the units of a year under way have come by then: every step waits for somebody."""

Progress = Callable[[int, int, datetime], None]


def run(
    url: str, edition: Edition, year: int, count: int, seed: int, progress: Progress, mail: Path | None = None,
    keys: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Live through the year (unless this database already holds it), replay, and sum up.

    With a folder for `mail` the notices are really posted, to a mail server of the demonstration's own; with one for `keys`
    the ledger is sealed and witnessed as the year goes.
    """
    sample = Sample(units(count, seed), edition.rulebook, year, seed)
    clock = VirtualClock(sample.begins.astimezone(UTC))
    with below.engine(url, clock, edition, _vault_key(keys)) as engine:
        known = engine.state(f"year/{year}")
        assert isinstance(known, Year)
        refused = {} if known.version else dict(_live(engine, clock, sample, progress, mail, keys))
        summary = {
            "year": year, "seed": seed, "units": count, "rulebook": edition.pin,
            "lived_now": not known.version, "refused": refused, **results(engine, sample, year),
            "letters": len(list(mail.glob("*.eml"))) if mail else 0, "letters_by_role": _letters(sample, mail),
        }  # fmt: skip
    return {**summary, "replay": _replay(url, keys).as_json()}


def under_way(
    url: str, edition: Edition, year: int, count: int, seed: int, keys: Path | None = None, mail: Path | None = None
) -> tuple[Engine, dict[str, str]]:
    """The year after, lived to the middle of its December, with an account for everybody: what the console shows.

    With a folder for `mail` everybody was written to, as in `run`. Gives an engine whose clock goes on from there, and by role an
    account to sign in with (`PASSWORD`): one that has something to do, where one has. Close it.
    """
    college = units(count, seed)
    changed = changes(college, year + 1)
    gone = {change.unit for change in changed if isinstance(change, ReorganiseUnit)}
    assessed = [unit for unit in (*college[5:], *college[:5]) if unit.unit not in gone]
    sample = Sample(assessed, edition.rulebook, year + 1, seed + 1)
    begins, now = sample.begins.astimezone(UTC), sample.moment(SHOWN_ON, 10).astimezone(UTC)
    clock = VirtualClock(begins)
    key = _vault_key(keys)
    with below.engine(url, clock, edition, key) as engine:
        roles = _accounts(engine, sample)
        known = engine.state(f"year/{year + 1}")
        assert isinstance(known, Year)
        if not known.version:
            for change in changed:
                engine.submit("roster", change, sample.office, f"sample-{change.act}-{sample.year}")
            open_year(engine, sample.year, _on_the_roster(engine, sample), sample.office, WorkingDays().is_working)
            leave_off = [sample.moment(day, 18) for day in _LEFT_OFF]
            first = sample.units[_FIRST] if len(sample.units) > _FIRST else None
            with _post(engine, clock, sample, mail) as post:
                Rehearsal(engine, clock, post=post).run(sample.happenings(leave_off, first), now)
            _confide(engine, sample, roles)
            _ask_for_links(engine, sample, roles)
        roles = {**roles, **_busy(engine, sample)}
    return below.engine(url, RunningClock(now), edition, key), roles


def _busy(engine: Engine, sample: Sample) -> dict[str, str]:
    """By role the first account that an assessment or a routine check waits for."""
    found: dict[str, str] = {}
    compiled, now, roster = engine.editions.in_force, engine.clock.now(), engine.state("roster")
    assert isinstance(roster, Roster)
    waiting = [engine.state(f"assessment/{sample.year}/{unit.unit}") for unit in sample.units]
    checks = [engine.state(row.stream) for row in queries.routine_checks(engine.ledger.database)]
    for id_, who in sample.people().items():
        context = Context(
            rulebook=compiled.rulebook,
            actor=Actor(id_, who.role, who.unit),
            now=now,
            today=now.astimezone(sample.zone).date(),
            roster=roster,
        )
        answered = (one for one in checks if isinstance(one, RoutineCheck) and one.status == "answered")
        decides = any(policy.offered("accept_answer", one, context) for one in answered)
        if decides or any(_is_asked(state, context, compiled.chart) for state in waiting):
            found.setdefault(who.role, id_)
    return found


def _is_asked(state: State, context: Context, table: chart.Chart) -> bool:
    """Whether the next act of an assessment is open to the actor."""
    assert isinstance(state, Assessment)
    following = next_act(state, context.rulebook)
    return following is not None and following.act in offers(state, context, table)


def _ask_for_links(engine: Engine, sample: Sample, roles: dict[str, str]) -> None:
    """Two one-time links on their way: one to be confirmed by the security administrator, one to be issued."""
    system, security = Actor(roles[SYSTEM], SYSTEM), Actor(roles[SECURITY], SECURITY)
    for id_ in list(sample.people())[:2]:
        engine.submit(f"account/{id_}", RequestLink(), system, f"sample-link-{id_}")
    engine.submit(f"account/{id_}", ConfirmLink(), security, f"sample-confirm-{id_}")


@contextmanager
def ticking(engine: Engine, mail: Path) -> Iterator[None]:
    """The clock beside the pages, by the pages' own time: it reminds, escalates and writes letters, which `mail` keeps."""
    ending = Event()
    with listening(mail) as (_, port):
        channel = _channel(port, engine.clock)
        clock = wiring.daemon(engine, Settings(contact=CONTACT), {channel.name: channel})

        def tick() -> None:
            clock.once()
            while not ending.wait(EVERY.total_seconds()):
                clock.once()

        thread = Thread(target=tick, name="clock of the demonstration", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


def _channel(port: int, clock: Clock) -> Smtp:
    """The channel of mail, to the demonstration's own server."""
    return Smtp(
        "127.0.0.1", port, security="none", sender="考核系统 <kaohe@college.invalid>", origin="college.invalid", clock=clock,
    )  # fmt: skip


def _on_the_roster(engine: Engine, sample: Sample) -> list[Unit]:
    """The units of the year, each as the roster has it by now; one that is new there as the sample has it."""
    roster = engine.state("roster")
    assert isinstance(roster, Roster)
    return [roster.units.get(unit.unit, unit) for unit in sample.units]


def _vault_key(keys: Path | None) -> Path | None:
    """The demonstration's own vault key, made if need be."""
    if keys is None:
        return None
    private_files.make_folder(keys)
    file = keys / "vault.key"
    if not file.exists():
        MasterKey.create(file)
    return file


def _confide(engine: Engine, sample: Sample, roles: dict[str, str]) -> None:
    """Notes, reports and a narrative for the vault, all invented, so that its pages have something to show."""
    if not isinstance(engine.ledger.database.key, MasterKey):
        return
    group = Actor(roles["working_group"], "working_group")
    for unit in sample.units:
        state = engine.state(f"assessment/{sample.year}/{unit.unit}")
        assert isinstance(state, Assessment)
        kinds: tuple[tuple[type[StageFact], Kept, str], ...] = (
            (InterviewsHeld, "interview_notes", _NOTES),
            (MeetingHeld, "personal_report", _REPORT),
        )
        for fact, kind, said in kinds:
            for member in state.team[: 2 if state.fact(fact) else 0]:
                _keep(engine, group, kind, member.person, said, state.stream, (unit.unit,))
    discipline = Actor(roles["discipline"], "discipline")
    for row in queries.all_cases(engine.ledger.database):
        units = dict.fromkeys(filter(None, (row.unit, row.unit_now)))
        _keep(engine, discipline, "case_narrative", None, _NARRATIVE, row.stream, units)


def _keep(
    engine: Engine, actor: Actor, kind: Kept, about: str | None, said: str, of: str, units: Iterable[str]
) -> None:
    """Keep a text in the vault of the engine's database."""
    confidential.keep(engine, Vault.of(engine.ledger.database), actor, kind, about, said.encode(), of, units)


_NOTES = "（样例，内容系虚构）\n问：班子如何落实“一岗双责”？\n答：每月研究一次，重点岗位人员谈话已做到全覆盖。\n问：有什么意见建议？\n答：希望采购环节的公示再早一些。"
_REPORT = "（样例，内容系虚构）\n本人一年来执行党风廉政建设责任制情况：分管领域风险点已逐项排查，未发生违规违纪问题。存在不足：对新进人员的提醒谈话不够及时。"
_NARRATIVE = "（样例，内容系虚构）\n经查，该同志在一次接待中超标准用餐，事后主动说明并退赔。"


def _accounts(engine: Engine, sample: Sample) -> dict[str, str]:
    """An account for everybody in the sample, and the three administrators; one for each role."""
    administrators = {role: role.replace("_", "-") for role in ADMINISTRATORS}
    appoint(engine, administrators)
    security = Actor(administrators[SECURITY], SECURITY)
    people, asked = sample.people(), []
    for id_, who in people.items():
        stream = f"account/{id_}"
        opened = OpenAccount(unit=Opaque(who.unit) if who.unit else None)
        called = account_secrets.name(engine.ledger.database, id_, f"样例·{id_}")
        asked.append(Submission(stream, opened, OPERATOR, f"sample-{id_}", beside=(called,)))
        asked.append(Submission(stream, GrantRole(role=Opaque(who.role)), security, f"sample-{id_}-{who.role}"))
    in_holds(engine, asked)
    everybody = (*administrators.values(), *people)
    furnish(engine, [id_ for id_ in everybody if state_of(engine, id_).password is None], PASSWORD)
    return {**{who.role: id_ for id_, who in reversed(people.items())}, **administrators}


def results(engine: Engine, sample: Sample, year: int) -> dict[str, Any]:
    """Where every unit stands, what was sent to whom, and where the ledger ends."""
    head = engine.ledger.head()
    rows = [_row(engine.state(f"assessment/{year}/{u.unit}"), u.title) for u in sample.units]
    return {
        "entries": head.number,
        "digest": head.digest,
        "grades": dict(Counter(str(r["grade"]) for r in rows)),
        "results": rows,
        **_sent(engine),
    }


def _live(
    engine: Engine, clock: VirtualClock, sample: Sample, progress: Progress, mail: Path | None, keys: Path | None
) -> Counter[str]:
    refused: Counter[str] = Counter()
    happenings = sample.happenings()
    done = 0

    def heard(at: datetime, answers: list[Answer]) -> None:
        nonlocal done
        done += 1
        refused.update(a.code for a in answers if isinstance(a, Refusal))
        progress(done, len(happenings), at)

    open_year(engine, sample.year, sample.units, sample.office, WorkingDays().is_working)
    timezone = sample.rulebook.timezone
    vouching = Vouching(engine.ledger.database, keys, timezone, clock.now()) if keys is not None else None
    with _post(engine, clock, sample, mail) as post:
        Rehearsal(engine, clock, heard=heard, post=post, seal=vouching.run if vouching else None).run(
            happenings, sample.ends
        )
    if vouching is not None:
        vouching.cosign(sample.ends)
    return refused


@contextmanager
def _post(engine: Engine, clock: VirtualClock, sample: Sample, mail: Path | None) -> Iterator[Post | None]:
    """A post that writes to everybody, to a mail server on loopback; None where no mail is wanted."""
    replace(engine, [contact.row() for contact in sample.contacts()], OPERATOR)
    if mail is None:
        yield None
        return
    with listening(mail) as (_, port):
        channel = _channel(port, clock)
        yield wiring.post(engine, Settings(contact=CONTACT), {channel.name: channel})


def _letters(sample: Sample, mail: Path | None) -> list[dict[str, Any]]:
    """How many letters the people of each role had, and how long the longest was."""
    roles = {contact.account: contact.roles[0] for contact in sample.contacts()}
    return [asdict(one) for one in tallies(mail, roles)] if mail else []


def _row(state: State, title: str) -> dict[str, Any]:
    assert isinstance(state, Assessment)
    scored = state.fact(Scored)
    result = scored.result if scored else None
    return {
        "unit": state.unit,
        "title": title,
        "kind": state.unit_kind,
        "stage": state.stage,
        "given": plain(result.given) if result else None,
        "deducted": plain(result.deducted) if result else None,
        "score": plain(result.score) if result else None,
        "grade": result.grade if result else None,
        "cause": result.cause if result else None,
        "vetoes": [v.id for v in state.vetoes],
        "notices": list(state.circulated),
    }


def _sent(engine: Engine) -> dict[str, Any]:
    """What the ledger says was to be sent, by kind and receiver: notices are a pure function of its entries."""
    states: dict[str, State] = {}
    sent: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    for row in engine.ledger.rows():
        entry = decode(row[4])
        fact = fact_of(entry)
        kinds[entry.kind] += 1
        state = states.get(entry.stream) or chart.beginning(entry.stream)
        state = states[entry.stream] = chart.fold(state, fact, entry)
        if isinstance(state, Assessment):
            rulebook = engine.editions.compiled(entry.rulebook).rulebook
            sent.update((n.kind, n.to) for n in assessment_notices(fact, state, rulebook))
        elif isinstance(state, RoutineCheck) and isinstance(fact, RoutineCheckFact):
            rulebook = engine.editions.compiled(entry.rulebook).rulebook
            sent.update((n.kind, n.to) for n in routine_checks.routine_check_notices(fact, state, rulebook))
    table: dict[str, dict[str, int]] = {}
    for (kind, to), number in sorted(sent.items()):
        table.setdefault(kind, {})[to] = number
    return {"notices": table, "facts": dict(sorted(kinds.items()))}


def _replay(url: str, keys: Path | None) -> Report:
    expected, trusted = brought(keys) if keys else ([], [])
    with Database.open(url, read_only=True) as database:
        return replay(DatabaseReader(database), evidence=expected, trusted=trusted)
