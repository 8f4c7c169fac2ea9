"""Records the replays that were started from a page, each with its progress and its answer. At most one runs at a time.

Not here: the replay itself and the meaning of an answer (`audit/`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import func, insert, select, update
from sqlmodel import col
from sqlmodel import select as select_rows

from states.vocabulary import Text
from storage.tables.replay_jobs import VERIFICATION, VerificationRow

from .bilingual_column import encode
from .database.database import Database
from .database.rows import read_row, read_rows
from .errors import Conflict
from .ledger.chain import format_time

SILENCE_LIMIT = timedelta(seconds=60)
"""If an unfinished replay recorded no progress for so long, its process has ended."""


def begin(database: Database, account: str, now: datetime, expected: str, size: int) -> int | None:
    """Record that a replay begins, and return its number. None if another one is running.

    `account` starts it. `expected` and `size` are columns of the row.
    """
    try:
        with database.writing() as connection:
            is_running = (VERIFICATION.c.finished_at.is_(None), VERIFICATION.c.beat_at > now - SILENCE_LIMIT)
            if connection.execute(select(VERIFICATION.c.number).where(*is_running)).first() is not None:
                return None
            number: int = connection.execute(select(func.coalesce(func.max(VERIFICATION.c.number), 0) + 1)).scalar_one()
            row = VerificationRow(
                number=number, asked_by=account, asked_at=now, expected=expected, size=size, beat_at=now
            )
            connection.execute(insert(VERIFICATION).values(**row.model_dump()))
    except Conflict:  # another process took this number at the same moment
        return None
    return number


def record_progress(database: Database, number: int, read: int, now: datetime) -> None:
    """Record how many entries were read, and that the replay is running."""
    _set(database, number, read=read, beat_at=now)


def finish(
    database: Database, number: int, now: datetime, *, report: str | None = None, fault: Text | None = None
) -> None:
    """Record the answer: a report, or the reason why there is no report (`fault`)."""
    _set(database, number, finished_at=now, report=report, fault=encode(fault))


def digest_of(row: VerificationRow) -> str:
    """The digest by which an entry refers to an answer.

    It covers the person, the times, the number of entries, the seals for comparison, and the answer.
    """
    times = [format_time(time) if time else None for time in (row.asked_at, row.finished_at)]
    fields = (row.number, row.asked_by, *times, row.expected, row.size, row.report, row.fault)
    return sha256(msgspec.json.encode(fields)).hexdigest()


def answer_digests(database: Database) -> dict[int, str]:
    """The digest of every answer, by the number of the replay. An unfinished replay has no answer."""
    rows = read_rows(database, select_rows(VerificationRow).where(col(VerificationRow.finished_at).is_not(None)))
    return {row.number: digest_of(row) for row in rows}


def find(database: Database, number: int) -> VerificationRow | None:
    """The replay with this number; None if there is none."""
    return read_row(database, select_rows(VerificationRow).where(VerificationRow.number == number))


def latest(database: Database, limit: int) -> list[VerificationRow]:
    """The latest replays, the newest first."""
    return read_rows(database, select_rows(VerificationRow).order_by(col(VerificationRow.number).desc()).limit(limit))


def _set(database: Database, number: int, **values: object) -> None:
    with database.writing() as connection:
        connection.execute(update(VERIFICATION).where(VERIFICATION.c.number == number).values(**values))
