"""A copy of a whole database: the same in everything that counts, and the source is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Insert, Table, insert, select

from audit.reader import DatabaseReader
from audit.replay import replay
from storage import holidays, lease
from storage.backup.copying import copy_database
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.tables.columns import METADATA
from tests.college import moment
from tests.scheduler.running_college import RunningCollege, running


def content(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the lease."""
    with database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in METADATA.sorted_tables
            if table.name != "lease"
        }


@pytest.fixture
def lived(database: Database) -> Database:
    """A database in which something of everything has happened."""
    with running(database, ("u-1", "u-2")) as made:
        made.case()
        made.tick(moment(11, 6, 9, 10))
        made.report()
        made.tick(moment(11, 20, 9, 10))
        holidays.store(database, 2027, '{"year": 2027, "days": []}')
    return database


def test_a_copy_holds_all_there_is_and_replays_clean(lived: Database, tmp_path: Path) -> None:
    with copy_database(lived, tmp_path / "copy.db") as made:
        assert content(made) == content(lived)
        assert all(content(made)[name] for name in ("entry", "assessment", "record", "delivery", "contact"))
        assert replay(DatabaseReader(made)).defects == ()


def test_a_copy_can_be_lived_in_while_the_source_stays_as_it_was(lived: Database, url: str, tmp_path: Path) -> None:
    """To the byte, where it is a file."""
    file = Path(url.removeprefix("sqlite:///"))
    before, rows = file.exists() and sha256(file.read_bytes()).digest(), content(lived)
    with Database.open(url, read_only=True) as source, copy_database(source, tmp_path / "copy.db") as made:
        with over(made) as other:
            assert other.tick(moment(12, 1, 9, 10)).written
            assert other.mail.sent
        assert Ledger(made).head().number > Ledger(source).head().number
    assert content(lived) == rows
    assert (file.exists() and sha256(file.read_bytes()).digest()) == before


def test_the_lease_is_nobodys_to_copy(lived: Database, tmp_path: Path) -> None:
    """Or the copy's clock would stand still."""
    with copy_database(lived, tmp_path / "copy.db") as made:
        assert lease.read(lived).owner == "d-1"
        assert lease.read(made).owner is None


def test_an_empty_database_is_copied_too(database: Database, tmp_path: Path) -> None:
    with copy_database(database, tmp_path / "copy.db") as made:
        assert content(made) == content(database)


def test_what_is_written_while_it_is_copied_is_not_half_in_it(
    lived: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One moment of the source: entries and head agree."""
    before, waiting = Ledger(lived).head(), ["c-2"]

    def busy(table: Table) -> Insert:
        if waiting:
            with over(lived) as other:
                other.case(name=waiting.pop())
        return insert(table)

    monkeypatch.setattr("storage.backup.copying.insert", busy)
    with copy_database(lived, tmp_path / "copy.db") as made:
        assert Ledger(made).check_tail(10**6) == before
    assert Ledger(lived).head().number > before.number


@contextmanager
def over(database: Database) -> Iterator[RunningCollege]:
    """A college that goes on with a database as it is."""
    made = RunningCollege(database, moment(11, 20, 12), owner="d-9")
    yield made
    made.close()
