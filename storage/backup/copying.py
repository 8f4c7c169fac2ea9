"""A copy of a whole database, of either kind, in an SQLite file: to rehearse on. The copy is no backup and no record."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, insert, select

from storage.database.database import Database
from storage.tables.clock import LEASE
from storage.tables.columns import METADATA

BATCH = 5000


def copy_database(source: Database, path: Path) -> Database:
    """Copy all rows of `source`, as of one moment, into a new file; the copy, open. The caller closes it."""
    made = Database.create(str(path))
    made.key = source.key
    try:
        with source.reading() as old, made.writing() as new:
            for table in METADATA.sorted_tables:
                if table is LEASE:
                    continue
                if table.name in _NOT_EMPTY:
                    new.execute(delete(table))
                found = old.execution_options(yield_per=BATCH).execute(select(table))
                for rows in found.mappings().partitions():
                    new.execute(insert(table), [dict(row) for row in rows])
    except BaseException:
        made.close()
        raise
    return made


_NOT_EMPTY = ("head", "cursor", "security_head")
"""Tables that have rows in a new database. The lease is not copied: nobody runs the copy's clock."""
