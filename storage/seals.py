"""The seals, their cosignatures and the keys: rows in, rows out. The meaning of a seal is for `audit/`.

The one thing that the auditor's room may write, and it only adds: the tables are append-only.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlmodel import col
from sqlmodel import select as rows_of

from storage.tables.columns import table_of
from storage.tables.ledger import ENTRY
from storage.tables.seals import SEAL_KEY, CosignatureRow, SealKeyRow, SealRow

from .database.database import Database
from .database.rows import read_row, read_rows

LOG, WITNESS = "log", "witness"
"""The roles of a key: the ledger's own, and a witness's."""


def last_seal(database: Database, upto: int | None = None) -> SealRow | None:
    """The seal over the most entries, of those over at most `upto`."""
    wanted = rows_of(SealRow).order_by(col(SealRow.number).desc()).limit(1)
    return read_row(database, wanted if upto is None else wanted.where(SealRow.number <= upto))


def first_over(database: Database, number: int) -> SealRow | None:
    """The first seal that covers entry `number`."""
    wanted = rows_of(SealRow).where(SealRow.number >= number).order_by(col(SealRow.number)).limit(1)
    return read_row(database, wanted)


def seals_after(database: Database, after: int = 0) -> list[SealRow]:
    """The seals over more than `after` entries, in order."""
    return read_rows(database, rows_of(SealRow).where(SealRow.number > after).order_by(col(SealRow.number)))


def page_before(database: Database, before: int, limit: int) -> list[SealRow]:
    """At most `limit` seals over fewer than `before` entries, the last first."""
    wanted = rows_of(SealRow).where(SealRow.number < before).order_by(col(SealRow.number).desc()).limit(limit)
    return read_rows(database, wanted)


def cosignatures(database: Database, first: int = 0) -> list[CosignatureRow]:
    """The cosignatures under the seals over at least `first` entries, in the order of the seals."""
    columns = (col(CosignatureRow.number), col(CosignatureRow.line))
    return read_rows(database, rows_of(CosignatureRow).where(CosignatureRow.number >= first).order_by(*columns))


def keys(database: Database) -> list[SealKeyRow]:
    """Every key, in the order in which they were added."""
    return read_rows(database, rows_of(SealKeyRow).order_by(col(SealKeyRow.position)))


def has_entry_of(database: Database, after: int, kinds: Collection[str]) -> bool:
    """Whether there is an entry of one of these kinds after number `after`."""
    wanted = select(ENTRY.c.number).where(ENTRY.c.number > after, ENTRY.c.kind.in_(kinds)).limit(1)
    with database.reading() as connection:
        return connection.execute(wanted).first() is not None


def has_only(database: Database, after: int, kinds: Collection[str]) -> bool:
    """Whether all entries after number `after` are of these kinds."""
    wanted = select(ENTRY.c.number).where(ENTRY.c.number > after, ENTRY.c.kind.not_in(kinds)).limit(1)
    with database.reading() as connection:
        return connection.execute(wanted).first() is None


def add(database: Database, row: SealRow | CosignatureRow) -> None:
    """Add one row. Conflict if there is one with its key."""
    with database.writing() as connection:
        connection.execute(insert(table_of(type(row))).values(**row.model_dump()))


def add_key(database: Database, key: str, role: str, since: int, note: str | None, now: datetime) -> None:
    """Add a key after the last one. Conflict if it is there already."""
    with database.writing() as connection:
        position = connection.execute(select(func.coalesce(func.max(SEAL_KEY.c.position), 0) + 1)).scalar_one()
        row = {"position": position, "key": key, "role": role, "since": since, "note": note, "made_at": now}
        connection.execute(insert(SEAL_KEY).values(row))
