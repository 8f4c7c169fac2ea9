"""Copies a database, SQLite or PostgreSQL, into an SQLite file for a rehearsal. The copy is no backup.

Every table is copied except the lease.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, insert, select

from storage.database.database import Database
from storage.tables.clock import LEASE
from storage.tables.columns import METADATA

BATCH = 5000
"""The number of rows in memory at a time."""

_NOT_EMPTY = ("head", "cursor", "security_head", "table_version")
"""Tables that have rows in a new database."""


def copy_database(source: Database, path: Path) -> Database:
    """Copy all rows of `source` except the lease, from one snapshot, into a new file. The copy has the same master key.

    Returns the open copy, which the caller must close.
    """
    target = Database.create(str(path))
    target.key = source.key
    try:
        with source.reading() as old, target.writing() as new:
            for table in METADATA.sorted_tables:
                # The lease is not copied, because no daemon runs on the copy.
                if table is LEASE:
                    continue
                if table.name in _NOT_EMPTY:
                    new.execute(delete(table))
                result = old.execution_options(yield_per=BATCH).execute(select(table))
                for rows in result.mappings().partitions():
                    new.execute(insert(table), [dict(row) for row in rows])
    except BaseException:
        target.close()
        raise
    return target
