"""Rows read through SQLModel: row classes out of one read-only transaction.

This is the way to read what has a row class. Columns that are only picked from a table are read with Core on
`Database.reading`; statements that are compiled once (`prepared.py`) are for the ledger's transaction and for what every
page asks. Textual SQL is for what neither can say: settings of a server, catalogues, PRAGMA, VACUUM.
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
