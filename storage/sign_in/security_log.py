"""The security log: a hash chain of its own beside the ledger, so that a changed, missing or inserted line is found.

The digest of a line is over the line and the digest before it. Old lines are deleted at the beginning only, and the
head says where the chain begins. The owner of the database can write a whole new chain; so the ledger notes the end of
the log once a day (`workflow/tables.py`), and lines before the last note cannot be replaced without being found.

Not in the ledger itself: it is written at every request, its addresses are personal, and old lines have to be deleted.
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
    """The first line that is still there and the digest before it; the last line and its digest."""

    first: int
    before: str
    number: int
    digest: str


def add(database: Database, row: SecurityLogRow) -> None:
    """Add one line. The lock on the head makes the lines of several writers one chain."""
    with database.writing() as connection:
        head = connection.execute(
            select(SECURITY_LOG_HEAD.c.number, SECURITY_LOG_HEAD.c.digest).with_for_update()
        ).one()
        row.id = head.number + 1
        row.digest = digest_of(head.digest, row)
        connection.execute(SECURITY_LOG.insert().values(**row.model_dump()))
        connection.execute(update(SECURITY_LOG_HEAD).values(number=row.id, digest=row.digest))


def digest_of(before: str, row: SecurityLogRow) -> str:
    """The digest of a line that comes after the digest `before`."""
    fields = (before, row.id, format_time(row.at), row.event, row.account, row.address, row.what)
    return sha256(msgspec.json.encode(fields)).hexdigest()


def extent(database: Database) -> SecurityLogExtent | None:
    """Where the log begins and ends; None where its head is gone."""
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


def extent_after(database: Database, before: datetime) -> SecurityLogExtent | None:
    """The extent once every line before a moment is deleted; None if there is nothing to delete."""
    now = extent(database)
    old = select(func.max(SECURITY_LOG.c.id)).where(SECURITY_LOG.c.at < before)
    with database.reading() as connection:
        last = connection.scalar(old)
        if now is None or last is None or last < now.first:
            return None
        digest = connection.scalar(select(SECURITY_LOG.c.digest).where(SECURITY_LOG.c.id == last))
    return SecurityLogExtent(last + 1, str(digest), now.number, now.digest)


def delete_before(database: Database, first: int, before: str) -> None:
    """Delete the lines before `first`."""
    with database.writing() as connection:
        head = connection.execute(select(SECURITY_LOG_HEAD.c.first).with_for_update()).one()
        if first > head.first:
            connection.execute(delete(SECURITY_LOG).where(SECURITY_LOG.c.id < first))
            connection.execute(update(SECURITY_LOG_HEAD).values(first=first, before=before))


def all_lines(database: Database) -> Iterator[SecurityLogRow]:
    """Every line in order, a batch in memory at a time."""
    after = -(2**31)
    while True:
        rows = read_rows(
            database,
            select_rows(SecurityLogRow)
            .where(col(SecurityLogRow.id) > after)
            .order_by(col(SecurityLogRow.id))
            .limit(_BATCH),
        )
        yield from rows
        if not rows or rows[-1].id is None:
            return
        after = rows[-1].id


def latest_lines(
    database: Database, *, before: int | None = None, account: str = "", limit: int = 100
) -> list[SecurityLogRow]:
    """At most `limit` lines, the last first; only those of one account, where given."""
    wanted = select_rows(SecurityLogRow).order_by(col(SecurityLogRow.id).desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(col(SecurityLogRow.id) < before)
    if account:
        wanted = wanted.where(col(SecurityLogRow.account) == account)
    return read_rows(database, wanted)


def last_event(database: Database, account: str, event: str, since: datetime) -> SecurityLogRow | None:
    """The last line of this event about an account since a moment."""
    mine = (col(SecurityLogRow.account) == account, col(SecurityLogRow.event) == event, col(SecurityLogRow.at) >= since)
    return read_row(database, select_rows(SecurityLogRow).where(*mine).order_by(col(SecurityLogRow.id).desc()).limit(1))
