"""Stores and reads documents: the bytes, the size and the media type of the files to which facts refer by a digest.

They are in the database itself, so that one URL and one backup contain everything. A document is stored in parts, so
that no row is large, and a page can send the document without having all of it in memory. It is stored once, however
often it is uploaded, and never changes. Not here: the names of files (`attachments.py`), and which assessment refers to
a document (the ledger).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, select

from storage.database.database import Database
from storage.database.upsert import insert_or_ignore
from storage.tables.papers import DOCUMENT, DOCUMENT_PART

PART = 2**20
"""The bytes of a part."""

NO_ROW = -1
"""The size of a document that has bytes and no row."""


def digest_of(data: bytes) -> str:
    """The digest by which a document is stored."""
    return sha256(data).hexdigest()


def store(database: Database, data: bytes, media_type: str, now: datetime) -> str:
    """Store these bytes, unless they are stored already. Returns their digest."""
    with database.writing() as connection:
        return store_within(connection, database.dialect, data, media_type, now)


def store_within(connection: Connection, dialect: str, data: bytes, media_type: str, now: datetime) -> str:
    """Like `store`, in a transaction of the caller."""
    digest = digest_of(data)
    if connection.scalar(select(DOCUMENT.c.size).where(DOCUMENT.c.sha256 == digest)) is None:
        row = {"sha256": digest, "size": len(data), "media_type": media_type, "stored_at": now}
        part_rows = [
            {"sha256": digest, "position": position, "data": data[start : start + PART]}
            for position, start in enumerate(range(0, len(data), PART))
        ]
        # Another process may store the same bytes at the same moment.
        connection.execute(insert_or_ignore(DOCUMENT, dialect), row)
        connection.execute(insert_or_ignore(DOCUMENT_PART, dialect), part_rows)
    return digest


def find(database: Database, digest: str) -> tuple[int, str] | None:
    """The size and the media type of a document; None if it is not stored."""
    statement = select(DOCUMENT.c.size, DOCUMENT.c.media_type).where(DOCUMENT.c.sha256 == digest)
    with database.reading() as connection:
        row = connection.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])


def parts(database: Database, digest: str) -> Iterator[bytes]:
    """The bytes of a document, part by part; no part if it is not stored. Their digest is not checked."""
    position = 0
    while True:
        statement = select(DOCUMENT_PART.c.data).where(
            DOCUMENT_PART.c.sha256 == digest, DOCUMENT_PART.c.position == position
        )
        with database.reading() as connection:
            data = connection.scalar(statement)
        if data is None:
            return
        yield bytes(data)
        position += 1


def is_intact(database: Database, digest: str) -> bool:
    """Whether the stored bytes have this digest. False if the document is not stored."""
    hasher = sha256()
    for part in parts(database, digest):
        hasher.update(part)
    return hasher.hexdigest() == digest


def all_sizes(database: Database) -> dict[str, int]:
    """The size of every document, by digest, according to its row; `NO_ROW` if there are only bytes."""
    with database.reading() as connection:
        without_row = {digest: NO_ROW for (digest,) in connection.execute(select(DOCUMENT_PART.c.sha256).distinct())}
        rows = connection.execute(select(DOCUMENT.c.sha256, DOCUMENT.c.size)).all()
    return without_row | {row.sha256: row.size for row in rows}


def read(database: Database, digest: str) -> bytes | None:
    """The bytes of a document; None if it is not stored, or if its bytes no longer have this digest."""
    statement = select(DOCUMENT_PART.c.data).where(DOCUMENT_PART.c.sha256 == digest).order_by(DOCUMENT_PART.c.position)
    with database.reading() as connection:
        data = b"".join(connection.scalars(statement))
    return data if sha256(data).hexdigest() == digest else None
