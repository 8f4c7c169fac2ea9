"""The seals of the ledger, the cosignatures under them, and the keys to check them. Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class SealRow(SQLModel, table=True):
    """A seal over the first `number` entries. `note` is its signed text, as it was published.

    `root` repeats the root in the note (base 64). `edge` is the right edge of the tree (the base 64 of its hashes, one
    after the other). The next seal continues from it and need not read the entries again.
    """

    __tablename__ = "seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str
    edge: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)


class CosignatureRow(SQLModel, table=True):
    """A signature line of a witness under the seal over `number` entries."""

    __tablename__ = "cosignature"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: str = Field(primary_key=True, sa_type=Text)


class SealKeyRow(SQLModel, table=True):
    """A key to verify signatures. Its `role` is "log" for a key of this ledger, or "witness" for a witness's key.

    A key of this ledger signs the seals over more than `since` entries. `position` numbers the keys from 1. `note` is
    the handover from the previous key to this one, signed by both. The first key has none.
    """

    __tablename__ = "seal_key"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(unique=True)
    role: str
    since: int
    note: str | None = Field(default=None, sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)


SEAL, COSIGNATURE, SEAL_KEY = (table_of(row) for row in (SealRow, CosignatureRow, SealKeyRow))
