"""Translates the errors of drivers and of SQLAlchemy into the errors of `storage/errors.py`.

It classifies them by SQLite's codes and PostgreSQL's SQLSTATE. Not here: the errors of a database file
(`malformed.py`), and the errors of PostgreSQL's programs (`backup/dumps.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import (
    NO_SCHEMA,
    Conflict,
    ConnectionLost,
    DatabaseUnreachable,
    ReadOnly,
    SchemaMissing,
    StorageBusy,
    StorageError,
    StorageFull,
)

from .malformed import translate_file_error
from .sqlite import DRIVER

# SQLite's primary result codes (the low byte of the extended code).
_SQLITE: dict[int, type[StorageError]] = {
    5: StorageBusy,  # SQLITE_BUSY
    6: StorageBusy,  # SQLITE_LOCKED
    8: ReadOnly,  # SQLITE_READONLY
    13: StorageFull,  # SQLITE_FULL
    19: Conflict,  # SQLITE_CONSTRAINT, a trigger's refusal included
}
_SQLITE_IOERR = 10
_SQLITE_IOERR_FULL = frozenset({778, 1034, 1290, 1546, 4874})
"""WRITE, FSYNC, DIR_FSYNC, TRUNCATE, SHMSIZE. Some file systems report a full disk so, and also a failing disk."""
_INDEX_BYTES = 64 * 1024
"""Bytes: twice the first part of a write-ahead log's index (`-shm`)."""

# PostgreSQL's SQLSTATE (Appendix A of its manual) by prefix. The first match counts, so a longer prefix is above.
_POSTGRES: tuple[tuple[str, type[StorageError]], ...] = (
    ("53100", StorageFull),
    ("53", StorageBusy),
    ("55P03", StorageBusy),
    ("57014", StorageBusy),  # statement_timeout: the statement was rolled back
    ("40", StorageBusy),
    ("25006", ReadOnly),
    ("23", Conflict),
    ("08", ConnectionLost),
    ("57P", ConnectionLost),
    ("25P03", ConnectionLost),
)


class DriverErrors:
    """A `with` in which every error of a driver or of SQLAlchemy is raised as a `StorageError`.

    `file` is the path of an SQLite database, for the sentence of the error; else empty.
    """

    # A class and not a generator with @contextmanager: a ledger transaction enters several for each command, and a
    # generator costs five times as much as a class.

    def __init__(self, file: str = "") -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, (SQLAlchemyError, psycopg.Error, DRIVER.Error)):
            raise translate(error, self._file) from error


def unreachable_server(error: psycopg.Error) -> DatabaseUnreachable:
    """The error for a connection that could not be made. Nothing was sent, whatever the driver's error is."""
    return DatabaseUnreachable(why=_first_line(error))


def translate(error: BaseException, file: str = "") -> StorageError:
    """The `StorageError` for an error of a driver, or for an error of SQLAlchemy that wraps one."""
    cause: Any = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    # An aborted pipeline is a consequence. The error that aborted it is the context.
    if isinstance(cause, psycopg.errors.PipelineAborted) and isinstance(cause.__context__, psycopg.Error):
        cause = cause.__context__
    if isinstance(cause, PoolTimeout):
        return StorageBusy()
    if isinstance(cause, psycopg.Error):
        return _postgres(cause)
    if isinstance(cause, DRIVER.Error):
        return _sqlite(cause, file)
    return StorageError(why=type(cause).__name__)


def _sqlite(error: Any, file: str) -> StorageError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code & 0xFF == _SQLITE_IOERR and (code in _SQLITE_IOERR_FULL or _is_full(file)):
        return StorageFull(why=_first_line(error))
    if "no such table" in str(error):
        return SchemaMissing(state="none", why=NO_SCHEMA)
    if (file_error := translate_file_error(error, file)) is not None:
        return file_error
    return _SQLITE.get(code & 0xFF, StorageError)(why=_first_line(error) if code else type(error).__name__)


def _is_full(file: str) -> bool:
    """Whether the disk with the file is full.

    If SQLite has no space for the index of its write-ahead log, it reports only an I/O error.
    """
    try:
        disk = os.statvfs(Path(file).absolute().parent)
    except OSError:
        return False
    return bool(file) and disk.f_bavail * disk.f_frsize < _INDEX_BYTES


def _postgres(error: psycopg.Error) -> StorageError:
    state = error.sqlstate or ""
    if state == "42P01":
        return SchemaMissing(state="none", why=NO_SCHEMA)
    kind = next((error_class for prefix, error_class in _POSTGRES if state.startswith(prefix)), None)
    if kind is None and not state and isinstance(error, psycopg.OperationalError):
        kind = ConnectionLost
    return (kind or StorageError)(why=_public_part(error))


def _public_part(error: psycopg.Error) -> str:
    """The part of a PostgreSQL error that people may see.

    Errors of class 22, and the driver's own errors about a value, quote the value. Of them only the name is public.
    """
    state = error.sqlstate or ""
    quotes_value = state.startswith("22") or (not state and not isinstance(error, psycopg.OperationalError))
    return f"{type(error).__name__} {state}".rstrip() if quotes_value else _first_line(error)


def _first_line(error: BaseException) -> str:
    """The first line of a message.

    The other lines contain the statement, and in PostgreSQL the row (DETAIL), which may be personal.
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0]
