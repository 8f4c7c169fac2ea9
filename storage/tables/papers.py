"""Papers: documents by the digest of their bytes, uploads, names of files, evidence, drafts of forms, and comments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class DocumentRow(SQLModel, table=True):
    """One document, by the SHA-256 of its bytes. The names of its files are in `attachment`."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True)
    size: int
    media_type: str
    stored_at: datetime = Field(sa_type=UtcDateTime)


class DocumentPartRow(SQLModel, table=True):
    """One part of a document's bytes, at `position`, counted from 0."""

    __tablename__ = "document_part"

    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: bytes


class UploadRow(SQLModel, table=True):
    """The fact that an account uploaded this document. Only then may a form of that account contain it."""

    __tablename__ = "upload"

    account: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")


class AttachmentRow(SQLModel, table=True):
    """A file of an entry. `command` is the command id of the entry.

    `name` is the name of the file, encrypted. It never changes.
    """

    __tablename__ = "attachment"

    command: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    stream: str = Field(index=True)
    name: str = Field(sa_type=Text)


class EvidenceRow(SQLModel, table=True):
    """A document that a department collected under an element in a year, with what is said of it.

    `details` is JSON (`storage/papers/evidence.py`), encrypted.
    """

    __tablename__ = "evidence"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    unit: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    account: str
    at: datetime = Field(sa_type=UtcDateTime)
    details: str = Field(sa_type=Text)


class DraftRow(SQLModel, table=True):
    """The values that an account has typed into a form so far. `fields` is a JSON list of pairs, encrypted.

    The row is deleted when the form is accepted.
    """

    __tablename__ = "draft"

    account: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    fields: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


class CommentRow(SQLModel, table=True):
    """A comment (意见) on the assessment `stream`, by the account `author`. `text` is encrypted, and never changes.

    `text` is None after the author has withdrawn the comment, at `withdrawn_at`. The row stays.
    """

    __tablename__ = "comment"

    id: str = Field(primary_key=True)
    stream: str = Field(index=True)
    author: str
    at: datetime = Field(sa_type=UtcDateTime)
    text: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


DOCUMENT, DOCUMENT_PART, UPLOAD, ATTACHMENT, EVIDENCE, DRAFT, COMMENT = (
    table_of(row) for row in (DocumentRow, DocumentPartRow, UploadRow, AttachmentRow, EvidenceRow, DraftRow, CommentRow)
)
