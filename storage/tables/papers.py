"""Papers: documents by the digest of their bytes, who uploaded them, their file names, and forms not yet submitted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class DocumentRow(SQLModel, table=True):
    """One document, by the SHA-256 of its bytes. Its file names are in `attachment`."""

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
    """An account uploaded this document. Only then may a form of that account name it."""

    __tablename__ = "upload"

    account: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")


class AttachmentRow(SQLModel, table=True):
    """A file under the entry that names it, by the entry's command id.

    `name` is the file's name, encrypted; it never changes.
    """

    __tablename__ = "attachment"

    command: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="document.sha256")
    stream: str = Field(index=True)
    name: str = Field(sa_type=Text)


class DraftRow(SQLModel, table=True):
    """What an account has typed into a form so far: `fields` is a JSON list of pairs, encrypted.

    Deleted once the form is accepted.
    """

    __tablename__ = "draft"

    account: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    fields: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


DOCUMENT, DOCUMENT_PART, UPLOAD, ATTACHMENT, DRAFT = (
    table_of(row) for row in (DocumentRow, DocumentPartRow, UploadRow, AttachmentRow, DraftRow)
)
