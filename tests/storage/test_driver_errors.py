"""Disks that fill, servers that go away, locks that are held, processes that die."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest

from storage.database.database import Database
from storage.database.driver_errors import translate
from storage.database.malformed import DamagedDatabaseFile
from storage.database.sqlite import DRIVER
from storage.errors import (
    Conflict,
    ConnectionLost,
    LedgerBroken,
    ReadOnly,
    StorageBusy,
    StorageError,
    StorageFull,
)
from storage.ledger import chain
from storage.ledger.ledger import Ledger
from storage.ledger.writer import Writer

Note = Callable[..., chain.Entry]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (5, StorageBusy),
        (517, StorageBusy),
        (6, StorageBusy),
        (8, ReadOnly),
        (13, StorageFull),
        (778, StorageFull),
        (10, StorageError),
        (266, StorageError),
        (11, DamagedDatabaseFile),
        (26, DamagedDatabaseFile),
        (522, DamagedDatabaseFile),
        (1555, Conflict),
    ],
)
def test_an_error_of_sqlite_has_its_sentence(code: int, fault: type[StorageError]) -> None:
    error = DRIVER.OperationalError("some words")
    error.sqlite_errorcode = code
    assert type(translate(error)) is fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (psycopg.errors.DiskFull, StorageFull),
        (psycopg.errors.TooManyConnections, StorageBusy),
        (psycopg.errors.LockNotAvailable, StorageBusy),
        (psycopg.errors.DeadlockDetected, StorageBusy),
        (psycopg.errors.SerializationFailure, StorageBusy),
        (psycopg.errors.ReadOnlySqlTransaction, ReadOnly),
        (psycopg.errors.UniqueViolation, Conflict),
        (psycopg.errors.AdminShutdown, ConnectionLost),
        (psycopg.errors.IdleInTransactionSessionTimeout, ConnectionLost),
        (psycopg.OperationalError, ConnectionLost),
        (psycopg.errors.SyntaxError, StorageError),
    ],
)
def test_an_error_of_postgresql_has_its_sentence(error: type[psycopg.Error], fault: type[StorageError]) -> None:
    assert type(translate(error("some words"))) is fault


def test_a_full_disk_is_said_so_and_nothing_is_acknowledged(
    new_url: Callable[[str], str], note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(new_url("sqlite")) as database:
        connect, connections = database.connect, []

        def connect_and_record() -> Any:
            connections.append(connect())
            return connections[-1]

        monkeypatch.setattr(database, "connect", connect_and_record)
        ledger = Ledger(database)
        with ledger.transaction() as transaction:
            note(transaction)
        for connection in connections:
            limit(connection)
        with pytest.raises(StorageFull), ledger.transaction(["c2"]) as transaction:
            note(transaction, payload=chain.encode_canonical({"words": "字" * 200_000}))
            transaction.record_answer("c2", 2, 2)
        assert ledger.head().number == 1
        assert ledger.answer("c2") is None
        with ledger.transaction() as transaction:
            assert note(transaction).number == 2
        assert ledger.check_tail().number == 2
        ledger.close()


def limit(connection: Any) -> None:
    """Let the database grow by no page, as long as this connection is open: a full disk that is then cleared."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")


def holder(url: str) -> Any:
    """Another program's connection that holds the lock of the transaction."""
    if url.startswith("sqlite"):
        connection = DRIVER.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return connection
    connection = psycopg.connect(url)
    connection.execute("SELECT * FROM head FOR UPDATE")
    return connection


def test_a_pen_held_for_too_long_elsewhere_is_a_sentence_and_then_free(url: str, note: Note) -> None:
    with Database.open(url, patience=0.2) as database:
        ledger = Ledger(database)
        with closing(holder(url)):
            began = time.monotonic()
            with pytest.raises(StorageBusy), ledger.transaction():
                pytest.fail("the lock was held elsewhere")
            assert 0.1 < time.monotonic() - began < 5
            assert ledger.head().number == 0
        with ledger.transaction() as transaction:
            assert note(transaction).number == 1
        ledger.close()


def test_a_server_that_cuts_the_connection_is_a_sentence_and_the_next_pen_writes(
    new_url: Callable[[str], str], note: Note
) -> None:
    url = new_url("postgresql")
    with Database.open(url) as database:
        ledger = Ledger(database)
        for place in ("while holding", "before"):
            with pytest.raises(ConnectionLost), ledger.transaction() as transaction:
                note(transaction)
                cut(url)
            assert ledger.head().number == 0
            if place == "before":
                with ledger.transaction():
                    pass
                cut(url)
                with pytest.raises(ConnectionLost), ledger.transaction():
                    pass
        with ledger.transaction() as transaction:
            assert note(transaction).number == 1
        ledger.close()


def cut(url: str) -> None:
    """Have the server end every other session of this database."""
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")


def test_a_commit_whose_answer_was_lost_is_found_by_its_command(
    ledger: Ledger, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Writer.commit

    def lost(writer: Writer, batches: Any) -> None:
        commit(writer, batches)
        writer.close()
        raise ConnectionLost(why="gone")

    with monkeypatch.context() as patch, pytest.raises(ConnectionLost):
        patch.setattr(Writer, "commit", lost)
        with ledger.transaction(["c1"]) as transaction:
            transaction.record_answer("c1", note(transaction).number, 1)
    with ledger.transaction(["c1"]) as transaction:
        assert transaction.answers["c1"].first == 1


def test_after_a_failure_a_ledger_that_no_longer_adds_up_is_not_written(
    six: Ledger, note: Note, damage: Callable[..., None]
) -> None:
    with pytest.raises(Conflict), six.transaction() as transaction:
        note(transaction, version=1)
    damage("UPDATE entry SET digest = '0' WHERE number = 5")
    with pytest.raises(LedgerBroken), six.transaction() as transaction:
        note(transaction)


def test_a_process_that_dies_between_write_and_commit_leaves_nothing(
    url: str, six: Ledger, script: Callable[..., list[str]]
) -> None:
    body = '''
class Dying:
    """A connection, and its cursor, with which the process dies at COMMIT."""

    def __init__(self, whole):
        self.whole = whole

    def cursor(self):
        return Dying(self.whole.cursor())

    def execute(self, sql, *values):
        if sql == "COMMIT":
            os._exit(9)
        return self.whole.execute(sql, *values)

    def __getattr__(self, name):
        return getattr(self.whole, name)

connect = Database.connect
Database.connect = lambda database: Dying(connect(database))
ledger = Ledger(Database.open(sys.argv[1]))
write(ledger, "year/2026", "c9")
'''
    script(body, url, code=9)
    assert six.check_tail().number == 6
    assert six.answer("c9") is None


def test_a_writer_killed_ten_times_leaves_a_ledger_that_adds_up(url: str, script: Callable[..., list[str]]) -> None:
    body = """
import random, signal, time
random.seed(7)
acknowledged = 0
for death in range(10):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        ledger = Ledger(Database.open(sys.argv[1]))
        while True:
            number = write(ledger, "year/2026", os.urandom(8).hex())
            os.write(writer, f"{number} ".encode())
    os.close(writer)
    seen = os.read(reader, 4)
    time.sleep(random.random() / 20)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reader, 65536):
        seen += more
    os.close(reader)
    ledger = Ledger(Database.open(sys.argv[1]))
    stored = ledger.check_tail(10**6).number
    acknowledged = int(seen.split()[-1])
    assert acknowledged <= stored <= acknowledged + 1, (acknowledged, stored)
    ledger.close()
    ledger.database.close()
print(stored)
"""
    (stored,) = script(body, url)
    with Database.open(url) as database:
        assert Ledger(database).check_tail(10**6).number == int(stored) >= 10
