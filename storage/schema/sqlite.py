"""Reads the objects of an SQLite schema from its catalogue, and the expected objects from a new database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from storage.database.database import Database

Objects = dict[tuple[str, str], str]
"""The definition of each object, by its kind and its name."""


@cache
def expected_objects() -> Objects:
    """The objects that the migrations make, read from a new temporary database.

    SQLite stores the text of a definition, so every database with the same migrations has the same text.
    """
    with (
        TemporaryDirectory() as folder,
        Database.create(str(Path(folder) / "schema.db")) as database,
        database.reading() as connection,
    ):
        return existing_objects(connection)


def existing_objects(connection: Connection) -> Objects:
    """Tables, indexes, triggers and views, each with the statement that made it."""
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {(kind, name): " ".join(sql.split()) for kind, name, sql in rows if not name.startswith("sqlite_")}


def disabled_objects(connection: Connection) -> list[tuple[str, str, str]]:
    """Always empty, because SQLite cannot disable a trigger."""
    return []
