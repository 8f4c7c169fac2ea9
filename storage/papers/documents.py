"""Documents by what they are: the bytes behind the digests that facts name. In the database itself, so one URL holds all.

A document is kept in parts, so that no row is large. It is kept once, whoever hands it in again, and never changed. The
names of its files are in `attachments.py`. Which assessment names it is the ledger's to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from storage.database.database import Database
from storage.errors import Conflict
from storage.tables.papers import DOCUMENT, DOCUMENT_PART

PART = 2**20
"""Bytes of a part."""


def store(database: Database, data: bytes, media_type: str, now: datetime) -> str:
    """Keep these bytes, if they are not kept already; their digest."""
    digest = sha256(data).hexdigest()
    parts = [
        {"sha256": digest, "position": position, "data": data[begins : begins + PART]}
        for position, begins in enumerate(range(0, len(data), PART))
    ]
    try:
        with database.writing() as connection:
            if connection.scalar(select(DOCUMENT.c.size).where(DOCUMENT.c.sha256 == digest)) is None:
                row = {"sha256": digest, "size": len(data), "media_type": media_type, "stored_at": now}
                connection.execute(DOCUMENT.insert().values(row))
                connection.execute(DOCUMENT_PART.insert(), parts)
    except Conflict:  # somebody kept the same bytes meanwhile
        pass
    return digest


def find(database: Database, digest: str) -> tuple[int, str] | None:
    """The size and media type of a document; None if it is not kept here."""
    wanted = select(DOCUMENT.c.size, DOCUMENT.c.media_type).where(DOCUMENT.c.sha256 == digest)
    with database.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1])


def parts(database: Database, digest: str) -> Iterator[bytes]:
    """A document's bytes as they lie, a part at a time; none where it is not kept here."""
    position = 0
    while True:
        wanted = select(DOCUMENT_PART.c.data).where(
            DOCUMENT_PART.c.sha256 == digest, DOCUMENT_PART.c.position == position
        )
        with database.reading() as connection:
            data = connection.scalar(wanted)
        if data is None:
            return
        yield bytes(data)
        position += 1


def is_intact(database: Database, digest: str) -> bool:
    """Whether what is kept is still what the digest says."""
    hashing = sha256()
    for part in parts(database, digest):
        hashing.update(part)
    return hashing.hexdigest() == digest


def all_sizes(database: Database) -> dict[str, int]:
    """Every document kept here: digest -> size, as its row has it; -1 where there are bytes and no row."""
    with database.reading() as connection:
        loose = {digest: -1 for (digest,) in connection.execute(select(DOCUMENT_PART.c.sha256).distinct())}
        rows = connection.execute(select(DOCUMENT.c.sha256, DOCUMENT.c.size)).all()
    return loose | {row.sha256: row.size for row in rows}


def read(database: Database, digest: str) -> bytes | None:
    """A document's bytes; None if it is not kept here, or what is kept is no longer what the digest says."""
    wanted = select(DOCUMENT_PART.c.data).where(DOCUMENT_PART.c.sha256 == digest).order_by(DOCUMENT_PART.c.position)
    with database.reading() as connection:
        data = b"".join(connection.scalars(wanted))
    return data if sha256(data).hexdigest() == digest else None
