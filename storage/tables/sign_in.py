"""What slows down guessing and flooding: counts of failed attempts, known browsers, the rate of each caller of the API."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class FailedAttemptRow(SQLModel, table=True):
    """How many sign-ins in a row failed under one key (an address, an account from an address …), and when.

    `key` is built by `console/web/throttling/attempts.py`; `account` is the digest of the name that was typed.
    """

    __tablename__ = "failed_attempt"

    key: str = Field(primary_key=True)
    account: str = Field(index=True)
    count: int
    at: datetime = Field(sa_type=UtcDateTime)


class DeviceRow(SQLModel, table=True):
    """A browser that an account was signed in with: the SHA-256 of its device cookie, the account, the last time.

    It signs nobody in.
    """

    __tablename__ = "device"

    digest: str = Field(primary_key=True)
    account: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class RateRow(SQLModel, table=True):
    """How many calls a caller of the API was allowed in a minute (counted from 1970), over all processes."""

    __tablename__ = "rate"

    caller: str = Field(primary_key=True)
    minute: int
    count: int


FAILED_ATTEMPT, DEVICE, RATE = (table_of(row) for row in (FailedAttemptRow, DeviceRow, RateRow))
