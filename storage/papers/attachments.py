"""Files that came with a form.

Which account uploaded a document, and the file's name under the entry that names the document.

An entry names a document by its digest alone: a file's name may say whom it is about, and what is in an entry cannot be
erased. The name is beside the ledger, encrypted, and belongs to one entry: the same bytes under another name, or a plan
used again next year, change no name that was recorded.
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
    """A file of an entry: the entry's number, and the file's name.

    None where it is encrypted under a key that is not here.
    """

    number: int
    name: str | None


def record_upload(database: Database, account: str, sha256: str) -> None:
    """Record that the account uploaded this document."""
    try:
        with database.writing() as connection:
            connection.execute(UPLOAD.insert().values(account=account, sha256=sha256))
    except Conflict:  # recorded before
        pass


def has_uploaded(database: Database, account: str, sha256: str) -> bool:
    """Whether the account uploaded this document: only then may a form of that account name it."""
    wanted = select(UPLOAD.c.sha256).where(and_(UPLOAD.c.account == account, UPLOAD.c.sha256 == sha256))
    with database.reading() as connection:
        return connection.execute(wanted).one_or_none() is not None


def attachment_writes(database: Database, stream: str, command: str, names: Mapping[str, str]) -> list[SideWrite]:
    """The rows to be written with an entry, under its command id.

    The `names` of its files, by the digest of their document.
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
    """Every file of a stream's entries, by the entry's version and the document's digest."""
    wanted = (
        select(ENTRY.c.version, ENTRY.c.number, ATTACHMENT.c.command, ATTACHMENT.c.sha256, ATTACHMENT.c.name)
        .join(COMMAND, COMMAND.c.id == ATTACHMENT.c.command)
        .join(ENTRY, and_(ENTRY.c.number == COMMAND.c.first, ENTRY.c.stream == ATTACHMENT.c.stream))
        .where(ATTACHMENT.c.stream == stream)
        .order_by(ENTRY.c.number)
    )
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
    return {
        (version, sha256): EntryAttachment(
            number,
            encrypted_columns.decrypt(database, "attachment", "name", encrypted_columns.row_id(command, sha256), name),
        )
        for version, number, command, sha256, name in rows
    }


def _add(_dialect: str) -> ClauseElement:
    return insert(ATTACHMENT)
