"""Reads and adds the rows of seals, cosignatures and seal keys. Not here: the meaning of a seal (`audit/seals/`).

`audit/` may write only these three tables. They are append-only. The number of a seal is the number of entries that it
covers. Also here: whether the ledger has entries of some kinds after a seal.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlmodel import col
from sqlmodel import select as select_rows

from storage.tables.columns import table_of
from storage.tables.ledger import ENTRY
from storage.tables.seals import SEAL_KEY, CosignatureRow, SealKeyRow, SealRow

from .database.database import Database
from .database.rows import read_row, read_rows

LOG, WITNESS = "log", "witness"
"""The roles of a key: it signs this ledger's seals (`log`, the term of transparency logs), or it is a witness's."""


def last_seal(database: Database, max_size: int | None = None) -> SealRow | None:
    """The seal that covers the most entries; None if there is none.

    With `max_size`, only seals over at most so many entries count.
    """
    statement = select_rows(SealRow).order_by(col(SealRow.number).desc()).limit(1)
    return read_row(database, statement if max_size is None else statement.where(SealRow.number <= max_size))


def first_seal_covering(database: Database, number: int) -> SealRow | None:
    """The first seal that covers entry `number`; None if there is none."""
    statement = select_rows(SealRow).where(SealRow.number >= number).order_by(col(SealRow.number)).limit(1)
    return read_row(database, statement)


def seals_after(database: Database, after_size: int = 0) -> list[SealRow]:
    """The seals over more than `after_size` entries, in order."""
    return read_rows(database, select_rows(SealRow).where(SealRow.number > after_size).order_by(col(SealRow.number)))


def seals_before(database: Database, before_size: int, limit: int) -> list[SealRow]:
    """At most `limit` seals over fewer than `before_size` entries, the last first."""
    statement = select_rows(SealRow).where(SealRow.number < before_size)
    return read_rows(database, statement.order_by(col(SealRow.number).desc()).limit(limit))


def cosignatures(database: Database, min_size: int = 0) -> list[CosignatureRow]:
    """The cosignatures under the seals over at least `min_size` entries, in the order of the seals."""
    statement = select_rows(CosignatureRow).where(CosignatureRow.number >= min_size)
    return read_rows(database, statement.order_by(col(CosignatureRow.number), col(CosignatureRow.line)))


def keys(database: Database) -> list[SealKeyRow]:
    """Every key, in the order in which they were added."""
    return read_rows(database, select_rows(SealKeyRow).order_by(col(SealKeyRow.position)))


def has_entry_of_kinds(database: Database, after: int, kinds: Collection[str]) -> bool:
    """Whether there is an entry of one of these kinds after number `after`."""
    statement = select(ENTRY.c.number).where(ENTRY.c.number > after, ENTRY.c.kind.in_(kinds)).limit(1)
    with database.reading() as connection:
        return connection.execute(statement).first() is not None


def has_only_kinds(database: Database, after: int, kinds: Collection[str]) -> bool:
    """Whether all entries after number `after` are of these kinds. True if there are no entries after it."""
    statement = select(ENTRY.c.number).where(ENTRY.c.number > after, ENTRY.c.kind.not_in(kinds)).limit(1)
    with database.reading() as connection:
        return connection.execute(statement).first() is None


def add(database: Database, row: SealRow | CosignatureRow) -> None:
    """Add one row. Raises Conflict if a row with the same primary key exists."""
    with database.writing() as connection:
        connection.execute(insert(table_of(type(row))).values(**row.model_dump()))


def add_key(database: Database, key: str, role: str, since: int, note: str | None, now: datetime) -> None:
    """Add a key at the next position. Raises Conflict if the key exists.

    `since` and `note` are the columns of `SealKeyRow`.
    """
    with database.writing() as connection:
        position = connection.execute(select(func.coalesce(func.max(SEAL_KEY.c.position), 0) + 1)).scalar_one()
        row = {"position": position, "key": key, "role": role, "since": since, "note": note, "made_at": now}
        connection.execute(insert(SEAL_KEY).values(row))
