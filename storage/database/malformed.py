"""The errors of an SQLite file that cannot be used, and the choice of one of them for an error of SQLite.

Each names the file and says what to do. They never quote SQLite's own message, because it may contain bytes of a page,
which may be personal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from states.vocabulary import Text
from storage import last_backup
from storage.errors import StorageError


class DamagedDatabaseFile(StorageError):
    """The file is damaged or is no database. Details: `file`, `why`, and `last`, a sentence about the last backup."""

    zh = "数据库文件 {file} 不能使用：{why}。请停用本系统，保留原文件，再运行 kaohe restore 恢复备份（{last}）。"
    en = (
        "The database file {file} cannot be used: {why}. Stop the system, keep the file, and run `kaohe restore` "
        "with a backup ({last})."
    )


class InaccessibleDatabaseFile(StorageError):
    """The file cannot be opened. Details: `file`, `why`."""

    zh = "无法打开数据库文件 {file}：{why}。请核对 KAOHE_DATABASE 和文件的属主与权限。"
    en = (
        "The database file {file} cannot be opened: {why}. Check KAOHE_DATABASE, and the owner and the permissions of "
        "the file."
    )


class ForeignDatabaseFile(StorageError):
    """The file is a database of another program. It was not changed. Details: `file`."""

    zh = "{file} 是别的程序的数据库，其中没有台账，未作任何改动。请核对 KAOHE_DATABASE，或换一个文件名。"
    en = (
        "{file} is the database of another program and holds no ledger; it was left as it is. Check KAOHE_DATABASE, "
        "or name another file."
    )


_CORRUPT, _CANNOT_OPEN, _PERMISSION, _FORMAT, _NOT_A_DATABASE = 11, 14, 3, 24, 26
"""SQLite's primary result codes (the low byte of the extended code)."""
_SHORT_READ = 522
"""SQLITE_IOERR_SHORT_READ: the file is shorter than its header states."""
_CAUSES = {
    _CORRUPT: Text(
        zh="内容已损坏，可能被截断、在使用中被复制，或磁盘有故障",
        en="its contents are damaged: perhaps it was cut short, copied while in use, or the disk is failing",
    ),
    _NOT_A_DATABASE: Text(
        zh="它不是 SQLite 数据库，可能被加密、被截断或被别的文件覆盖",
        en="it is not an SQLite database: perhaps it was encrypted, cut short or written over by another file",
    ),
}
EMPTY_FILE = Text(
    zh="文件是空的（0 字节）。若从未建过台账，请运行 kaohe migrate",
    en="it is empty (0 bytes). If there never was a ledger, run `kaohe migrate`",
)
_FOLDER = Text(zh="它是文件夹，不是文件", en="it is a folder, not a file")
_NO_FOLDER = Text(zh="它所在的文件夹不存在", en="its folder is not there")
_DENIED = Text(zh="没有权限，或文件夹不可写", en="permission is denied, or its folder cannot be written")


def damaged_file(file: str, cause: Text) -> DamagedDatabaseFile:
    """The error for a damaged file. It names the last recorded backup."""
    return DamagedDatabaseFile(
        file=file or "—", why=cause, last=last_backup.sentence(last_backup.read(Path(file)) if file else None)
    )


def translate_file_error(error: Any, file: str) -> StorageError | None:
    """The error for a file, from an error of SQLite; None if SQLite's error is not about the file."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Errors of SQLite have a code. An error without a code is Python's own, about text that is not UTF-8. It quotes
        # the whole text.
        return damaged_file(file, _CAUSES[_CORRUPT]) if "UTF-8" in str(error) else None
    if code & 0xFF == _CORRUPT or code == _SHORT_READ:
        return damaged_file(file, _CAUSES[_CORRUPT])
    if code & 0xFF in (_NOT_A_DATABASE, _FORMAT):
        return damaged_file(file, _CAUSES[_NOT_A_DATABASE])
    if code & 0xFF in (_CANNOT_OPEN, _PERMISSION):
        return inaccessible_file(Path(file))
    return None


def inaccessible_file(path: Path) -> InaccessibleDatabaseFile:
    """The error for a path that cannot be opened: a folder, a missing folder, or missing permissions."""
    try:
        cause = _FOLDER if path.is_dir() else _DENIED if path.parent.is_dir() else _NO_FOLDER
    except PermissionError:
        cause = _DENIED
    return InaccessibleDatabaseFile(file=path, why=cause)
