"""The clock: who runs it at the moment, and the calendar it counts working days by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class LeaseRow(SQLModel, table=True):
    """Who does a job that one process does for all.

    `owner` until `until` (the database's time), and its last sign of life.

    `term` grows with each change of owner. `beat_at` is by the owner's own clock; `failed` names the parts of the job
    that had failed by then.
    """

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    owner: str | None = None
    term: int = 0
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    beat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed: str | None = None


class HolidaysRow(SQLModel, table=True):
    """One year's days off and worked weekends, as imported. `config/calendars.py` defines the form."""

    __tablename__ = "holidays"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=Text)


LEASE, HOLIDAYS = (table_of(row) for row in (LeaseRow, HolidaysRow))
