"""Copies a whole SQLite database while others write, and replaces a database by a copy. For PostgreSQL: `dumps.py`.

Also here, for both databases: the new file of a backup (`backup_path`, `file_when_complete`), and the errors.

A copy is one snapshot (VACUUM INTO). With a write-ahead log nobody waits for it; with a rollback journal a commit waits
until the copy is made. The copy has no free pages, so it contains no erased data. A plain copy of the file would be
worse on both points: it is damaged if it is made during a commit, and it contains the free pages.

The process may be killed at any point. Every name changes by one rename or link, so the file at the database's path is
the complete old database or the complete new one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from states.user_errors import UserError
from storage import private_files
from storage.database.database import Database
from storage.database.sqlite import DRIVER, lock_file

JOURNAL_SUFFIXES = ("-wal", "-shm", "-journal")
"""The suffixes of the files that SQLite makes beside a database."""


class BackupFileExists(UserError):
    """There is a file with that name, and a backup overwrites no file. Details: `path`."""

    zh = "{path} 已存在，不予覆盖。请换一个文件名，或给出文件夹，由本程序命名。"
    en = (
        "{path} is there already and is not written over. Name another file, or a folder: the file then gets a name "
        "by itself."
    )


class BackupNotWritten(UserError):
    """The file system refused a step. The database is unchanged. Details: `path`, `why`."""

    zh = "无法写入 {path}（{why}），原数据库未变。请检查磁盘和权限后重试。"
    en = (
        "{path} cannot be written ({why}); the database is as it was. Check the disk and its permissions, then try "
        "again."
    )


class DatabaseInUse(UserError):
    """Somebody has the database open. Details: `database`, and `who`: a program, or the number of sessions."""

    zh = "{database} 正被使用（{who}），没有恢复，原数据库未变。请先停止网页和定时服务（kaohe serve、kaohe scheduler run），再重试。"
    en = (
        "{database} is in use ({who}). Nothing was restored, and the database has not changed. First stop the pages "
        "and the scheduler (`kaohe serve`, `kaohe scheduler run`), then try again."
    )


def backup_path(target: Path, name: str) -> Path:
    """The path for a new backup: `target`, or a file with this name if `target` is a folder.

    Raises BackupFileExists.
    """
    path = target / name if target.is_dir() else target
    if path.exists() or path.is_symlink():
        raise BackupFileExists(path=path)
    return path


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path`. It is deleted after the `with`, unless it was renamed. Raises BackupNotWritten."""
    temporary = private_files.temporary_beside(path)
    try:
        private_files.make_folder(path.parent)
        private_files.create(temporary)
        yield temporary
    except OSError as error:
        raise BackupNotWritten(path=path, why=error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def file_when_complete(path: Path) -> Iterator[Path]:
    """An empty file for the caller to fill. It gets the name `path` if the `with` ends without an error.

    Raises BackupFileExists and BackupNotWritten.
    """
    with temporary_file(path) as temporary:
        yield temporary
        private_files.sync(temporary)
        try:
            os.link(temporary, path)
        except FileExistsError as error:
            raise BackupFileExists(path=path) from error
        private_files.sync(path.parent)


def snapshot(database: Database, file: Path) -> None:
    """Copy the whole database, from one snapshot, into the empty `file`. Raises StorageError."""
    connection = database.connect()
    try:
        with database.driver_errors:
            connection.execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()


@contextmanager
def exclusive_access(path: Path) -> Iterator[None]:
    """During the `with` nobody else has the database at `path` open, and nobody can open it for writing.

    Raises DatabaseInUse.
    """
    lock = os.open(lock_file(path), os.O_RDWR | os.O_CREAT, private_files.OWNER)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseInUse(database=path, who="kaohe") from None
        if _is_sqlite(path):
            _fold_journals(path)
        yield
    finally:
        os.close(lock)


def _is_sqlite(path: Path) -> bool:
    """Whether the file is an SQLite database. SQLite would delete the journals of any other file."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except FileNotFoundError:
        return False


def _fold_journals(path: Path) -> None:
    """Write the content of the journals into the file, under an exclusive lock. Raises DatabaseInUse.

    A damaged file keeps its journals, and `put_in_place` renames them with it.
    """
    connection = None
    try:
        connection = DRIVER.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=1, isolation_level=None)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    except DRIVER.Error as error:
        if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in (5, 6):
            raise DatabaseInUse(database=path, who="SQLite") from error
    finally:
        if connection is not None:
            connection.close()


def put_in_place(copy: Path, path: Path, now: datetime) -> Path | None:
    """Replace the database at `path` by the file `copy`, which must be in the same folder.

    Returns the new path of the old database, or None if there was none. The caller must have `exclusive_access`. Raises
    BackupNotWritten; then the old database is still at `path`.
    """
    old = _unused_path(path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}"))
    try:
        private_files.sync(copy)
        # SQLite would replay the old journals into the new file, so they must go. First all of them are linked to the
        # new name of the old database, and only then deleted: if the process is killed in between, the old database has
        # its journals under one name or the other.
        for suffix in ("", *JOURNAL_SUFFIXES):
            with suppress(FileNotFoundError):
                os.link(_with_suffix(path, suffix), _with_suffix(old, suffix))
        private_files.sync(path.parent)
        for suffix in JOURNAL_SUFFIXES:
            _with_suffix(path, suffix).unlink(missing_ok=True)
        private_files.sync(path.parent)
        copy.replace(path)
        private_files.sync(path.parent)
    except OSError as error:
        raise BackupNotWritten(path=path, why=error.strerror or str(error)) from error
    return old if old.exists() else None


def _unused_path(path: Path) -> Path:
    """This path, or the path with `-2`, `-3` … if a restore that was killed in the same second has used it."""
    candidates = (_with_suffix(path, f"-{number}" if number > 1 else "") for number in count(1))
    suffixes = ("", *JOURNAL_SUFFIXES)
    return next(one for one in candidates if not any(_with_suffix(one, suffix).exists() for suffix in suffixes))


def _with_suffix(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
