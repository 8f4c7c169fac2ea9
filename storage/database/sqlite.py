"""What is particular to SQLite: which one, which journal, how a connection is prepared.

Not here: PostgreSQL (`postgres.py`), and whatever is the same on both (`database.py`).
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


def driver() -> Any:
    """`pysqlite3` with its own, recent SQLite where there is a wheel of it, else the standard library's."""
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
    """The journal for a version of SQLite.

    3.7.0 to 3.51.2 can corrupt a write-ahead log that two connections write. NORMAL is never chosen: with a
    write-ahead log it acknowledges a commit before the disk has it.
    """
    if version >= (3, 51, 3):
        return JournalMode("wal", "FULL", "write-ahead log; safe from SQLite 3.51.3 on")
    return JournalMode(
        "delete", "EXTRA", "rollback journal, because SQLite before 3.51.3 can corrupt a write-ahead log"
    )


def engine(path: str, *, mode: str, patience: float) -> Engine:
    """An engine over the file at `path`. `mode` is SQLite's: `ro`, `rw` (must exist) or `rwc` (may be made).

    `patience` is how many seconds a connection waits for the transaction. Transactions are begun explicitly (`begin`).
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
    """Let `made` begin its transactions with `statement`, and do `then`: Python's driver would begin them late and deferred."""

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(statement)
        if then is not None:
            then()

    event.listen(made, "begin", begun)


def set_up(connection: Any, *, read_only: bool) -> None:
    """Set a fresh connection up. Errors are the driver's own."""
    connection.isolation_level = None
    journal = journal_for(DRIVER.sqlite_version_info)
    if not read_only and connection.execute("PRAGMA journal_mode").fetchone()[0] != journal.mode:
        connection.execute(f"PRAGMA journal_mode={journal.mode}")
    connection.execute(f"PRAGMA synchronous={journal.synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")
    connection.execute("PRAGMA secure_delete=ON")
    if not read_only:
        sync_folder(connection)


def sync_folder(connection: Any) -> None:
    """Bring the names of the database and of its write-ahead log to the disk. StorageError where that fails.

    SQLite syncs the folder when it makes these files and ignores that it failed (`unixSync`), so after a power cut a commit that
    was acknowledged could lie in a file without a name. The files stay as long as this connection does.
    """
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    try:
        private_files.sync(Path(file).parent)
    except OSError as error:
        raise StorageError(why=f"fsync {error.strerror}") from error


def lock_file(path: Path) -> Path:
    """The file whose lock says that somebody has the database open, by whatever name; it is empty, and stays."""
    file = path.resolve()
    return file.with_name(file.name + ".lock")


def lock_against_restore(path: Path) -> int | None:
    """Lock the database as open until the returned descriptor is closed. StorageBusy while it is being restored.

    The lock is on a file of its own: closing any descriptor of the database file would release SQLite's locks (POSIX). None
    where no lock is possible: another user's folder, a file system without locks.
    """
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
