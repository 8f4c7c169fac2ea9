"""What is particular to SQLite: which driver, which journal, how a connection is set up, who has the file open."""

from __future__ import annotations

import fcntl
import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from storage import private_files
from storage.errors import StorageBusy, StorageError


def driver() -> Any:
    """`pysqlite3`, which brings a recent SQLite, where there is a wheel of it; else the standard library's."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")


DRIVER: Any = driver()

Version = tuple[int, int, int]


@dataclass(frozen=True)
class JournalMode:
    """A journal mode, the `synchronous` that makes a commit durable under it, and why it was chosen."""

    mode: str
    synchronous: str
    why: str


def journal_for(version: Version) -> JournalMode:
    """The journal for a version of SQLite."""
    # 3.7.0 to 3.51.2 can corrupt a write-ahead log that two connections write (sqlite.org/wal.html). `synchronous` is
    # never NORMAL: with a write-ahead log that acknowledges a commit before the disk has it.
    if version >= (3, 51, 3):
        return JournalMode("wal", "FULL", "write-ahead log; safe from SQLite 3.51.3 on")
    return JournalMode(
        "delete", "EXTRA", "rollback journal, because SQLite before 3.51.3 can corrupt a write-ahead log"
    )


def engine(path: str, *, mode: str, patience: float) -> Engine:
    """An engine over the file at `path`. `mode` is SQLite's: `ro`, `rw` (must exist) or `rwc` (may be made).

    `patience` is how many seconds a connection waits for a lock. Transactions are begun explicitly (`begin`).
    """
    url = URL.create(
        "sqlite", database="file:" + quote(str(Path(path).absolute())), query={"mode": mode, "uri": "true"}
    )
    made = create_engine(
        url, module=DRIVER, connect_args={"timeout": patience, "check_same_thread": False}, pool_size=0
    )
    event.listen(made, "connect", lambda connection, _: set_up(connection, read_only=mode == "ro"))
    return made


def begin(made: Engine, statement: str, then: Callable[[], None] | None = None) -> None:
    """Let `made` begin its transactions with `statement`, and then call `then`."""
    # Python's driver begins a transaction by itself, with a plain BEGIN before the first write. For a reader that is
    # too late for one snapshot; for a writer BEGIN IMMEDIATE has to be first (`ledger/writer.py` says why).

    def send(connection: Connection) -> None:
        connection.exec_driver_sql(statement)
        if then is not None:
            then()

    event.listen(made, "begin", send)


def set_up(connection: Any, *, read_only: bool) -> None:
    """Set a new connection up. Errors are the driver's own."""
    connection.isolation_level = None
    journal = journal_for(DRIVER.sqlite_version_info)
    if not read_only and connection.execute("PRAGMA journal_mode").fetchone()[0] != journal.mode:
        connection.execute(f"PRAGMA journal_mode={journal.mode}")
    connection.execute(f"PRAGMA synchronous={journal.synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    # So that INSERT OR REPLACE fires the delete triggers that guard the ledger.
    connection.execute("PRAGMA recursive_triggers=ON")
    # Deleted bytes are overwritten with zeros: what was erased is not found in the file.
    connection.execute("PRAGMA secure_delete=ON")
    if not read_only:
        sync_folder(connection)


def sync_folder(connection: Any) -> None:
    """Sync the folder: the names of the database and of its write-ahead log are then on the disk. StorageError."""
    # SQLite syncs the folder when it makes these files, and ignores a failure (`unixSync`): after a power cut an
    # acknowledged commit could be in a file without a name. The files stay for as long as this connection is open.
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    try:
        private_files.sync(Path(file).parent)
    except OSError as error:
        raise StorageError(why=f"fsync {error.strerror}") from error


def lock_file(path: Path) -> Path:
    """The file whose lock says that the database is open, whatever name it was opened by.

    It is empty, and is never deleted.
    """
    file = path.resolve()
    return file.with_name(file.name + ".lock")


def lock_against_restore(path: Path) -> int | None:
    """Mark the database as open until the returned descriptor is closed. StorageBusy while it is being restored.

    None where no lock is possible: another user's folder, a file system without locks.
    """
    # On a file of its own: closing any descriptor of the database file would release SQLite's own locks on it (POSIX).
    try:
        lock = os.open(lock_file(path), os.O_RDWR | os.O_CREAT, private_files.OWNER)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise StorageBusy from error
        return None
    return lock


def has_tables(connection: Connection) -> bool:
    """Whether the file has any table."""
    return bool(connection.scalar(text("SELECT count(*) FROM sqlite_schema")))


def describe(connection: Any) -> str:
    """One line for `kaohe doctor`: which SQLite, which journal, and why."""
    journal = journal_for(DRIVER.sqlite_version_info)
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return (
        f"SQLite {DRIVER.sqlite_version} ({DRIVER.__name__.partition('.')[0]}), "
        f"journal_mode={mode}, synchronous={journal.synchronous}: {journal.why}"
    )
