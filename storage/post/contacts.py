"""Reads, replaces and deletes the contacts. They are personal data, so they are never in the ledger, except as digests.

An address is encrypted. Without the key it reads as None, and the notices stay in the inbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import delete
from sqlmodel import col, select

from storage.database.database import Database
from storage.database.rows import read_row, read_rows
from storage.database.upsert import upsert
from storage.tables.post import CONTACT, ContactRow
from storage.vault import encrypted_columns


def all_contacts(database: Database) -> list[ContactRow]:
    """Every contact, ordered by account."""
    rows = read_rows(database, select(ContactRow).order_by(col(ContactRow.account)))
    return [_decrypt(database, row) for row in rows]


def replace_all(database: Database, rows: Sequence[ContactRow]) -> None:
    """Replace all contacts by these. A contact that is not among them is deleted."""
    with database.writing() as connection:
        connection.execute(delete(CONTACT))
        if rows:
            connection.execute(CONTACT.insert(), [_encrypt(database, row) for row in rows])


def contact_of(database: Database, account: str) -> ContactRow | None:
    """The contact of one account; None if there is none."""
    row = read_row(database, select(ContactRow).where(ContactRow.account == account))
    return None if row is None else _decrypt(database, row)


def store(database: Database, row: ContactRow) -> None:
    """Store a contact. It replaces an earlier contact of the account."""
    with database.writing() as connection:
        connection.execute(upsert(CONTACT, database.dialect), _encrypt(database, row))


def forget(database: Database, account: str) -> None:
    """Delete the contact of an account."""
    with database.writing() as connection:
        connection.execute(delete(CONTACT).where(CONTACT.c.account == account))


def digests(database: Database) -> dict[str, str]:
    """The digest of each contact, by account. It needs no key."""
    return {row.account: digest_of(row) for row in read_rows(database, select(ContactRow))}


def digest_of(row: ContactRow) -> str:
    """The digest by which an entry refers to a contact.

    It covers only whether there is an address, not the address itself, because that could be guessed from the digest.
    """
    fields = (row.account, row.roles, row.unit, row.language, row.channels, bool(row.email))
    return sha256(msgspec.json.encode(fields)).hexdigest()


def _decrypt(database: Database, row: ContactRow) -> ContactRow:
    row.email = encrypted_columns.decrypt(database, "contact", "email", row.account, row.email)
    return row


def _encrypt(database: Database, row: ContactRow) -> dict[str, Any]:
    return encrypted_columns.encrypt_row(database, "contact", row.account, row.model_dump())
