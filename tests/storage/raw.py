"""Reads the bytes of a database's files, as somebody who copies them would see personal and confidential data."""

from __future__ import annotations

from pathlib import Path

import psycopg

from storage.database.database import Database
from storage.vault import encrypted_columns

TABLES = (*encrypted_columns.COLUMNS, "vault", "entry", "document_part", "security")


def everything(database: Database) -> bytes:
    """The bytes of SQLite's file and its log; on PostgreSQL, of the files of the tables with data about persons."""
    if database.dialect == "sqlite":
        path = Path(database.url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in path.parent.glob(path.name + "*"))
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SELECT current_setting('data_directory')").fetchone() or ()
        query = "SELECT pg_relation_filepath(oid), pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
        files = [file for row in connection.execute(query, [list(TABLES)]) for file in row if file]
    return b"".join((Path(folder) / file).read_bytes() for file in files)
