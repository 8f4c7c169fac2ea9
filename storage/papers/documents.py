"""Documents: the bytes behind the digests that facts name.

In the database itself, so that one URL and one backup hold everything.

A document is stored in parts, so that no row is large and a page can send it without holding all of it in memory. It is
stored once, however often it is uploaded, and never changed. The names of its files are in `attachments.py`; which
assessment names it is in the ledger.
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
    """Store these bytes, unless they are stored already; their digest."""
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
    except Conflict:  # another process stored the same bytes at the same moment
        pass
    return digest


def find(database: Database, digest: str) -> tuple[int, str] | None:
    """The size and media type of a document; None if it is not here."""
    wanted = select(DOCUMENT.c.size, DOCUMENT.c.media_type).where(DOCUMENT.c.sha256 == digest)
    with database.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1])


def parts(database: Database, digest: str) -> Iterator[bytes]:
    """A document's bytes, unchecked, part by part; no part if it is not here."""
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
    """Whether the bytes still have this digest."""
    hashing = sha256()
    for part in parts(database, digest):
        hashing.update(part)
    return hashing.hexdigest() == digest


def all_sizes(database: Database) -> dict[str, int]:
    """The size of every document, by digest, as its row says; -1 where there are bytes and no row."""
    with database.reading() as connection:
        loose = {digest: -1 for (digest,) in connection.execute(select(DOCUMENT_PART.c.sha256).distinct())}
        rows = connection.execute(select(DOCUMENT.c.sha256, DOCUMENT.c.size)).all()
    return loose | {row.sha256: row.size for row in rows}


def read(database: Database, digest: str) -> bytes | None:
    """A document's bytes; None if it is not here, or its bytes no longer have this digest."""
    wanted = select(DOCUMENT_PART.c.data).where(DOCUMENT_PART.c.sha256 == digest).order_by(DOCUMENT_PART.c.position)
    with database.reading() as connection:
        data = b"".join(connection.scalars(wanted))
    return data if sha256(data).hexdigest() == digest else None
