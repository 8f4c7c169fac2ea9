"""The schema of an SQLite database, as its catalogue has it, and that of a newly made one to compare with."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from storage.database.database import Database

Objects = dict[tuple[str, str], str]
"""(kind, name) -> definition."""


@cache
def wanted() -> Objects:
    """What the migrations make. SQLite keeps the very text of a definition, so one made now has the same."""
    with (
        TemporaryDirectory() as folder,
        Database.create(str(Path(folder) / "schema.db")) as made,
        made.reading() as connection,
    ):
        return present(connection)


def present(connection: Connection) -> Objects:
    """What there is: tables, indexes, triggers and views, each by the text that made it."""
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in rows if not name.startswith("sqlite_")}


def switches(connection: Connection) -> list[tuple[str, str, str]]:
    """None: SQLite cannot disable a trigger."""
    return []
