"""Personal columns, encrypted under the master key: names, mail addresses, second factors, drafts, names of files.

They are not values of the vault. Every page shows some of them, so reading one is no entry; and they are replaced or
deleted with their row. Each text is bound to its table, column and row.

Without a key the columns hold plain text. Once there is a key, `encrypt_all` encrypts them, everything is written
encrypted from then on, and plain text is no longer read (`Database.is_encrypted`): somebody else must have put it
there.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables.columns import METADATA

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "totp"),
    "contact": ("email",),
    "draft": ("fields",),
    "attachment": ("name",),
}
"""The encrypted columns, by table."""

# An encrypted text begins with this mark and the id of its key. A form accepts no control character, so no name that a
# person typed can begin like an encrypted one.
_MARK = "\x02"


def row_id(*key: str) -> str:
    """The row's part of the place a text is bound to: its primary key, column by column."""
    return "\n".join(key)


def encrypt_row(database: Database, table: str, id_: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row as the table is to hold them."""
    key, row = database.key, dict(values)
    if isinstance(key, MasterKey):
        for column in COLUMNS[table]:
            if row.get(column):
                row[column] = _encrypt(key, row[column], table, column, id_)
    return row


def decrypt(database: Database, table: str, column: str, id_: str, stored: str | None) -> str | None:
    """The text of a column. None if there is none, if its key is not here, or if it is plain among encrypted ones."""
    if stored is None:
        return None
    if not stored.startswith(_MARK):
        return None if database.is_encrypted else stored
    return _decrypt(database.key, stored, table, column, id_) if isinstance(database.key, MasterKey) else None


def is_of_another_key(database: Database, stored: str) -> bool:
    """Whether a text is encrypted under a key that is not here."""
    key = database.key
    ours = key.id if isinstance(key, MasterKey) else None
    return stored.startswith(_MARK) and _key_id(stored) != ours


def encrypt_all(connection: Connection, new: MasterKey, old: MasterKey | None = None) -> int:
    """Encrypt under `new` every text that is plain or encrypted under `old`; how many. Texts of any other key stay."""
    count = 0
    for name, columns in COLUMNS.items():
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        for key, texts in _rows(connection, name):
            id_ = row_id(*key)
            plain = {column: _plain(text, old, name, column, id_) for column, text in zip(columns, texts, strict=True)}
            values = {column: _encrypt(new, text, name, column, id_) for column, text in plain.items() if text}
            if values:
                this = (column == value for column, value in zip(keys, key, strict=True))
                connection.execute(update(table).where(*this).values(**values))
                count += len(values)
    return count


def misplaced_texts(database: Database, connection: Connection) -> list[tuple[str, str, str, str]]:
    """Each text that this program did not put there, as (`plain` or `moved`, table, column, row).

    Empty as long as nothing is encrypted.

    A `moved` text names our own key and does not decrypt where it is: it comes from another row, or is damaged.
    """
    texts = list(_texts(connection))
    if all(not stored.startswith(_MARK) for *_, stored in texts):
        return []
    key = database.key
    misplaced = []
    for table, column, id_, stored in texts:
        if not stored.startswith(_MARK):
            misplaced.append(("plain", table, column, id_))
        elif (
            isinstance(key, MasterKey)
            and not is_of_another_key(database, stored)
            and _decrypt(key, stored, table, column, id_) is None
        ):
            misplaced.append(("moved", table, column, id_))
    return misplaced


def count_by_key(connection: Connection) -> dict[str, int]:
    """How many texts are encrypted under each key, by its id; plain ones under the empty id."""
    counts: dict[str, int] = {}
    for *_, stored in _texts(connection):
        id_ = _key_id(stored) if stored.startswith(_MARK) else ""
        counts[id_] = counts.get(id_, 0) + 1
    return counts


def _texts(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """Table, column, row and text, of every text there is."""
    for name, columns in COLUMNS.items():
        for key, texts in _rows(connection, name):
            yield from ((name, column, row_id(*key), text) for column, text in zip(columns, texts, strict=True) if text)


def _rows(connection: Connection, name: str) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """The primary key and the encrypted columns of every row of a table."""
    table = METADATA.tables[name]
    keys = list(table.primary_key.columns)
    wanted = select(*keys, *(table.c[column] for column in COLUMNS[name]))
    for row in connection.execute(wanted).all():
        yield row[: len(keys)], row[len(keys) :]


def _key_id(stored: str) -> str:
    return stored[1:].partition(":")[0]


def _encrypt(key: MasterKey, text: str, *place: str) -> str:
    return f"{_MARK}{key.id}:{b64encode(key.encrypt(text.encode(), *place)).decode()}"


def _decrypt(key: MasterKey, stored: str, *place: str) -> str | None:
    id_, _, text = stored[1:].partition(":")
    if id_ != key.id:
        return None
    try:
        return key.decrypt(b64decode(text), *place).decode()
    except ValueError:  # moved from another row, or damaged: it belongs to nobody
        return None


def _plain(stored: str | None, old: MasterKey | None, *place: str) -> str | None:
    """The text to be encrypted; None if there is none, or if it is of a key other than `old`."""
    if stored is None or not stored.startswith(_MARK):
        return stored
    return _decrypt(old, stored, *place) if old is not None else None
