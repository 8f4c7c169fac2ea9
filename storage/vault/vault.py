"""The vault: what is confidential, encrypted, each value under a key of its own. What can be erased is here and nowhere else.

A value lies as AES-256-GCM over its salt and its bytes; its key lies beside it, wrapped by the institution's key, which is in
a file and never in the database. So a lost institution's key costs the confidential values and nothing of the ledger, and a copy of the
database gives nothing away. Each ciphertext is bound to its id, its kind and the person it is about: a row moved to another
place cannot be opened there.

The commitment an entry carries is SHA-256 over salt and value. With the value erased the salt is gone too, and what is left
of the commitment cannot be guessed back.
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
from storage.tables import VAULT

from . import erasure
from .encrypted_columns import COLUMNS, count_by_key, encrypt_all

_SALT = 32
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class WrongMasterKey(UserError):
    """The value was wrapped by another institution's key."""

    zh = "保密内容 {id} 是用另一把密钥（{needed}）封存的，现有密钥为 {held}。请找回原密钥文件；若已遗失，该内容无法恢复，台账不受影响。"
    en = "The confidential value {id} was wrapped by another key ({needed}); the one here is {held}. Find the file of that key; if it is lost the value is lost, and the ledger is untouched."


class DamagedValue(UserError):
    """What lies in the vault is not what was kept."""

    zh = "保密内容 {id} 已损坏或被换过，不予显示。请从备份找回保密库，并运行 kaohe audit replay 核验台账。"
    en = "The confidential value {id} is damaged or was swapped, and is not shown. Bring the vault back from a backup, and check the ledger with `kaohe audit replay`."


class MissingValue(UserError):
    """The vault has no such value."""

    zh = "保密库中没有 {id}：可能已按规定删除，或备份不全。"
    en = "The vault has no {id}: it was erased by rule, or a backup is incomplete."


class VaultItem(Struct, frozen=True):
    """What the vault tells of a value without opening it."""

    id: str
    value: str
    about: str | None
    master: str
    made_at: datetime


class Vault:
    """The vault of a database, opened with the institution's key."""

    @classmethod
    def of(cls, database: Database) -> Vault:
        """The vault, opened with the key the database was opened with. NoMaster, BadMaster."""
        if isinstance(database.key, MasterKey):
            return cls(database, database.key)
        raise database.key or MissingMasterKey()

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database, self._master = database, master

    def add(self, value: str, about: str | None, said: bytes, now: datetime) -> Reference:
        """Put a value in; what an entry may say of it. Until its `ValueKept` is written nobody knows of it."""
        id_, salt, key = new_id("v"), token_bytes(_SALT), token_bytes(SIZE)
        row = {
            "id": id_, "value": value, "about": about, "master": self._master.id, "made_at": now,
            "wrapped": self._master.encrypt(key, id_),
            "sealed": encrypt(key, salt + said, id_, value, about),
        }  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(insert(VAULT).values(**row))
        return Reference(id=Opaque(id_), commitment=Digest(sha256(salt + said).hexdigest()))

    def open(self, id_: str, commitment: str) -> bytes:
        """What was kept, if it is what the entry committed to. NotThere, OtherMaster, Damaged."""
        with self._database.reading() as connection:
            row = connection.execute(select(VAULT).where(VAULT.c.id == id_)).first()
        if row is None:
            raise MissingValue(id=id_)
        if row.master != self._master.id:
            raise WrongMasterKey(id=id_, needed=row.master, held=self._master.id)
        try:
            key = self._master.decrypt(row.wrapped, id_)
            whole = decrypt(key, row.sealed, id_, row.value, row.about)
        except ValueError as error:
            raise DamagedValue(id=id_) from error
        if sha256(whole).hexdigest() != commitment:
            raise DamagedValue(id=id_)
        return whole[_SALT:]

    def rotate(self, new: MasterKey) -> int:
        """Wrap every key anew and seal anew what is personal of accounts, in one transaction; how many values.

        The values themselves stay as they lie.
        """
        with self._database.writing() as connection:
            rows = connection.execute(select(VAULT.c.id, VAULT.c.wrapped, VAULT.c.master)).all()
            for id_, wrapped, master in rows:
                if master != self._master.id:
                    raise WrongMasterKey(id=id_, needed=master, held=self._master.id)
                try:
                    key = self._master.decrypt(wrapped, id_)
                except ValueError as error:
                    raise DamagedValue(id=id_) from error
                again = {"wrapped": new.encrypt(key, id_), "master": new.id}
                connection.execute(update(VAULT).where(VAULT.c.id == id_).values(**again))
            encrypt_all(connection, new, self._master)
        self._master = new
        return len(rows)


def new_id(kind: str) -> str:
    """An id of 128 random bits. In letters: eleven digits in a row may be somebody's number, and the ledger refuses them."""
    return f"{kind}-{token_hex(16).translate(_LETTERS)}"


def list_items(database: Database, about: str | None = None, before: datetime | None = None) -> list[VaultItem]:
    """What lies in the vault, about one person or kept before a moment if so asked; needs no key."""
    wanted = select(VAULT.c.id, VAULT.c.value, VAULT.c.about, VAULT.c.master, VAULT.c.made_at).order_by(
        VAULT.c.made_at, VAULT.c.id
    )
    if about is not None:
        wanted = wanted.where(VAULT.c.about == about)
    if before is not None:
        wanted = wanted.where(VAULT.c.made_at < before)
    with database.reading() as connection:
        return [VaultItem(*row) for row in connection.execute(wanted)]


def destroy(database: Database, ids: list[str]) -> None:
    """Destroy values, keys and salts, and whatever the database's files still hold of them. Safe to repeat; needs no key.

    Slow: the file, or the table, is written anew. Backups and archived logs are beyond its reach (docs/operating.md).
    """
    with database.writing() as connection:
        connection.execute(delete(VAULT).where(VAULT.c.id.in_(ids)))
    rewrite_files(database)


def use_key(database: Database, key: MasterKey) -> int:
    """Let this be the database's key; the first time, seal by it what lies plain of people. How much was sealed.

    Later, plain text among what is sealed was put there by somebody else, and is not taken for what we wrote (`seal_plain`).
    """
    database.key = key
    with database.reading() as connection:
        found = count_by_key(connection)
    if found.get("") and len(found) == 1 and not database.read_only:
        return encrypt_plain_text(database, key)
    database.is_encrypted = bool(found.keys() - {""})
    return 0


def encrypt_plain_text(database: Database, key: MasterKey) -> int:
    """Seal what lies plain of people; how much did. For the operator to ask for, who knows where it came from."""
    with database.writing() as connection:
        count = encrypt_all(connection, key)
    if count:
        rewrite_files(database)
    database.is_encrypted = True
    return count


def rewrite_files(database: Database) -> None:
    """Leave nothing of what was changed or deleted of people in the database's files."""
    what = erasure.log_retention(database)
    with _maintenance(database) as run:
        if what is None:
            run("PRAGMA secure_delete = ON")
            run("VACUUM")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in ("vault", *COLUMNS):
                run(f"VACUUM (FULL) {table}")
            erasure.turn_log(what, run)


@contextmanager
def _maintenance(database: Database) -> Iterator[Callable[[str], object]]:
    """Run statements outside of any transaction."""
    connection = database.connect()
    try:
        cursor = connection.cursor()
        with database.driver_errors:
            yield cursor.execute
    finally:
        connection.close()
