"""Addresses, journals, and who may write."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text

from storage.database.database import Database, parse_url
from storage.database.sqlite import journal_for
from storage.errors import BadDatabaseUrl, DatabaseUnreachable, ReadOnly, StorageError
from storage.ledger import statements
from storage.ledger.ledger import Ledger
from storage.tables.projections import ASSESSMENT


@pytest.mark.parametrize(
    ("version", "mode", "synchronous"),
    [
        ((3, 40, 1), "delete", "EXTRA"),
        ((3, 51, 2), "delete", "EXTRA"),
        ((3, 51, 3), "wal", "FULL"),
        ((3, 53, 0), "wal", "FULL"),
        ((4, 0, 0), "wal", "FULL"),
    ],
)
def test_the_journal_is_chosen_by_the_version_of_sqlite(
    version: tuple[int, int, int], mode: str, synchronous: str
) -> None:
    assert (journal_for(version).mode, journal_for(version).synchronous) == (mode, synchronous)


def test_the_doctor_is_told_which_database_and_why_it_is_durable(database: Database) -> None:
    name = {"sqlite": "SQLite 3", "postgresql": "PostgreSQL 1"}[database.dialect]
    assert database.description.startswith(name)
    assert "synchronous" in database.description


@pytest.mark.parametrize(
    ("url", "backend", "name"),
    [
        ("ledger.db", "sqlite", "ledger.db"),
        ("/var/lib/kaohe/ledger.db", "sqlite", "/var/lib/kaohe/ledger.db"),
        ("sqlite:////var/lib/kaohe/ledger.db", "sqlite", "/var/lib/kaohe/ledger.db"),
        ("postgresql://host/kaohe", "postgresql", "kaohe"),
        ("postgres://host/kaohe", "postgresql", "kaohe"),
    ],
)
def test_an_address_may_be_a_path_or_a_url(url: str, backend: str, name: str) -> None:
    assert (parse_url(url).get_backend_name(), parse_url(url).database) == (backend, name)


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "://", "oracle://x"])
def test_any_other_address_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as caught:
        Database.open(url)
    assert "secret" not in str(caught.value)


def test_the_address_shown_hides_the_password() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        Database.open("postgresql://u:secret@127.0.0.1:1/kaohe")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["u@127.0.0.1:1/kaohe", "u@/kaohe?host=/nowhere"])
def test_a_connection_that_was_never_made_leaves_no_doubt_about_what_was_written(address: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        Database.open(f"postgresql://{address}")
    assert "没有写入" in caught.value.render("zh")
    assert "nothing was written" in caught.value.render("en")


def test_institutions_share_a_server_in_schemas_of_their_own(postgres: str, note: Callable[..., Any]) -> None:
    address = f"{postgres.format('postgres')}&options=-csearch_path="
    ledgers = [Ledger(Database.create(address + name)) for name in ("north", "south")]
    with ledgers[0].transaction() as transaction:
        note(transaction)
    assert [ledger.head().number for ledger in ledgers] == [1, 0]
    for ledger in ledgers:
        ledger.close()
        ledger.database.close()


def test_a_database_opened_for_reading_cannot_be_written(url: str, six: Ledger, note: Callable[..., Any]) -> None:
    with Database.open(url, read_only=True) as database:
        reader = Ledger(database)
        assert reader.head().number == 6
        with pytest.raises(ReadOnly), reader.transaction() as transaction:
            note(transaction)
        with pytest.raises(ReadOnly), database.writing() as connection:
            connection.execute(text("UPDATE head SET number = 7"))
        with pytest.raises(ReadOnly), database.cursor() as cursor:
            cursor.execute("UPDATE head SET number = 7")
    assert six.head().number == 6


def test_a_read_sees_one_snapshot(ledger: Ledger, note: Callable[..., Any]) -> None:
    if "journal_mode=delete" in ledger.database.description:
        pytest.skip("with a rollback journal a read transaction holds up the commit (StorageBusy)")
    count = text("SELECT count(*) FROM entry")
    with ledger.database.reading() as connection:
        before = connection.scalar(count)
        with ledger.transaction() as transaction:
            note(transaction)
        assert connection.scalar(count) == before == 0


def test_a_write_that_fails_is_undone_as_a_whole(database: Database) -> None:
    with pytest.raises(StorageError), database.writing() as connection:
        connection.execute(text("UPDATE head SET number = 7"))
        connection.execute(text("SELECT * FROM nowhere"))
    assert Ledger(database).head().number == 0


def test_a_moment_comes_back_as_it_was_and_sorts_as_moments_do(database: Database, row: dict[str, Any]) -> None:
    steps = (0, 1, 100, 999_999, 1_000_000)
    moments = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(microseconds=step) for step in steps]
    moments += [datetime(999, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, 7, tzinfo=UTC)]
    with database.writing() as connection:
        for number, moment in enumerate(moments):
            connection.execute(insert(ASSESSMENT), {**row, "stream": f"s/{number}", "next_due_at": moment})
    with database.reading() as connection:
        column = ASSESSMENT.c.next_due_at
        assert list(connection.scalars(select(column).order_by(column))) == sorted(moments)


def test_a_moment_without_its_zone_is_not_stored(database: Database, row: dict[str, Any]) -> None:
    naive = datetime(2026, 12, 1)
    with pytest.raises(StorageError), database.writing() as connection:
        connection.execute(insert(ASSESSMENT), {**row, "next_due_at": naive})
    with pytest.raises(ValueError):
        database.prepare(statements.upsert_assessment).bind({**row, "next_due_at": naive})


def test_a_prepared_statement_takes_exactly_its_names(database: Database, row: dict[str, Any]) -> None:
    statement = database.prepare(statements.upsert_assessment)
    del row["grade"]
    for wrong in (row, {**row, "mark": 1}, {**row, "grade": None, "mark": 1}):
        with pytest.raises(ValueError):
            statement.bind(wrong)


def test_a_pool_recovers_from_a_server_that_cut_its_connections(new_url: Callable[[str], str]) -> None:
    with Database.open(new_url("postgresql")) as database:
        ledger = Ledger(database)
        with psycopg.connect(database.url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            )
        assert ledger.head().number == 0


def test_a_database_that_is_dropped_unclosed_leaves_no_session(url: str) -> None:
    """As after an error between opening it and handing it on; a session left open would be a warning, and warnings are errors here."""
    database = Database.open(url)
    ledger = Ledger(database)
    with database.reading(), ledger.transaction():
        pass
    del database, ledger
    gc.collect()


def test_a_connection_given_back_to_a_closed_database_is_closed(url: str) -> None:
    """As by a request that is still at work when the program ends. See above for why a warning is a failure."""
    database = Database.open(url)
    with database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
        database.close()
    del database, connection
    gc.collect()
