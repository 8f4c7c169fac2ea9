"""Comments (意见) on an assessment, which those who work on it write to each other. They are no facts of the ledger.

A comment has an author and a time and is never changed. Its author can withdraw it: then its text is deleted, and the
row with its times stays. The text is encrypted, so it may name people. The ledger notes that a comment exists and that
it was withdrawn, and never its text (`states/custody/tables.py`). Not here: who may read and write them
(`states/views.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from sqlalchemy import ClauseElement, bindparam, insert, null, select, update

from states.vocabulary import Opaque, Text
from storage.database.database import Database
from storage.database.prepared import SideWrite
from storage.tables.papers import COMMENT
from storage.vault import encrypted_columns

WITHDRAWN = Text(zh="〔已撤回〕", en="[withdrawn]")
"""What stands in place of the text of a comment that its author has withdrawn."""

UNREADABLE = Text(zh="〔无法解密〕", en="[cannot be decrypted]")
"""What stands in place of a text whose key is not here."""


class Comment(Struct, frozen=True, kw_only=True):
    """A comment: its id, the stream of its assessment, the account of its author, its time.

    `text` is None if it was withdrawn (`withdrawn_at`), or if it cannot be decrypted.
    """

    id: Opaque
    stream: str
    author: str
    at: datetime
    text: str | None
    withdrawn_at: datetime | None = None

    @property
    def words(self) -> Text:
        """The text as people read it, or what stands in its place."""
        if self.withdrawn_at is not None:
            return WITHDRAWN
        return UNREADABLE if self.text is None else Text(zh=self.text, en=self.text)

    @property
    def digest(self) -> str:
        """The digest by which an entry refers to the comment. It covers everything but the text.

        A short text could be guessed from a digest that covers it.
        """
        fields = (self.id, self.stream, self.author, self.at, self.withdrawn_at)
        return sha256(msgspec.json.encode(fields)).hexdigest()


def id_for_command(command: str) -> Opaque:
    """The id of the comment that a command adds: always the same, so that a form that is sent twice adds one comment."""
    # Letters only: digits could be read as a number of personal data.
    return Opaque("c-" + "".join(chr(ord("a") + byte % 26) for byte in sha256(command.encode()).digest()[:16]))


def add_write(database: Database, comment: Comment) -> SideWrite:
    """The write of a new comment. It is executed together with the entry that notes it."""
    values = {name: getattr(comment, name) for name in ("id", "stream", "author", "at", "text")}
    return _add, encrypted_columns.encrypt_row(database, "comment", comment.id, values)


def withdraw_write(comment: Comment) -> SideWrite:
    """The write that deletes the text of a comment that is withdrawn now, at its `withdrawn_at`."""
    return _withdraw, {"comment_id": comment.id, "now": comment.withdrawn_at}


def comments_of(database: Database, stream: str) -> list[Comment]:
    """The comments on an assessment, the oldest first."""
    statement = select(COMMENT).where(COMMENT.c.stream == stream).order_by(COMMENT.c.at, COMMENT.c.id)
    with database.reading() as connection:
        rows = connection.execute(statement).mappings().all()
    return [
        Comment(
            id=Opaque(row["id"]),
            stream=row["stream"],
            author=row["author"],
            at=row["at"].astimezone(UTC),
            text=encrypted_columns.decrypt(database, "comment", "text", row["id"], row["text"]),
            withdrawn_at=row["withdrawn_at"] and row["withdrawn_at"].astimezone(UTC),
        )
        for row in rows
    ]


def digests(database: Database) -> dict[str, str]:
    """The digest of each comment, by id. It needs no key."""
    columns = (COMMENT.c.id, COMMENT.c.stream, COMMENT.c.author, COMMENT.c.at, COMMENT.c.withdrawn_at)
    with database.reading() as connection:
        rows = connection.execute(select(*columns)).all()
    return {
        id_: Comment(
            id=Opaque(id_),
            stream=stream,
            author=author,
            at=at.astimezone(UTC),
            text=None,
            withdrawn_at=withdrawn_at and withdrawn_at.astimezone(UTC),
        ).digest
        for id_, stream, author, at, withdrawn_at in rows
    }


def _add(_dialect: str) -> ClauseElement:
    return insert(COMMENT).values({name: bindparam(name) for name in ("id", "stream", "author", "at", "text")})


def _withdraw(_dialect: str) -> ClauseElement:
    is_it = COMMENT.c.id == bindparam("comment_id")
    return update(COMMENT).where(is_it).values(text=null(), withdrawn_at=bindparam("now"))
