"""The vault: confidential values, each encrypted under a key of its own.

The one table whose rows are erased on purpose.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class VaultRow(SQLModel, table=True):
    """A confidential value of a `kind`, `about` a person.

    Its key as `wrapped_key` by the master key of that id, and its `ciphertext`.
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
