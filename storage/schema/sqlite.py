"""The objects of an SQLite schema, from its catalogue, and those of a newly made database to compare with."""

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
    """The objects that the migrations make.

    SQLite stores the text of a definition, so a database made now has the same text.
    """
    with (
        TemporaryDirectory() as folder,
        Database.create(str(Path(folder) / "schema.db")) as made,
        made.reading() as connection,
    ):
        return present(connection)


def present(connection: Connection) -> Objects:
    """Tables, indexes, triggers and views, each with the text that made it."""
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in rows if not name.startswith("sqlite_")}


def switches(connection: Connection) -> list[tuple[str, str, str]]:
    """None: SQLite cannot disable a trigger."""
    return []
