"""The security log: sign-ins, refusals and other events of access, as a separate hash chain."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class SecurityLogRow(SQLModel, table=True):
    """One line. Lines never change. They are deleted when they are old enough.

    `digest` covers the line and the digest of the previous line (`sign_in/security_log.py`).
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
    """The only row that records where the security log begins and ends. It is locked before a line is added.

    `first` is the first line that still exists, and `before` the digest of the line before it. `number` and `digest`
    are those of the last line.
    """

    __tablename__ = "security_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first: int
    before: str
    number: int
    digest: str


SECURITY_LOG, SECURITY_LOG_HEAD = (table_of(row) for row in (SecurityLogRow, SecurityLogHeadRow))
