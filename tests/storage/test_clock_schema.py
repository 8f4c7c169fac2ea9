"""A ledger of the release before the clock is brought up: nothing of its past is told now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import text

from storage import lease
from storage.database.database import Database, alembic_config, parse_url
from storage.errors import SchemaMissing
from storage.post import deliveries

ENTRIES = """
INSERT INTO entry (number, stream, version, kind, body, digest)
VALUES (1, 'roster', 1, 'UnitRegistered', '{}', 'a'), (2, 'year/2026', 1, 'YearOpened', '{}', 'b')
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of the first revision that holds two entries."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres")
        name = f"old_{tmp_path.name[-24:].replace('-', '_')}".lower()
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = server.format(name)
    with Database(parse_url(url), mode="rwc") as made, made.writing() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(ENTRIES))
        connection.execute(text("UPDATE head SET number = 2, digest = 'b'"))
    return url


def test_a_ledger_of_the_release_before_is_not_opened_unasked(old: str) -> None:
    with pytest.raises(SchemaMissing) as caught:
        Database.open(old)
    assert caught.value.details["state"] == "older"


def test_the_post_begins_at_the_end_of_a_ledger_that_is_there_already(old: str) -> None:
    with Database.create(old) as made:
        assert deliveries.cursor(made) == 2
        assert deliveries.search(made) == []
        assert lease.read(made) == lease.Lease(None, 0, None, None)


def test_the_post_of_a_new_ledger_begins_at_its_beginning(new_url: Callable[[str], str]) -> None:
    with Database.open(new_url("sqlite")) as made:
        assert deliveries.cursor(made) == 0
