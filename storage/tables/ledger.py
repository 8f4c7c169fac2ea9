"""The ledger: its entries, its head, the answers to commands, and the rulebooks to which entries refer."""

from __future__ import annotations

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from .columns import table_of


class HeadRow(SQLModel, table=True):
    """The only row that records the end of the ledger: number, digest and time of the last entry.

    A transaction of the ledger locks it. `recorded_at` is formatted as in the body of the entry.
    """

    __tablename__ = "head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str
    recorded_at: str | None = None


class EntryRow(SQLModel, table=True):
    """One entry. `body` is the text that was hashed. The other columns repeat parts of it for the indexes."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("stream", "version", name="entry_stream_version"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str
    version: int
    kind: str
    body: str = Field(sa_type=Text)
    digest: str


class CommandRow(SQLModel, table=True):
    """The answer to a command: its first and last entry. If the command comes again, it gets this answer."""

    __tablename__ = "command"

    id: str = Field(primary_key=True)
    first: int
    last: int


class RulebookRow(SQLModel, table=True):
    """The source of a rulebook to which entries refer, by the digest of its bytes."""

    __tablename__ = "rulebook"

    digest: str = Field(primary_key=True)
    id: str
    source: str = Field(sa_type=Text)


HEAD, ENTRY, COMMAND, RULEBOOK = (table_of(row) for row in (HeadRow, EntryRow, CommandRow, RulebookRow))
