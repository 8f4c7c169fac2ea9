"""The imported tables of days off, one a year; a corrected one takes the first one's place."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import ClauseElement, select

from .database.database import Database
from .ledger.statements import upsert
from .tables import METADATA

_TABLE = METADATA.tables["holidays"]


def sources(database: Database) -> list[str]:
    """Every table as it was kept, by year."""
    with database.cursor() as cursor:
        return [source for (source,) in database.prepare(_by_year).run(cursor).fetchall()]


def _by_year(_dialect: str) -> ClauseElement:
    return select(_TABLE.c.source).order_by(_TABLE.c.year)


def tables(database: Database) -> dict[int, str]:
    """Every year's table as it was kept."""
    with database.reading() as connection:
        return {row.year: row.source for row in connection.execute(select(_TABLE.c.year, _TABLE.c.source))}


def digest_of(source: str) -> str:
    """How an entry names a table."""
    return sha256(source.encode()).hexdigest()


def store(database: Database, year: int, source: str) -> None:
    """Keep a year's table."""
    with database.writing() as connection:
        connection.execute(upsert(_TABLE, database.dialect), {"year": year, "source": source})
