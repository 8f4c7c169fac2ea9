"""Adds, reads and deletes lines of the security log, a separate hash chain.

The chain shows a changed, missing or inserted line (`audit/tables/security_log.py`).

The digest of a line covers the line and the digest of the previous line. Old lines are deleted at the beginning only,
and the head records where the chain begins. The owner of the database could write a completely new chain. So once a day
an entry of the ledger notes the end of the log (`workflow/tables.py`). If lines before the last note are replaced, it
is found.

The log is not in the ledger itself, because every request writes it, its addresses are personal, and old lines must be
deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from storage.database.database import Database
from storage.database.rows import read_row, read_rows
from storage.ledger.chain import format_time
from storage.tables.security_log import SECURITY_LOG, SECURITY_LOG_HEAD, SecurityLogRow

_BATCH = 5000


class SecurityLogExtent(Struct, frozen=True):
    """The first line that still exists (`first`) and the digest before it; the last line (`number`) and its digest."""

    first: int
    before: str
    number: int
    digest: str


def add(database: Database, row: SecurityLogRow) -> None:
    """Add one line. It locks the head, so that the lines of several writers are one chain."""
    with database.writing() as connection:
        head = connection.execute(
            select(SECURITY_LOG_HEAD.c.number, SECURITY_LOG_HEAD.c.digest).with_for_update()
        ).one()
        row.id = head.number + 1
        row.digest = digest_of(head.digest, row)
        connection.execute(SECURITY_LOG.insert().values(**row.model_dump()))
        connection.execute(update(SECURITY_LOG_HEAD).values(number=row.id, digest=row.digest))


def digest_of(previous: str, row: SecurityLogRow) -> str:
    """The digest of a line. `previous` is the digest of the previous line."""
    fields = (previous, row.id, format_time(row.at), row.event, row.account, row.address, row.what)
    return sha256(msgspec.json.encode(fields)).hexdigest()


def extent(database: Database) -> SecurityLogExtent | None:
    """The begin and the end of the log; None if its head is missing."""
    with database.reading() as connection:
        row = connection.execute(
            select(
                SECURITY_LOG_HEAD.c.first,
                SECURITY_LOG_HEAD.c.before,
                SECURITY_LOG_HEAD.c.number,
                SECURITY_LOG_HEAD.c.digest,
            )
        ).first()
    return None if row is None else SecurityLogExtent(*row)


def extent_after(database: Database, cutoff: datetime) -> SecurityLogExtent | None:
    """The extent that the log will have when every line before the time `cutoff` is deleted.

    None if there is no such line. It deletes nothing: `delete_before` does.
    """
    current = extent(database)
    last_old_line = select(func.max(SECURITY_LOG.c.id)).where(SECURITY_LOG.c.at < cutoff)
    with database.reading() as connection:
        last = connection.scalar(last_old_line)
        if current is None or last is None or last < current.first:
            return None
        digest = connection.scalar(select(SECURITY_LOG.c.digest).where(SECURITY_LOG.c.id == last))
    return SecurityLogExtent(last + 1, str(digest), current.number, current.digest)


def delete_before(database: Database, first: int, last_digest: str) -> None:
    """Delete the lines before the line `first`. `last_digest` is the digest of the last deleted line."""
    with database.writing() as connection:
        head = connection.execute(select(SECURITY_LOG_HEAD.c.first).with_for_update()).one()
        if first > head.first:
            connection.execute(delete(SECURITY_LOG).where(SECURITY_LOG.c.id < first))
            connection.execute(update(SECURITY_LOG_HEAD).values(first=first, before=last_digest))


def all_lines(database: Database) -> Iterator[SecurityLogRow]:
    """Every line in order, one batch in memory at a time."""
    id_, after = col(SecurityLogRow.id), -(2**31)
    while True:
        rows = read_rows(database, select_rows(SecurityLogRow).where(id_ > after).order_by(id_).limit(_BATCH))
        yield from rows
        if not rows or rows[-1].id is None:
            return
        after = rows[-1].id


def latest_lines(
    database: Database, *, before: int | None = None, account: str = "", limit: int = 100
) -> list[SecurityLogRow]:
    """At most `limit` lines before the line with the number `before` (None: the end), the last first.

    `account`: only the lines of this account; empty: of all accounts.
    """
    statement = select_rows(SecurityLogRow).order_by(col(SecurityLogRow.id).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(SecurityLogRow.id) < before)
    if account:
        statement = statement.where(col(SecurityLogRow.account) == account)
    return read_rows(database, statement)


def last_event(database: Database, account: str, event: str, since: datetime) -> SecurityLogRow | None:
    """The last line with this event and this account since the time `since`; None if there is none."""
    row = SecurityLogRow
    statement = select_rows(row).where(col(row.account) == account, col(row.event) == event, col(row.at) >= since)
    return read_row(database, statement.order_by(col(row.id).desc()).limit(1))
