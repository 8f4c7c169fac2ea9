"""The contacts: personal data, so replaced and erased freely, and never part of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import Session

from .database import Database
from .tables import METADATA, ContactRow


def contacts(database: Database) -> list[ContactRow]:
    """Every contact, by account."""
    table = METADATA.tables["contact"]
    with database.reading() as connection:
        return [ContactRow(**row._mapping) for row in connection.execute(select(table).order_by(table.c.account))]


def replace(database: Database, rows: Sequence[ContactRow]) -> None:
    """Let these be all contacts there are."""
    table = METADATA.tables["contact"]
    with database.writing() as connection:
        connection.execute(delete(table))
        if rows:
            connection.execute(table.insert(), [row.model_dump() for row in rows])


def contact_of(database: Database, account: str) -> ContactRow | None:
    """One account's contact."""
    with database.reading() as connection, Session(connection) as session:
        row = session.get(ContactRow, account)
        session.expunge_all()
        return row


def keep(database: Database, row: ContactRow) -> None:
    """Add this contact, or let it be so."""
    with database.writing() as connection, Session(connection) as session:
        session.merge(row)
        session.flush()
