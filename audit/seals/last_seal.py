"""The small file beside a private key with the last seal that the key signed.

The ledger and each witness have such a file. That of the ledger also has the high-water mark (`high_water.py`).

The record is never in the database. If somebody restores an old copy of the database, its table of seals is old too;
this file still has the newest seal. It is written to the disk *before* a signature is given away. Only one process at a
time may write it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from states.user_errors import UserError
from storage import private_files


class UnusableLastSeal(UserError):
    """The file of the record cannot be read or written. If a seal was being signed, no signature was given away."""

    zh = "无法读写签名记录 {path}（{why}），没有签名。请检查磁盘和权限；不要删除这个文件，它防止对改过的台账签名。"
    en = (
        "The record of what was signed, {path}, cannot be used ({why}); nothing was signed. Look at the disk and its "
        "permissions; do not delete the file, it keeps this key from sealing a ledger that was changed."
    )


class LastSeal(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The record in the file.

    `log`: the verifier key of the ledger. `seal`: the last seal that was signed; empty if there is none. `entry`,
    `digest`: the high-water mark (`high_water.py`); 0 and empty if there is none, and in the record of a witness, who
    never gets entries. `after`: used only by a witness; the key `log` signs the seals of more than `after` entries, and
    the key before it signed the others.
    """

    log: str
    seal: str = ""
    entry: int = 0
    digest: str = ""
    after: int = 0


class LastSealFile:
    """The file of a `LastSeal`. Write it only while it is locked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the file against other processes. The system releases the lock of a process that dies."""
        with self._errors_as_unusable():
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_WRONLY | os.O_CREAT, private_files.OWNER)
        try:
            with self._errors_as_unusable():
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def read(self) -> LastSeal | None:
        """The record; None if the file does not exist."""
        with self._errors_as_unusable():
            if not self.path.exists():
                return None
            return msgspec.json.decode(self.path.read_bytes(), type=LastSeal)

    def write(self, record: LastSeal) -> None:
        """Replace the whole file and flush it to the disk. A crash leaves either the old or the new content."""
        with self._errors_as_unusable():
            private_files.write(self.path, msgspec.json.encode(record))

    @contextmanager
    def _errors_as_unusable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise UnusableLastSeal(path=self.path, why=getattr(error, "strerror", None) or str(error)) from error
