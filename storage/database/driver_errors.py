"""The one place where an error of a driver or of SQLAlchemy becomes one of ours."""

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
"""WRITE, FSYNC, DIR_FSYNC, TRUNCATE, SHMSIZE: how a full disk (and a failing one) shows on some file systems."""
_INDEX = 64 * 1024
"""Bytes: twice what the first part of the index of a write-ahead log needs."""

# PostgreSQL's SQLSTATE, the longest prefix first.
_POSTGRES: tuple[tuple[str, type[StorageError]], ...] = (
    ("53100", StorageFull),
    ("53", StorageBusy),
    ("55P03", StorageBusy),
    ("57014", StorageBusy),  # statement_timeout: it was rolled back
    ("40", StorageBusy),
    ("25006", ReadOnly),
    ("23", Conflict),
    ("08", ConnectionLost),
    ("57P", ConnectionLost),
    ("25P03", ConnectionLost),
)


class DriverErrors:
    """A `with` in which every error of a driver or of SQLAlchemy is raised as a `StorageError`. `file`: SQLite's, for the sentence.

    A class because the pen passes through several for each command, and a generator costs five times as much.
    """

    def __init__(self, file: str = "") -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, (SQLAlchemyError, psycopg.Error, DRIVER.Error)):
            raise translate(error, self._file) from error


def unreachable(error: psycopg.Error) -> DatabaseUnreachable:
    """What an error while a connection was made amounts to, whatever it says: nothing was sent."""
    return DatabaseUnreachable(why=_line(error))


def translate(error: BaseException, file: str = "") -> StorageError:
    """The `StorageError` an error of a driver (or of SQLAlchemy around it) amounts to."""
    cause: Any = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
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
        return StorageFull(why=_line(error))
    if "no such table" in str(error):
        return SchemaMissing(state="none", why=NO_SCHEMA)
    if (fault := translate_file_error(error, file)) is not None:
        return fault
    return _SQLITE.get(code & 0xFF, StorageError)(why=_line(error) if code else type(error).__name__)


def _is_full(file: str) -> bool:
    """Whether there is no room beside the file: SQLite does not say so where it cannot make the index of its write-ahead log."""
    try:
        disk = os.statvfs(Path(file).absolute().parent)
    except OSError:
        return False
    return bool(file) and disk.f_bavail * disk.f_frsize < _INDEX


def _postgres(error: psycopg.Error) -> StorageError:
    state = error.sqlstate or ""
    if state == "42P01":
        return SchemaMissing(state="none", why=NO_SCHEMA)
    kind = next((fault for prefix, fault in _POSTGRES if state.startswith(prefix)), None)
    if kind is None and not state and isinstance(error, psycopg.OperationalError):
        kind = ConnectionLost
    return (kind or StorageError)(why=_said(error))


def _said(error: psycopg.Error) -> str:
    """What may be passed on of an error of PostgreSQL: class 22, and the driver's own of a value, quote the value."""
    state = error.sqlstate or ""
    quotes = state.startswith("22") or (not state and not isinstance(error, psycopg.OperationalError))
    return f"{type(error).__name__} {state}".rstrip() if quotes else _line(error)


def _line(error: BaseException) -> str:
    """The first line of a message: drivers add the statement, and PostgreSQL the row (DETAIL), which is nobody's business here."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
