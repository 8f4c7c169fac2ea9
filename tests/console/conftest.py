"""The console's fixture: a small college behind its pages, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import Database

from .web import Console, console


@pytest.fixture
def college(database: Database) -> Iterator[Console]:
    """A small college, its year open, on each database (`web.py`)."""
    with console(database) as made:
        yield made
