"""The whole way, on both databases: what was done to the tables, with their guards taken off, is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from audit.reader import DatabaseReader
from audit.replay import replay
from storage.database import Database
from storage.errors import LedgerBroken, ReadOnly
from storage.ledger import Ledger
from tests.audit.copies import Copy


@pytest.fixture
def reader(lived: str) -> Iterator[DatabaseReader]:
    with Database.open(lived, read_only=True) as database:
        yield DatabaseReader(database)


def tamper(url: str, *statements: str) -> None:
    """Do what an owner of the database can do: take the guards off, and change what they guarded."""
    with Database.open(url) as database, database.writing() as connection:
        if database.dialect == "sqlite":
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE entry DISABLE TRIGGER USER"))
            connection.execute(text("ALTER TABLE rulebook DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def codes(url: str) -> list[tuple[int | None, str]]:
    with Database.open(url, read_only=True) as database:
        return [(d.number, d.code) for d in replay(DatabaseReader(database)).defects]


def test_a_lived_year_has_no_defect(reader: DatabaseReader) -> None:
    report = replay(reader)
    assert report.defects == ()
    assert report.entries == len(list(reader.entries()))


def test_entries_are_read_in_batches_and_from_where_one_stands(
    reader: DatabaseReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(reader.entries())
    monkeypatch.setattr("audit.reader.BATCH", 7)
    assert list(reader.entries()) == whole
    assert list(reader.entries(100)) == whole[100:]
    assert replay(reader).ok


def test_what_is_read_from_a_database_is_what_a_copy_of_it_holds(reader: DatabaseReader, ledger: Copy) -> None:
    """Both databases hold the same bytes, and the same projections."""
    here = Copy.of(reader)
    assert (here.rows, here.kept, here.end) == (ledger.rows, ledger.kept, ledger.end)
    assert sorted(here.projected, key=str) == sorted(ledger.projected, key=str)


def test_everything_done_to_the_tables_is_found(lived: str) -> None:
    tamper(
        lived,
        "UPDATE entry SET body = replace(body, '\"office-1\"', '\"office-9\"') WHERE number = 9",
        "UPDATE entry SET kind = 'Approved' WHERE number = 20",
        "DELETE FROM entry WHERE number = 30",
        "UPDATE assessment SET stage = 'nowhere' WHERE stream = 'assessment/2026/u12'",
        "DELETE FROM case_record WHERE stream = 'case/c-2026-u09-a'",
        "UPDATE rulebook SET id = 'another'",
        "UPDATE head SET digest = 'nothing'",
    )
    found = codes(lived)
    assert {(9, "digest"), (20, "columns"), (30, "missing"), (None, "rulebook")} <= set(found)
    assert {"projection", "projection_missing", "head"} <= {code for _, code in found}


def test_a_ledger_that_the_pen_refuses_can_still_be_audited(lived: str) -> None:
    tamper(lived, "UPDATE entry SET digest = 'nothing' WHERE number = 200")
    with Database.open(lived) as database, pytest.raises(LedgerBroken):
        Ledger(database)
    assert codes(lived) == [(200, "digest"), (201, "link")]


def test_an_auditor_cannot_write(lived: str) -> None:
    with Database.open(lived, read_only=True) as database, pytest.raises(ReadOnly), Ledger(database).pen():
        pass


def test_bytes_that_are_no_text_are_found(lived: str) -> None:
    """SQLite stores what it is given; PostgreSQL refuses such a text itself."""
    if lived.startswith("sqlite"):
        tamper(lived, "UPDATE entry SET body = CAST(x'FFFE' AS TEXT) WHERE number = 50")
        assert {(50, "digest"), (50, "unreadable")} <= set(codes(lived))


def test_a_body_that_is_no_text_at_all_is_found(lived: str) -> None:
    if lived.startswith("sqlite"):
        tamper(lived, "UPDATE entry SET body = x'7B7D' WHERE number = 50")
        assert {(50, "digest"), (50, "unreadable")} <= set(codes(lived))
