"""The seals of the ledger, the cosignatures under them, and the keys they are checked with. Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class SealRow(SQLModel, table=True):
    """A seal over the first `number` entries: its signed `note`, as it was published.

    `root` repeats the note's root (base 64). `edge` is the right edge of the tree (base 64 of its hashes, one after the
    other): the next seal continues from it and need not read the entries again.
    """

    __tablename__ = "seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str
    edge: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)


class CosignatureRow(SQLModel, table=True):
    """One more signature line under the seal over `number` entries: a witness's, brought back."""

    __tablename__ = "cosignature"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: str = Field(primary_key=True, sa_type=Text)


class SealKeyRow(SQLModel, table=True):
    """A verifier key: of the ledger's own seals after entry `since` ("log"), or of a witness ("witness").

    `position` numbers the keys from 1. `note` is the handing on from the key before to this one, signed by both; the
    first key has none.
    """

    __tablename__ = "seal_key"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(unique=True)
    role: str
    since: int
    note: str | None = Field(default=None, sa_type=Text)
    made_at: datetime = Field(sa_type=UtcDateTime)


SEAL, COSIGNATURE, SEAL_KEY = (table_of(row) for row in (SealRow, CosignatureRow, SealKeyRow))
