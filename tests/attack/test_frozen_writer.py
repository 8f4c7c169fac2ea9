"""A process that is stopped while it holds the lock: the others go on within a bound, and what it had begun is not written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import psycopg
import pytest

from console.web import sessions
from storage.database import lock_holder
from storage.database.database import Database
from storage.database.postgres import SILENCE_FACTOR
from storage.database.sqlite import DRIVER
from storage.errors import StorageBusy
from storage.ledger import chain
from storage.ledger.ledger import Ledger
from storage.sign_in import accounts
from storage.tables.accounts import SessionRow
from storage.vault import account_secrets

PATIENCE = 0.4
BOUND = (SILENCE_FACTOR + 1) * PATIENCE + lock_holder.OBSERVATION
"""Seconds until a silent holder is ended: the first who waits in vain after the limit ends it."""

HOLDER = f"""
import sys
from storage.database.database import Database
from storage.errors import StorageError
from storage.ledger.ledger import Ledger
from tests.attack.test_frozen_writer import append

def wait(*_):
    print("holds", flush=True)
    if sys.argv[3] == "works":
        while True:
            pass
    sys.stdin.readline()

with Database.open(sys.argv[1], patience={PATIENCE}) as database:
    ledger = Ledger(database)
    try:
        if sys.argv[2] == "ledger":
            append(ledger, "frozen", wait)
        else:
            with database.writing() as connection:
                connection.exec_driver_sql("UPDATE lease SET owner = 'frozen'")
                wait()
        print("wrote")
    except StorageError as fault:
        print(fault.render("en"))
    print("repeated", append(ledger, "frozen"))
"""


def append(ledger: Ledger, command: str, meanwhile: Callable[[], None] = lambda: None) -> int:
    """Do one command, once: the number of its entry."""
    with ledger.transaction([command]) as transaction:
        if command in transaction.answers:
            return transaction.answers[command].first
        entry = transaction.append(
            stream=f"assessment/2026/{command}", version=1, kind="MeetingHeld", payload=chain.encode_canonical({"present": 3}),
            actor="u1", role="office", happened_at=None, rulebook="r", command=command, now=datetime(2026, 12, 1, tzinfo=UTC),
        )  # fmt: skip
        transaction.record_answer(command, entry.number, entry.number)
        meanwhile()
    return entry.number


@contextmanager
def holding(url: str, where: str, how: str = "waits") -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds the lock, or a transaction beside it, and goes on when it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, where, how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def refusals(attempt: Callable[[], Any], bound: float) -> int:
    """Attempt until it succeeds, within the bound: how often the database was said to be busy."""
    began, refused = monotonic(), 0
    while True:
        try:
            attempt()
        except StorageBusy:
            refused += 1
            assert monotonic() - began < bound
        else:
            return refused


@pytest.mark.parametrize("where", ["ledger", "beside"])
def test_a_frozen_writer_is_cut_off_within_its_bound_and_fenced(url: str, dialect: str, where: str) -> None:
    def beside() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE lease SET owner = 'other'")

    with Database.open(url, patience=PATIENCE) as database, closing(Ledger(database)) as ledger:
        with holding(url, where) as frozen:
            frozen.send_signal(signal.SIGSTOP)
            assert refusals(beside if where == "beside" else lambda: append(ledger, "other"), BOUND + 1) > 1
            append(ledger, "other")
            frozen.send_signal(signal.SIGCONT)
            said, _ = frozen.communicate("go on\n", timeout=20)
        assert "wrote" not in said.splitlines()
        if dialect == "sqlite":
            assert frozen.returncode == -signal.SIGKILL
        else:
            assert "it is not known whether this was written" in said
            assert said.splitlines()[-1] == "repeated 2"
        assert append(ledger, "frozen") == 2
        assert ledger.check_tail().number == 2


def test_a_session_that_stopped_amid_its_message_is_cut_off_too(new_url: Callable[[str], str]) -> None:
    """Nothing of the server's own watches it: the session counts as active."""
    url = new_url("postgresql")
    with Database.open(url, patience=PATIENCE) as database, closing(Ledger(database)) as ledger:
        with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as amid, amid.pipeline():
            amid.execute("BEGIN")
            amid.execute("SELECT * FROM head FOR UPDATE").fetchall()
            assert refusals(lambda: append(ledger, "other"), BOUND + 1) > 1
            with pytest.raises(psycopg.OperationalError):
                amid.execute("SELECT 1").fetchall()
        assert ledger.head().number == 1


@pytest.mark.one_database
def test_a_writer_that_works_for_long_is_not_ended(url: str) -> None:
    with (
        Database.open(url, patience=PATIENCE) as database,
        closing(Ledger(database)) as ledger,
        holding(url, "ledger", "works") as busy,
    ):
        with pytest.raises(AssertionError):
            refusals(lambda: append(ledger, "other"), BOUND + 1)
        assert busy.poll() is None


@pytest.mark.one_database
def test_a_program_that_is_not_ours_is_not_ended(url: str) -> None:
    code = "import sys; from storage.database.sqlite import DRIVER as d; c = d.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE')"
    with Database.open(url, patience=PATIENCE) as database, closing(Ledger(database)) as ledger:
        append(ledger, "one")
        process = subprocess.Popen(
            [sys.executable, "-c", code + "; print('holds', flush=True); input()", url.removeprefix("sqlite:///")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        try:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(AssertionError):
                refusals(lambda: append(ledger, "other"), BOUND + 1)
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()
        assert append(ledger, "other") == 2


@pytest.mark.one_database
def test_a_frozen_writer_of_another_user_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_pid: int, _signal: int) -> None:
        raise PermissionError

    with (
        Database.open(url, patience=PATIENCE) as database,
        closing(Ledger(database)) as ledger,
        holding(url, "ledger") as frozen,
    ):
        frozen.send_signal(signal.SIGSTOP)
        told: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(os, "kill", refused)
            for _ in range(SILENCE_FACTOR + 2):
                with pytest.raises(StorageBusy) as busy:
                    append(ledger, "other")
                told.append(busy.value.render("en"))
        assert f"kill -9 {frozen.pid}" in told[-1]


def test_twelve_threads_that_wait_for_the_pen_wait_no_longer_than_one(url: str) -> None:
    def waits() -> None:
        began = monotonic()
        try:
            append(ledger, "other")
        except StorageBusy:
            took.append(monotonic() - began)

    took: list[float] = []
    with Database.open(url, patience=PATIENCE) as database, closing(Ledger(database)) as ledger, elsewhere(url):
        threads = [Thread(target=waits) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(took) == 12
    assert max(took) < 3 * PATIENCE


def test_a_reader_does_not_wait_for_the_pen_to_have_the_session_touched(url: str) -> None:
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    with Database.open(url) as database:
        token, times = sessions.new_token(), {"made_at": now, "seen_at": now, "authenticated_at": now}
        row = SessionRow(token=sessions.digest(token), account="a-1", provider="", address="", agent="", **times)
        with database.cursor() as cursor:
            for make, values in (account_secrets.name_write(database, "a-1", "甲"), account_secrets.session_write(row)):
                database.prepare(make).run(cursor, **values)
        with elsewhere(url, "UPDATE session SET seen_at = seen_at"):
            began = monotonic()
            assert sessions.valid_session(database, token, now + timedelta(minutes=10)) is not None
            assert monotonic() - began < 5
        assert sessions.valid_session(database, token, now + timedelta(minutes=10)) is not None
        assert accounts.sessions(database, "a-1")[0].seen_at == now + timedelta(minutes=10)


@contextmanager
def elsewhere(url: str, locks: str = "SELECT * FROM head FOR UPDATE") -> Iterator[None]:
    """Another program holds the lock of the transaction, or on PostgreSQL the rows that are named."""
    if url.startswith("sqlite"):
        with closing(DRIVER.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(url) as connection:
            connection.execute(locks)
            yield
