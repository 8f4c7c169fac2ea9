"""The vault: confidential values, each encrypted under a key of its own. They can be erased, so no entry contains them.

A row contains the encrypted value (AES-256-GCM over salt and value) and the value's key, which is encrypted under the
master key. Each ciphertext is bound to its id, its kind and the person whom it concerns. If it is moved to another row,
it does not decrypt.

An entry contains only a commitment: SHA-256 over salt and value. When a value is erased, the row with its key and its
salt is deleted. After that the value can neither be decrypted from an old copy of the ledger nor guessed from the
commitment. The entry and the chain do not change, so erasing breaks no proof.

Also here: setting the key of a database and encrypting its personal columns (`use_key`), and removing old bytes from
the database's files (`rewrite_files`).
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

_SALT_SIZE = 32
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class WrongMasterKey(UserError):
    """The value's key is encrypted under another master key. Details: `id`, and the key ids `needed` and `present`."""

    zh = "保密内容 {id} 是用另一把密钥（{needed}）加密的，现有密钥为 {present}。请找回原密钥文件；若已遗失，该内容无法恢复，台账不受影响。"
    en = (
        "The confidential value {id} is encrypted under another key ({needed}); the key here is {present}. Find the file "
        "of that key; if it is lost the value is lost, and the ledger is untouched."
    )


class DamagedValue(UserError):
    """The row does not decrypt, or the value does not match the commitment in the entry. Details: `id`."""

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
    """The data about a value that can be read without its key. `master_key` is the id of the master key."""

    id: str
    kind: str
    about: str | None
    master_key: str
    made_at: datetime


class Vault:
    """The vault of a database, with the master key: adds and opens values, and changes the master key."""

    @classmethod
    def for_database(cls, database: Database) -> Vault:
        """The vault of a database, with the database's master key. Raises MissingMasterKey and UnusableMasterKey."""
        if isinstance(database.key, MasterKey):
            return cls(database, database.key)
        raise database.key or MissingMasterKey()

    def __init__(self, database: Database, key: MasterKey) -> None:
        self._database, self._key = database, key

    def add(self, kind: str, about: str | None, value: bytes, now: datetime) -> Reference:
        """Encrypt and store a value. Returns the reference for an entry: its id and its commitment.

        It uses a transaction of its own, before the entry is written. An entry without its value would be wrong for
        ever, but a value without an entry is found and removed (`kaohe vault sweep`).
        """
        id_, salt, key = new_id("v"), token_bytes(_SALT_SIZE), token_bytes(SIZE)
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
        """The value, if it matches the commitment in the entry.

        Raises MissingValue, WrongMasterKey and DamagedValue.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(VAULT).where(VAULT.c.id == id_)).first()
        if row is None:
            raise MissingValue(id=id_)
        if row.master_key != self._key.id:
            raise WrongMasterKey(id=id_, needed=row.master_key, present=self._key.id)
        try:
            key = self._key.decrypt(row.wrapped_key, id_)
            salted = decrypt(key, row.ciphertext, id_, row.kind, row.about)
        except ValueError as error:
            raise DamagedValue(id=id_) from error
        if sha256(salted).hexdigest() != commitment:
            raise DamagedValue(id=id_)
        return salted[_SALT_SIZE:]

    def rotate(self, new: MasterKey) -> int:
        """Encrypt the keys of all values, and the personal columns, under a new master key, in one transaction.

        Returns the number of values. The values themselves need not be encrypted again, because their own keys do not
        change. Raises WrongMasterKey and DamagedValue.
        """
        with self._database.writing() as connection:
            rows = connection.execute(select(VAULT.c.id, VAULT.c.wrapped_key, VAULT.c.master_key)).all()
            for id_, wrapped_key, master_key in rows:
                if master_key != self._key.id:
                    raise WrongMasterKey(id=id_, needed=master_key, present=self._key.id)
                try:
                    key = self._key.decrypt(wrapped_key, id_)
                except ValueError as error:
                    raise DamagedValue(id=id_) from error
                values = {"wrapped_key": new.encrypt(key, id_), "master_key": new.id}
                connection.execute(update(VAULT).where(VAULT.c.id == id_).values(**values))
            encrypt_all(connection, new, self._key)
        self._key = new
        return len(rows)


def new_id(prefix: str) -> str:
    """An id: the prefix, and 128 random bits in letters and not in digits.

    The ledger refuses eleven digits in a row, because they may be a phone number.
    """
    return f"{prefix}-{token_hex(16).translate(_LETTERS)}"


def list_items(database: Database, about: str | None = None, before: datetime | None = None) -> list[VaultItem]:
    """The values in the vault.

    `about`: only about this person; `before`: only stored before this time. It needs no key.
    """
    columns = (VAULT.c.id, VAULT.c.kind, VAULT.c.about, VAULT.c.master_key, VAULT.c.made_at)
    statement = select(*columns).order_by(VAULT.c.made_at, VAULT.c.id)
    if about is not None:
        statement = statement.where(VAULT.c.about == about)
    if before is not None:
        statement = statement.where(VAULT.c.made_at < before)
    with database.reading() as connection:
        return [VaultItem(*row) for row in connection.execute(statement)]


def destroy(database: Database, ids: list[str]) -> None:
    """Delete values with their keys and salts, also from the database's files.

    It may be repeated and needs no key. It is slow, because the file or the table is rewritten. It does not reach
    backups and archived logs (docs/operating.md).
    """
    with database.writing() as connection:
        connection.execute(delete(VAULT).where(VAULT.c.id.in_(ids)))
    rewrite_files(database)


def use_key(database: Database, key: MasterKey) -> int:
    """Make this the database's key. The first time, also encrypt the personal columns. Returns the number of texts.

    Later, plain text among encrypted text was written by somebody else. It is not encrypted here
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
    """Encrypt plain text in the personal columns. Returns the number of texts.

    Only for an operator who knows where the text came from.
    """
    with database.writing() as connection:
        count = encrypt_all(connection, key)
    if count:
        rewrite_files(database)
    database.is_encrypted = True
    return count


def rewrite_files(database: Database) -> None:
    """Remove the old bytes of changed and deleted personal rows from the database's files."""
    # A DELETE only marks the bytes as free. With secure_delete SQLite overwrites them, but not the bytes that were free
    # before, and not those in the write-ahead log. PostgreSQL keeps dead rows until the table is rewritten.
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
    """A function that executes one statement in autocommit, because VACUUM cannot run in a transaction."""
    connection = database.connect()
    try:
        cursor = connection.cursor()
        with database.driver_errors:
            yield cursor.execute
    finally:
        connection.close()
