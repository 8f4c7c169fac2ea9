"""The history of the schema, and what opens and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage.database import database as module
from storage.database.database import Database, known_revisions
from storage.errors import Conflict, SchemaMissing
from storage.ledger.ledger import Ledger
from storage.tables.columns import METADATA

AT_ONCE = """
children = []
for _ in range(4):
    child = os.fork()
    if not child:
        Ledger(Database.create(sys.argv[1]))
        os._exit(0)
    children.append(child)
print(*(os.waitpid(child, 0)[1] for child in children))
"""


def test_the_migrations_amount_to_the_declared_schema(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_creating_again_changes_nothing(url: str, six: Ledger) -> None:
    Database.create(url).close()
    assert six.head().number == 6


def test_it_can_be_created_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Database.create("percent%20 and ?#.db") as created:
        assert Ledger(created).head().number == 0
    assert (tmp_path / "percent%20 and ?#.db").exists()


def test_four_processes_may_create_it_at_once(tmp_path: Path, script: Callable[..., list[str]]) -> None:
    assert script(AT_ONCE, str(tmp_path / "new.db")) == ["0"] * 4


def test_four_processes_may_create_one_schema_at_once(postgres: str, script: Callable[..., list[str]]) -> None:
    url = postgres.format("postgres") + "&options=-csearch_path=at_once"
    assert script(AT_ONCE, url) == ["0"] * 4


def test_a_migration_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "half.db"

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("alembic.op.create_index", interrupted)
        Database.create(str(path))
    with pytest.raises(SchemaMissing):
        Database.open(str(path))
    Database.create(str(path)).close()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(SchemaMissing) as caught:
        Database.open(str(path))
    assert "kaohe migrate" in caught.value.render("zh")
    assert not path.exists()


def test_a_database_without_our_schema_is_told_apart(postgres: str, tmp_path: Path) -> None:
    """An SQLite file of no bytes is a file that was cut short: `test_malformed.py`."""
    for url in (str(tmp_path / "no.db"), postgres.format("postgres") + "&options=-csearch_path=nobody"):
        with pytest.raises(SchemaMissing) as caught:
            Database.open(url)
        assert caught.value.details["state"] == "none"


def test_a_schema_of_a_later_release_is_neither_opened_nor_migrated(url: str, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for way in (Database.open, Database.create):
        with pytest.raises(SchemaMissing) as caught:
            way(url)
        assert caught.value.details["state"] == "newer"
        assert "kaohe doctor" in caught.value.render("en")


def test_a_schema_of_an_earlier_release_asks_to_be_migrated(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "known_revisions", lambda: ("later", *known_revisions()))
    with pytest.raises(SchemaMissing) as caught:
        Database.open(url)
    assert caught.value.details["state"] == "older"
    assert "kaohe migrate" in caught.value.render("en")


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE entry SET kind = 'Other' WHERE number = 2",
        "DELETE FROM entry WHERE number = 6",
        "UPDATE rulebook SET source = '' WHERE digest = 'd'",
        "DELETE FROM rulebook",
    ],
)
def test_the_ledger_and_the_rulebooks_cannot_be_changed_or_deleted(six: Ledger, deed: str) -> None:
    with six.transaction() as transaction:
        transaction.store_rulebook("d", "measure-2026", "[[stage]]")
    with pytest.raises(Conflict), six.database.writing() as connection:
        connection.execute(text(deed))
    assert six.check_tail().number == 6


@pytest.mark.parametrize("table", ["entry", "rulebook"])
def test_the_ledger_cannot_be_truncated(new_url: Callable[[str], str], table: str) -> None:
    with (
        Database.open(new_url("postgresql")) as database,
        pytest.raises(Conflict),
        database.writing() as connection,
    ):
        connection.execute(text(f"TRUNCATE {table}"))


def test_sqlite_cannot_replace_an_entry(new_url: Callable[[str], str], note: Callable[..., object]) -> None:
    path = new_url("sqlite")
    with Database.open(path) as database:
        ledger = Ledger(database)
        with ledger.transaction() as transaction:
            note(transaction)
        for number, version in ((1, 9), (9, 1)):
            with pytest.raises(Conflict), database.writing() as connection:
                connection.execute(
                    text(f"INSERT OR REPLACE INTO entry VALUES ({number}, 'assessment/2026/a', {version}, 'K', '', '')")
                )
