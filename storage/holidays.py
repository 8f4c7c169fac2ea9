"""Reads and stores the imported tables of days off and worked weekends, one for each year, as text.

A corrected table replaces the earlier one. Not here: the meaning of a table (`config/calendars.py`).
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import ClauseElement, select

from storage.database.upsert import upsert
from storage.tables.clock import HOLIDAYS

from .database.database import Database


def sources(database: Database) -> list[str]:
    """The text of every table as it was imported, ordered by year."""
    with database.cursor() as cursor:
        return [source for (source,) in database.prepare(_by_year).run(cursor).fetchall()]


def _by_year(_dialect: str) -> ClauseElement:
    return select(HOLIDAYS.c.source).order_by(HOLIDAYS.c.year)


def tables(database: Database) -> dict[int, str]:
    """The text of every table as it was imported, by its year."""
    with database.reading() as connection:
        return {row.year: row.source for row in connection.execute(select(HOLIDAYS.c.year, HOLIDAYS.c.source))}


def digest_of(source: str) -> str:
    """The digest by which an entry refers to a table."""
    return sha256(source.encode()).hexdigest()


def store(database: Database, year: int, source: str) -> None:
    """Store the table of a year. It replaces an earlier table of that year."""
    with database.writing() as connection:
        connection.execute(upsert(HOLIDAYS, database.dialect), {"year": year, "source": source})
