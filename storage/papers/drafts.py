"""Drafts: forms that somebody has begun and not yet submitted.

A draft belongs to its writer, holds what was typed and nothing that was decided, and is deleted once the form is
accepted. The text, names of files included, is encrypted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, json
from sqlalchemy import ColumnElement, and_, delete, select, update

from storage.database.database import Database
from storage.database.upsert import insert_or_ignore, upsert
from storage.tables.papers import DRAFT
from storage.vault import encrypted_columns

Fields = list[tuple[str, str]]
"""What was typed: each field with its value, in the form's order."""


class Draft(Struct, frozen=True):
    """The fields as they were left, and when."""

    fields: Fields
    at: datetime


def store(database: Database, account: str, form: str, fields: Fields, now: datetime) -> None:
    """Store what the account has typed into the form so far, in the place of any draft of it."""
    with database.writing() as connection:
        connection.execute(upsert(DRAFT, database.dialect), _row(database, account, form, fields, now))


def store_if_unchanged(
    database: Database, account: str, form: str, fields: Fields, now: datetime, expected: datetime | None
) -> bool:
    """The same, but only in the place of the draft of that moment (`expected`; None: of no draft).

    Whether it was stored.

    It is not if another window stored one since, or the form was submitted: neither is overwritten without asking.
    """
    row = _row(database, account, form, fields, now)
    with database.writing() as connection:
        # RETURNING tells whether the row was written: a driver need not count the rows of an INSERT, and psycopg does
        # not.
        if expected is None:
            new = insert_or_ignore(DRAFT, database.dialect).values(row).returning(DRAFT.c.account)
            return connection.execute(new).one_or_none() is not None
        over = update(DRAFT).where(_of(account, form), DRAFT.c.at == expected).values(row)
        return connection.execute(over).rowcount == 1


def find(database: Database, account: str, form: str) -> Draft | None:
    """The draft of a form; None if there is none, or if it is encrypted under a key that is not here."""
    with database.reading() as connection:
        row = connection.execute(select(DRAFT.c.fields, DRAFT.c.at).where(_of(account, form))).one_or_none()
    if row is None:
        return None
    typed = encrypted_columns.decrypt(database, "draft", "fields", encrypted_columns.row_id(account, form), row[0])
    return None if typed is None else Draft(json.decode(typed, type=Fields), row[1].astimezone(UTC))


def delete_draft(database: Database, account: str, form: str) -> None:
    """Delete the draft of a form."""
    with database.writing() as connection:
        connection.execute(delete(DRAFT).where(_of(account, form)))


def _row(database: Database, account: str, form: str, fields: Fields, now: datetime) -> dict[str, Any]:
    typed = {"account": account, "form": form, "fields": json.encode(fields).decode(), "at": now}
    return encrypted_columns.encrypt_row(database, "draft", encrypted_columns.row_id(account, form), typed)


def _of(account: str, form: str) -> ColumnElement[bool]:
    return and_(DRAFT.c.account == account, DRAFT.c.form == form)
