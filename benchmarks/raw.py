"""The ceiling: the plain driver with everything prepared beforehand.

It decides nothing, folds nothing, encodes nothing, hashes nothing, reads nothing before it writes: it is handed the
SQL and the tuples the engine's own run produced for the same commands, and writes them, one commit for each batch.
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
"""What one commit writes: statements, and the rows each is run with."""

Write = Callable[[Written], None]
"""A plain driver's way of writing one commit."""


class RecordingWriter(Writer):
    """A writer that notes what it writes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.written: list[Written] = []

    def commit(self, batches: Sequence[Batch]) -> None:
        """As ever; what was committed is noted."""
        super().commit(batches)
        self.written.append([(statement.sql, rows) for statement, rows in batches])


def plain(connection: Any) -> Write:
    """Writes one statement after the other: on PostgreSQL each is a round trip of its own."""
    cursor = connection.cursor()
    begin = "BEGIN IMMEDIATE" if hasattr(connection, "in_transaction") else "BEGIN"

    def write(written: Written) -> None:
        cursor.execute(begin)
        _run(cursor, written)
        cursor.execute("COMMIT")

    return write


def pipelined(connection: Any) -> Write:
    """Writes everything and the commit in one round trip (psycopg's pipeline)."""
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
"""The ceilings of each database. The aims are measured against `raw`."""


def read_and_hash(connection: Any, *, decode: bool = False) -> int:
    """Read every entry in order and hash its body, or `decode` it and its fact too; how many there were. ValueError where a digest differs."""
    number = 0
    for number, body, digest in _entries(connection):
        raw = body.encode()
        if sha256(raw).hexdigest() != digest:
            raise ValueError(f"entry {number}: its digest is not its body's")
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
    """Every entry, a thousand in memory at a time: SQLite steps, PostgreSQL needs a cursor of its own for it."""
    wanted = "SELECT number, body, digest FROM entry ORDER BY number"
    if hasattr(connection, "in_transaction"):
        return connection.execute(wanted)
    cursor = connection.cursor("reading", withhold=True)
    cursor.itersize = 1000
    return cursor.execute(wanted)
