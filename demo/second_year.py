"""The second year of the demonstration, under way. The console opens with it.

That of the sample college is simulated up to 20 December, that of any rulebook up to a day on which half of its
departments are scored.

Everybody has an account to sign in with, and at every stage there is a department that waits for somebody. Before the
year, two departments are merged. Also here: invented evidence and values in the vault, and two one-time links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from config.calendars import WorkingDays
from config.clock import RunningClock, VirtualClock
from config.rulebooks import Edition
from scheduler.simulation import Simulation
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
from workflow.engine import Answer, Engine, Submission
from workflow.year import open_year, submit_in_batches

from .any_rulebook.acts import ActWriter
from .any_rulebook.college import RulebookSample, units_of
from .any_rulebook.steps import steps_under_way
from .college import changes, units
from .evidence import SamplePaper, collect, papers
from .post import post
from .sample import Sample
from .steps import steps_of_year
from .year import vault_key

PASSWORD = "sample-college"  # noqa: S105
"""The password of every sample account. No other database has these accounts."""

PRESENT_DAY = "12-20"
"""The day of the second year on which the console opens, at ten."""

_FRONT_RUNNER = 6
"""The index of the department whose result is already circulated, with its tasks."""

_LAST_DAYS = ("12-15", "11-08", "12-01", "12-19", "12-06", "12-12", "12-17", "12-19")
"""The last day with a step of a department, used in turn. So at every stage a department waits for somebody."""

SetPasswords = Callable[[Engine, Iterable[str], str], None]
"""Gives accounts a password. The console passes this function, because only the console hashes passwords."""


def run_second_year(
    url: str,
    edition: Edition,
    year: int,
    count: int,
    seed: int,
    set_passwords: SetPasswords,
    keys: Path | None = None,
    mail: Path | None = None,
) -> tuple[Engine, dict[str, str]]:
    """Simulate the year after `year` up to its 20 December. `count`, `seed`, `keys` and `mail` are those of `year.run`.

    Returns an engine whose clock continues from there, which the caller must close, and an account to sign in with for
    each role. If an account of the role has work to do, it is such an account.
    """
    college = units(count, seed)
    roster_changes = changes(college, year + 1)
    closed = {change.unit for change in roster_changes if isinstance(change, ReorganiseUnit)}
    assessed = [unit for unit in (*college[5:], *college[:5]) if unit.unit not in closed]
    sample = Sample(assessed, edition.rulebook, year + 1, seed + 1)
    begins, now = sample.start.astimezone(UTC), sample.moment(PRESENT_DAY, 10).astimezone(UTC)
    clock = VirtualClock(begins)
    key = vault_key(keys)
    with wiring.compose_engine(url, clock, edition, key) as engine:
        roles = _open_accounts(engine, sample, set_passwords)
        before = engine.state(year_stream(year + 1))
        assert isinstance(before, Year)
        if not before.version:
            for change in roster_changes:
                engine.submit(ROSTER, change, sample.office, f"sample-{change.act}-{sample.year}")
            open_year(engine, sample.year, _on_the_roster(engine, sample), sample.office, WorkingDays().is_working)
            stop_at = [sample.moment(day, 18) for day in _LAST_DAYS]
            front_runner = sample.units[_FRONT_RUNNER] if len(sample.units) > _FRONT_RUNNER else None
            collected = _collect_evidence(engine, sample)
            with post(engine, clock, sample, mail) as letters:
                steps = steps_of_year(sample, stop_at, front_runner, collected)
                Simulation(engine, clock, post=letters).run(steps, now)
            _fill_vault(engine, sample, roles)
            _request_links(engine, sample, roles)
        roles = {**roles, **_accounts_with_work(engine, sample)}
    return wiring.compose_engine(url, RunningClock(now), edition, key), roles


def run_second_round(
    url: str,
    edition: Edition,
    year: int,
    count: int,
    seed: int,
    set_passwords: SetPasswords,
    keys: Path | None = None,
    mail: Path | None = None,
) -> tuple[Engine, dict[str, str]]:
    """Like `run_second_year`, for a year under any rulebook (`year.run_any`): the round after it, under way.

    Raises `YearStopped` if a command is refused.
    """
    sample = RulebookSample(units_of(edition.rulebook, count, seed), edition.rulebook, year, seed).next_round()
    writer = ActWriter(sample)
    events, now = steps_under_way(writer)
    clock, now = VirtualClock(sample.start.astimezone(UTC)), now.astimezone(UTC)
    key = vault_key(keys)

    def after_event(moment: datetime, answers: list[Answer]) -> None:
        writer.stop_if_refused(answers, moment.astimezone(sample.zone).date())

    with wiring.compose_engine(url, clock, edition, key) as engine:
        roles = _open_accounts(engine, sample, set_passwords)
        before = engine.state(year_stream(sample.year))
        assert isinstance(before, Year)
        if not before.version:
            open_year(engine, sample.year, sample.units, sample.office, WorkingDays().is_working)
            with post(engine, clock, sample, mail) as letters:
                Simulation(engine, clock, on_answers=after_event, post=letters).run(events, now)
            _request_links(engine, sample, roles)
        roles = {**roles, **_accounts_with_work(engine, sample)}
    return wiring.compose_engine(url, RunningClock(now), edition, key), roles


def _accounts_with_work(engine: Engine, sample: Sample) -> dict[str, str]:
    """For each role the first account for which an assessment or a routine check waits."""
    accounts: dict[str, str] = {}
    compiled, now, roster = engine.editions.in_force, engine.clock.now(), engine.state(ROSTER)
    assert isinstance(roster, Roster)
    assessments = [engine.state(assessment_stream(sample.year, unit.unit)) for unit in sample.units]
    checks = [engine.state(stream) for stream in queries.routine_check_units(engine.ledger.database)]
    for id_, person in sample.people().items():
        context = Context(
            rulebook=compiled.rulebook,
            actor=Actor(id_, person.role, person.unit),
            now=now,
            today=now.astimezone(sample.zone).date(),
            roster=roster,
        )
        answered = (check for check in checks if isinstance(check, RoutineCheck) and check.status == "answered")
        may_accept = any(policy.may_offer("accept_answer", check, context) for check in answered)
        if may_accept or any(_is_next_actor(state, context, compiled.chart) for state in assessments):
            accounts.setdefault(person.role, id_)
    return accounts


def _is_next_actor(state: State, context: Context, table: chart.Chart) -> bool:
    """Whether the actor of the context may do the next act of an assessment."""
    assert isinstance(state, Assessment)
    following = next_act(state, context)
    return following is not None and following.act in offers(state, context, table)


def _request_links(engine: Engine, sample: Sample, roles: dict[str, str]) -> None:
    """Request two one-time links. Only the second one is confirmed, so that both kinds are visible."""
    system, security = Actor(roles[SYSTEM], SYSTEM), Actor(roles[SECURITY], SECURITY)
    for id_ in list(sample.people())[:2]:
        engine.submit(account_stream(id_), RequestLink(), system, f"sample-link-{id_}")
    engine.submit(account_stream(id_), ConfirmLink(), security, f"sample-confirm-{id_}")


def _on_the_roster(engine: Engine, sample: Sample) -> list[Unit]:
    """The departments of the year with their present roster entries, if the roster has them."""
    roster = engine.roster()
    return [roster.units.get(unit.unit, unit) for unit in sample.units]


def _collect_evidence(engine: Engine, sample: Sample) -> dict[str, tuple[SamplePaper, ...]]:
    """Put invented documents into the folder of each department. Returns them, for the reports that hand them in."""
    papers_of_units: dict[str, tuple[SamplePaper, ...]] = {}
    for unit in sample.units:
        made = papers(unit.title, sample.rulebook.forms_by_kind[unit.unit_kind].judged, sample.year)
        collect(engine.ledger.database, sample, unit.unit, made)
        papers_of_units[unit.unit] = made
    return papers_of_units


def _fill_vault(engine: Engine, sample: Sample, roles: dict[str, str]) -> None:
    """Store invented notes, reports and narratives in the vault, so that its pages are not empty."""
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
        for fact, kind, content in kinds:
            for member in state.team[: 2 if state.fact(fact) else 0]:
                _store(engine, group, kind, member.person, content, state.stream, (unit.unit,))
    discipline = Actor(roles["discipline"], "discipline")
    for row in queries.all_cases(engine.ledger.database):
        units = dict.fromkeys(filter(None, (row.unit, row.unit_now)))
        _store(engine, discipline, "case_narrative", None, _NARRATIVE, row.stream, units)


def _store(
    engine: Engine, actor: Actor, kind: ValueKind, about: str | None, content: str, stream: str, units: Iterable[str]
) -> None:
    confidential.store(
        engine, Vault.for_database(engine.ledger.database), actor, kind, about, content.encode(), stream, units
    )


_NOTES = "（样例，内容系虚构）\n问：班子如何落实“一岗双责”？\n答：每月研究一次，重点岗位人员谈话已做到全覆盖。\n问：有什么意见建议？\n答：希望采购环节的公示再早一些。"
_REPORT = "（样例，内容系虚构）\n本人一年来执行党风廉政建设责任制情况：分管领域风险点已逐项排查，未发生违规违纪问题。存在不足：对新进人员的提醒谈话不够及时。"
_NARRATIVE = "（样例，内容系虚构）\n经查，该同志在一次接待中超标准用餐，事后主动说明并退赔。"


def _open_accounts(engine: Engine, sample: Sample, set_passwords: SetPasswords) -> dict[str, str]:
    """Open accounts for all people of the sample and for the administrators. Returns one account for each role."""
    administrators = {role: role.replace("_", "-") for role in ADMINISTRATORS}
    appoint(engine, administrators)
    security = Actor(administrators[SECURITY], SECURITY)
    people, submissions = sample.people(), []
    for id_, person in people.items():
        stream = account_stream(id_)
        opening = OpenAccount(unit=Opaque(person.unit) if person.unit else None)
        name = account_secrets.name_write(engine.ledger.database, id_, f"样例·{id_}")
        submissions.append(Submission(stream, opening, OPERATOR, f"sample-{id_}", beside=(name,)))
        submissions.append(
            Submission(stream, GrantRole(role=Opaque(person.role)), security, f"sample-{id_}-{person.role}")
        )
    submit_in_batches(engine, submissions)
    everybody = (*administrators.values(), *people)
    set_passwords(engine, [id_ for id_ in everybody if _has_no_password(engine, id_)], PASSWORD)
    return {**{person.role: id_ for id_, person in reversed(people.items())}, **administrators}


def _has_no_password(engine: Engine, id_: str) -> bool:
    account = engine.state(account_stream(id_))
    assert isinstance(account, Account)
    return account.password is None
