"""Compares the vault with the entries.

Each value that an entry records must be in the vault, unchanged, unless it was erased. An erased value must not be in
the vault. There must be no other value, except one so new that its entry may still be written.
"""

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

MAX_AGE_WITHOUT_ENTRY = timedelta(days=1)
"""How long a value may be in the vault before its entry is written (`workflow/confidential.py`), by ledger time."""


def check_vault(database: Database) -> TableFindings:
    """Check every value. A value is decrypted only if the database has its key; a caveat counts the others."""
    entries = list(queries.entries_of(database, (ValueKept.kind, Erased.kind)))
    rows = {row.id: row for row in vault.list_items(database)}
    stored = {id_of(entry.stream): entry for entry in entries if entry.kind == ValueKept.kind}
    erased = {id_of(entry.stream): entry for entry in entries if entry.kind == Erased.kind}
    defects = [
        *_missing_rows(stored, erased, rows),
        *_unerased_rows(erased, rows),
        *_surplus_rows(rows, stored, queries.last_recorded_at(database)),
    ]
    present = [(stored[id_], row) for id_, row in rows.items() if id_ in stored and id_ not in erased]
    unopened = 0
    for entry, row in present:
        payload = table_facts.payload_of(entry.body)
        if (row.kind, row.about) != (payload.get("value"), payload.get("about")):
            defects.append(make_defect("vault_columns", entry.number, entry.stream, id=row.id))
        result = _compare_value(database, row, str(payload.get("commitment")))
        if result is None:
            unopened += 1
        elif isinstance(result, Text):
            defects.append(make_defect("vault_swapped", entry.number, entry.stream, id=row.id, why=result))
    return TableFindings(tuple(defects), (_unopened_caveat(unopened),) if unopened else ())


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
        if id_ not in stored and now is not None and row.made_at < now - MAX_AGE_WITHOUT_ENTRY:
            yield make_defect("vault_surplus", None, value_stream(id_), id=id_)


def _compare_value(database: Database, row: VaultItem, commitment: str) -> Text | bool | None:
    """Decrypt a value and compare it with its commitment.

    Returns True if they agree, else the reason; None if its key is missing.
    """
    if not isinstance(database.key, MasterKey):
        return None
    try:
        Vault.for_database(database).open(row.id, commitment)
    except WrongMasterKey:
        return None
    except DamagedValue:
        return _DAMAGED
    except (
        UserError
    ) as error:  # It may have been erased meanwhile. Then the second check (`all_tables.py`) does not report it.
        return Text(zh=error.render("zh"), en=error.render("en"))
    return True


def _unopened_caveat(count: int) -> Text:
    return Text(
        zh=f"{count} 项保密内容没有相应密钥，未能打开核对：是否被调换，无从证明。",
        en=(
            f"{count} confidential values could not be opened, because their key is not here: if they were swapped, "
            f"it would not show."
        ),
    )


_DAMAGED = Text(zh="密文打不开，或与承诺不符", en="it does not open, or does not give the commitment")
