"""SQLite does not hold a column to its type: whatever lies in one, the audit ends with a report and not with an error."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.reader import DatabaseReader
from audit.replay import replay
from audit.tables.all_tables import check_tables
from storage.database.database import Database
from tests import sample_year

pytestmark = pytest.mark.one_database  # PostgreSQL holds a column to its type

WRONG = {"bytes that are no text": b"\xff\x00", "a number": 17, "nothing": None}
RECORDED = {"entry", "head", "rulebook", "seal", "seal_key", "cosignature", "assessment", "record", "document"}
"""The tables in which every change is found, for entries say what is in them."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("year") / "k.db"
    sample_year.live(f"sqlite:///{file}", 4)
    return file


def columns(file: Path) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(file) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
        for (table,) in connection.execute(query).fetchall():
            yield from ((table, row[1]) for row in connection.execute(f"PRAGMA table_info({table})").fetchall())


def put(file: Path, table: str, column: str, value: object) -> bool:
    """Put the value into the last row, with the guards taken off. False if there is no row, or SQLite refuses it."""
    connection = sqlite3.connect(file)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        last = f"SELECT max(rowid) FROM {table}"
        changed = connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ({last})", (value,)).rowcount
        connection.commit()
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return changed == 1


def test_whatever_lies_in_a_column_the_audit_ends_with_a_report(year: Path, tmp_path: Path) -> None:
    wrong, changes, copy = [], 0, tmp_path / "copy.db"
    for table, column in columns(year):
        for title, value in WRONG.items():
            shutil.copy(year, copy)
            if not put(copy, table, column, value):
                continue
            changes += 1
            try:
                with Database.open(f"sqlite:///{copy}", read_only=True) as database:
                    defects = (*replay(DatabaseReader(database)).defects, *check_tables(database).defects)
            except Exception as error:  # noqa: BLE001
                wrong.append((table, column, title, repr(error)))
            else:
                if table in RECORDED and not defects:
                    wrong.append((table, column, title, "not found"))
    assert changes > 80
    assert wrong == []
