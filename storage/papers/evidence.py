"""The evidence that a department collects under the elements of its form all year long, before it hands it in.

A collected document is not in the ledger: the department adds and removes it as it likes. With the self-report it is
handed in, and the entry has its digest; then the page no longer lets it go. A document is stored once, wherever it
is used (`documents.py`). Its name, day and note are encrypted. Not here: who may see and change it (`states/views.py`).
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Row, and_, delete, select

from storage.database.database import Database
from storage.database.upsert import upsert
from storage.tables.papers import DOCUMENT, EVIDENCE
from storage.vault import encrypted_columns


class EvidenceDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of a document: the name of the file, the day of the document (if known), and a note."""

    name: str
    dated: date | None = None
    note: str = ""


class CollectedEvidence(Struct, frozen=True, kw_only=True):
    """A document under an element, and what is said of it; None if that cannot be decrypted."""

    element: str
    sha256: str
    size: int
    media_type: str
    details: EvidenceDetails | None

    @property
    def name(self) -> str:
        return self.details.name if self.details is not None else ""


def collected(database: Database, year: int, unit: str) -> list[CollectedEvidence]:
    """Everything that a department collected in a year: by element, the oldest first, then by name."""
    statement = (
        select(EVIDENCE, DOCUMENT.c.size, DOCUMENT.c.media_type)
        .join(DOCUMENT, DOCUMENT.c.sha256 == EVIDENCE.c.sha256)
        .where(_is_of(year, unit))
    )
    with database.reading() as connection:
        rows = connection.execute(statement).all()
    read = [(row.at, _read(database, row)) for row in rows]
    return [one for at, one in sorted(read, key=lambda pair: (pair[1].element, pair[0], pair[1].name, pair[1].sha256))]


def used_bytes(database: Database, year: int, unit: str) -> int:
    """The size of everything that a department collected in a year. A document under two elements counts once."""
    used = select(EVIDENCE.c.sha256).where(_is_of(year, unit)).distinct().scalar_subquery()
    with database.reading() as connection:
        sizes = select(DOCUMENT.c.size).where(DOCUMENT.c.sha256.in_(used))
        return sum(connection.scalars(sizes))


def add(
    database: Database,
    year: int,
    unit: str,
    element: str,
    sha256: str,
    details: EvidenceDetails,
    account: str,
    now: datetime,
) -> None:
    """Put a stored document under an element, or replace what is said of it."""
    values = {
        "year": year, "unit": unit, "element": element, "sha256": sha256, "account": account, "at": now,
        "details": msgspec.json.encode(details).decode(),
    }  # fmt: skip
    row = encrypted_columns.encrypt_row(database, "evidence", _row_id(year, unit, element, sha256), values)
    with database.writing() as connection:
        connection.execute(upsert(EVIDENCE, database.dialect), row)


def remove(database: Database, year: int, unit: str, element: str, sha256: str) -> None:
    """Take a document away from an element. Its bytes stay stored."""
    is_chosen = and_(_is_of(year, unit), EVIDENCE.c.element == element, EVIDENCE.c.sha256 == sha256)
    with database.writing() as connection:
        connection.execute(delete(EVIDENCE).where(is_chosen))


def _read(database: Database, row: Row[tuple[object, ...]]) -> CollectedEvidence:
    id_ = _row_id(row.year, row.unit, row.element, row.sha256)
    text = encrypted_columns.decrypt(database, "evidence", "details", id_, row.details)
    return CollectedEvidence(
        element=row.element,
        sha256=row.sha256,
        size=row.size,
        media_type=row.media_type,
        details=None if text is None else msgspec.json.decode(text, type=EvidenceDetails),
    )


def _row_id(year: int, unit: str, element: str, sha256: str) -> str:
    return encrypted_columns.row_id(year, unit, element, sha256)


def _is_of(year: int, unit: str) -> ColumnElement[bool]:
    return and_(EVIDENCE.c.year == year, EVIDENCE.c.unit == unit)
