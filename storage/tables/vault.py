"""The vault: confidential values, each encrypted under a key of its own, so that it can be erased with its key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class VaultRow(SQLModel, table=True):
    """A confidential value of a `kind`. `about` is the person whom it concerns, if there is one.

    `ciphertext` is the encrypted value. `wrapped_key` is the value's own key, encrypted under the master key with the
    id `master_key`.
    """

    __tablename__ = "vault"

    id: str = Field(primary_key=True)
    kind: str
    about: str | None = Field(default=None, index=True)
    master_key: str
    wrapped_key: bytes = Field(sa_type=LargeBinary)
    ciphertext: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=UtcDateTime)


VAULT = table_of(VaultRow)
