"""The vault compared with the entries: each value is there and unchanged, each erased value is gone, and there is no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from audit.defect import Defect, make_defect
from states.custody.confidential import Erased, ValueKept
from states.streams import id_of, value_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage import queries
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables.ledger import EntryRow
from storage.vault import vault
from storage.vault.vault import DamagedValue, Vault, VaultItem, WrongMasterKey

from . import table_facts
from .findings import TableFindings

ABANDONED = timedelta(days=1)
"""How long a value may lie in the vault before its entry (`workflow/confidential.py`); by the ledger's time."""


def check_vault(database: Database) -> TableFindings:
    """Every value, decrypted where its key is here."""
    entries = list(queries.entries_of(database, (ValueKept.kind, Erased.kind)))
    rows = {one.id: one for one in vault.list_items(database)}
    stored = {_id(entry): entry for entry in entries if entry.kind == ValueKept.kind}
    erased = {_id(entry): entry for entry in entries if entry.kind == Erased.kind}
    defects = [
        *_missing_rows(stored, erased, rows),
        *_unerased_rows(erased, rows),
        *_surplus_rows(rows, stored, queries.last_recorded_at(database)),
    ]
    there = [(stored[id_], row) for id_, row in rows.items() if id_ in stored and id_ not in erased]
    unopened = 0
    for entry, row in there:
        payload = table_facts.payload_of(entry.body)
        if (row.kind, row.about) != (payload.get("value"), payload.get("about")):
            defects.append(make_defect("vault_columns", entry.number, entry.stream, id=row.id))
        why = _opened(database, row, str(payload.get("commitment")))
        if why is None:
            unopened += 1
        elif isinstance(why, Text):
            defects.append(make_defect("vault_swapped", entry.number, entry.stream, id=row.id, why=why))
    return TableFindings(tuple(defects), (_unopened(unopened),) if unopened else ())


def _missing_rows(
    stored: dict[str, EntryRow], erased: dict[str, EntryRow], rows: dict[str, VaultItem]
) -> Iterator[Defect]:
    for id_, entry in stored.items():
        if id_ not in rows and id_ not in erased:
            yield make_defect("vault_missing", entry.number, entry.stream, id=id_)


def _unerased_rows(erased: dict[str, EntryRow], rows: dict[str, VaultItem]) -> Iterator[Defect]:
    for id_, entry in erased.items():
        if id_ in rows:
            yield make_defect("vault_erased", entry.number, entry.stream, id=id_)


def _surplus_rows(rows: dict[str, VaultItem], stored: dict[str, EntryRow], now: datetime | None) -> Iterator[Defect]:
    for id_, row in rows.items():
        if id_ not in stored and now is not None and row.made_at < now - ABANDONED:
            yield make_defect("vault_surplus", None, value_stream(id_), id=id_)


def _opened(database: Database, row: VaultItem, commitment: str) -> Text | bool | None:
    """Whether a value is what was committed to: why not, True if it is, None where that cannot be known without its key."""
    if not isinstance(database.key, MasterKey):
        return None
    try:
        Vault.for_database(database).open(row.id, commitment)
    except WrongMasterKey:
        return None
    except DamagedValue:
        return _DAMAGED
    except UserError as why:  # erased meanwhile, or gone: the second look tells
        return Text(zh=why.render("zh"), en=why.render("en"))
    return True


def _id(entry: EntryRow) -> str:
    return id_of(entry.stream)


def _unopened(count: int) -> Text:
    return Text(
        zh=f"{count} 项保密内容没有相应密钥，未能打开核对：是否被调换，无从证明。",
        en=f"{count} confidential values could not be opened, because their key is not here: if they were swapped, it would not show.",
    )


_DAMAGED = Text(zh="密文打不开，或与承诺不符", en="it does not open, or does not give the commitment")
