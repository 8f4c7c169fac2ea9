"""The fixtures of the attacks: the college of `tests/console/web.py`, in this process and behind a real `kaohe serve`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.database import Database
from tests.attack.served import Served, served
from tests.conftest import NewUrl
from tests.console.conftest import each_file_inspected_once, quickly_hashed  # noqa: F401  in this process, not in a served one
from tests.console.web import Console, console, settle


@pytest.fixture
def college_url(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database with the college and its open year, of each kind."""
    return new_url(dialect, settle)


@pytest.fixture
def college(college_url: str) -> Iterator[Console]:
    """The college and its web pages, in this process."""
    with Database.open(college_url) as database, console(database) as made:
        yield made


@pytest.fixture
def kaohe(college_url: str, tmp_path: Path) -> Iterator[Served]:
    """`kaohe serve` in a process of its own over the college. For other settings or several servers, use `served(…)`."""
    with served(college_url, tmp_path) as running:
        yield running
