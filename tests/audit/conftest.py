"""The auditor's tests stand on one small ledger, made once and only ever copied."""

from __future__ import annotations

import pytest

from audit.reader import DatabaseReader
from storage.database.database import Database
from tests.audit.afterwards import live_on
from tests.audit.copies import Copy, live, live_meanwhile
from tests.conftest import NewUrl


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A sound ledger in memory."""
    path = tmp_path_factory.mktemp("audit") / "sound.db"
    Database.create(str(path)).close()
    live(str(path))
    with Database.open(str(path), read_only=True) as database:
        return Copy.of(DatabaseReader(database))


@pytest.fixture(scope="session")
def waits(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A sound ledger in memory whose year is not over: the clock still has deadlines to speak of."""
    path = tmp_path_factory.mktemp("audit") / "waits.db"
    Database.create(str(path)).close()
    live_meanwhile(str(path))
    with Database.open(str(path), read_only=True) as database:
        return Copy.of(DatabaseReader(database))


@pytest.fixture(scope="session")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A sound ledger in memory that goes on after its year: routine checks, units that change, a result taken back, visits planned."""
    path = tmp_path_factory.mktemp("audit") / "afterwards.db"
    Database.create(str(path)).close()
    return live_on(str(path))


@pytest.fixture
def waiting(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database that holds the ledger whose year is not over, once of each kind."""
    return new_url(dialect, live_meanwhile)


@pytest.fixture
def lived(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database that holds the same small ledger, once of each kind."""
    return new_url(dialect, live)
