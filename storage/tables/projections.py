"""The projections: parts of the current state of each assessment, record and routine check, for lists and queries.

They are folded from the ledger and written together with the last entry of the stream. `number` and `version` are those
of the last entry that was folded into the row. Every row can be deleted and folded again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Table
from sqlmodel import Field, SQLModel

from .columns import UtcDateTime, table_of


class AssessmentRow(SQLModel, table=True):
    """A part of the state of one assessment.

    `score` is in hundredths of a point. `next_due_at` is the time when the scheduler looks at it next.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_year_unit", "year", "unit"),)

    stream: str = Field(primary_key=True)
    number: int
    version: int
    year: int
    unit: str
    unit_kind: str
    occasion: str | None = None
    stage: str
    score: int | None = None
    grade: str | None = None
    vetoed: bool = False
    stale: bool = False
    withdrawn: bool = False
    next_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class RecordRow(SQLModel, table=True):
    """A part of the state of one case or other record, without narrative and names.

    `unit` is the department where it happened. `unit_now` is the department that now answers for it, if it is another.
    """

    __tablename__ = "record"

    stream: str = Field(primary_key=True)
    number: int
    version: int
    unit: str = Field(index=True)
    unit_now: str | None = Field(default=None, index=True)
    status: str


class RoutineCheckRow(SQLModel, table=True):
    """A part of the state of one routine check, without findings and names. `checked_on` is a date: 2026-05-12."""

    __tablename__ = "routine_check"

    stream: str = Field(primary_key=True)
    number: int
    version: int
    unit: str = Field(index=True)
    checked_on: str
    status: str
    next_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


ASSESSMENT, RECORD, ROUTINE_CHECK = (table_of(row) for row in (AssessmentRow, RecordRow, RoutineCheckRow))

PROJECTIONS: dict[str, Table] = {table.name: table for table in (ASSESSMENT, RECORD, ROUTINE_CHECK)}
"""The tables that `LedgerTransaction.project` writes, by name."""
