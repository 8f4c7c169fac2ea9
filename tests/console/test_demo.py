"""The demonstration year: every turn a year can take, the same ledger on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client
from starlette.types import ASGIApp

from audit.seals.checkpoints import parse_checkpoint
from audit.seals.notes import parse_note
from config.clock import VirtualClock
from config.settings import Settings
from console.app import app
from console.papers.making import papers_of_year
from console.papers.remake import recorded_papers, remake
from console.papers.samples import issue_samples
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from demo.college import units
from demo.evidence import papers as sample_papers
from demo.post import daemon_in_thread
from demo.sample import Sample
from demo.second_year import run_second_year
from demo.year import run
from documents import inspection
from documents.inspection import inspect
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.records.account import ADMINISTRATORS
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.stages.democratic_evaluation import BallotHeld
from states.stages.document_review import DocumentsReviewed
from states.stages.scoring import Scored
from states.streams import Stream
from states.vocabulary import Actor, Digest
from storage import lease, queries
from storage.database.database import Database
from storage.papers import documents, evidence
from storage.post import contacts
from storage.post.deliveries import counts
from storage.seals import cosignatures, seals_after
from tests.conftest import NewUrl
from tests.sample_year import EDITION, four, live, sixteen, summary_of
from workflow import wiring
from workflow.engine import Engine
from workflow.year import register

from .web import ASSESSING, Inside


@pytest.fixture
def year(dialect: str, new_url: NewUrl) -> str:
    """A database that holds the year of sixteen units, once of each kind."""
    return new_url(dialect, sixteen)


def test_a_year_shows_every_turn_and_replays_without_a_defect(year: str) -> None:
    """All four grades, returns, deductions, vetoes in time and after circulation, reminders, escalations."""
    summary = summary_of(year)
    facts = summary["facts"]
    assert set(summary["grades"]) == {"excellent", "pass", "basic", "fail"}
    assert summary["replay"]["ok"], summary["replay"]["defects"][:3]
    assert summary["replay"]["entries"] == summary["entries"]
    for kind in (
        "SelfReportReturned", "ScoreReturned", "Reminded", "Escalated", "VetoRaised", "VetoLifted", "ResultReopened",
        "BallotVoided", "StepUndone", "MemberSubstituted", "DeadlineMoved", "StaleScoreNoted", "TaskCompleted",
        "CaseRescinded", "RefusedCommand", "Chased",
    ):  # fmt: skip
        assert facts.get(kind, 0) > 0, kind
    assert all(row["stage"] == "circulation" for row in summary["results"])
    late = next(row for row in summary["results"] if row["unit"] == "u08")
    assert (late["grade"], late["limits"], len(late["notices"])) == ("fail", ["heavy_sanction"], 2)
    taken_back = next(row for row in summary["results"] if row["unit"] == "u01")
    assert (taken_back["grade"], taken_back["limits"], len(taken_back["notices"])) == ("pass", [], 2)
    assert summary["refused"] == {"OwnUnit": 1, "ScoreIsStale": 1}
    assert summary["notices"]["veto_raised"].keys() == {"office", "committee"}


def test_the_year_shows_a_routine_check_found_answered_and_named_in_the_score(year: str) -> None:
    with wiring.read_only_engine(year) as engine:
        mended = engine.state("routine_check/r-2026-u01")
        assert isinstance(mended, RoutineCheck)
        assert (mended.status, len(mended.answers)) == ("accepted", 2)
        late = engine.state("routine_check/r-2026-u06")
        assert isinstance(late, RoutineCheck)
        assert (late.status, len(late.answers)) == ("accepted", 1), "mended after the unit was scored"
        assert len(late.recorded_reminders) == 5
        for unit, status in (("u01", "accepted"), ("u06", "late")):
            state = engine.state(f"assessment/2026/{unit}")
            assert isinstance(state, Assessment)
            scored = state.fact(Scored)
            assert scored is not None
            (named,) = [line for line in scored.inputs.records if line.kind == "routine_check"]
            assert (named.record, named.fields) == (f"r-2026-{unit}", {"status": status})


def test_the_same_seed_gives_the_same_ledger_byte_for_byte_on_both_databases(
    new_url: NewUrl,
) -> None:
    """The last digest covers every byte before it."""
    one, other = (summary_of(new_url(dialect, sixteen)) for dialect in ("sqlite", "postgresql"))
    assert one["digest"] == other["digest"]
    assert one == other


def test_another_seed_gives_another_ledger(new_url: NewUrl) -> None:
    """The seed is what it is made from."""
    assert live(new_url("sqlite"), 4, 1)["digest"] != live(new_url("sqlite"), 4, 2)["digest"]


def test_running_it_again_writes_nothing(dialect: str, new_url: NewUrl) -> None:
    """A database that holds the year is shown, not lived again."""
    url = new_url(dialect, four)
    first, again = summary_of(url, 4), live(url, 4)
    assert (first["lived_now"], again["lived_now"]) == (True, False)
    assert again["digest"] == first["digest"]
    assert again["results"] == first["results"]


def test_what_the_year_says_is_really_posted_and_every_letter_reads_as_it_was_written(url: str, tmp_path: Path) -> None:
    """Over SMTP, to a server that keeps each letter; at most one a day to anybody, and one that is confidential."""
    summary = run(url, EDITION, 2026, 4, 2026, lambda *_: None, tmp_path)
    letters = [message_from_bytes(file.read_bytes(), policy=default) for file in sorted(tmp_path.glob("*.eml"))]
    assert summary["letters"] == len(letters) > 10
    assert len({letter["Message-ID"] for letter in letters}) == len(letters)
    days = [
        (
            letter["To"],
            letter["Date"].datetime.astimezone(ZoneInfo("Asia/Shanghai")).date(),
            "保密" in letter["Subject"],
        )
        for letter in letters
    ]
    assert len(set(days)) == len(days)
    first = next(letter for letter in letters if letter["To"] == "u02-1@college.invalid")
    title = Sample(units(4, 2026), EDITION.rulebook, 2026, 2026).units[1].title
    assert first["Subject"] == "【待办】自查自评，11 月 20 日（周五）前，还有 32 个工作日"
    assert first.get_content().startswith(f"{title}：")
    assert "请登录考核系统办理" in first.get_content()
    with Database.open(url, read_only=True) as database:
        ends = {state for (channel, state) in counts(database) if channel == "mail"}
    assert ends <= {"sent", "superseded"}


def test_over_a_lived_year_nobody_has_more_letters_than_they_can_read(new_url: NewUrl, tmp_path: Path) -> None:
    """The bounds are those of sixty departments: how many letters somebody has does not depend on how many there are.

    Every letter counts: those about routine checks, the sheets of the year's end and the confidential ones too.
    """
    summary = run(new_url("sqlite"), EDITION, 2026, 16, 2026, lambda *_: None, tmp_path)
    assert {one["role"] for one in summary["letters_by_role"] if one["lines"] > 20} == set()
    most = {one["role"]: one["most"] for one in summary["letters_by_role"]}
    assert min(most.values()) > 0, "and nobody hears nothing"
    assert most["working_group"] <= 15
    assert most["office"] <= 12
    assert most["unit"] <= 6


def test_the_post_writes_nothing_into_the_ledger(new_url: NewUrl, tmp_path: Path) -> None:
    """The same ledger, byte for byte, with the post and without it."""
    posted = run(new_url("sqlite"), EDITION, 2026, 2, 1, lambda *_: None, tmp_path)
    assert posted["digest"] == live(new_url("sqlite"), 2, 1)["digest"]


def test_the_year_is_sealed_as_it_goes_and_a_witness_signs(url: str, tmp_path: Path) -> None:
    """Every approval within a day, the end of the year whole; the replay expects what the witness saw."""
    summary = run(url, EDITION, 2026, 4, 2026, lambda *_: None, keys=tmp_path / "keys")
    vouched = summary["replay"]["vouched"]
    assert summary["replay"]["ok"]
    assert vouched["seals"] > 10
    assert vouched["sealed"] == vouched["witnessed"] == summary["entries"]
    assert vouched["witnesses"] == ("audit.college.invalid/witness",)
    with Database.open(url, read_only=True) as database:
        assert 2 <= len({one.number for one in cosignatures(database)}) < vouched["seals"]


def test_a_letter_that_tells_of_a_circulation_names_the_seal_it_is_under(new_url: NewUrl, tmp_path: Path) -> None:
    url = new_url("sqlite")
    run(url, EDITION, 2026, 2, 1, lambda *_: None, tmp_path / "mail", tmp_path / "keys")
    letters = [message_from_bytes(file.read_bytes(), policy=default) for file in (tmp_path / "mail").glob("*.eml")]
    told = [text for letter in letters if "【通报】" in (text := letter.get_content())]
    with Database.open(url, read_only=True) as database:
        shown = [parse_checkpoint(parse_note(row.note.encode()).text) for row in seals_after(database)]
    named = {f"台账封存 {one.size} 条，指纹 {one.fingerprint}" for one in shown}
    assert told
    assert {text.splitlines()[-1] for text in told} <= named


@pytest.mark.one_database
def test_the_key_of_the_names_is_there_after_the_year_that_was_encrypted_with_it(
    new_url: NewUrl, tmp_path: Path
) -> None:
    url, keys = new_url("sqlite"), tmp_path / "keys"
    run(url, EDITION, 2026, 2, 1, lambda *_: None, tmp_path / "mail", keys)
    with wiring.compose_engine(
        url, VirtualClock(datetime(2027, 6, 1, tzinfo=UTC)), EDITION, keys / "vault.key"
    ) as engine:
        rows = contacts.all_contacts(engine.ledger.database)
    assert {row.email for row in rows if row.email} != set()


def test_sealing_writes_nothing_into_the_ledger(new_url: NewUrl, tmp_path: Path) -> None:
    sealed = run(new_url("sqlite"), EDITION, 2026, 2, 1, lambda *_: None, keys=tmp_path / "keys")
    assert sealed["digest"] == live(new_url("sqlite"), 2, 1)["digest"]


@pytest.mark.one_database
def test_the_year_under_way_is_without_the_unit_that_was_merged_in_march(url: str) -> None:
    """The sample is the same on both databases; that it is, another test says."""
    college = units(16, 2026)
    with wiring.compose_engine(url, VirtualClock(datetime(2026, 10, 8, tzinfo=UTC)), EDITION) as engine:
        register(engine, college, Actor("office-1", "office"))
    engine, _ = run_second_year(url, EDITION, 2026, 16, 2026, set_passwords)
    with engine:
        roster = engine.state("roster")
        assert isinstance(roster, Roster)
        (merged,) = roster.reorganisations
        opened = {row.unit for row in queries.assessments(engine.ledger.database, 2027)}
        assert opened == {unit.unit for unit in college} - {merged.unit}
        (into,) = merged.successors
        assert (roster.title(into, 2026), roster.title(into, 2027)) == ("图书馆", "图书与信息中心")


@pytest.mark.one_database
def test_the_demonstration_has_something_to_do_for_every_role(year: str) -> None:
    """By the law's own acts: a step, a task, an answer to be decided on, a link, a verification."""
    engine, roles = run_second_year(year, EDITION, 2026, 16, 2026, set_passwords)
    assert roles.keys() == {*ADMINISTRATORS, *ASSESSING}
    with engine:
        site = app(engine, Settings(second_factor="optional"))
        for role, account in roles.items():
            page = first_page(site, engine, account)
            said = "期限" if role == "unit" else "件事等您办"
            assert said in page, role
            assert "没有待您办理的事项" not in page, role
        assert "办结结果运用事项" in first_page(site, engine, roles["organization"])
        assert "办结结果运用事项" in first_page(site, engine, roles["discipline"])
        assert "待您认可" in first_page(site, engine, roles["leading_group"])
        assert "核验台账" in first_page(site, engine, roles["audit_admin"])


@pytest.mark.one_database
def test_the_papers_of_the_demonstration_can_be_opened_and_come_out_the_same_again(year: str) -> None:
    engine, roles = run_second_year(year, EDITION, 2026, 16, 2026, set_passwords)
    with engine:
        count = issue_samples(engine, 2026, roles)
        entries = list(recorded_papers(engine))
        assert len(entries) == count > 150
        made = {Stream.parse(entry.stream).path[-1] for entry in entries}
        left = {key for key, paper in PAPERS.items() if not paper.has_persons} - made
        assert left == {"publicity", "rectification", "reminder"}, "no publicity, nothing open, nothing to put right"
        assert [one.entry.number for one in (remake(engine, entry) for entry in entries) if not one.is_right] == []
        sealed = papers_of_year(engine, PAPERS["circular"], 2026).made["year/2026"].copies
        data = documents.read(engine.ledger.database, sealed[0].sha256)
        assert data is not None
        assert inspect("通报.pdf", data) == "application/pdf"


def first_page(site: ASGIApp, engine: Engine, account: str) -> str:
    """What the account reads on its first page."""
    return page_of(site, engine, account, "/")


def page_of(site: ASGIApp, engine: Engine, account: str, path: str) -> str:
    """What the account reads on a page."""
    state = state_of(engine, account)
    proof = Digest(state.password or "")
    token = sessions.start_session(engine, state, way="password", proof=proof, address="192.0.2.1", agent="test")
    client = Client(transport=Inside(site), base_url="https://localhost")
    client.cookies.set(sessions.COOKIE, token, domain="localhost.local", path="/")
    return client.get(path).text


def test_in_the_sample_assessors_differ_points_have_reasons_and_findings_are_not_all_met(year: str) -> None:
    with wiring.read_only_engine(year) as engine:
        states = [engine.state(f"assessment/2026/u{n:02}") for n in range(1, 17)]
    shown, apart, content = set(), 0, set()
    for state in states:
        assert isinstance(state, Assessment)
        review, ballot, scored = state.fact(DocumentsReviewed), state.fact(BallotHeld), state.fact(Scored)
        assert review is not None
        assert ballot is not None
        assert scored is not None
        shown |= {one.degree for one in review.findings.values()}
        assert all(one.remark for one in review.findings.values() if one.degree != "met")
        apart += len({tuple(sheet.marks.items()) for sheet in state.sheets.values()}) > 1
        content |= {max(sheet.counts.values()) * 100 // sheet.valid for sheet in ballot.sheets}
    assert shown == {"met", "partly", "unmet"}
    assert apart == len(states)
    assert len(content) > 10


@pytest.mark.one_database
def test_the_departments_of_the_year_under_way_have_evidence_that_opens_and_verdicts_on_it(year: str) -> None:
    engine, roles = run_second_year(year, EDITION, 2026, 16, 2026, set_passwords)
    with engine:
        database = engine.ledger.database
        assessed = [row.unit for row in queries.assessments(database, 2027)]
        folders = {unit: evidence.collected(database, 2027, unit) for unit in assessed}
        names = ["会议记录.docx", "学习台账.xlsx", "责任书.docx"]
        assert {tuple(sorted(one.name for one in files)) for files in folders.values()} == {tuple(names)}
        for one in folders[assessed[0]]:
            data = documents.read(database, one.sha256)
            assert data is not None
            assert inspection.accept_file(one.name, data, None).media_type == one.media_type
        states = [engine.state(f"assessment/2027/{unit}") for unit in assessed]
        said = Counter(
            verdict.fits
            for state in states
            if isinstance(state, Assessment) and (review := state.fact(DocumentsReviewed))
            for finding in review.findings.values()
            for verdict in finding.verdicts.values()
        )
        assert said.keys() == {"yes", "partly", "no"}
        reviewed = next(one for one in states if isinstance(one, Assessment) and one.fact(DocumentsReviewed))
        site = app(engine, Settings(second_factor="optional"))
        for account in (roles["committee"], f"acct-{reviewed.unit}"):
            page = page_of(site, engine, account, f"/evidence/2027/{reviewed.unit}")
            assert page.count("已报送") == 3
            assert "会议记录.docx" in page
        home = page_of(site, engine, roles["committee"], f"/assessments/2027/{reviewed.unit}")
        assert "学习台账.xlsx" in home


def test_the_same_department_has_the_same_documents_every_time() -> None:
    first, second = (sample_papers("样例学院", ("1.1", "1.2", "1.3"), 2027) for _ in range(2))
    assert [one.document for one in first] == [one.document for one in second]
    assert len({one.document.sha256 for one in (*first, *sample_papers("另一学院", ("1.1", "1.2", "1.3"), 2027))}) == 6


@pytest.mark.one_database
def test_beside_the_pages_of_the_demonstration_its_clock_runs_and_posts(url: str, tmp_path: Path) -> None:
    """By the pages' own time; what became due since the year was left off is said by letter. Who can sign in has something to do."""
    live(url, 8)
    engine, roles = run_second_year(url, EDITION, 2026, 8, 2026, set_passwords)
    assert roles["unit"] == "acct-u07", "whose report is overdue"
    assert roles["assessor"] == "assessor-8", "who is recused nowhere"
    with engine:
        before, began = engine.ledger.head().number, engine.clock.now()
        with daemon_in_thread(engine, tmp_path / "mail"):
            until = monotonic() + 60
            while lease.read(engine.ledger.database).beat_at is None and monotonic() < until:
                sleep(0.05)
        beat = lease.read(engine.ledger.database).beat_at
        assert beat is not None
        assert beat >= began
        assert list((tmp_path / "mail").glob("*.eml")), "letters of the year that is under way"
        assert engine.ledger.head().number >= before
