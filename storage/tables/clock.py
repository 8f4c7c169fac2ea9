"""Tables for the scheduler: the lease of its daemon, and the holidays for counting working days."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class LeaseRow(SQLModel, table=True):
    """The lease of a job that only one process does at a time.

    `owner` has it until `until` (the database's time). `term` grows with each change of owner. `beat_at` is the owner's
    last heartbeat, by its own clock. `failed` lists the parts of the job that had failed then, separated by spaces.
    """

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    owner: str | None = None
    term: int = 0
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    beat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed: str | None = None


class HolidaysRow(SQLModel, table=True):
    """The days off and the worked weekends of a year, as imported. `config/calendars.py` defines the format."""

    __tablename__ = "holidays"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=Text)


LEASE, HOLIDAYS = (table_of(row) for row in (LeaseRow, HolidaysRow))
