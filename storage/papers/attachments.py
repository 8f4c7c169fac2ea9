"""Attachments: the accounts that uploaded a document, and the name of the file for each entry with the document.

An entry refers to a document only by its digest, because the name of a file may show which person it is about, and an
entry cannot be erased. The name is stored outside the ledger, encrypted, for one entry. If the same bytes are uploaded
again under another name, the recorded names do not change.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import ClauseElement, and_, insert, select

from storage.database.database import Database
from storage.database.prepared import SideWrite
from storage.errors import Conflict
from storage.tables.ledger import COMMAND, ENTRY
from storage.tables.papers import ATTACHMENT, UPLOAD
from storage.vault import encrypted_columns


class EntryAttachment(Struct, frozen=True):
    """A file of an entry: the number of the entry, and the name of the file.

    The name is None if it cannot be decrypted (`encrypted_columns.decrypt`).
    """

    number: int
    name: str | None


def record_upload(database: Database, account: str, sha256: str) -> None:
    """Record that the account uploaded this document."""
    try:
        with database.writing() as connection:
            connection.execute(UPLOAD.insert().values(account=account, sha256=sha256))
    except Conflict:  # it was recorded before
        pass


def has_uploaded(database: Database, account: str, sha256: str) -> bool:
    """Whether the account uploaded this document. Only then may a form of that account contain it."""
    statement = select(UPLOAD.c.sha256).where(and_(UPLOAD.c.account == account, UPLOAD.c.sha256 == sha256))
    with database.reading() as connection:
        return connection.execute(statement).one_or_none() is not None


def attachment_writes(database: Database, stream: str, command: str, names: Mapping[str, str]) -> list[SideWrite]:
    """The writes for the names of an entry's files. They are executed together with the entry.

    `command` is the command id of the entry. `names`: the name of each file by the digest of its document.
    """
    return [
        (
            _add,
            encrypted_columns.encrypt_row(
                database,
                "attachment",
                encrypted_columns.row_id(command, sha256),
                {"command": command, "sha256": sha256, "stream": stream, "name": name},
            ),
        )
        for sha256, name in names.items()
    ]


def attachments_of(database: Database, stream: str) -> dict[tuple[int, str], EntryAttachment]:
    """Every file of the entries of a stream, by the version of the entry and the digest of the document."""
    statement = (
        select(ENTRY.c.version, ENTRY.c.number, ATTACHMENT.c.command, ATTACHMENT.c.sha256, ATTACHMENT.c.name)
        .join(COMMAND, COMMAND.c.id == ATTACHMENT.c.command)
        .join(ENTRY, and_(ENTRY.c.number == COMMAND.c.first, ENTRY.c.stream == ATTACHMENT.c.stream))
        .where(ATTACHMENT.c.stream == stream)
        .order_by(ENTRY.c.number)
    )
    with database.reading() as connection:
        rows = connection.execute(statement).all()
    return {
        (version, sha256): EntryAttachment(
            number,
            _decrypt(database, command, sha256, name),
        )
        for version, number, command, sha256, name in rows
    }


class FileName(Struct, frozen=True):
    """The name of one file of an entry, with the number and the stream of the entry, and the digest of the document."""

    number: int
    stream: str
    sha256: str
    name: str


def file_names(database: Database, after: int, last: int) -> list[FileName]:
    """The names of the files of the entries after number `after` and up to `last`, in order.

    Names that cannot be decrypted are left out.
    """
    # The entries have no index by command, and the commands none by entry. So the few streams that have new entries
    # lead to their attachments, and these to the entries.
    numbers = and_(ENTRY.c.number > after, ENTRY.c.number <= last)
    changed_streams = select(ENTRY.c.stream).where(numbers).distinct()
    statement = (
        select(ENTRY.c.number, ATTACHMENT.c.stream, ATTACHMENT.c.command, ATTACHMENT.c.sha256, ATTACHMENT.c.name)
        .join(COMMAND, COMMAND.c.id == ATTACHMENT.c.command)
        .join(ENTRY, and_(ENTRY.c.number == COMMAND.c.first, ENTRY.c.stream == ATTACHMENT.c.stream))
        .where(ATTACHMENT.c.stream.in_(changed_streams), numbers)
        .order_by(ENTRY.c.number)
    )
    with database.reading() as connection:
        rows = connection.execute(statement).all()
    names = (
        (number, stream, sha256, _decrypt(database, command, sha256, name))
        for number, stream, command, sha256, name in rows
    )
    return [FileName(number, stream, sha256, name) for number, stream, sha256, name in names if name]


def _decrypt(database: Database, command: str, sha256: str, name: str) -> str | None:
    row = encrypted_columns.row_id(command, sha256)
    return encrypted_columns.decrypt(database, ATTACHMENT.name, "name", row, name)


def _add(_dialect: str) -> ClauseElement:
    return insert(ATTACHMENT)
