"""Data against guessing and flooding: counts of failed attempts, known browsers, and the rate of each caller."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class FailedAttemptRow(SQLModel, table=True):
    """The number of failed sign-ins in a row under one key (an address, an account from an address …).

    `at` is the time of the last one. `console/web/throttling/attempts.py` makes the `key`. `account` is the digest of
    the typed account name. A row with a key that begins with "told " has the last reported number of addresses.
    """

    __tablename__ = "failed_attempt"

    key: str = Field(primary_key=True)
    account: str = Field(index=True)
    count: int
    at: datetime = Field(sa_type=UtcDateTime)


class DeviceRow(SQLModel, table=True):
    """A known browser of an account: the SHA-256 of its device cookie, the account, and when it was last used.

    The cookie does not sign anybody in.
    """

    __tablename__ = "device"

    digest: str = Field(primary_key=True)
    account: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class RateRow(SQLModel, table=True):
    """The number of calls of a caller that the processes have reserved in a minute (counted from 1970)."""

    __tablename__ = "rate"

    caller: str = Field(primary_key=True)
    minute: int
    count: int


FAILED_ATTEMPT, DEVICE, RATE = (table_of(row) for row in (FailedAttemptRow, DeviceRow, RateRow))
