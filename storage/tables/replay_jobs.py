"""Replays that were started from a page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class VerificationRow(SQLModel, table=True):
    """One replay: who started it and when, how far it has read, and its answer.

    `beat_at` is its last sign of life. `expected` names the seals it was compared with; `report` is the replay's answer
    as JSON, `fault` the reason why there is none (`bilingual_column.py`).
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
