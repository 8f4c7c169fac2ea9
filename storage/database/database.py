"""One institution's database, SQLite or PostgreSQL: opens, makes or migrates it, and has its transactions.

This module chooses between `sqlite.py` and `postgres.py`, which contain the differences between the two. None of the
three knows the tables. Many threads may use one `Database`, but a forked process must not use its parent's. Also here:
the parsing of a database's URL (`parse_url`), and the revisions of the schema.
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
from .driver_errors import DriverErrors
from .lock_holder import LockHolderFile
from .malformed import EMPTY_FILE, ForeignDatabaseFile, damaged_file, inaccessible_file
from .prepared import PreparedStatement, StatementBuilder
from .wait_deadline import WaitDeadline

PATIENCE = 10.0
"""Seconds to wait for a lock before `StorageBusy` is raised. Other time limits are multiples of it (`postgres.py`)."""

BRIEF_PATIENCE = 0.2
"""Seconds to wait for a lock for a minor write of a request that only reads.

Such a write is the time when a session was last used, or a count of calls. The request can do without it.
"""


_PREPARED: dict[tuple[StatementBuilder, str], PreparedStatement] = {}
"""The compiled statements of this process, by builder and dialect."""


class Database:
    """An open database. Made by `open` or `create`. `close` it, or use it in a `with`.

    - `dialect`: "sqlite" or "postgresql".
    - `read_only`: it was opened for reading.
    - `url`: the URL without the password. `address`: the URL with it, for another process of ours and never for a log.
    - `file`: the path of an SQLite database, else empty.
    - `driver_errors`: a `with` that translates the driver's errors into `StorageError`.
    - `patience`: seconds to wait for a lock.
    - `key`: the master key, which `vault.use_key` sets; or the error why it cannot be used; or None if there is no key.
    - `is_encrypted`: the personal columns are encrypted, so plain text in them was written by somebody else.
    - `lock_holder`: the record of who holds the write lock; None for PostgreSQL.
    """

    def __init__(self, url: URL, *, mode: str, patience: float = PATIENCE) -> None:
        self.url = url.render_as_string(hide_password=True)
        self.address = url.render_as_string(hide_password=False)
        self.dialect = url.get_backend_name()
        self.read_only = mode == "ro"
        self.file = str(url.database) if self.dialect == "sqlite" else ""
        self.driver_errors = DriverErrors(self.file)
        is_lockable = mode != "ro" and bool(self.file)
        self._restore_lock = sqlite.lock_against_restore(Path(self.file)) if is_lockable else None
        self._engine = _make_engine(url, mode, patience)
        # This also ends the sessions at the server if `close` is never called, as after an error in this method.
        finalize(self, _dispose, self._engine).atexit = False
        self.patience = patience
        self.lock_holder = LockHolderFile(Path(str(url.database)).resolve()) if self.dialect == "sqlite" else None
        self._read_engine, self._write_engine = _transaction_engines(self._engine, self.lock_holder, self.read_only)
        self.key: MasterKey | UnusableMasterKey | None = None
        self.is_encrypted = False

    @classmethod
    def open(cls, url: str, *, read_only: bool = False, patience: float = PATIENCE) -> Database:
        """Open an existing database.

        Raises BadDatabaseUrl, and SchemaMissing if its schema has another revision than this release. An SQLite
        file that cannot be used raises one of the errors of `malformed.py`.
        """
        database_url = parse_url(url)
        if database_url.get_backend_name() == "sqlite":
            _check_file(Path(str(database_url.database)))
        database = cls(database_url, mode="ro" if read_only else "rw", patience=patience)
        try:
            database.check_schema()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def create(cls, url: str, *, patience: float = PATIENCE) -> Database:
        """Open a database, and first make it, or migrate it to this release.

        It may be called again, and by several processes at once. Raises the errors of `open`.
        """
        database_url = parse_url(url)
        if database_url.get_backend_name() == "sqlite":
            # SQLite would make a file that others may read, if the umask allows it. Its journals get the file's mode.
            with suppress(OSError):
                private_files.create(Path(str(database_url.database)))
        database = cls(database_url, mode="rwc", patience=patience)
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database

    def migrate(self) -> None:
        """Migrate the schema to this release, in one transaction.

        Raises SchemaMissing if a later release made the schema, and ForeignDatabaseFile for another program's file.
        """
        with self.writing() as connection, ExitStack() as stack:
            if self.dialect == "postgresql":
                stack.enter_context(postgres.without_time_limit(connection))
                # Several processes may start at once on an empty database. One migrates, and the others wait here. An
                # advisory lock, because there is no row to lock yet. On SQLite, BEGIN IMMEDIATE is such a lock already.
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
        """Raises SchemaMissing unless the schema has the revision of this release.

        Only the recorded revision is compared; `storage/schema/` compares the tables. Raises ForeignDatabaseFile for
        another program's file.
        """
        with self.reading() as connection:
            current = revision(connection)
            is_foreign = current is None and self.dialect == "sqlite" and sqlite.has_tables(connection)
        if is_foreign:
            raise ForeignDatabaseFile(file=self.file)
        if current is None:
            raise SchemaMissing(state="none", why=NO_SCHEMA)
        if current not in known_revisions():
            raise SchemaMissing(state="newer", why=NEWER_SCHEMA)
        if current != known_revisions()[0]:
            raise SchemaMissing(state="older", why=OLDER_SCHEMA)

    @property
    def description(self) -> str:
        """One line for `kaohe doctor`: the kind and version of the database, and how it makes a commit durable."""
        with self.cursor() as cursor:
            return sqlite.describe(cursor) if self.dialect == "sqlite" else postgres.describe(cursor)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A SQLAlchemy connection in a read-only transaction. It sees one snapshot, taken at its first statement."""
        with self.driver_errors, self._read_engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, patience: float | None = None) -> Iterator[Connection]:
        """A SQLAlchemy connection in a write transaction, for all tables except the ledger's.

        On SQLite it takes the same lock as the ledger's transaction, so never open one within the other. `patience`:
        seconds to wait for a lock; None: the database's `patience`. Raises StorageBusy after that time.
        """
        try:
            with (
                self.driver_errors,
                self._write_engine.connect() as connection,
                self._with_busy_timeout(connection, patience),
                connection.begin(),
            ):
                if patience is not None and self.dialect == "postgresql":
                    connection.exec_driver_sql(postgres.set_local({"lock_timeout": int(1000 * patience)}))
                yield connection
        except StorageBusy:
            self.end_frozen_writer()
            raise

    def lock(self, connection: Connection, name: str) -> None:
        """Make every other transaction that locks this name wait until the transaction of `connection` ends.

        On SQLite a transaction that writes has the only lock already.
        """
        if self.dialect == "postgresql":
            postgres.lock(connection, name)

    @contextmanager
    def _with_busy_timeout(self, connection: Connection, patience: float | None) -> Iterator[None]:
        """Set SQLite's timeout during the `with`, and then set it back. On PostgreSQL, or with None, do nothing."""
        if patience is None or self.dialect != "sqlite":
            yield
            return
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {int(1000 * patience)}")
        try:
            yield
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(1000 * self.patience)}")

    def deadline(self) -> WaitDeadline:
        """The deadline for all lock waits of a write that begins now: `patience` seconds from now."""
        return WaitDeadline(self.patience)

    def end_frozen_writer(self) -> None:
        """After StorageBusy: end a writer that holds a lock but does not run, so that the next attempt succeeds.

        On SQLite it is a process, on PostgreSQL a session that sends nothing. This also keeps the frozen writer from
        writing: if it wakes up, its transaction does not exist any more and its write fails. On SQLite, raises
        WriterFrozen if the process cannot be ended.
        """
        if self.lock_holder is not None:
            self.lock_holder.end_frozen(postgres.SILENCE_FACTOR * self.patience)
        else:
            with suppress(StorageError), self.cursor() as cursor:
                postgres.end_silent(cursor, self.patience)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A driver's cursor on a pooled connection in autocommit, to read with a `PreparedStatement`.

        Raises StorageError for every error of the driver.
        """
        with self.driver_errors:
            connection = self._engine.raw_connection()
            try:
                yield connection.cursor()
            finally:
                connection.close()

    def connect(self) -> Any:
        """A driver's connection in autocommit, outside the pool, for the caller only. The caller must close it."""
        with self.driver_errors:
            connection = self._engine.raw_connection()
            connection.detach()
            return connection.dbapi_connection

    def prepare(self, builder: StatementBuilder) -> PreparedStatement:
        """The statement of `builder`, compiled for databases of this kind.

        It is cached by the builder, so the builder must be defined at module level.
        """
        # Cached for the process and not for one database: the SQL depends only on the dialect, and a process that opens
        # many databases (a drill, the demonstration, the tests) would compile the same statements for each.
        key = builder, self.dialect
        if key not in _PREPARED:
            _PREPARED[key] = PreparedStatement(builder(self.dialect), self._engine.dialect)
        return _PREPARED[key]

    def close(self) -> None:
        """Close every pooled connection. A connection in use is closed when it returns to the pool."""
        _dispose(self._engine)
        if self.lock_holder is not None:
            self.lock_holder.close()
        if self._restore_lock is not None:
            os.close(self._restore_lock)
            self._restore_lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parse_url(url: str) -> URL:
    """Parse the address of a database: `postgresql://…`, `sqlite:///path`, or the plain path of a file.

    Raises BadDatabaseUrl for anything else.
    """
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
    """Close the engine's connections. A connection in use is closed when it returns to the pool."""
    # Without this, SQLAlchemy would put it into the pool that was just emptied, where it stays open until the garbage
    # collector finds it.
    event.listen(engine.pool, "checkin", lambda _connection, record: record.invalidate())
    engine.dispose()


def _check_file(path: Path) -> None:
    """Check the file before SQLite opens it. Raises SchemaMissing if it is missing, and the errors of `malformed.py`.

    SQLite would turn an empty file into a database, and it does not report that a file is missing.
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
        raise damaged_file(str(path), EMPTY_FILE)


def alembic_config() -> Config:
    """Alembic's configuration, made without a file. It finds the migrations in any current folder."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def known_revisions() -> tuple[str, ...]:
    """Every revision that this release knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def revision(connection: Connection) -> str | None:
    """The recorded revision of a database's schema; None if it has no schema of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def _make_engine(url: URL, mode: str, patience: float) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            return sqlite.make_engine(str(url.database), mode=mode, patience=patience)
        return postgres.make_engine(url, read_only=mode == "ro", patience=patience)
    except ImportError as error:
        raise StorageError(why=str(error)) from error


def _transaction_engines(engine: Engine, lock_holder: LockHolderFile | None, read_only: bool) -> tuple[Engine, Engine]:
    """Two engines over one pool: for transactions that read one snapshot, and for transactions that write."""
    if lock_holder is not None:
        readers, writers = engine.execution_options(), engine.execution_options()
        sqlite.begin_transactions_with(readers, "BEGIN")
        sqlite.begin_transactions_with(writers, "BEGIN IMMEDIATE", lock_holder.record)
        return readers, writers
    readers = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    # READ COMMITTED for writing: a writer that waited for a row lock must see the rows that the holder wrote. Under
    # REPEATABLE READ it would fail instead (SQLSTATE 40001) and have to begin again. `postgresql_readonly` is always
    # stated: without it SQLAlchemy sends READ WRITE, which overrides the default of the session.
    writers = engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=read_only)
    postgres.begin_transactions_with_settings(readers)
    postgres.begin_transactions_with_settings(writers)
    return readers, writers


_UNREADABLE = Text(zh="无法读懂", en="it cannot be read")
_BACKEND = Text(zh="只支持 SQLite 和 PostgreSQL", en="only SQLite and PostgreSQL are supported")
_NO_FILE = Text(zh="请给出 SQLite 文件的路径", en="name the path of an SQLite file")
