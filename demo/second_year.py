"""The second year of the sample college, up to the middle of its December: what the console shows.

Everybody has an account to sign in with, and every step waits for somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from pathlib import Path

from config.calendars import WorkingDays
from config.clock import RunningClock, VirtualClock
from config.rulebooks import Edition
from scheduler.rehearsal import Rehearsal
from states import chart, policy
from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.accounts.links import ConfirmLink, RequestLink
from states.assessment import Assessment, StageFact
from states.context import Context
from states.custody.confidential import ValueKind
from states.offers import next_act, offers
from states.records.account import ADMINISTRATORS, SECURITY, SYSTEM, Account
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.stages.interviews import InterviewsHeld
from states.stages.meeting import MeetingHeld
from states.stream_kinds import State
from states.streams import ROSTER, account_stream, assessment_stream, year_stream
from states.vocabulary import Actor, Opaque
from states.year.reorganisation import ReorganiseUnit
from storage import queries
from storage.master_key import MasterKey
from storage.vault import account_secrets
from storage.vault.vault import Vault
from workflow import confidential, wiring
from workflow.administrators import appoint
from workflow.engine import Engine, Submission
from workflow.year import open_year, submit_in_batches

from .post import post
from .sample import Sample, changes, units
from .year import vault_key

PASSWORD = "sample-college"  # noqa: S105
"""The password of every sample account. No other database has these accounts."""

SHOWN_ON = "12-20"
"""The day of the second year on which the console is opened, at ten."""

_FIRST = 6
"""Which department goes first: by then its result is circulated and has its follow-up."""

_LEFT_OFF = ("12-15", "11-08", "12-01", "12-19", "12-06", "12-12", "12-17", "12-19")
"""Up to which day something happens in each department: so that every step waits for somebody."""

SetPasswords = Callable[[Engine, Iterable[str], str], None]
"""Gives accounts a password: the console's, since only it hashes passwords."""


def under_way(
    url: str, edition: Edition, year: int, count: int, seed: int, set_passwords: SetPasswords,
    keys: Path | None = None, mail: Path | None = None,
) -> tuple[Engine, dict[str, str]]:  # fmt: skip
    """Run through the year after `year` up to its 20 December. `count`, `seed`, `keys` and `mail` as in `year.run`.

    Returns an engine whose clock goes on from there (close it), and for each role an account to sign in with: one that has
    something to do, if there is one.
    """
    college = units(count, seed)
    changed = changes(college, year + 1)
    gone = {change.unit for change in changed if isinstance(change, ReorganiseUnit)}
    assessed = [unit for unit in (*college[5:], *college[:5]) if unit.unit not in gone]
    sample = Sample(assessed, edition.rulebook, year + 1, seed + 1)
    begins, now = sample.begins.astimezone(UTC), sample.moment(SHOWN_ON, 10).astimezone(UTC)
    clock = VirtualClock(begins)
    key = vault_key(keys)
    with wiring.compose_engine(url, clock, edition, key) as engine:
        roles = _open_accounts(engine, sample, set_passwords)
        before = engine.state(year_stream(year + 1))
        assert isinstance(before, Year)
        if not before.version:
            for change in changed:
                engine.submit(ROSTER, change, sample.office, f"sample-{change.act}-{sample.year}")
            open_year(engine, sample.year, _on_the_roster(engine, sample), sample.office, WorkingDays().is_working)
            leave_off = [sample.moment(day, 18) for day in _LEFT_OFF]
            first = sample.units[_FIRST] if len(sample.units) > _FIRST else None
            with post(engine, clock, sample, mail) as outbox:
                Rehearsal(engine, clock, post=outbox).run(sample.happenings(leave_off, first), now)
            _fill_vault(engine, sample, roles)
            _ask_for_links(engine, sample, roles)
        roles = {**roles, **_busy(engine, sample)}
    return wiring.compose_engine(url, RunningClock(now), edition, key), roles


def _busy(engine: Engine, sample: Sample) -> dict[str, str]:
    """By role the first account that an assessment or a routine check waits for."""
    found: dict[str, str] = {}
    compiled, now, roster = engine.editions.in_force, engine.clock.now(), engine.state(ROSTER)
    assert isinstance(roster, Roster)
    waiting = [engine.state(assessment_stream(sample.year, unit.unit)) for unit in sample.units]
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
        decides = any(policy.may_offer("accept_answer", one, context) for one in answered)
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
        engine.submit(account_stream(id_), RequestLink(), system, f"sample-link-{id_}")
    engine.submit(account_stream(id_), ConfirmLink(), security, f"sample-confirm-{id_}")


def _on_the_roster(engine: Engine, sample: Sample) -> list[Unit]:
    """The units of the year, each as the roster has it by now; one that is new there as the sample has it."""
    roster = engine.roster()
    return [roster.units.get(unit.unit, unit) for unit in sample.units]


def _fill_vault(engine: Engine, sample: Sample, roles: dict[str, str]) -> None:
    """Put invented notes, reports and narratives into the vault, so that its pages have something to show."""
    if not isinstance(engine.ledger.database.key, MasterKey):
        return
    group = Actor(roles["working_group"], "working_group")
    for unit in sample.units:
        state = engine.state(assessment_stream(sample.year, unit.unit))
        assert isinstance(state, Assessment)
        kinds: tuple[tuple[type[StageFact], ValueKind, str], ...] = (
            (InterviewsHeld, "interview_notes", _NOTES),
            (MeetingHeld, "personal_report", _REPORT),
        )
        for fact, kind, said in kinds:
            for member in state.team[: 2 if state.fact(fact) else 0]:
                _store(engine, group, kind, member.person, said, state.stream, (unit.unit,))
    discipline = Actor(roles["discipline"], "discipline")
    for row in queries.all_cases(engine.ledger.database):
        units = dict.fromkeys(filter(None, (row.unit, row.unit_now)))
        _store(engine, discipline, "case_narrative", None, _NARRATIVE, row.stream, units)


def _store(
    engine: Engine, actor: Actor, kind: ValueKind, about: str | None, said: str, of: str, units: Iterable[str]
) -> None:
    confidential.store(engine, Vault.of(engine.ledger.database), actor, kind, about, said.encode(), of, units)


_NOTES = "（样例，内容系虚构）\n问：班子如何落实“一岗双责”？\n答：每月研究一次，重点岗位人员谈话已做到全覆盖。\n问：有什么意见建议？\n答：希望采购环节的公示再早一些。"
_REPORT = "（样例，内容系虚构）\n本人一年来执行党风廉政建设责任制情况：分管领域风险点已逐项排查，未发生违规违纪问题。存在不足：对新进人员的提醒谈话不够及时。"
_NARRATIVE = "（样例，内容系虚构）\n经查，该同志在一次接待中超标准用餐，事后主动说明并退赔。"


def _open_accounts(engine: Engine, sample: Sample, set_passwords: SetPasswords) -> dict[str, str]:
    """Open an account for everybody of the sample and for the three administrators. Returns one account for each role."""
    administrators = {role: role.replace("_", "-") for role in ADMINISTRATORS}
    appoint(engine, administrators)
    security = Actor(administrators[SECURITY], SECURITY)
    people, submissions = sample.people(), []
    for id_, who in people.items():
        stream = account_stream(id_)
        opened = OpenAccount(unit=Opaque(who.unit) if who.unit else None)
        name = account_secrets.name(engine.ledger.database, id_, f"样例·{id_}")
        submissions.append(Submission(stream, opened, OPERATOR, f"sample-{id_}", beside=(name,)))
        submissions.append(Submission(stream, GrantRole(role=Opaque(who.role)), security, f"sample-{id_}-{who.role}"))
    submit_in_batches(engine, submissions)
    everybody = (*administrators.values(), *people)
    set_passwords(engine, [id_ for id_ in everybody if _has_no_password(engine, id_)], PASSWORD)
    return {**{who.role: id_ for id_, who in reversed(people.items())}, **administrators}


def _has_no_password(engine: Engine, id_: str) -> bool:
    account = engine.state(account_stream(id_))
    assert isinstance(account, Account)
    return account.password is None
