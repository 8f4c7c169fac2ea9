"""Replays that were started from a page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class VerificationRow(SQLModel, table=True):
    """One replay: who started it and when, how far it has read, and its answer.

    `beat_at` is the time of its last progress. `expected` names the seals with which it is compared. `size` is the
    number of entries at its start, and `read` the number that was read. `report` is its answer as JSON, or `fault` is
    the reason why there is no report (`bilingual_column.py`).
    """

    __tablename__ = "verification"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    asked_by: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expected: str
    size: int
    read: int = 0
    beat_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    report: str | None = Field(default=None, sa_type=Text)
    fault: str | None = None


VERIFICATION = table_of(VerificationRow)
