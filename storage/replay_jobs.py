"""Replays that were started from a page: at most one at a time, with the answer of each. Its meaning is for `audit/`."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import func, insert, select, update
from sqlmodel import col
from sqlmodel import select as rows_of

from states.vocabulary import Text
from storage.tables.replay_jobs import VERIFICATION, VerificationRow

from .bilingual_column import encode
from .database.database import Database
from .database.rows import read_row, read_rows
from .errors import Conflict
from .ledger.chain import format_time

SILENCE_LIMIT = timedelta(seconds=60)
"""A replay that is not finished and gave no sign of life for so long never will: its process ended."""


def begin(database: Database, by: str, now: datetime, expected: str, size: int) -> int | None:
    """Begin a replay; its number. None while another one is running."""
    try:
        with database.writing() as connection:
            running = (VERIFICATION.c.finished_at.is_(None), VERIFICATION.c.beat_at > now - SILENCE_LIMIT)
            if connection.execute(select(VERIFICATION.c.number).where(*running)).first() is not None:
                return None
            number: int = connection.execute(select(func.coalesce(func.max(VERIFICATION.c.number), 0) + 1)).scalar_one()
            row = VerificationRow(number=number, asked_by=by, asked_at=now, expected=expected, size=size, beat_at=now)
            connection.execute(insert(VERIFICATION).values(**row.model_dump()))
    except Conflict:  # another process took this number at the same moment
        return None
    return number


def record_progress(database: Database, number: int, read: int, now: datetime) -> None:
    """A sign of life: how many entries are read."""
    _set(database, number, read=read, beat_at=now)


def finish(
    database: Database, number: int, now: datetime, *, report: str | None = None, fault: Text | None = None
) -> None:
    """Record the answer: a report, or the fault why there is none."""
    _set(database, number, finished_at=now, report=report, fault=encode(fault))


def digest_of(row: VerificationRow) -> str:
    """The digest by which an entry names an answer.

    Who asked and when, over how many entries, compared with which seals, and the answer.
    """
    at = [format_time(moment) if moment else None for moment in (row.asked_at, row.finished_at)]
    fields = (row.number, row.asked_by, *at, row.expected, row.size, row.report, row.fault)
    return sha256(msgspec.json.encode(fields)).hexdigest()


def answer_digests(database: Database) -> dict[int, str]:
    """The digest of every answer, by number. A replay that is running, or whose process ended, has none."""
    rows = read_rows(database, rows_of(VerificationRow).where(col(VerificationRow.finished_at).is_not(None)))
    return {row.number: digest_of(row) for row in rows}


def find(database: Database, number: int) -> VerificationRow | None:
    """One replay; None if there is none of this number."""
    return read_row(database, rows_of(VerificationRow).where(VerificationRow.number == number))


def latest(database: Database, limit: int) -> list[VerificationRow]:
    """The latest replays, the newest first."""
    return read_rows(database, rows_of(VerificationRow).order_by(col(VerificationRow.number).desc()).limit(limit))


def _set(database: Database, number: int, **values: object) -> None:
    with database.writing() as connection:
        connection.execute(update(VERIFICATION).where(VERIFICATION.c.number == number).values(**values))
