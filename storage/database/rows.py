"""Reads whole rows as objects of their SQLModel classes, in one read-only transaction.

This room has four ways to query the database:

- whole rows: SQLModel, through `read_rows`;
- single columns, and every write: SQLAlchemy Core, through `Database.reading` and `Database.writing`;
- the ledger's transaction, and the queries of every page: Core compiled once (`prepared.py` gives the reason);
- SQL as text: only for server settings, catalogues, PRAGMA, VACUUM and DDL, which the other ways cannot express.
"""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from .database import Database

RowClass = TypeVar("RowClass", bound=SQLModel)


def read_rows(database: Database, statement: SelectOfScalar[RowClass]) -> list[RowClass]:
    """The rows of a statement. They are detached: to change one changes nothing in the database."""
    with database.reading() as connection, Session(connection) as session:
        rows = list(session.exec(statement))
        session.expunge_all()
        return rows


def read_row(database: Database, statement: SelectOfScalar[RowClass]) -> RowClass | None:
    """The first row of a statement, detached; None if there are no rows."""
    return next(iter(read_rows(database, statement)), None)
