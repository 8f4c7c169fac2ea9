"""Keeps in memory what was read of a whole table, until the table or the key of the database changes.

For tables of which pages need every row, and whose texts are slow to decrypt: the people, and the names of accounts.
The database gives such a table another version with every change by any process (`migrations/table_versions.py`). So
what was erased is gone with the next call, in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import ClauseElement, Select, bindparam, select

from storage.tables.versions import TABLE_VERSION

from .database.database import Database

Contents = TypeVar("Contents")


class TableCache(Generic[Contents]):
    """What `make` made of the rows of `statement`, which reads the table `name`. Many threads may use it.

    `contents` returns the same object until the table changes. Reading the version costs some 20 µs.
    """

    def __init__(
        self, database: Database, name: str, statement: Select[Any], make: Callable[[Sequence[Any]], Contents]
    ) -> None:
        self._database = database
        self._name = name
        self._statement = statement
        self._make = make
        self._snapshot: tuple[tuple[object, ...], Contents] | None = None

    def contents(self) -> Contents:
        """What the table has now."""
        key, snapshot = (self._database.key, self._database.is_encrypted), self._snapshot
        with self._database.cursor() as cursor:
            version = self._database.prepare(_version).run(cursor, name=self._name).fetchone()
        if snapshot is not None and snapshot[0] == (*key, *(version or ())):
            return snapshot[1]
        # The version and the rows are of one snapshot. They are decrypted after it.
        with self._database.reading() as connection:
            version = connection.execute(
                select(TABLE_VERSION.c.version).where(TABLE_VERSION.c.name == self._name)
            ).first()
            rows = connection.execute(self._statement).all()
        contents = self._make(rows)
        # Without a version, nobody would know of a change.
        self._snapshot = ((*key, *version), contents) if version is not None else None
        return contents


def _version(_dialect: str) -> ClauseElement:
    return select(TABLE_VERSION.c.version).where(TABLE_VERSION.c.name == bindparam("name"))
