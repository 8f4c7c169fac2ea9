"""The ceilings: the plain driver, which writes what an engine has prepared, or reads and hashes every entry.

The writers do not decide, fold, encode or hash, and read nothing before they write. They get the SQL and the tuples
that an engine produced for the same commands (`RecordingWriter`), and write them, with one commit for each batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from storage.database.database import Database
from storage.ledger import chain
from storage.ledger.facts import fact_of
from storage.ledger.writer import Batch, Writer

Written = list[tuple[str, list[tuple[Any, ...]]]]
"""The writes of one commit: statements, each with its rows."""

Write = Callable[[Written], None]
"""A function that writes one commit with a plain driver."""


class RecordingWriter(Writer):
    """A writer that records its writes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.written: list[Written] = []

    def commit(self, batches: Sequence[Batch]) -> None:
        """Commit as usual, and record the writes."""
        super().commit(batches)
        self.written.append([(statement.sql, rows) for statement, rows in batches])


def plain(connection: Any) -> Write:
    """A function that writes one statement after the other. On PostgreSQL each is a round trip."""
    cursor = connection.cursor()
    begin = "BEGIN IMMEDIATE" if hasattr(connection, "in_transaction") else "BEGIN"

    def write(written: Written) -> None:
        cursor.execute(begin)
        _run(cursor, written)
        cursor.execute("COMMIT")

    return write


def pipelined(connection: Any) -> Write:
    """A function that writes everything and the commit in one round trip (psycopg's pipeline)."""
    cursor = connection.cursor()

    def write(written: Written) -> None:
        with connection.pipeline():
            cursor.execute("BEGIN")
            _run(cursor, written)
            cursor.execute("COMMIT")

    return write


WRITERS: dict[str, dict[str, Callable[[Any], Write]]] = {
    "sqlite": {"raw": plain},
    "postgresql": {"raw": plain, "pipelined": pipelined},
}
"""The ceilings of each database. The aims are relative to `raw`."""


def read_and_hash(connection: Any, *, decode: bool = False) -> int:
    """Read every entry in order and hash its body; with `decode`, decode it and its fact too. Returns their number.

    Raises ValueError if a digest differs.
    """
    number = 0
    for number, body, digest in _entries(connection):
        raw = body.encode()
        if sha256(raw).hexdigest() != digest:
            raise ValueError(f"entry {number}: its digest is not that of its body")
        if decode:
            fact_of(chain.decode(raw))
    return number


def _run(cursor: Any, written: Written) -> None:
    for sql, rows in written:
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)


def _entries(connection: Any) -> Any:
    """Every entry, at most a thousand in memory.

    SQLite reads row by row; PostgreSQL needs a server-side cursor for that.
    """
    statement = "SELECT number, body, digest FROM entry ORDER BY number"
    if hasattr(connection, "in_transaction"):
        return connection.execute(statement)
    cursor = connection.cursor("reading", withhold=True)
    cursor.itersize = 1000
    return cursor.execute(statement)
