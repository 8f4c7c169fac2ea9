"""Encrypts and decrypts the personal columns: people, mail addresses, second factors, drafts, comments, names of files.

They are not values of the vault. Every page shows some of them, so reading one leaves no entry in the ledger, and they
are replaced or deleted with their row. Each text is bound to its table, column and row.

Without a key the columns contain plain text. When there is a key for the first time, `encrypt_all` encrypts them. After
that everything is written encrypted, and plain text is not read any more (`Database.is_encrypted`), because somebody
else must have written it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables.accounts import ACCOUNT
from storage.tables.columns import METADATA
from storage.tables.papers import ATTACHMENT, COMMENT, DRAFT, EVIDENCE
from storage.tables.people import PERSON
from storage.tables.post import CONTACT

COLUMNS: Mapping[str, tuple[str, ...]] = {
    ACCOUNT.name: ("name", "totp"),
    CONTACT.name: ("email",),
    DRAFT.name: ("fields",),
    ATTACHMENT.name: ("name",),
    EVIDENCE.name: ("details",),
    COMMENT.name: ("text",),
    PERSON.name: ("details",),
}
"""The encrypted columns, by table."""

# An encrypted text begins with this mark and the id of its key. Forms accept no control characters, so a name that a
# person typed cannot begin with the mark.
_MARK = "\x02"


def row_id(*key: object) -> str:
    """The id of a row: the values of its primary key. It is part of the place to which a text is bound."""
    return "\n".join(map(str, key))


def encrypt_row(database: Database, table: str, id_: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row for the table. If there is a key, the personal columns are encrypted."""
    key, row = database.key, dict(values)
    if isinstance(key, MasterKey):
        for column in COLUMNS[table]:
            if row.get(column):
                row[column] = _encrypt(key, row[column], table, column, id_)
    return row


def decrypt(database: Database, table: str, column: str, id_: str, stored_text: str | None) -> str | None:
    """The text of a column. `stored_text` is the value in the table.

    None if there is no text, if we do not have its key, if it was moved from another row, or if it is plain although
    the columns are encrypted.
    """
    if stored_text is None:
        return None
    if not stored_text.startswith(_MARK):
        return None if database.is_encrypted else stored_text
    return _decrypt(database.key, stored_text, table, column, id_) if isinstance(database.key, MasterKey) else None


def is_of_another_key(database: Database, stored_text: str) -> bool:
    """Whether a text is encrypted under a key that we do not have."""
    key = database.key
    own_id = key.id if isinstance(key, MasterKey) else None
    return stored_text.startswith(_MARK) and _key_id(stored_text) != own_id


def encrypt_all(connection: Connection, new: MasterKey, old: MasterKey | None = None) -> int:
    """Encrypt under `new` every text that is plain or encrypted under `old`. Returns their number.

    Texts under any other key do not change.
    """
    count = 0
    for name, columns in COLUMNS.items():
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        for key, texts in _rows(connection, name):
            id_ = row_id(*key)
            plain = {column: _plain(text, old, name, column, id_) for column, text in zip(columns, texts, strict=True)}
            values = {column: _encrypt(new, text, name, column, id_) for column, text in plain.items() if text}
            if values:
                is_row = (column == value for column, value in zip(keys, key, strict=True))
                connection.execute(update(table).where(*is_row).values(**values))
                count += len(values)
    return count


def misplaced_texts(database: Database, connection: Connection) -> list[tuple[str, str, str, str]]:
    """Every text that this program did not write there, as (`plain` or `moved`, table, column, row).

    A `moved` text names our own key but does not decrypt in its place: it comes from another row, or is damaged. The
    list is empty as long as nothing is encrypted.
    """
    texts = list(_texts(connection))
    if all(not stored_text.startswith(_MARK) for *_, stored_text in texts):
        return []
    key = database.key
    result = []
    for table, column, id_, stored_text in texts:
        if not stored_text.startswith(_MARK):
            result.append(("plain", table, column, id_))
        elif (
            isinstance(key, MasterKey)
            and not is_of_another_key(database, stored_text)
            and _decrypt(key, stored_text, table, column, id_) is None
        ):
            result.append(("moved", table, column, id_))
    return result


def count_by_key(connection: Connection) -> dict[str, int]:
    """The number of texts under each key, by the id of the key. Plain texts have the empty id."""
    counts: dict[str, int] = {}
    for *_, stored_text in _texts(connection):
        id_ = _key_id(stored_text) if stored_text.startswith(_MARK) else ""
        counts[id_] = counts.get(id_, 0) + 1
    return counts


def _texts(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """Every text, as (table, column, row, stored text)."""
    for name, columns in COLUMNS.items():
        for key, texts in _rows(connection, name):
            yield from ((name, column, row_id(*key), text) for column, text in zip(columns, texts, strict=True) if text)


def _rows(connection: Connection, name: str) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """The primary key and the encrypted columns of every row of a table."""
    table = METADATA.tables[name]
    keys = list(table.primary_key.columns)
    statement = select(*keys, *(table.c[column] for column in COLUMNS[name]))
    for row in connection.execute(statement).all():
        yield row[: len(keys)], row[len(keys) :]


def _key_id(stored_text: str) -> str:
    return stored_text[1:].partition(":")[0]


def _encrypt(key: MasterKey, text: str, *place: str) -> str:
    return f"{_MARK}{key.id}:{b64encode(key.encrypt(text.encode(), *place)).decode()}"


def _decrypt(key: MasterKey, stored_text: str, *place: str) -> str | None:
    id_, _, text = stored_text[1:].partition(":")
    if id_ != key.id:
        return None
    try:
        return key.decrypt(b64decode(text), *place).decode()
    except ValueError:  # it was moved from another row, or is damaged
        return None


def _plain(stored_text: str | None, old: MasterKey | None, *place: str) -> str | None:
    """The plain text of a stored text; None if there is none, or if its key is not `old`."""
    if stored_text is None or not stored_text.startswith(_MARK):
        return stored_text
    return _decrypt(old, stored_text, *place) if old is not None else None
