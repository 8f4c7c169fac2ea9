"""Rows read through SQLModel: row classes out of one read-only transaction.

How this room asks the database:

- whole rows: SQLModel, through `read_rows`;
- single columns, and every write: Core, on `Database.reading` and `Database.writing`;
- the ledger's transaction, and what every page asks: Core compiled once (`prepared.py` says what that saves);
- text: only what neither can express: settings of a server, catalogues, PRAGMA, VACUUM, DDL.
"""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from .database import Database

RowClass = TypeVar("RowClass", bound=SQLModel)


def read_rows(database: Database, statement: SelectOfScalar[RowClass]) -> list[RowClass]:
    """The rows, detached: changing one changes nothing in the database."""
    with database.reading() as connection, Session(connection) as session:
        rows = list(session.exec(statement))
        session.expunge_all()
        return rows


def read_row(database: Database, statement: SelectOfScalar[RowClass]) -> RowClass | None:
    """The first of the rows, detached; None if there is none."""
    return next(iter(read_rows(database, statement)), None)
