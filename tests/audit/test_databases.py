"""The whole way, on both databases: what was done to the tables, with their guards taken off, is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from audit.reader import DatabaseReader
from audit.replay import replay
from storage.database.database import Database
from storage.errors import LedgerBroken, ReadOnly
from storage.ledger.ledger import Ledger
from storage.tables.ledger import ENTRY, HEAD
from tests.audit.copies import Body, Copy


@pytest.fixture
def reader(ledger_url: str) -> Iterator[DatabaseReader]:
    with Database.open(ledger_url, read_only=True) as database:
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


def write(url: str, forged: Copy) -> None:
    """Put a forged ledger in the place of the one that is there."""
    tamper(url, "DELETE FROM entry")
    assert forged.end is not None
    number, digest, at = forged.end
    with Database.open(url) as database, database.writing() as connection:
        columns = ("number", "stream", "version", "kind", "body", "digest")
        connection.execute(ENTRY.insert(), [dict(zip(columns, row, strict=True)) for row in forged.rows])
        connection.execute(HEAD.update().values(number=number, digest=digest, recorded_at=at))


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
    assert (here.rows, here.stored_rulebooks, here.end) == (ledger.rows, ledger.stored_rulebooks, ledger.end)
    assert sorted(here.projected, key=str) == sorted(ledger.projected, key=str)


def test_everything_done_to_the_tables_is_found(ledger_url: str) -> None:
    tamper(
        ledger_url,
        "UPDATE entry SET body = replace(body, '\"office-1\"', '\"office-9\"') WHERE number = 9",
        "UPDATE entry SET kind = 'Approved' WHERE number = 20",
        "DELETE FROM entry WHERE number = 30",
        "UPDATE assessment SET stage = 'nowhere' WHERE stream = 'assessment/2026/u12'",
        "DELETE FROM record WHERE stream = 'case/c-2026-u09-a'",
        "UPDATE rulebook SET id = 'another'",
        "UPDATE head SET digest = 'nothing'",
    )
    found = codes(ledger_url)
    assert {(9, "digest"), (20, "columns"), (30, "missing"), (None, "rulebook")} <= set(found)
    assert {"projection", "projection_missing", "head"} <= {code for _, code in found}


def test_everything_done_to_the_table_of_commands_is_found(ledger_url: str) -> None:
    tamper(
        ledger_url,
        "DELETE FROM command WHERE first = 40",
        "UPDATE command SET first = 41, last = 41 WHERE first = 42",
        "UPDATE command SET last = 99 WHERE first = 43",
        "INSERT INTO command (id, first, last) VALUES ('planted', 44, 44)",
    )
    found = codes(ledger_url)
    assert {(40, "command"), (42, "command"), (43, "command"), (None, "command_surplus")} <= set(found)
    assert {code for _, code in found} == {"command", "command_surplus"}


def test_an_agenda_that_was_wiped_is_found(unfinished_ledger_url: str) -> None:
    assert codes(unfinished_ledger_url) == []
    tamper(unfinished_ledger_url, "UPDATE assessment SET next_due_at = NULL WHERE stream = 'assessment/2026/u12'")
    assert [code for _, code in codes(unfinished_ledger_url)] == ["agenda"]


def test_an_agenda_put_off_is_found(unfinished_ledger_url: str) -> None:
    tamper(
        unfinished_ledger_url,
        "UPDATE assessment SET next_due_at = '2090-01-01T00:00:00.000000Z' WHERE next_due_at IS NOT NULL",
    )
    assert {code for _, code in codes(unfinished_ledger_url)} == {"agenda"}


def test_forged_entries_with_every_digest_made_again_are_found(ledger_url: str, ledger: Copy) -> None:
    """Another day than the fact's own, an act nobody knows, a telephone number: written through to the tables."""
    forgeries: list[tuple[int, str, Callable[[Body], object]]] = [
        (ledger.first("MeetingHeld"), "happened", lambda b: b.update(happened_at=b["recorded_at"])),
        (ledger.first("RefusedCommand"), "unknown_refusal", lambda b: b["payload"].update(act="dream")),
        (ledger.first("ScoreReturned"), "private", lambda b: b["payload"].update(reason="13800001111")),
    ]
    forged = ledger
    for number, _, change in forgeries:
        forged = forged.forged(number, change)
    write(ledger_url, forged)
    assert set(codes(ledger_url)) == {(number, code) for number, code, _ in forgeries}


def test_a_ledger_that_the_pen_refuses_can_still_be_audited(ledger_url: str) -> None:
    tamper(ledger_url, "UPDATE entry SET digest = 'nothing' WHERE number = 200")
    with Database.open(ledger_url) as database, pytest.raises(LedgerBroken):
        Ledger(database)
    assert codes(ledger_url) == [(200, "digest"), (201, "link")]


def test_an_auditor_cannot_write(ledger_url: str) -> None:
    with Database.open(ledger_url, read_only=True) as database, pytest.raises(ReadOnly), Ledger(database).transaction():
        pass


@pytest.mark.parametrize("number", ["1000000000", "-5", "0"])
def test_a_head_of_an_absurd_number_is_found(ledger_url: str, number: str) -> None:
    tamper(
        ledger_url,
        f"UPDATE head SET number = {number}",
        "UPDATE command SET first = 999999999, last = 999999999 WHERE first = 7",
    )
    assert {code for _, code in codes(ledger_url)} >= {"missing" if int(number) > 0 else "head", "command_surplus"}


def test_rubbish_in_the_columns_of_a_database_that_takes_it_is_found(ledger_url: str) -> None:
    if ledger_url.startswith("sqlite"):
        tamper(
            ledger_url,
            "UPDATE head SET number = 'x'",
            "UPDATE assessment SET next_due_at = 'x', score = 'x', vetoed = 7",
            "UPDATE command SET first = 'x' WHERE first = 7",
        )
        assert {"head", "projection", "command_surplus"} <= {code for _, code in codes(ledger_url)}


def test_bytes_that_are_no_text_are_found(ledger_url: str) -> None:
    """SQLite stores what it is given; PostgreSQL refuses such a text itself."""
    if ledger_url.startswith("sqlite"):
        tamper(ledger_url, "UPDATE entry SET body = CAST(x'FFFE' AS TEXT) WHERE number = 50")
        assert {(50, "digest"), (50, "unreadable")} <= set(codes(ledger_url))


def test_a_body_that_is_no_text_at_all_is_found(ledger_url: str) -> None:
    if ledger_url.startswith("sqlite"):
        tamper(ledger_url, "UPDATE entry SET body = x'7B7D' WHERE number = 50")
        assert {(50, "digest"), (50, "unreadable")} <= set(codes(ledger_url))
