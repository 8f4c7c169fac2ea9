"""What somebody does who owns the database, and where it shows: one deed after the other, on both databases.

They have every right there is in the database and none on the machine: the vault's key and the seals' memory are not theirs. What is
left to them (a whole rewrite, where no seal was kept elsewhere) docs/ledger-format.md says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.tables.all_tables import check_tables
from config.calendars import HolidayTable, HolidayTableDay
from config.clock import VirtualClock
from config.rulebooks import default_edition
from console.web import replay_jobs as verifying
from states.accounts.account import OPERATOR
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Actor, Digest, Document
from storage import bilingual_column, replay_jobs
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.papers import documents
from storage.post import contacts
from storage.sign_in import security_log
from storage.tables.columns import METADATA
from storage.tables.post import ContactRow
from storage.tables.security_log import SecurityLogRow
from storage.vault.vault import Vault, encrypt_plain_text, use_key
from tests.college import OFFICE, Silent, unit
from tests.conftest import NewUrl
from workflow import calendar, confidential, tables
from workflow import contacts as workflow_contacts
from workflow.engine import Engine
from workflow.year import open_year

KEY = MasterKey(b"\x07" * 32)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
GROUP, SECURITY, UNIT = (
    Actor("recorder", "working_group"),
    Actor("guard", "security_admin"),
    Actor("u-1", "unit", "u-1"),
)
EDITION = default_edition()

Deed = Callable[[Any, str], None]
"""What is done, over a driver-level connection that may do everything; the dialect."""


def engine_of(database: Database) -> Engine:
    database.key = KEY
    return Engine(Ledger(database), VirtualClock(NOW), EDITION, Silent())


def happened(url: str) -> None:
    """A year opened, a report handed in with its bytes, two values kept and one of them erased."""
    with Database.open(url) as database, engine_of(database) as engine:
        open_year(engine, 2026, [unit("u-1"), unit("u-2")], OFFICE, lambda day: day.weekday() < 5)
        data = b"%PDF-1.7 the report" * 100_000
        digest = documents.store(database, data, "application/pdf", NOW)
        table = EDITION.rulebook.forms_by_kind["college"]
        report = Document(sha256=Digest(digest), size=len(data), media_type="application/pdf")
        scores = {key: element.points for key, element in table.elements.items()}
        engine.submit("assessment/2026/u-1", SubmitSelfReport(report=report, self_scores=scores), UNIT, "report-1")
        kept = [
            confidential.store(engine, Vault.for_database(database), GROUP, "interview_notes", "p-1", b"said")
            for _ in "abc"
        ]
        confidential.erase(engine, SECURITY, [kept[2].id], "第四十七条")
        calendar.import_table(
            engine, HolidayTable(year=2026, days=(HolidayTableDay(date=date(2026, 10, 1), isOffDay=True),)), OFFICE
        )
        people = [
            ContactRow(account=f"c-{n}", roles="office", language="zh", channels="mail", email=f"c-{n}@college.invalid")
            for n in (1, 2)
        ]
        workflow_contacts.replace_contacts(engine, people, OPERATOR)
        for turn in range(6):
            logged(database, NOW - timedelta(days=200 - 40 * turn))
        assert tables.note_security_log(engine, NOW, 183)
        logged(database, NOW)
        assert tables.note_security_log(engine, NOW, 183)


def logged(database: Database, at: datetime) -> None:
    """One more line of the security log."""
    security_log.add(database, SecurityLogRow(at=at, event="signed_in", account="office", address="192.0.2.1", what=""))


@pytest.fixture
def world(dialect: str, new_url: NewUrl) -> str:
    return new_url(dialect, happened)


class Owner:
    """Somebody with every right in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sqlite = database.dialect == "sqlite"

    def run(self, *statements: str, **values: Any) -> None:
        with self._database.writing() as connection:
            for statement in statements:
                connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})

    def one(self, statement: str) -> Any:
        with self._database.reading() as connection:
            return connection.scalar(text(statement))


@pytest.fixture
def owner(world: str) -> Iterator[Owner]:
    with Database.open(world) as database:
        yield Owner(database)


def codes(url: str, *, key: bool = True) -> set[str]:
    """Every defect of what lies beside the ledger; the ledger itself is whole."""
    with Database.open(url, read_only=True) as database:
        database.key = KEY if key else None
        assert replay(DatabaseReader(database)).ok
        return {one.code for one in check_tables(database).defects}


def test_an_untouched_database_has_no_defect(world: str) -> None:
    assert codes(world) == set()


# The schema

DROPPED = {
    "trigger": ("DROP TRIGGER entry_no_update", "DROP TRIGGER entry_no_change ON entry"),
    "index": ("DROP INDEX assessment_year_unit",) * 2,
    "seal guard": ("DROP TRIGGER seal_no_delete", "DROP TRIGGER seal_no_truncate ON seal"),
}


@pytest.mark.parametrize("what", DROPPED)
def test_a_dropped_guard_or_index_is_a_defect(world: str, owner: Owner, what: str) -> None:
    owner.run(DROPPED[what][not owner.sqlite])
    assert codes(world) == {"schema_missing"}


@pytest.mark.one_database
def test_a_trigger_that_says_the_same_and_does_nothing_is_a_defect(world: str, owner: Owner) -> None:
    owner.run(
        "DROP TRIGGER entry_no_update", "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT 1; END"
    )
    assert codes(world) == {"schema_changed"}


def test_a_trigger_of_somebody_elses_is_a_defect(world: str, owner: Owner) -> None:
    if owner.sqlite:
        owner.run("CREATE TRIGGER mine AFTER INSERT ON contact BEGIN DELETE FROM contact; END")
    else:
        owner.run("CREATE TRIGGER mine AFTER INSERT ON contact FOR EACH ROW EXECUTE FUNCTION only_ever_added()")
    assert codes(world) == {"schema_surplus"}


POSTGRES = {
    "ALTER TABLE entry DISABLE TRIGGER entry_no_change": "schema_disabled",
    "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_no_truncate": "schema_disabled",
    "ALTER TABLE document_part DISABLE TRIGGER ALL": "schema_disabled",
    "CREATE OR REPLACE FUNCTION only_ever_added() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NEW; END $$": "schema_changed",
    "CREATE RULE mine AS ON INSERT TO security DO INSTEAD NOTHING": "schema_surplus",
    "ALTER TABLE security ENABLE ROW LEVEL SECURITY": "schema_surplus",
    "ALTER TABLE vault DROP CONSTRAINT vault_pkey": "schema_changed",
    "ALTER TABLE entry DROP CONSTRAINT entry_stream_version": "schema_missing",
    "ALTER TABLE document_part DROP CONSTRAINT document_part_sha256_fkey": "schema_missing",
    "ALTER TABLE account ALTER COLUMN name DROP NOT NULL": "schema_changed",
}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", POSTGRES)
def test_what_postgresql_lets_its_owner_switch_off_is_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert codes(world) == {POSTGRES[statement]}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_sessions_that_run_as_a_replicas_are_a_defect(world: str, owner: Owner) -> None:
    name = owner.one("SELECT current_database()")
    owner.run(f"ALTER DATABASE {name} SET session_replication_role = replica")
    try:
        assert codes(world) == {"schema_changed"}
    finally:
        owner.run(f"ALTER DATABASE {name} RESET session_replication_role")


# The vault

VAULT = {
    "DELETE FROM vault WHERE id = (SELECT min(id) FROM vault)": "vault_missing",
    "UPDATE vault SET ciphertext = (SELECT ciphertext FROM vault v WHERE v.id <> vault.id LIMIT 1)": "vault_swapped",
    "UPDATE vault SET kind = 'name'": "vault_columns",
    "UPDATE vault SET about = 'p-2' WHERE id = (SELECT min(id) FROM vault)": "vault_columns",
    "INSERT INTO vault SELECT 'v-mine', kind, about, master_key, wrapped_key, ciphertext, '2026-01-01T00:00:00.000000Z' "
    "FROM vault LIMIT 1": "vault_surplus",
}


@pytest.mark.parametrize("statement", VAULT)
def test_a_confidential_value_that_is_not_the_one_kept_is_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert VAULT[statement] in codes(world)


def test_an_erased_value_put_back_is_a_defect(world: str, owner: Owner) -> None:
    erased = owner.one("SELECT stream FROM entry WHERE kind = 'Erased'").partition("/")[2]
    owner.run("UPDATE vault SET id = :id WHERE id = (SELECT min(id) FROM vault)", id=erased)
    assert codes(world) == {"vault_erased", "vault_missing"}


def test_without_the_key_it_is_said_that_values_were_not_opened(world: str) -> None:
    with Database.open(world, read_only=True) as database:
        beside = check_tables(database)
    assert beside.defects == ()
    said = "2 confidential values could not be opened, because their key is not here: if they were swapped, it would not show."
    assert said in [one.en for one in beside.caveats]


# Documents

DOCUMENTS = {
    "DELETE FROM document_part WHERE position = 1": "document_bytes",
    "UPDATE document_part SET data = (SELECT data FROM document_part p WHERE p.position = 1) WHERE position = 0": "document_bytes",
    "UPDATE document SET size = 5": "document_size",
    "DELETE FROM document_part": "document_bytes",
}


@pytest.mark.parametrize("statement", DOCUMENTS)
def test_a_document_whose_bytes_are_not_those_handed_in_is_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert codes(world) == {DOCUMENTS[statement]}


def test_documents_left_out_are_said_not_to_be_vouched_for(world: str, owner: Owner) -> None:
    owner.run("DELETE FROM document_part WHERE position = 1")
    with Database.open(world, read_only=True) as database:
        database.key = KEY
        beside = check_tables(database, with_documents=False)
    assert beside.defects == ()
    assert any("--without-documents" in one.en for one in beside.caveats)


# The security log


LOG = {
    "DELETE FROM security": "log_missing",
    "DELETE FROM security WHERE id = 4": "log_missing",
    "DELETE FROM security WHERE id = 7": "log_missing",
    "UPDATE security SET what = 'other' WHERE id = 3": "log_changed",
    "UPDATE security SET at = (SELECT at FROM security WHERE id = 5) WHERE id = 3": "log_changed",
    "INSERT INTO security SELECT 0, at, event, account, address, what, digest FROM security WHERE id = 3": "log_changed",
    "DELETE FROM security_head": "log_head",
}


@pytest.mark.parametrize("statement", LOG)
def test_a_line_of_the_security_log_deleted_or_changed_is_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert LOG[statement] in codes(world)


def rechained(database: Database, rows: list[SecurityLogRow], first: int, before: str) -> None:
    """Let the log be these rows, with a chain and a head that agree."""
    owner, number, link = Owner(database), first - 1, before
    owner.run("DELETE FROM security")
    for row in rows:
        number, row.id = number + 1, number + 1
        link = row.digest = security_log.digest_of(link, row)
        with database.writing() as connection:
            connection.execute(METADATA.tables["security"].insert().values(**row.model_dump()))
    owner.run(
        "UPDATE security_head SET first = :first, before = :before, number = :number, digest = :digest",
        first=first, before=before, number=number, digest=link,
    )  # fmt: skip


REWRITTEN: dict[str, tuple[Callable[[list[SecurityLogRow]], list[SecurityLogRow]], str]] = {
    "emptied": (lambda _rows: [], "log_shorter"),
    "one left out": (lambda rows: rows[:1] + rows[2:], "log_shorter"),
    "one in another's place": (lambda rows: [rows[1], rows[0], *rows[2:]], "log_rewritten"),
    "all of one account": (
        lambda rows: [SecurityLogRow(**{**r.model_dump(), "account": "x"}) for r in rows],
        "log_rewritten",
    ),
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_a_security_log_rewritten_with_its_chain_is_found_back_to_the_last_note(
    world: str, owner: Owner, how: str
) -> None:
    change, code = REWRITTEN[how]
    with Database.open(world) as database:
        there = security_log.extent(database)
        assert there is not None
        assert there.first == 2, "the first line was old enough, and went"
        rechained(database, change(list(security_log.all_lines(database))), there.first, there.before)
    assert code in codes(world)


def test_a_security_log_cut_at_its_front_before_the_ledger_allows_is_a_defect(world: str, owner: Owner) -> None:
    with Database.open(world) as database:
        rows = list(security_log.all_lines(database))
        security_log.delete_before(database, 5, rows[2].digest)
    assert codes(world) == {"log_cut"}


def test_lines_after_the_last_note_are_said_not_to_be_vouched_for(world: str) -> None:
    with Database.open(world) as database:
        database.key = KEY
        logged(database, NOW)
        beside = check_tables(database)
        assert beside.defects == ()
        assert any(one.en.startswith("The last 1 lines of the security log are not yet") for one in beside.caveats)


def test_two_notes_in_a_row_write_one_entry_and_old_lines_go(world: str) -> None:
    with Database.open(world) as database, engine_of(database) as engine:
        assert not tables.note_security_log(engine, NOW, 183)
        assert tables.note_security_log(engine, NOW + timedelta(days=60), 183)
        assert [row.id for row in security_log.all_lines(database)] == [3, 4, 5, 6, 7]
    assert codes(world) == set()


# Working days


HOLIDAYS = {
    "UPDATE holidays SET source = '{}'": "row_changed",
    "DELETE FROM holidays": "row_missing",
    "INSERT INTO holidays (year, source) SELECT 2027, source FROM holidays": "row_surplus",
}


@pytest.mark.parametrize("statement", HOLIDAYS)
def test_working_days_changed_in_the_database_are_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert codes(world) == {HOLIDAYS[statement]}


# People: contacts, and what lies sealed


CONTACTS = {
    "UPDATE contact SET roles = 'discipline' WHERE account = 'c-1'": "row_changed",
    "UPDATE contact SET channels = ''": "row_changed",
    "DELETE FROM contact WHERE account = 'c-2'": "row_missing",
    "INSERT INTO contact (account, roles, language, channels) VALUES ('c-9', 'discipline', 'zh', '')": "row_surplus",
    "UPDATE contact SET email = 'mine@college.invalid' WHERE account = 'c-1'": "encrypted_plain",
}


@pytest.mark.parametrize("statement", CONTACTS)
def test_a_contact_changed_in_the_database_is_a_defect(world: str, owner: Owner, statement: str) -> None:
    owner.run(statement)
    assert codes(world) == {CONTACTS[statement]}


def test_plain_text_planted_among_what_is_sealed_is_never_read(world: str, owner: Owner) -> None:
    owner.run("UPDATE contact SET email = 'mine@college.invalid' WHERE account = 'c-1'")
    with Database.open(world) as database:
        assert use_key(database, KEY) == 0
        found = contacts.contact_of(database, "c-1")
        assert found is not None
        assert found.email is None
        assert encrypt_plain_text(database, KEY) == 1, "the operator may take it over"


# Reports of replays


def test_a_forged_report_is_a_defect_and_is_not_shown(world: str, owner: Owner) -> None:
    with Database.open(world) as database, engine_of(database) as engine:
        actor = Actor("auditor", "audit_admin")
        number = verifying.start_replay(engine, actor, [], [])
        for thread in threading.enumerate():
            if thread.name == f"verification-{number}":
                thread.join(60)
        row = replay_jobs.find(database, number)
        assert row is not None
        assert verifying.stored_report(engine, row) is not None
    assert codes(world) == set()
    owner.run("UPDATE verification SET report = NULL, fault = 'none'")
    with Database.open(world) as database, engine_of(database) as engine:
        row = replay_jobs.find(database, number)
        assert row is not None
        assert verifying.stored_report(engine, row) is None
        assert bilingual_column.decode(row.fault) == verifying.FORGED
    assert codes(world) == {"row_changed"}
