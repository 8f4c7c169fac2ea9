"""Which column an unusual head means: what somebody chose once for a sheet is known the next time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from storage.database.database import Database
from storage.database.upsert import upsert
from storage.tables.people import COLUMN_HEAD


def remembered(database: Database) -> dict[str, str]:
    """The key of the column that each head means, by the head in plain form."""
    with database.reading() as connection:
        rows = connection.execute(select(COLUMN_HEAD.c.head, COLUMN_HEAD.c.key)).all()
    return {row.head: row.key for row in rows}


def remember(database: Database, heads: Mapping[str, str]) -> None:
    """Remember what these heads mean. An earlier choice for the same head is replaced."""
    if heads:
        with database.writing() as connection:
            connection.execute(
                upsert(COLUMN_HEAD, database.dialect), [{"head": head, "key": key} for head, key in heads.items()]
            )
