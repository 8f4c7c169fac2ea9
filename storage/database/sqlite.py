"""The parts that are special to SQLite: driver, journal, the settings of a connection, the begin of transactions.

Also here: the lock against a restore, and the description for `kaohe doctor`.
"""

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


def load_driver() -> Any:
    """The driver: `pysqlite3`, which contains a recent SQLite, if it is installed; else the standard library's."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")


DRIVER: Any = load_driver()

Version = tuple[int, int, int]


@dataclass(frozen=True)
class JournalMode:
    """A journal mode, the setting `synchronous` that makes its commits durable, and the reason for the choice."""

    mode: str
    synchronous: str
    reason: str


def journal_for(version: Version) -> JournalMode:
    """The journal mode for a version of SQLite."""
    # Versions 3.7.0 to 3.51.2 can corrupt a write-ahead log that two connections write (sqlite.org/wal.html).
    # `synchronous` is never NORMAL, because with a write-ahead log NORMAL acknowledges a commit that is not on the
    # disk.
    if version >= (3, 51, 3):
        return JournalMode("wal", "FULL", "write-ahead log; safe from SQLite 3.51.3 on")
    return JournalMode(
        "delete", "EXTRA", "rollback journal, because SQLite before 3.51.3 can corrupt a write-ahead log"
    )


def make_engine(path: str, *, mode: str, patience: float) -> Engine:
    """An engine for the file at `path`. `mode` is SQLite's: `ro`, `rw` (the file must exist) or `rwc` (it may be made).

    `patience`: seconds that a connection waits for a lock. `begin_transactions_with` sets how transactions begin.
    """
    url = URL.create(
        "sqlite", database="file:" + quote(str(Path(path).absolute())), query={"mode": mode, "uri": "true"}
    )
    result = create_engine(
        url, module=DRIVER, connect_args={"timeout": patience, "check_same_thread": False}, pool_size=0
    )
    event.listen(result, "connect", lambda connection, _: configure_connection(connection, read_only=mode == "ro"))
    return result


def begin_transactions_with(engine: Engine, statement: str, callback: Callable[[], None] | None = None) -> None:
    """Make `engine` begin its transactions with `statement`, and then call `callback`."""
    # Python's driver begins a transaction by itself, with a plain BEGIN before the first write. A reader would then
    # have no snapshot, and a writer needs BEGIN IMMEDIATE (`ledger/writer.py` gives the reason).

    def send(connection: Connection) -> None:
        connection.exec_driver_sql(statement)
        if callback is not None:
            callback()

    event.listen(engine, "begin", send)


def configure_connection(connection: Any, *, read_only: bool) -> None:
    """Apply our settings to a new connection. Raises the driver's own errors, and StorageError (`sync_folder`)."""
    connection.isolation_level = None
    journal = journal_for(DRIVER.sqlite_version_info)
    if not read_only and connection.execute("PRAGMA journal_mode").fetchone()[0] != journal.mode:
        connection.execute(f"PRAGMA journal_mode={journal.mode}")
    connection.execute(f"PRAGMA synchronous={journal.synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    # With this, INSERT OR REPLACE fires the delete triggers that guard the ledger.
    connection.execute("PRAGMA recursive_triggers=ON")
    # Deleted bytes are overwritten with zeros, so erased data is no longer in the file.
    connection.execute("PRAGMA secure_delete=ON")
    if not read_only:
        sync_folder(connection)


def sync_folder(connection: Any) -> None:
    """Sync the folder, so that the names of the database and of its write-ahead log are on the disk.

    Raises StorageError if the system reports an error.
    """
    # SQLite syncs the folder when it makes these files, but it ignores a failure (`unixSync`). After a power failure an
    # acknowledged commit could then be in a file without a name. The files exist as long as this connection is open.
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    try:
        private_files.sync(Path(file).parent)
    except OSError as error:
        raise StorageError(why=f"fsync {error.strerror}") from error


def lock_file(path: Path) -> Path:
    """The lock file of a database: every process of ours that may write the database holds a lock on it.

    It is the same file for every path that leads to the database. It is empty and is never deleted.
    """
    file = path.resolve()
    return file.with_name(file.name + ".lock")


def lock_against_restore(path: Path) -> int | None:
    """Hold a shared lock on the lock file, so that no restore begins, until the returned descriptor is closed.

    None if no lock is possible: another user's folder, a file system without locks. Raises StorageBusy while the
    database is being restored.
    """
    # The lock is on a separate file. To close any descriptor of the database file would release SQLite's own locks on
    # it (POSIX).
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
    """Whether the file has any table or view, ours or another program's."""
    return bool(connection.scalar(text("SELECT count(*) FROM sqlite_schema")))


def describe(connection: Any) -> str:
    """One line for `kaohe doctor`: the version, the journal mode, and the reason for it."""
    journal = journal_for(DRIVER.sqlite_version_info)
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return (
        f"SQLite {DRIVER.sqlite_version} ({DRIVER.__name__.partition('.')[0]}), "
        f"journal_mode={mode}, synchronous={journal.synchronous}: {journal.reason}"
    )
