"""The one connection a ledger writes through: opens a transaction with the head locked, writes all, commits.

A `Writer` knows round trips and failures, not what an entry is. On PostgreSQL opening is one round trip and
writing with its COMMIT another (psycopg's pipeline); SQLite has none. Whatever fails at writing costs the
connection: a failed sync is never retried, and a commit whose answer was lost is looked up, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any
from weakref import finalize

import msgspec

from storage.database import postgres
from storage.database.database import Database
from storage.database.deadline import WaitDeadline
from storage.database.prepared import Prepared
from storage.errors import ReadOnly, StorageBusy, StorageError

from . import statements

Batch = tuple[Prepared, list[tuple[Any, ...]]]
"""A statement and the rows it is run with."""

OpenedTransaction = tuple[tuple[int, str, str | None], list[tuple[str, int, int]]]
"""The head's row; id, first and last entry of the commands answered before."""


class Writer:
    """A connection of its own, made when first needed and again after it failed. One thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._postgres = database.dialect == "postgresql"
        self._connection: Any = None
        self._cursor: Any = None
        self._dropped: finalize[..., Writer]
        self._lock_head = database.prepare(statements.lock_head)
        self._answer = database.prepare(statements.answer)
        self._answers = database.prepare(statements.answers)

    @property
    def connected(self) -> bool:
        """Whether the connection stands; False before the first use and after a failure."""
        return self._connection is not None

    def connect(self) -> None:
        """Make the connection. ReadOnly for a database opened for reading."""
        if self._database.read_only:
            raise ReadOnly
        self._connection = self._database.connect()
        if self._postgres:
            self._connection.answer_within = (1 + postgres.GRACE) * self._database.patience
        self._cursor = self._connection.cursor()
        self._dropped = finalize(self, self._connection.close)  # where nobody calls `close`
        self._dropped.atexit = False

    def begin(self, command_ids: Sequence[str], deadline: WaitDeadline) -> OpenedTransaction:
        """Take the lock before the deadline. The head's row, and the answers already given to these commands.

        Errors are ours, StorageBusy among them; then no transaction is open, and a holder that is frozen was ended.
        """
        try:
            with self._database.driver_errors:
                return self._begun(command_ids, deadline)
        except StorageBusy:
            self.rollback()
            self._database.end_frozen_writer()
            raise
        except BaseException:
            self.rollback()
            raise

    def read(self, statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
        """Rows as this transaction sees them."""
        with self._database.driver_errors:
            rows: list[tuple[Any, ...]] = statement.run(self._cursor, **values).fetchall()
            return rows

    def commit(self, batches: Sequence[Batch]) -> None:
        """Write everything and commit. On any error nothing is acknowledged and the connection is given up."""
        try:
            with self._database.driver_errors, self._together():
                for statement, rows in batches:
                    self._write(statement.sql, rows)
                self._cursor.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def rollback(self) -> None:
        """End the transaction, if there is one, leaving nothing; give the connection up where that fails."""
        if self._connection is None:
            return
        try:
            with self._database.driver_errors:
                if self._postgres or self._connection.in_transaction:
                    self._cursor.execute("ROLLBACK")
        except StorageError:
            self.close()

    def close(self) -> None:
        """Give up the connection; the database undoes what was not committed."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            self._dropped.detach()
            with suppress(Exception):
                connection.close()

    def _begun(self, ids: Sequence[str], deadline: WaitDeadline) -> OpenedTransaction:
        cursor = self._cursor
        if not self._postgres:
            self._begin_immediate(deadline)
            head = self._lock_head.run(cursor).fetchone()
            return head, self._look_up(cursor, ids).fetchall() if ids else []
        found = self._connection.cursor()
        with self._connection.pipeline():
            cursor.execute("BEGIN")
            if self._connection.settings:
                self._connection.cursor().execute(self._connection.settings)
            if deadline.is_short:
                self._connection.cursor().execute(postgres.local({"lock_timeout": deadline.milliseconds}))
            self._lock_head.run(cursor)
            if ids:
                self._look_up(found, ids)
        return cursor.fetchone(), found.fetchall() if ids else []

    def _begin_immediate(self, deadline: WaitDeadline) -> None:
        """SQLite's way to take the lock, and to write down who has it."""
        short = deadline.is_short
        if short:
            self._cursor.execute(f"PRAGMA busy_timeout = {deadline.milliseconds}")
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        finally:
            if short:
                self._cursor.execute(f"PRAGMA busy_timeout = {int(1000 * self._database.patience)}")
        if self._database.lock_holder is not None:
            self._database.lock_holder.record()

    def _look_up(self, cursor: Any, ids: Sequence[str]) -> Any:
        """One id by itself is by far the commonest, and cheaper so."""
        if len(ids) == 1:
            return self._answer.run(cursor, of=ids[0])
        listed = list(ids) if self._postgres else msgspec.json.encode(ids).decode()
        return self._answers.run(cursor, ids=listed)

    def _write(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)

    def _together(self) -> AbstractContextManager[Any]:
        """One round trip for all that is written within it, where there are round trips."""
        return self._connection.pipeline() if self._postgres else nullcontext()
