"""One institution's database, SQLite or PostgreSQL: opened, made, read and written in transactions.

The differences between the two live here, in `sqlite.py` and in `postgres.py`. Nothing here knows what is in the
tables. Many threads may use a `Database`; it must not be carried across a fork.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self
from weakref import finalize

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from states.vocabulary import Text
from storage import private_files
from storage.errors import (
    NEWER_SCHEMA,
    NO_SCHEMA,
    OLDER_SCHEMA,
    BadDatabaseUrl,
    SchemaMissing,
    StorageBusy,
    StorageError,
)
from storage.master_key import MasterKey, UnusableMasterKey

from . import postgres, sqlite
from .deadline import WaitDeadline
from .driver_errors import DriverErrors
from .lock_holder import LockHolderFile
from .malformed import EMPTY, ForeignDatabaseFile, damaged_file, inaccessible_file
from .prepared import Prepared, StatementBuilder

PATIENCE = 10.0
"""Seconds to wait for a lock before `StorageBusy`. Every other limit is a multiple of it (`postgres.py`)."""

BRIEF_PATIENCE = 0.2
"""Seconds to wait for a write that a page makes while it reads, and that can be left out (that a session was used)."""


_PREPARED: dict[tuple[StatementBuilder, str], Prepared] = {}


class Database:
    """An open database. Made by `open` or `create`; `close` it, or use it in a `with`.

    - `dialect`: "sqlite" or "postgresql".
    - `url`: its address without the password. `address`: with it, for another process of ours and never for a log.
    - `file`: the path of an SQLite database, else empty.
    - `key`: the master key, set by `vault.use_key`; the error why it cannot be used; or None where there is none.
    - `is_encrypted`: the personal columns are encrypted, so plain text in them was written by somebody else.
    """

    def __init__(self, url: URL, *, mode: str, patience: float = PATIENCE) -> None:
        self.url = url.render_as_string(hide_password=True)
        self.address = url.render_as_string(hide_password=False)
        self.dialect = url.get_backend_name()
        self.read_only = mode == "ro"
        self.file = str(url.database) if self.dialect == "sqlite" else ""
        self.driver_errors = DriverErrors(self.file)
        self._open = None if mode == "ro" or not self.file else sqlite.lock_against_restore(Path(self.file))
        self._engine = _engine(url, mode, patience)
        # Without `close`, as after an error in this method, the sessions at the server are ended as well.
        finalize(self, _dispose, self._engine).atexit = False
        self.patience = patience
        self.lock_holder = LockHolderFile(Path(str(url.database)).resolve()) if self.dialect == "sqlite" else None
        self._readers, self._writers = _transactions(self._engine, self.lock_holder, self.read_only)
        self.key: MasterKey | UnusableMasterKey | None = None
        self.is_encrypted = False

    @classmethod
    def open(cls, url: str, *, read_only: bool = False, patience: float = PATIENCE) -> Database:
        """Open a database that exists. BadDatabaseUrl; SchemaMissing unless its schema is this release's."""
        address = parse_url(url)
        if address.get_backend_name() == "sqlite":
            _check_file(Path(str(address.database)))
        database = cls(address, mode="ro" if read_only else "rw", patience=patience)
        try:
            database.check_schema()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def create(cls, url: str, *, patience: float = PATIENCE) -> Database:
        """Open a database, and first make it or migrate it to this release.

        Safe to repeat, and in several processes at once.
        """
        address = parse_url(url)
        if address.get_backend_name() == "sqlite":
            # SQLite would make the file with the mode that the umask allows. Its journals take the mode of the file.
            with suppress(OSError):
                private_files.create(Path(str(address.database)))
        database = cls(address, mode="rwc", patience=patience)
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database

    def migrate(self) -> None:
        """Migrate the schema to this release's, in one transaction. SchemaMissing if it is a later release's."""
        with self.writing() as connection, ExitStack() as stack:
            if self.dialect == "postgresql":
                stack.enter_context(postgres.without_time_limit(connection))
                # Several processes may start at once on an empty database: one migrates, the others wait here. There is
                # no table yet whose row could be locked. SQLite's BEGIN IMMEDIATE is such a lock already.
                connection.execute(text("SELECT pg_advisory_xact_lock(5261770823)"))
                postgres.make_schema(connection)
            current = revision(connection)
            if current not in (None, *known_revisions()):
                raise SchemaMissing(state="newer", why=NEWER_SCHEMA)
            if current is None and self.dialect == "sqlite" and sqlite.has_tables(connection):
                raise ForeignDatabaseFile(file=self.file)
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check_schema(self) -> None:
        """SchemaMissing unless the schema is exactly this release's."""
        with self.reading() as connection:
            current = revision(connection)
            foreign = current is None and self.dialect == "sqlite" and sqlite.has_tables(connection)
        if foreign:
            raise ForeignDatabaseFile(file=self.file)
        if current is None:
            raise SchemaMissing(state="none", why=NO_SCHEMA)
        if current not in known_revisions():
            raise SchemaMissing(state="newer", why=NEWER_SCHEMA)
        if current != known_revisions()[0]:
            raise SchemaMissing(state="older", why=OLDER_SCHEMA)

    @property
    def journal(self) -> str:
        """One line for `kaohe doctor`: which database, and how it makes a commit durable."""
        with self.cursor() as cursor:
            return sqlite.describe(cursor) if self.dialect == "sqlite" else postgres.describe(cursor)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A SQLAlchemy connection in a read-only transaction: one snapshot, taken at its first statement."""
        with self.driver_errors, self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, patience: float | None = None) -> Iterator[Connection]:
        """A SQLAlchemy connection in a write transaction, for tables that are not the ledger's.

        On SQLite this is the same lock as the ledger transaction's: do not open one inside the other. It waits for
        locks for `patience` seconds; without, for the database's. StorageBusy.
        """
        try:
            with (
                self.driver_errors,
                self._writers.connect() as connection,
                self._with_patience(connection, patience),
                connection.begin(),
            ):
                if patience is not None and self.dialect == "postgresql":
                    connection.exec_driver_sql(postgres.local({"lock_timeout": int(1000 * patience)}))
                yield connection
        except StorageBusy:
            self.end_frozen_writer()
            raise

    @contextmanager
    def _with_patience(self, connection: Connection, patience: float | None) -> Iterator[None]:
        """Set SQLite's timeout for the `with`: it belongs to the connection, not to the transaction."""
        driver: Any = connection.connection.driver_connection
        change = patience is not None and self.dialect == "sqlite"
        if change:
            driver.execute(f"PRAGMA busy_timeout = {int(1000 * (patience or 0))}")
        try:
            yield
        finally:
            if change:
                driver.execute(f"PRAGMA busy_timeout = {int(1000 * self.patience)}")

    def deadline(self) -> WaitDeadline:
        """How long one piece of work may wait for the transaction, from now on."""
        return WaitDeadline(self.patience)

    def end_frozen_writer(self) -> None:
        """After waiting in vain: end a writer that neither goes on nor ends, so that the next attempt succeeds.

        That fences it off as well: when it wakes up, its transaction is gone and its write fails. WriterFrozen where it
        cannot be ended.
        """
        if self.lock_holder is not None:
            self.lock_holder.end_frozen(postgres.SILENCE * self.patience)
        else:
            with suppress(StorageError), self.cursor() as cursor:
                postgres.end_silent(cursor, self.patience)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A driver's cursor on a pooled connection in autocommit, for `Prepared` statements that read.

        Errors are ours.
        """
        with self.driver_errors:
            connection = self._engine.raw_connection()
            try:
                yield connection.cursor()
            finally:
                connection.close()

    def connect(self) -> Any:
        """A driver's connection in autocommit, outside the pool, for the caller alone. The caller closes it."""
        with self.driver_errors:
            pooled = self._engine.raw_connection()
            pooled.detach()
            return pooled.dbapi_connection

    def prepare(self, builder: StatementBuilder) -> Prepared:
        """The statement that `builder` makes, compiled for databases of this kind.

        Cached by the builder, so it must be a module's function.
        """
        # For the process and not for one database: the SQL depends on the dialect alone, and a process that opens many
        # databases (a drill, the demonstration, the tests) would compile the same statements for each.
        key = builder, self.dialect
        if key not in _PREPARED:
            _PREPARED[key] = Prepared(builder(self.dialect), self._engine.dialect)
        return _PREPARED[key]

    def close(self) -> None:
        """Close every pooled connection: at once, or, where one is in use, when it is given back."""
        _dispose(self._engine)
        if self.lock_holder is not None:
            self.lock_holder.close()
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parse_url(url: str) -> URL:
    """A database url: `postgresql://…`, `sqlite:///path` or a plain path to a file. BadDatabaseUrl for anything else."""
    try:
        address = make_url(url) if "://" in url else URL.create("sqlite", database=url)
        if address.drivername == "postgres":
            address = address.set(drivername="postgresql")
        backend = address.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseUrl(url=url.partition("://")[0] + "://…", why=_UNREADABLE) from error
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseUrl(url=address.render_as_string(), why=_BACKEND)
    if backend == "sqlite" and (not address.database or address.database.startswith((":", "file:"))):
        raise BadDatabaseUrl(url=address.render_as_string(), why=_NO_FILE)
    return address


def _dispose(engine: Engine) -> None:
    """Close the engine's connections. One that another thread is using is closed when that thread gives it back."""
    # SQLAlchemy would put it back into the pool that was just emptied, where it stays open until it is collected.
    event.listen(engine.pool, "checkin", lambda _connection, record: record.invalidate())
    engine.dispose()


def _check_file(path: Path) -> None:
    """Check the file before SQLite opens it.

    SQLite turns an empty file into a database, and does not say that a file is missing.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise SchemaMissing(state="none", why=NO_SCHEMA) from None
    except OSError:
        raise inaccessible_file(path) from None
    if not path.is_file():
        raise inaccessible_file(path)
    if not size:
        raise damaged_file(str(path), EMPTY)


def alembic_config() -> Config:
    """Alembic's configuration without a file.

    The migrations are found from this module, whatever the current folder is.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def known_revisions() -> tuple[str, ...]:
    """Every revision this release knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None if it has none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def _engine(url: URL, mode: str, patience: float) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            return sqlite.engine(str(url.database), mode=mode, patience=patience)
        return postgres.engine(url, read_only=mode == "ro", patience=patience)
    except ImportError as error:
        raise StorageError(why=str(error)) from error


def _transactions(engine: Engine, lock_holder: LockHolderFile | None, read_only: bool) -> tuple[Engine, Engine]:
    """Two views of one pool: transactions that read one snapshot, and transactions that write."""
    if lock_holder is not None:
        readers, writers = engine.execution_options(), engine.execution_options()
        sqlite.begin(readers, "BEGIN")
        sqlite.begin(writers, "BEGIN IMMEDIATE", lock_holder.record)
        return readers, writers
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    # READ COMMITTED for writing: a writer that waited for a row lock must then see what the holder wrote. Under
    # REPEATABLE READ it would fail instead (SQLSTATE 40001) and have to begin again. `postgresql_readonly` is always
    # given: without it SQLAlchemy sends READ WRITE, which overrules the session's default.
    writers = engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=read_only)
    postgres.begin(readers)
    postgres.begin(writers)
    return readers, writers


_UNREADABLE = Text(zh="无法读懂", en="it cannot be read")
_BACKEND = Text(zh="只支持 SQLite 和 PostgreSQL", en="only SQLite and PostgreSQL are supported")
_NO_FILE = Text(zh="请给出 SQLite 文件的路径", en="name the path of an SQLite file")
