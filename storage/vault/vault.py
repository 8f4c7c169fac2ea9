"""The vault: confidential values, each encrypted under a key of its own. What can be erased is here and in no entry.

A row holds the value encrypted (AES-256-GCM over salt and value) and, beside it, the value's key, encrypted under the
master key. Each ciphertext is bound to its id, its kind and the person it is about: moved to another row, it does not
decrypt.

An entry carries a commitment only: SHA-256 over salt and value. Erasing deletes the row, with the value's key and its
salt; then neither can the value be decrypted from an old copy of the ledger, nor guessed from the commitment. The entry
and the chain stay as they are, so erasing breaks no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes, token_hex

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from states.user_errors import UserError
from states.vocabulary import Digest, Opaque, Reference
from storage.database.database import Database
from storage.master_key import SIZE, MasterKey, MissingMasterKey, decrypt, encrypt
from storage.tables.vault import VAULT

from . import erasure
from .encrypted_columns import COLUMNS, count_by_key, encrypt_all

_SALT = 32
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class WrongMasterKey(UserError):
    """The value's key is encrypted under another master key. Details: `id`, and the key ids `needed` and `held`."""

    zh = "保密内容 {id} 是用另一把密钥（{needed}）封存的，现有密钥为 {held}。请找回原密钥文件；若已遗失，该内容无法恢复，台账不受影响。"
    en = (
        "The confidential value {id} was wrapped by another key ({needed}); the one here is {held}. Find the file of "
        "that key; if it is lost the value is lost, and the ledger is untouched."
    )


class DamagedValue(UserError):
    """The row does not decrypt, or the value is not the one that the entry committed to. Details: `id`."""

    zh = "保密内容 {id} 已损坏或被换过，不予显示。请从备份找回保密库，并运行 kaohe audit replay 核验台账。"
    en = (
        "The confidential value {id} is damaged or was swapped, and is not shown. Bring the vault back from a "
        "backup, and check the ledger with `kaohe audit replay`."
    )


class MissingValue(UserError):
    """The vault has no such value. Details: `id`."""

    zh = "保密库中没有 {id}：可能已按规定删除，或备份不全。"
    en = "The vault has no {id}: it was erased by rule, or a backup is incomplete."


class VaultItem(Struct, frozen=True):
    """What can be known of a value without its key. `master_key` is a key's id."""

    id: str
    kind: str
    about: str | None
    master_key: str
    made_at: datetime


class Vault:
    """The vault of a database, with the master key."""

    @classmethod
    def of(cls, database: Database) -> Vault:
        """The vault, with the key the database was opened with. MissingMasterKey, UnusableMasterKey."""
        if isinstance(database.key, MasterKey):
            return cls(database, database.key)
        raise database.key or MissingMasterKey()

    def __init__(self, database: Database, key: MasterKey) -> None:
        self._database, self._key = database, key

    def add(self, kind: str, about: str | None, value: bytes, now: datetime) -> Reference:
        """Encrypt and store a value; what an entry may say of it.

        In a transaction of its own, before the entry: an entry whose value was not stored would be a lie for ever,
        while a value without an entry is found and removed (`kaohe vault sweep`).
        """
        id_, salt, key = new_id("v"), token_bytes(_SALT), token_bytes(SIZE)
        row = {
            "id": id_,
            "kind": kind,
            "about": about,
            "master_key": self._key.id,
            "made_at": now,
            "wrapped_key": self._key.encrypt(key, id_),
            "ciphertext": encrypt(key, salt + value, id_, kind, about),
        }
        with self._database.writing() as connection:
            connection.execute(insert(VAULT).values(**row))
        return Reference(id=Opaque(id_), commitment=Digest(sha256(salt + value).hexdigest()))

    def open(self, id_: str, commitment: str) -> bytes:
        """The value, if it is the one that the entry committed to. MissingValue, WrongMasterKey, DamagedValue."""
        with self._database.reading() as connection:
            row = connection.execute(select(VAULT).where(VAULT.c.id == id_)).first()
        if row is None:
            raise MissingValue(id=id_)
        if row.master_key != self._key.id:
            raise WrongMasterKey(id=id_, needed=row.master_key, held=self._key.id)
        try:
            key = self._key.decrypt(row.wrapped_key, id_)
            salted = decrypt(key, row.ciphertext, id_, row.kind, row.about)
        except ValueError as error:
            raise DamagedValue(id=id_) from error
        if sha256(salted).hexdigest() != commitment:
            raise DamagedValue(id=id_)
        return salted[_SALT:]

    def rotate(self, new: MasterKey) -> int:
        """Encrypt every value's key, and the personal columns, under a new master key, in one transaction.

        How many values.

        The values themselves need not be encrypted again: their own keys stay.
        """
        with self._database.writing() as connection:
            rows = connection.execute(select(VAULT.c.id, VAULT.c.wrapped_key, VAULT.c.master_key)).all()
            for id_, wrapped_key, master_key in rows:
                if master_key != self._key.id:
                    raise WrongMasterKey(id=id_, needed=master_key, held=self._key.id)
                try:
                    key = self._key.decrypt(wrapped_key, id_)
                except ValueError as error:
                    raise DamagedValue(id=id_) from error
                values = {"wrapped_key": new.encrypt(key, id_), "master_key": new.id}
                connection.execute(update(VAULT).where(VAULT.c.id == id_).values(**values))
            encrypt_all(connection, new, self._key)
        self._key = new
        return len(rows)


def new_id(kind: str) -> str:
    """An id of 128 random bits, in letters.

    The ledger refuses eleven digits in a row, which may be somebody's phone number.
    """
    return f"{kind}-{token_hex(16).translate(_LETTERS)}"


def list_items(database: Database, about: str | None = None, before: datetime | None = None) -> list[VaultItem]:
    """The values in the vault, if asked only those about one person, or stored before a moment. Needs no key."""
    columns = (VAULT.c.id, VAULT.c.kind, VAULT.c.about, VAULT.c.master_key, VAULT.c.made_at)
    wanted = select(*columns).order_by(VAULT.c.made_at, VAULT.c.id)
    if about is not None:
        wanted = wanted.where(VAULT.c.about == about)
    if before is not None:
        wanted = wanted.where(VAULT.c.made_at < before)
    with database.reading() as connection:
        return [VaultItem(*row) for row in connection.execute(wanted)]


def destroy(database: Database, ids: list[str]) -> None:
    """Delete values with their keys and salts, and what the database's files still hold of them.

    Safe to repeat; needs no key.

    Slow: the file, or the table, is rewritten. Backups and archived logs are beyond its reach (docs/operating.md).
    """
    with database.writing() as connection:
        connection.execute(delete(VAULT).where(VAULT.c.id.in_(ids)))
    rewrite_files(database)


def use_key(database: Database, key: MasterKey) -> int:
    """Make this the database's key. The first time, encrypt the personal columns; how many texts were encrypted.

    Later, plain text among encrypted text was written by somebody else, and is not taken for ours
    (`encrypt_plain_text`).
    """
    database.key = key
    with database.reading() as connection:
        counts = count_by_key(connection)
    if counts.get("") and len(counts) == 1 and not database.read_only:
        return encrypt_plain_text(database, key)
    database.is_encrypted = bool(counts.keys() - {""})
    return 0


def encrypt_plain_text(database: Database, key: MasterKey) -> int:
    """Encrypt plain text in the personal columns; how many texts.

    The operator asks for it, who knows where the text came from.
    """
    with database.writing() as connection:
        count = encrypt_all(connection, key)
    if count:
        rewrite_files(database)
    database.is_encrypted = True
    return count


def rewrite_files(database: Database) -> None:
    """Leave nothing in the database's files of the personal rows that were changed or deleted."""
    # A DELETE only marks the bytes as free. SQLite overwrites them with secure_delete on, but not those that lay free
    # before, nor those in the write-ahead log; PostgreSQL keeps dead rows until the table is rewritten.
    retention = erasure.log_retention(database)
    with _outside_transactions(database) as run:
        if retention is None:
            run("PRAGMA secure_delete = ON")
            run("VACUUM")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in ("vault", *COLUMNS):
                run(f"VACUUM (FULL) {table}")
            erasure.switch_log(retention, run)


@contextmanager
def _outside_transactions(database: Database) -> Iterator[Callable[[str], object]]:
    """A function that runs one statement in autocommit: VACUUM refuses to run in a transaction."""
    connection = database.connect()
    try:
        cursor = connection.cursor()
        with database.driver_errors:
            yield cursor.execute
    finally:
        connection.close()
