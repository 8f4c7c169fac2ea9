"""The ledger itself: its entries, where it ends, what a command was answered with, and the rulebooks that entries name."""

from __future__ import annotations

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from .columns import table_of


class HeadRow(SQLModel, table=True):
    """The one row that says where the ledger ends.

    A ledger transaction locks it. `recorded_at` is the last entry's, as in its body.
    """

    __tablename__ = "head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str
    recorded_at: str | None = None


class EntryRow(SQLModel, table=True):
    """One entry: `body` is the text that was hashed, the other columns repeat parts of it for the indexes."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("stream", "version", name="entry_stream_version"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str
    version: int
    kind: str
    body: str = Field(sa_type=Text)
    digest: str


class CommandRow(SQLModel, table=True):
    """What a command id was answered with: its first and last entry. Asking again gives this answer and writes nothing."""

    __tablename__ = "command"

    id: str = Field(primary_key=True)
    first: int
    last: int


class RulebookRow(SQLModel, table=True):
    """The source of every rulebook that an entry names, under the digest of its bytes."""

    __tablename__ = "rulebook"

    digest: str = Field(primary_key=True)
    id: str
    source: str = Field(sa_type=Text)


HEAD, ENTRY, COMMAND, RULEBOOK = (table_of(row) for row in (HeadRow, EntryRow, CommandRow, RulebookRow))
