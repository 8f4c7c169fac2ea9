"""The fixtures of the storage tests: small ledgers, an entry to append, damage to a database, Python in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import storage
from storage.database.database import Database
from storage.ledger import chain
from storage.ledger.chain import Entry
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import LedgerTransaction

NOW = datetime(2026, 12, 1, 8, 0, 0, 250, tzinfo=UTC)


def note(
    transaction: LedgerTransaction, stream: str = "assessment/2026/a", *, now: datetime = NOW, **fields: Any
) -> Entry:
    """Append the next entry of a stream. `fields` replace the defaults."""
    if "version" not in fields:
        fields["version"] = ([0] + [entry.version for entry in transaction.stream(stream)])[-1] + 1
    defaults: dict[str, Any] = {
        "kind": "MeetingHeld",
        "payload": chain.encode_canonical({"present": 23, "words": "会议已召开"}),
        "actor": "u1",
        "role": "coordinator",
        "happened_at": None,
        "rulebook": "measure-2026@" + "d" * 64,
        "command": "c1",
    }
    return transaction.append(stream=stream, now=now, **{**defaults, **fields})


@pytest.fixture(name="note")
def _note() -> Callable[..., Entry]:
    return note


@pytest.fixture
def now() -> datetime:
    """The time of these tests."""
    return NOW


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """An empty ledger."""
    made = Ledger(database)
    yield made
    made.close()


@pytest.fixture
def six(ledger: Ledger) -> Ledger:
    """A ledger of six entries in two streams."""
    for number in range(6):
        with ledger.transaction() as transaction:
            note(transaction, f"assessment/2026/{'ab'[number % 2]}")
    return ledger


@pytest.fixture
def row(now: datetime) -> dict[str, Any]:
    """The projected row of an assessment."""
    nothing = dict.fromkeys(("occasion", "score", "grade"))
    flags = dict.fromkeys(("vetoed", "stale", "withdrawn"), False)
    place = {"stream": "assessment/2026/a", "number": 1, "version": 1, "year": 2026, "unit": "a"}
    return {**place, "unit_kind": "college", "stage": "meeting", "next_due_at": now, **nothing, **flags}


@pytest.fixture
def damage(database: Database) -> Callable[..., None]:
    """A function that runs SQL without the triggers of the ledger, as an owner of the database could."""

    def harm(*statements: str) -> None:
        with database.writing() as connection:
            if database.dialect == "postgresql":
                connection.execute(text("ALTER TABLE entry DISABLE TRIGGER USER"))
            else:
                for (name,) in connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")):
                    connection.execute(text(f"DROP TRIGGER {name}"))
            for statement in statements:
                connection.exec_driver_sql(statement)

    return harm


@pytest.fixture
def script() -> Callable[..., list[str]]:
    """A function that runs Python in another process, with this project in its path. Returns the words that it printed."""
    house = Path(storage.__file__).parents[1]
    start = (
        "import sys\nfrom storage.database.database import Database\nfrom storage.ledger.ledger import Ledger\n"
        + PROCESS
    )

    def run(body: str, *arguments: str, code: int = 0) -> list[str]:
        command = [sys.executable, "-c", start + body, *arguments]
        done = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout.split()

    return run


PROCESS = '''
import os
from datetime import UTC, datetime

def write(ledger, stream, command):
    """One command of one entry; its number."""
    with ledger.transaction([command]) as transaction:
        version = len(transaction.stream(stream)) + 1
        entry = transaction.append(stream=stream, version=version, kind="K", payload=b"{}", actor="u", role="r", home=None,
            happened_at=None, now=datetime.now(UTC), rulebook="", command=command)
        transaction.record_answer(command, entry.number, entry.number)
    return entry.number

'''
