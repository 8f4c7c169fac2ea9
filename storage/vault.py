"""The vault: what is confidential, encrypted, each value under a key of its own. What can be erased is here and nowhere else.

A value lies as AES-256-GCM over its salt and its bytes; its key lies beside it, wrapped by the institution's key, which is in
a file and never in the database. So a lost institution's key costs the confidential values and nothing of the ledger, and a copy of the
database gives nothing away. Each ciphertext is bound to its id, its kind and the person it is about: a row moved to another
place cannot be opened there.

The commitment an entry carries is SHA-256 over salt and value. With the value erased the salt is gone too, and what is left
of the commitment cannot be guessed back.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_hex

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from states.sentences import Told
from states.vocabulary import Digest, Opaque, Reference

from .database import Database
from .faults import FAULTS
from .tables import VAULT

_SALT, _NONCE, _KEY = 32, 12, 32
_LINE = re.compile(r"KAOHE-VAULT\+([0-9a-f]{16})\+([A-Za-z0-9+/]{43}=)\n?")


class BadMaster(Told):
    """The institution's key cannot be used."""

    zh = "保密库密钥不能使用：{path}（{why}）。台账不受影响，仅保密内容暂不可读；请检查 KAOHE_VAULT_KEY 所指的文件。"
    en = "The vault's key cannot be used: {path} ({why}). The ledger is untouched, only confidential values cannot be read; see to the file that KAOHE_VAULT_KEY names."


class OtherMaster(Told):
    """The value was wrapped by another institution's key."""

    zh = "保密内容 {id} 是用另一把密钥（{needed}）封存的，现有密钥为 {held}。请找回原密钥文件；若已遗失，该内容无法恢复，台账不受影响。"
    en = "The confidential value {id} was wrapped by another key ({needed}); the one here is {held}. Find the file of that key; if it is lost the value is lost, and the ledger is untouched."


class Damaged(Told):
    """What lies in the vault is not what was kept."""

    zh = "保密内容 {id} 已损坏或被换过，不予显示。请从备份找回保密库，并运行 kaohe audit replay 核验台账。"
    en = "The confidential value {id} is damaged or was swapped, and is not shown. Bring the vault back from a backup, and check the ledger with `kaohe audit replay`."


class NotThere(Told):
    """The vault has no such value."""

    zh = "保密库中没有 {id}：可能已按规定删除，或备份不全。"
    en = "The vault has no {id}: it was erased by rule, or a backup is incomplete."


class Master(Struct, frozen=True):
    """The institution's key. Its text is not shown by accident; `id` tells keys apart and gives nothing away."""

    secret: bytes

    def __repr__(self) -> str:
        return f"Master({self.id})"

    @property
    def id(self) -> str:
        return sha256(b"kaohe vault key\n" + self.secret).hexdigest()[:16]

    @classmethod
    def create(cls, path: Path) -> Master:
        """A new key, in a new file that only its owner may read. BadMaster."""
        master = cls(token_bytes(_KEY))
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise BadMaster(path=path, why=error.strerror) from error
        with os.fdopen(file, "w") as opened:
            opened.write(f"KAOHE-VAULT+{master.id}+{b64encode(master.secret).decode()}\n")
            opened.flush()
            os.fsync(file)
        return master

    @classmethod
    def read(cls, path: Path) -> Master:
        """The key in a file. BadMaster, also where others than its owner may read it."""
        try:
            mode, text = path.stat().st_mode, path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise BadMaster(path=path, why=getattr(error, "strerror", None) or "不是密钥文件 / no key file") from error
        if mode & 0o077:
            raise BadMaster(path=path, why=f"可被他人读取，请 chmod 600 {path} / others may read it")
        found = _LINE.fullmatch(text)
        master = cls(b64decode(found[2])) if found else None
        if found is None or master is None or master.id != found[1]:
            raise BadMaster(path=path, why="不是密钥文件或已损坏 / no key file, or damaged")
        return master


class Held(Struct, frozen=True):
    """What the vault tells of a value without opening it."""

    id: str
    value: str
    about: str | None
    master: str


class Vault:
    """The vault of a database, opened with the institution's key."""

    def __init__(self, database: Database, master: Master) -> None:
        self._database, self._master = database, master

    def keep(self, value: str, about: str | None, said: bytes, now: datetime) -> Reference:
        """Put a value in; what an entry may say of it. Until its `ValueKept` is written nobody knows of it."""
        id_, salt, key = f"v-{token_hex(16)}", token_bytes(_SALT), token_bytes(_KEY)
        row = {
            "id": id_, "value": value, "about": about, "master": self._master.id, "made_at": now,
            "wrapped": _seal(self._master.secret, key, _place(id_)),
            "sealed": _seal(key, salt + said, _place(id_, value, about)),
        }  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(insert(VAULT).values(**row))
        return Reference(id=Opaque(id_), commitment=Digest(sha256(salt + said).hexdigest()))

    def open(self, id_: str, commitment: str) -> bytes:
        """What was kept, if it is what the entry committed to. NotThere, OtherMaster, Damaged."""
        with self._database.reading() as connection:
            row = connection.execute(select(VAULT).where(VAULT.c.id == id_)).first()
        if row is None:
            raise NotThere(id=id_)
        if row.master != self._master.id:
            raise OtherMaster(id=id_, needed=row.master, held=self._master.id)
        try:
            key = _unseal(self._master.secret, row.wrapped, _place(id_))
            whole = _unseal(key, row.sealed, _place(id_, row.value, row.about))
        except (InvalidTag, ValueError) as error:
            raise Damaged(id=id_) from error
        if sha256(whole).hexdigest() != commitment:
            raise Damaged(id=id_)
        return whole[_SALT:]

    def rotate(self, new: Master) -> int:
        """Wrap every key anew, in one transaction; how many. The values themselves stay as they lie."""
        with self._database.writing() as connection:
            rows = connection.execute(select(VAULT.c.id, VAULT.c.wrapped, VAULT.c.master)).all()
            for id_, wrapped, master in rows:
                if master != self._master.id:
                    raise OtherMaster(id=id_, needed=master, held=self._master.id)
                try:
                    key = _unseal(self._master.secret, wrapped, _place(id_))
                except (InvalidTag, ValueError) as error:
                    raise Damaged(id=id_) from error
                again = {"wrapped": _seal(new.secret, key, _place(id_)), "master": new.id}
                connection.execute(update(VAULT).where(VAULT.c.id == id_).values(**again))
        self._master = new
        return len(rows)


def held(database: Database, about: str | None = None, before: datetime | None = None) -> list[Held]:
    """What lies in the vault, about one person or kept before a moment if so asked; needs no key."""
    wanted = select(VAULT.c.id, VAULT.c.value, VAULT.c.about, VAULT.c.master).order_by(VAULT.c.made_at, VAULT.c.id)
    if about is not None:
        wanted = wanted.where(VAULT.c.about == about)
    if before is not None:
        wanted = wanted.where(VAULT.c.made_at < before)
    with database.reading() as connection:
        return [Held(*row) for row in connection.execute(wanted)]


def destroy(database: Database, ids: list[str]) -> None:
    """Destroy values, keys and salts, and whatever the database's files still hold of them. Safe to repeat; needs no key.

    Slow: the file, or the table, is written anew. Backups and archived logs are beyond its reach (docs/operating.md).
    """
    with database.writing() as connection:
        connection.execute(delete(VAULT).where(VAULT.c.id.in_(ids)))
    with _maintenance(database) as run:
        if database.dialect == "sqlite":
            run("PRAGMA secure_delete = ON")
            run("VACUUM")
            run("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            run("VACUUM (FULL) vault")
            run("CHECKPOINT")


@contextmanager
def _maintenance(database: Database) -> Iterator[Callable[[str], object]]:
    """Run statements outside of any transaction."""
    connection = database.connect()
    try:
        cursor = connection.cursor()
        with FAULTS:
            yield cursor.execute
    finally:
        connection.close()


def _place(*parts: str | None) -> bytes:
    """What a ciphertext is bound to."""
    return "\n".join(part or "" for part in parts).encode()


def _seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
