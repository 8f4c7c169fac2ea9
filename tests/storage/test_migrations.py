"""Bringing a ledger up to a later release, tried with an invented migration: no release is old enough to have a real one.

The invented release adds a column to the ledger's neighbour `holidays` and a guard of its own. The ledger that it finds has
entries in it, and keeps every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from alembic.config import Config
from sqlalchemy import text

from storage import lease
from storage.database import database as module
from storage.database.database import Database, alembic_config, known_revisions
from storage.errors import SchemaMissing
from storage.ledger.ledger import Ledger
from storage.post import deliveries

LATER = '''"""The year's calendar says who imported it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("holidays", sa.Column("imported_by", sa.String))
    {fails}
'''


@pytest.fixture
def later_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the program be a release with one migration more. The argument is a line that its `upgrade` ends with."""

    def release(fails: str = "pass") -> None:
        known_revisions.cache_clear()
        folder = tmp_path / "migrations"
        if not folder.exists():
            copytree(Path(module.__file__).parents[1] / "migrations", folder, ignore=ignore_patterns("__pycache__"))
        (folder / "versions" / "0002_imported_by.py").write_text(LATER.replace("{fails}", fails), "utf-8")

        def config() -> Config:
            made = alembic_config()
            made.set_main_option("script_location", str(folder).replace("%", "%%"))
            return made

        monkeypatch.setattr(module, "alembic_config", config)

    yield release
    known_revisions.cache_clear()


def test_a_ledger_of_an_earlier_release_is_not_opened_before_it_is_migrated(
    url: str, six: Ledger, later_release: Callable[[], None]
) -> None:
    later_release()
    with pytest.raises(SchemaMissing) as caught:
        Database.open(url)
    assert caught.value.details["state"] == "older"


def test_a_ledger_of_an_earlier_release_is_brought_up_and_keeps_every_entry(
    url: str, six: Ledger, later_release: Callable[[], None]
) -> None:
    before = list(six.rows())
    later_release()
    with Database.create(url) as migrated:
        assert list(Ledger(migrated).rows()) == before
        with migrated.writing() as connection:
            connection.execute(text("INSERT INTO holidays (year, source, imported_by) VALUES (2027, '', 'office')"))
    Database.open(url).close()


def test_a_migration_that_fails_leaves_the_release_before_as_it_was(
    url: str, six: Ledger, later_release: Callable[[str], None]
) -> None:
    later_release("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Database.create(url)
    with six.database.reading() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
    assert six.check_tail().number == 6
    later_release("pass")
    Database.create(url).close()


def test_the_post_of_a_new_ledger_begins_at_its_beginning_and_nobody_has_the_lease(database: Database) -> None:
    assert deliveries.cursor(database) == 0
    assert deliveries.search(database) == []
    assert lease.read(database) == lease.Lease(None, 0, None, None)
