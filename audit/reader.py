"""The interface by which the audit reads a ledger (`Reader`), and its implementations for a database.

The replay reads only through a `Reader`, so the same code checks a database, a bundle or a copy in memory. Also here:
`StreamReader`, for the entries of some streams, and `DatabaseDocuments`, for the bytes of documents. Nothing is written
or checked here. The reader of a bundle is in `bundle/bundle.py`, and the reader of an earlier state in `history.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, Protocol

from storage import queries
from storage.database.database import Database
from storage.errors import StorageError
from storage.ledger import statements
from storage.ledger.chain import StoredEntry
from storage.ledger.projection import AGENDA
from storage.papers import documents
from storage.vault import account_secrets
from storage.vault.account_secrets import AccessRow

Projection = tuple[str, dict[str, Any]]
"""A row of a projection: its table (such as `assessment`) and its values by column."""

HeadRow = tuple[int, str, str | None]
"""The head of the ledger: number, digest and time of the last entry.

The time is written as in the body of the entry.
"""

SealRecord = tuple[int, str, str, str, Any]
"""A stored seal: number of entries, root, edge, signed note, the time it was made."""

KeyRecord = tuple[str, str, int, str | None]
"""A stored key: verifier key, role, the number of entries after which it signs, the signed handover (None: none)."""


class SealTables(NamedTuple):
    """The rows of three tables: seals, their cosignatures (number of entries, signature line), and keys."""

    seals: Sequence[SealRecord] = ()
    cosignatures: Sequence[tuple[int, str]] = ()
    keys: Sequence[KeyRecord] = ()


BATCH = 1000
"""The number of entries that are read at a time."""


class Reader(Protocol):
    """A ledger to be checked, as it is stored: nothing is decoded, corrected or left out."""

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after number `after`, in order. Only a part of them is in memory at a time."""
        ...

    def projections(self) -> Iterator[Projection] | None:
        """Every row of the projections; None if the source has only the ledger."""
        ...

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        """Every stored rulebook: digest → (id, source)."""
        ...

    def command_ids(self) -> Iterator[tuple[str, int, int]] | None:
        """Every command id with its first and last entry, in any order; None if the source has only the ledger."""
        ...

    def head(self) -> HeadRow | None:
        """The head; None if its row is missing."""
        ...

    def seals(self) -> SealTables:
        """The seals, cosignatures and keys, each in the order of its table."""
        ...

    def access_rows(self) -> Sequence[AccessRow]:
        """Every row that lets somebody sign in, as it is now; empty if the source has only the ledger."""
        ...

    def highest_references(self) -> Mapping[str, int]:
        """The highest entry number that each table beside the ledger names; empty if the source has only the ledger."""
        ...


def _as_time(value: Any) -> Any:
    """The time of a column, which SQLite stores as text.

    A value that is not a time with an offset is returned unchanged.
    """
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return time if isinstance(time, datetime) and time.tzinfo else value


class DatabaseDocuments:
    """The bytes of the documents that a database stores, for a bundle (`bundle/export.py: DocumentSource`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_whole(self, digest: str) -> bool:
        return documents.is_intact(self._database, digest)

    def parts(self, digest: str) -> Iterator[bytes]:
        return documents.parts(self._database, digest)


class DatabaseReader:
    """Reads the ledger of a `Database`, which should be open read-only.

    It does not use `Ledger`, because that refuses a broken ledger.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after `after`, also those that are written meanwhile. Each batch has a transaction of its own."""
        while rows := self._batch(after):
            yield from rows
            after = rows[-1][0]

    def projections(self) -> Iterator[Projection]:
        """Every row of the projections, each as last committed when it is read."""
        for name, row in queries.projections(self._database):
            if AGENDA in row:
                row[AGENDA] = _as_time(row[AGENDA])
            yield name, row

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        """Every stored rulebook: digest → (id, source)."""
        return queries.rulebooks(self._database)

    def command_ids(self) -> Iterator[tuple[str, int, int]]:
        """Every command id with its first and last entry."""
        return queries.commands(self._database)

    def head(self) -> HeadRow | None:
        """The head, as last committed."""
        with self._database.cursor() as cursor:
            row = self._database.prepare(statements.head).run(cursor).fetchone()
        # SQLite does not enforce the type of a column. A value that is no whole number is not the number of an entry.
        return None if row is None else (row[0] if isinstance(row[0], int) else -1, row[1], row[2])

    def size(self) -> int:
        """The number of the last entry, by the head."""
        head = self.head()
        return 0 if head is None else head[0]

    def entry(self, number: int) -> StoredEntry | None:
        """The entry with this number, if there is one."""
        rows = self._fetch_all(statements.rows, after=number - 1, last=number, batch=1)
        return rows[0] if rows else None

    def seals(self) -> SealTables:
        """The seals, cosignatures and keys, as last committed."""
        seals = [(*row[:4], _as_time(row[4])) for row in self._fetch_all(statements.seals)]
        return SealTables(seals, self._fetch_all(statements.cosignatures), self._fetch_all(statements.seal_keys))

    def access_rows(self) -> Sequence[AccessRow]:
        """Every row of the account tables that lets somebody sign in, as last committed."""
        return account_secrets.access_rows(self._database)

    def highest_references(self) -> Mapping[str, int]:
        """The highest entry numbers in the tables of the deliveries and of the replays that pages started."""
        return queries.highest_numbers(self._database)

    def _batch(self, after: int) -> list[StoredEntry]:
        return self._fetch_all(statements.rows, after=after, last=2**31 - 1, batch=BATCH)

    def _fetch_all(self, make: Callable[[str], Any], **values: int | str) -> list[Any]:
        """All rows of a statement, unchanged."""
        statement = self._database.prepare(make)
        try:
            with self._database.cursor() as cursor:
                return list(statement.run(cursor, **values).fetchall())
        except StorageError:
            if self._database.dialect != "sqlite":
                raise
        # Text in SQLite need not be valid UTF-8. Bytes that are not become lone surrogates, so that the row can be read
        # and reported.
        connection = self._database.connect()
        try:
            connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
            return list(statement.run(connection.cursor(), **values).fetchall())
        finally:
            connection.close()


class StreamReader(DatabaseReader):
    """Reads the entries of only some streams, each by its index, so that a page need not read the whole ledger.

    Account rows are left out. All other tables, and the head, are read as by `DatabaseReader`.
    """

    def __init__(self, database: Database, streams: Iterable[str]) -> None:
        super().__init__(database)
        self._streams = tuple(streams)

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry of the streams after `after`, in the order of the ledger."""
        rows = (self._fetch_all(statements.rows_of_stream, stream=stream, after=after) for stream in self._streams)
        yield from sorted(chain.from_iterable(rows))

    def access_rows(self) -> Sequence[AccessRow]:
        return ()
