"""What an auditor reads, and from where: a `Reader`, answered by a database opened read-only.

The replay sees nothing but a `Reader`, so the same code checks a bundle or a copy in memory.
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
"""A row of a projection: its table (`assessment` or `case_record`) and its values by column."""

HeadRow = tuple[int, str, str | None]
"""Where the ledger says it ends: number, digest and time of the last entry, the time as its body has it."""

SealRecord = tuple[int, str, str, str, Any]
"""A stored seal: number of entries, root, edge, signed note, when it was made."""

KeyRecord = tuple[str, str, int, str | None]
"""A stored key: verifier key, role, since which entry, how it was handed on."""


class SealTables(NamedTuple):
    """The three tables that vouch for a ledger: its seals, the cosignatures (number, line) under them, the keys."""

    seals: Sequence[SealRecord] = ()
    cosignatures: Sequence[tuple[int, str]] = ()
    keys: Sequence[KeyRecord] = ()


BATCH = 1000
"""How many entries are in memory at a time."""


class Reader(Protocol):
    """A ledger to be checked, as it is stored: nothing is decoded, corrected or left out."""

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after number `after`, in order, few in memory at a time."""
        ...

    def projections(self) -> Iterator[Projection] | None:
        """Every row of the two projections; None where there is only the ledger."""
        ...

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        """Every stored rulebook: digest → (id, source)."""
        ...

    def command_ids(self) -> Iterator[tuple[str, int, int]] | None:
        """Every command id with its first and last entry, in any order; None where only the ledger is there."""
        ...

    def head(self) -> HeadRow | None:
        """The head, or None if its row is gone."""
        ...

    def seals(self) -> SealTables:
        """What vouches for the ledger, each part in its order."""
        ...

    def access_rows(self) -> Sequence[AccessRow]:
        """Every row that lets somebody sign in, as it is now; none where there is only the ledger."""
        ...

    def highest_references(self) -> Mapping[str, int]:
        """The highest entry number that each table beside the ledger names; none where there is only the ledger."""
        ...


def _moment(held: Any) -> Any:
    """A time, which SQLite holds as text; anything else is left as it is."""
    try:
        read = datetime.fromisoformat(held) if isinstance(held, str) else held
    except ValueError:
        return held
    return read if isinstance(read, datetime) and read.tzinfo else held


class DatabaseDocuments:
    """The documents a database keeps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_whole(self, digest: str) -> bool:
        return documents.is_intact(self._database, digest)

    def parts(self, digest: str) -> Iterator[bytes]:
        return documents.parts(self._database, digest)


class DatabaseReader:
    """The reader of a `Database`; open it read-only. It never makes a `Ledger`, which refuses a broken one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after `after`, those written meanwhile too, a batch at a time and no transaction held open."""
        while rows := self._batch(after):
            yield from rows
            after = rows[-1][0]

    def projections(self) -> Iterator[Projection]:
        """Every row of the two projections, as last committed when it is reached."""
        for name, row in queries.projections(self._database):
            if AGENDA in row:
                row[AGENDA] = _moment(row[AGENDA])
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
        # A column of SQLite holds whatever was put there; what is not a number is not the number of an entry.
        return None if row is None else (row[0] if isinstance(row[0], int) else -1, row[1], row[2])

    def size(self) -> int:
        """The number of the last entry, as the head has it."""
        head = self.head()
        return 0 if head is None else head[0]

    def entry(self, number: int) -> StoredEntry | None:
        """The entry of this number, if there is one."""
        found = self._all(statements.rows, after=number - 1, last=number, batch=1)
        return found[0] if found else None

    def seals(self) -> SealTables:
        """What vouches for the ledger, as last committed."""
        found = [(*row[:4], _moment(row[4])) for row in self._all(statements.seals)]
        return SealTables(found, self._all(statements.cosignatures), self._all(statements.seal_keys))

    def access_rows(self) -> Sequence[AccessRow]:
        """What lies in the account tables, as last committed."""
        return account_secrets.access_rows(self._database)

    def highest_references(self) -> Mapping[str, int]:
        """What the post and the replays asked for on pages know of the ledger's length."""
        return queries.highest_numbers(self._database)

    def _batch(self, after: int) -> list[StoredEntry]:
        return self._all(statements.rows, after=after, last=2**31 - 1, batch=BATCH)

    def _all(self, make: Callable[[str], Any], **given: int | str) -> list[Any]:
        """Everything a statement finds, as it lies."""
        statement = self._database.prepare(make)
        try:
            with self._database.cursor() as cursor:
                return list(statement.run(cursor, **given).fetchall())
        except StorageError:
            if self._database.dialect != "sqlite":
                raise
        # SQLite may hold text that is not UTF-8: such bytes become lone surrogates.
        connection = self._database.connect()
        try:
            connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
            return list(statement.run(connection.cursor(), **given).fetchall())
        finally:
            connection.close()


class StreamReader(DatabaseReader):
    """The same of some streams alone, each by its index: who asks about one department need not read the whole ledger."""

    def __init__(self, database: Database, streams: Iterable[str]) -> None:
        super().__init__(database)
        self._streams = tuple(streams)

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry of the streams after `after`, in the order of the ledger."""
        found = (self._all(statements.rows_of_stream, stream=stream, after=after) for stream in self._streams)
        yield from sorted(chain.from_iterable(found))

    def access_rows(self) -> Sequence[AccessRow]:
        return ()
