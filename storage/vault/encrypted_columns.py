"""Columns of people, sealed by the institution's key: name, mail address, second factor, what was typed and not handed in, names of files.

Not values of the vault: they are shown on every page, so that no reading of them is recorded, and are replaced or forgotten with
their row. Each is bound to its table, column and row. Without a key they lie as they are; once there is one, `seal_all`
seals what lies plain, whatever is written from then on is sealed, and plain text is read no more (`Database.is_encrypted`).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from storage.database.database import Database
from storage.master_key import MasterKey
from storage.tables import METADATA

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "totp"), "contact": ("email",), "draft": ("fields",), "attachment": ("name",),
}  # fmt: skip
"""The columns that are sealed, by table. A row is known by `row_id` of its primary key."""

_MARK = "\x02"
"""What a sealed text begins with, then the key's id: no form lets it through, so nobody's name begins so."""


def row_id(*key: str) -> str:
    """How a row is named in its seal: its primary key, one column after the other."""
    return "\n".join(key)


def encrypt_row(database: Database, table: str, id_: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row as they are to lie in the table."""
    master, made = database.key, dict(values)
    if isinstance(master, MasterKey):
        for column in COLUMNS[table]:
            if made.get(column):
                made[column] = _seal(master, made[column], table, column, id_)
    return made


def decrypt(database: Database, table: str, column: str, id_: str, kept: str | None) -> str | None:
    """What lies in a row, readable; None where nothing does, where its key is not here, or plain text lies among what is sealed."""
    if kept is None:
        return None
    if not kept.startswith(_MARK):
        return None if database.is_encrypted else kept
    return _open(database.key, kept, table, column, id_) if isinstance(database.key, MasterKey) else None


def is_of_another_key(database: Database, kept: str) -> bool:
    """Whether what lies in a row is sealed by a key that is not here."""
    key = database.key
    ours = key.id if isinstance(key, MasterKey) else None
    return kept.startswith(_MARK) and kept[1:].partition(":")[0] != ours


def encrypt_all(connection: Connection, new: MasterKey, old: MasterKey | None = None) -> int:
    """Seal by `new` whatever lies plain or is sealed by `old`; how much. What another key sealed is left."""
    count = 0
    for name, columns in COLUMNS.items():
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        for row in connection.execute(select(*keys, *(table.c[column] for column in columns))).all():
            key, texts = row[: len(keys)], row[len(keys) :]
            id_ = row_id(*key)
            found = {column: _plain(kept, old, name, column, id_) for column, kept in zip(columns, texts, strict=True)}
            again = {column: _seal(new, said, name, column, id_) for column, said in found.items() if said}
            if again:
                this = (column == value for column, value in zip(keys, key, strict=True))
                connection.execute(update(table).where(*this).values(**again))
                count += len(again)
    return count


def misplaced_texts(database: Database, connection: Connection) -> list[tuple[str, str, str, str]]:
    """`plain` or `moved`, table, column and row of every text that is not what was put there, once anything is sealed here.

    `moved` is what our own key sealed and does not open there: it comes from another row, or is damaged.
    """
    texts = list(_texts(connection))
    if all(not kept.startswith(_MARK) for *_, kept in texts):
        return []
    key = database.key
    found = []
    for table, column, id_, kept in texts:
        if not kept.startswith(_MARK):
            found.append(("plain", table, column, id_))
        elif (
            isinstance(key, MasterKey)
            and not is_of_another_key(database, kept)
            and _open(key, kept, table, column, id_) is None
        ):
            found.append(("moved", table, column, id_))
    return found


def count_by_key(connection: Connection) -> dict[str, int]:
    """How many texts each key sealed, by its id; under the empty id those that lie plain."""
    found: dict[str, int] = {}
    for *_, kept in _texts(connection):
        id_ = kept[1:].partition(":")[0] if kept.startswith(_MARK) else ""
        found[id_] = found.get(id_, 0) + 1
    return found


def _texts(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """Table, column, row and text, of all there are."""
    for name, columns in COLUMNS.items():
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        for row in connection.execute(select(*keys, *(table.c[column] for column in columns))):
            id_ = row_id(*row[: len(keys)])
            yield from (
                (name, column, id_, kept) for column, kept in zip(columns, row[len(keys) :], strict=True) if kept
            )


def _seal(master: MasterKey, said: str, *place: str) -> str:
    return f"{_MARK}{master.id}:{b64encode(master.encrypt(said.encode(), *place)).decode()}"


def _open(master: MasterKey, kept: str, *place: str) -> str | None:
    id_, _, text = kept[1:].partition(":")
    if id_ != master.id:
        return None
    try:
        return master.decrypt(b64decode(text), *place).decode()
    except ValueError:  # moved from another row, or damaged: nobody's
        return None


def _plain(kept: str | None, old: MasterKey | None, *place: str) -> str | None:
    """What is to be sealed anew; None if it is not to be."""
    if kept is None or not kept.startswith(_MARK):
        return kept
    return _open(old, kept, *place) if old is not None else None
