"""Drafts: the values of forms that somebody has begun and not yet submitted.

A draft belongs to one account, contains only typed values and no decisions, and is deleted when the form is accepted.
Its text is encrypted, including the names of files.
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
"""The typed values: pairs of field and value, in the order of the form."""


class Draft(Struct, frozen=True):
    """The typed values, and the time when they were stored."""

    fields: Fields
    at: datetime


def store(database: Database, account: str, form: str, fields: Fields, now: datetime) -> None:
    """Store the values that the account has typed into the form so far. They replace an earlier draft of the form."""
    with database.writing() as connection:
        connection.execute(upsert(DRAFT, database.dialect), _row(database, account, form, fields, now))


def store_if_unchanged(
    database: Database, account: str, form: str, fields: Fields, now: datetime, expected: datetime | None
) -> bool:
    """Store the typed values only if the stored draft still has the time `expected` (None: if there is no draft).

    Returns False, and stores nothing, if another window stored a draft in the meantime, or if the form was submitted.
    Neither is overwritten without a question to the person.
    """
    row = _row(database, account, form, fields, now)
    with database.writing() as connection:
        # RETURNING shows whether the row was written. `rowcount` does not: a driver need not count the rows of an
        # INSERT, and psycopg does not.
        if expected is None:
            statement = insert_or_ignore(DRAFT, database.dialect).values(row).returning(DRAFT.c.account)
            return connection.execute(statement).one_or_none() is not None
        replacement = update(DRAFT).where(_is_draft_of(account, form), DRAFT.c.at == expected).values(row)
        return connection.execute(replacement).rowcount == 1


def find(database: Database, account: str, form: str) -> Draft | None:
    """The draft of a form; None if there is none, or if it cannot be decrypted (`encrypted_columns.decrypt`)."""
    with database.reading() as connection:
        row = connection.execute(select(DRAFT.c.fields, DRAFT.c.at).where(_is_draft_of(account, form))).one_or_none()
    if row is None:
        return None
    text = encrypted_columns.decrypt(database, "draft", "fields", encrypted_columns.row_id(account, form), row[0])
    return None if text is None else Draft(json.decode(text, type=Fields), row[1].astimezone(UTC))


def delete_draft(database: Database, account: str, form: str) -> None:
    """Delete the draft of a form."""
    with database.writing() as connection:
        connection.execute(delete(DRAFT).where(_is_draft_of(account, form)))


def _row(database: Database, account: str, form: str, fields: Fields, now: datetime) -> dict[str, Any]:
    values = {"account": account, "form": form, "fields": json.encode(fields).decode(), "at": now}
    return encrypted_columns.encrypt_row(database, "draft", encrypted_columns.row_id(account, form), values)


def _is_draft_of(account: str, form: str) -> ColumnElement[bool]:
    return and_(DRAFT.c.account == account, DRAFT.c.form == form)
