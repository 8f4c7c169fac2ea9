"""The console's fixture: a small college behind its pages, on each database."""

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
    """A database in which the small college is, its year open, once of each kind."""
    with Database.open(new_url(dialect, settle)) as opened:
        yield opened
        # A replay that a page began reads the database that is about to go.
        for thread in threading.enumerate():
            if thread.name.startswith("verification-"):
                thread.join(60)


@pytest.fixture
def college(settled: Database) -> Iterator[Console]:
    """The small college behind its pages, on each database (`web.py`)."""
    with console(settled) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def quickly_hashed() -> Iterator[None]:
    """Passwords hashed in less than a tenth of a second and of 64 MiB. `test_sign_in.py` looks at how it is done really."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", quick)
        patch.setattr(credentials, "DUMMY_HASH", quick.hash("nobody's"))
        yield


@pytest.fixture(scope="session", autouse=True)
def each_file_inspected_once() -> Iterator[None]:
    """A file that may come in is not inspected again for the same bytes: each inspection starts a program. `tests/documents` tests it."""
    inspect = isolation.inspect_in_process
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "inspect_in_process", cache(inspect))
        yield
