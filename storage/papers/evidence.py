"""The folder of a department and year: the evidence that it collects under the elements of its form, before it hands it in.

A collected document is not in the ledger. It is stored once, wherever it is used (`documents.py`). Its name, day and
note are encrypted. `changing` is the only way to change a folder.

Only the department may change its folder, and only the department sees a document before it is handed in
(`views.may_change_folder`); after that everybody who may see the assessment sees it. Not here: what may be added and
removed (`workflow/evidence.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select

from storage.database.database import Database
from storage.database.upsert import upsert
from storage.tables.papers import DOCUMENT, EVIDENCE
from storage.vault import encrypted_columns

from . import documents


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


class FolderWriter:
    """One transaction that changes a folder. Other transactions that change the same folder wait for its end."""

    def __init__(self, database: Database, connection: Connection, year: int, unit: str) -> None:
        self._database, self._connection = database, connection
        self._year, self._unit = year, unit

    def collected(self) -> list[CollectedEvidence]:
        """What is in the folder now."""
        return _collected(self._database, self._connection, self._year, self._unit)

    def store(self, data: bytes, media_type: str, now: datetime) -> str:
        """Store a document. Returns its digest."""
        return documents.store_within(self._connection, self._database.dialect, data, media_type, now)

    def put(self, element: str, sha256: str, details: EvidenceDetails, account: str, now: datetime) -> None:
        """Put a stored document under an element, or replace what is said of it."""
        values = {
            "year": self._year, "unit": self._unit, "element": element, "sha256": sha256, "account": account,
            "at": now, "details": msgspec.json.encode(details).decode(),
        }  # fmt: skip
        id_ = _row_id(self._year, self._unit, element, sha256)
        row = encrypted_columns.encrypt_row(self._database, "evidence", id_, values)
        self._connection.execute(upsert(EVIDENCE, self._database.dialect), row)

    def remove(self, element: str, sha256: str) -> None:
        """Take a document away from an element. Its bytes stay stored."""
        is_chosen = and_(_is_of(self._year, self._unit), EVIDENCE.c.element == element, EVIDENCE.c.sha256 == sha256)
        self._connection.execute(delete(EVIDENCE).where(is_chosen))


@contextmanager
def changing(database: Database, year: int, unit: str) -> Iterator[FolderWriter]:
    """A transaction that changes the folder. Without an error it is committed at the end."""
    with database.writing() as connection:
        database.lock(connection, f"evidence/{year}/{unit}")
        yield FolderWriter(database, connection, year, unit)


def collected(database: Database, year: int, unit: str) -> list[CollectedEvidence]:
    """Everything that a department collected in a year: by element, the oldest first, then by name."""
    with database.reading() as connection:
        return _collected(database, connection, year, unit)


def used_bytes(files: Iterable[CollectedEvidence]) -> int:
    """The size of these documents. A document under two elements counts once."""
    return sum({one.sha256: one.size for one in files}.values())


def _collected(database: Database, connection: Connection, year: int, unit: str) -> list[CollectedEvidence]:
    statement = (
        select(EVIDENCE, DOCUMENT.c.size, DOCUMENT.c.media_type)
        .join(DOCUMENT, DOCUMENT.c.sha256 == EVIDENCE.c.sha256)
        .where(_is_of(year, unit))
    )
    read = [(row.at, _read(database, row)) for row in connection.execute(statement).all()]
    return [one for at, one in sorted(read, key=lambda pair: (pair[1].element, pair[0], pair[1].name, pair[1].sha256))]


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
