"""The security log: sign-ins, refusals and other events at the doors, as a hash chain of its own."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class SecurityLogRow(SQLModel, table=True):
    """One line. Lines are only added, and deleted once they are old enough.

    `digest` is over the line and the digest of the line before (`sign_in/security_log.py`).
    """

    __tablename__ = "security"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    event: str
    account: str | None = None
    address: str
    what: str
    digest: str = ""


class SecurityLogHeadRow(SQLModel, table=True):
    """The one row that says where the security log begins and ends. Whoever adds a line locks it.

    `first` is the first line that is still there, `before` the digest of the line before it; `number` and `digest` are
    the last line's.
    """

    __tablename__ = "security_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first: int
    before: str
    number: int
    digest: str


SECURITY_LOG, SECURITY_LOG_HEAD = (table_of(row) for row in (SecurityLogRow, SecurityLogHeadRow))
