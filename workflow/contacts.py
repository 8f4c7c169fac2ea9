"""Replaces, stores or deletes contacts: first the ledger notes the digest of each row, then the table is changed.

No entry contains an address. The table has it encrypted with the vault's key (`storage/vault/encrypted_columns.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from states.custody.tables import CONTACT
from states.vocabulary import Actor
from storage.post import contacts
from storage.tables.post import ContactRow

from .engine import Engine
from .tables import note_rows, noted_table


def replace_contacts(engine: Engine, rows: Sequence[ContactRow], actor: Actor) -> None:
    """Replace all contacts with `rows`. An account without a row loses its contact."""
    deleted: dict[str, str | None] = dict.fromkeys(noted_table(engine, CONTACT).rows)
    note_rows(engine, CONTACT, deleted | {row.account: contacts.digest_of(row) for row in rows}, actor)
    contacts.replace_all(engine.ledger.database, rows)


def store(engine: Engine, row: ContactRow, actor: Actor) -> None:
    """Add one contact, or replace the contact of the same account. The others stay."""
    note_rows(engine, CONTACT, {row.account: contacts.digest_of(row)}, actor)
    contacts.store(engine.ledger.database, row)


def forget(engine: Engine, account: str, actor: Actor) -> None:
    """Delete the contact of an account."""
    note_rows(engine, CONTACT, {account: None}, actor)
    contacts.forget(engine.ledger.database, account)
