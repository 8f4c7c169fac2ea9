"""The ledgers of the auditor's tests: each is made once in a test process, and every test gets a copy.

A `Copy` is in memory and can be changed. The fixtures with a URL are databases.
"""

from __future__ import annotations

import pytest

from audit.reader import DatabaseReader
from storage.database.database import Database
from tests.audit.afterwards import live_on
from tests.audit.copies import Copy, live, live_meanwhile
from tests.conftest import NewUrl


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A correct ledger of a whole year, in memory."""
    path = tmp_path_factory.mktemp("audit") / "sound.db"
    Database.create(str(path)).close()
    live(str(path))
    with Database.open(str(path), read_only=True) as database:
        return Copy.of(DatabaseReader(database))


@pytest.fixture(scope="session")
def unfinished_ledger(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A correct ledger in memory to the middle of its year: deadlines are still open."""
    path = tmp_path_factory.mktemp("audit") / "waits.db"
    Database.create(str(path)).close()
    live_meanwhile(str(path))
    with Database.open(str(path), read_only=True) as database:
        return Copy.of(DatabaseReader(database))


@pytest.fixture(scope="session")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A correct ledger in memory that goes on after its year, with routine checks, changed departments and planned visits."""
    path = tmp_path_factory.mktemp("audit") / "afterwards.db"
    Database.create(str(path)).close()
    return live_on(str(path))


@pytest.fixture
def unfinished_ledger_url(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database of each kind with the ledger of `unfinished_ledger`."""
    return new_url(dialect, live_meanwhile)


@pytest.fixture
def ledger_url(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database of each kind with the ledger of `ledger`."""
    return new_url(dialect, live)
