"""A whole SQLite database copied while others write, and put in the place of another. PostgreSQL: `dumps.py`.

A copy is one snapshot (VACUUM INTO). With a write-ahead log nobody waits for it; with a rollback journal a commit waits
until it is made. It has no free pages, so nothing that was erased is in it. Copying the file itself would do neither: a
copy made during a commit is damaged, and the free pages go with it.

A kill does no harm. Every name changes by one rename or link, so the database at its name is the whole old one or the
whole new one.
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

JOURNALS = ("-wal", "-shm", "-journal")


class BackupFileExists(UserError):
    """There is a file of that name, and no file is overwritten. Details: `path`."""

    zh = "{path} 已存在，不予覆盖。请换一个文件名，或给出文件夹，由本程序命名。"
    en = (
        "{path} is there already and is not written over. Name another file, or a folder: the file then gets a name "
        "by itself."
    )


class BackupNotWritten(UserError):
    """The file system refused a step; the database at its name is unchanged. Details: `path`, `why`."""

    zh = "无法写入 {path}（{why}），原数据库未变。请检查磁盘和权限后重试。"
    en = (
        "{path} cannot be written ({why}); the database is as it was. Check the disk and its permissions, then try "
        "again."
    )


class DatabaseInUse(UserError):
    """Somebody has the database open. Details: `database`, `who`."""

    zh = "{database} 正被使用（{who}），没有恢复，原数据库未变。请先停止网页和定时服务（kaohe serve、kaohe scheduler run），再重试。"
    en = (
        "{database} is in use ({who}). Nothing was restored, and the database has not changed. First stop the pages "
        "and the scheduler (`kaohe serve`, `kaohe scheduler run`), then try again."
    )


def new_file(to: Path, name: str) -> Path:
    """The path for a backup: `to`, or a file of this name in the folder `to`. BackupFileExists."""
    path = to / name if to.is_dir() else to
    if path.exists() or path.is_symlink():
        raise BackupFileExists(path=path)
    return path


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, deleted after the `with` unless it was renamed. BackupNotWritten."""
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
    """An empty file to be filled, which becomes `path` if the `with` ends without an error.

    BackupFileExists, BackupNotWritten.
    """
    with temporary_file(path) as temporary:
        yield temporary
        private_files.sync(temporary)
        try:
            os.link(temporary, path)
        except FileExistsError as error:
            raise BackupFileExists(path=path) from error
        private_files.sync(path.parent)


def snapshot(database: Database, into: Path) -> None:
    """Copy everything, as of one moment, into the empty file `into`. StorageError."""
    connection = database.connect()
    try:
        with database.driver_errors:
            connection.execute("VACUUM INTO ?", (str(into),))
    finally:
        connection.close()


@contextmanager
def exclusive_access(path: Path) -> Iterator[None]:
    """Within the `with` nobody else has the database at `path` open, or can open it for writing. DatabaseInUse."""
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
    """Whether SQLite recognises the file. It would delete the journals of a file that it does not recognise."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except FileNotFoundError:
        return False


def _fold_journals(path: Path) -> None:
    """Write what is in the journals into the file, under an exclusive lock. DatabaseInUse.

    A damaged file keeps its journals: they are set aside with it.
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


def put_in_place(copied: Path, path: Path, now: datetime) -> Path | None:
    """Put the file `copied`, which is in the same folder, in the place of the database at `path`.

    Returns the new path of the old one, if there was one.

    Only under `exclusive_access`. BackupNotWritten; then the database at its name is the old one.
    """
    aside = _unused(path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%SZ}"))
    try:
        private_files.sync(copied)
        # SQLite would replay the old journals into the new file. So they are linked to the old file's new name, all of
        # them before any is deleted: a kill in between leaves the old database with its journals under one name or the
        # other.
        for end in ("", *JOURNALS):
            with suppress(FileNotFoundError):
                os.link(path.with_name(path.name + end), aside.with_name(aside.name + end))
        private_files.sync(path.parent)
        for end in JOURNALS:
            path.with_name(path.name + end).unlink(missing_ok=True)
        private_files.sync(path.parent)
        copied.replace(path)
        private_files.sync(path.parent)
    except OSError as error:
        raise BackupNotWritten(path=path, why=error.strerror or str(error)) from error
    return aside if aside.exists() else None


def _unused(path: Path) -> Path:
    """This path, or with `-2`, `-3` … after it: a restore that was killed in the same second has used it."""
    numbered = (path.with_name(path.name + (f"-{number}" if number > 1 else "")) for number in count(1))
    return next(one for one in numbered if not any(one.with_name(one.name + end).exists() for end in ("", *JOURNALS)))
