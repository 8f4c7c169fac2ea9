"""The fixtures of the console's tests: a small college and its web pages on each database, and two shortcuts.

The shortcuts are for the whole run: passwords are hashed quickly, and no file is inspected twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache

import pytest
from argon2 import PasswordHasher

from console.web import credentials
from documents import isolation
from storage.database.database import Database
from tests.conftest import NewUrl

from .web import Console, console, settle


@pytest.fixture
def settled(dialect: str, new_url: NewUrl) -> Iterator[Database]:
    """A database of each kind with the small college and its open year."""
    with Database.open(new_url(dialect, settle)) as opened:
        yield opened
        # A replay that a page has started still reads the database, which is closed now.
        for thread in threading.enumerate():
            if thread.name.startswith("verification-"):
                thread.join(60)


@pytest.fixture
def college(settled: Database) -> Iterator[Console]:
    """The small college and its web pages, on each database (`web.py`)."""
    with console(settled) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def quickly_hashed() -> Iterator[None]:
    """Hash passwords with little time and memory. `test_sign_in.py` tests the real parameters."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", quick)
        patch.setattr(credentials, "DUMMY_HASH", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="session", autouse=True)
def each_file_inspected_once() -> Iterator[None]:
    """Inspect an accepted file only once for the same bytes, because each inspection starts a process.

    `tests/documents` tests the inspection.
    """
    inspect = isolation.inspect_in_process
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "inspect_in_process", cache(inspect))
        yield
