"""Which column an unusual head means: what somebody chose once for a sheet is known the next time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from storage.database.database import Database
from storage.database.upsert import upsert
from storage.tables.people import COLUMN_HEAD


def remembered(database: Database, form: str) -> dict[str, str]:
    """The key of the column that each head means in the sheets of a form, by the head in plain form."""
    with database.reading() as connection:
        statement = select(COLUMN_HEAD.c.head, COLUMN_HEAD.c.key).where(COLUMN_HEAD.c.form == form)
        rows = connection.execute(statement).all()
    return {row.head: row.key for row in rows}


def remember(database: Database, form: str, heads: Mapping[str, str]) -> None:
    """Remember what these heads mean in the sheets of a form. An earlier choice for the same head is replaced."""
    if heads:
        with database.writing() as connection:
            rows = [{"form": form, "head": head, "key": key} for head, key in heads.items()]
            connection.execute(upsert(COLUMN_HEAD, database.dialect), rows)
