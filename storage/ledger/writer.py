"""The connection that a ledger is written through: takes the lock, reads under it, writes everything, commits.

It knows round trips and failures, not what an entry is. On PostgreSQL a transaction costs two round trips, one to open
it and one for all its statements with the COMMIT (psycopg's pipeline); SQLite has no round trips.
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

OpenTransaction = tuple[tuple[int, str, str | None], list[tuple[str, int, int]]]
"""The head's row; id, first and last entry of the commands answered before."""


class Writer:
    """A connection of its own, made when first needed and again after it failed. One thread at a time."""

    # Its own and not one of the pool, for three reasons. A pooled connection is checked when it is taken, which is one
    # more round trip for each command. Statements stay prepared at the server for this one session. And when it fails
    # it can be thrown away without touching those that read.

    def __init__(self, database: Database) -> None:
        self._database = database
        self._postgres = database.dialect == "postgresql"
        self._connection: Any = None
        self._cursor: Any = None
        self._finalizer: finalize[..., Writer]
        self._lock_head = database.prepare(statements.lock_head)
        self._answer = database.prepare(statements.answer)
        self._answers = database.prepare(statements.answers)

    @property
    def connected(self) -> bool:
        """Whether there is a connection; False before the first use and after a failure."""
        return self._connection is not None

    def connect(self) -> None:
        """Make the connection. ReadOnly for a database opened for reading."""
        if self._database.read_only:
            raise ReadOnly
        self._connection = self._database.connect()
        if self._postgres:
            self._connection.answer_within = (1 + postgres.GRACE) * self._database.patience
        self._cursor = self._connection.cursor()
        self._finalizer = finalize(self, self._connection.close)  # where nobody calls `close`
        self._finalizer.atexit = False

    def begin(self, command_ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """Take the lock before the deadline. The head's row, and the answers already given to these commands.

        Errors are ours, StorageBusy among them. After an error no transaction is open, and a frozen holder was ended.
        """
        try:
            with self._database.driver_errors:
                return (
                    self._begin_postgres(command_ids, deadline)
                    if self._postgres
                    else self._begin_sqlite(command_ids, deadline)
                )
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
        """Write everything and commit. After an error nothing may be acknowledged, and the connection is given up."""
        # Given up whatever the error. After a failed sync the system may have dropped the pages and report the next
        # sync as a success, so a retry on this connection could acknowledge what is on no disk. And where the answer to
        # a COMMIT was lost, nobody knows whether it happened: the caller repeats the command, and its id tells.
        try:
            with self._database.driver_errors, self._pipeline():
                for statement, rows in batches:
                    self._write(statement.sql, rows)
                self._cursor.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def rollback(self) -> None:
        """End the transaction, if one is open, and leave nothing of it; give the connection up where that fails."""
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
            self._finalizer.detach()
            with suppress(Exception):
                connection.close()

    def _begin_postgres(self, ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """BEGIN, the lock and the answers in one round trip. The lock is on the head's row (SELECT … FOR UPDATE)."""
        cursor, answers = self._cursor, self._connection.cursor()
        with self._connection.pipeline():
            cursor.execute("BEGIN")
            if self._connection.settings:
                self._connection.cursor().execute(self._connection.settings)
            if deadline.is_short:
                self._connection.cursor().execute(postgres.local({"lock_timeout": deadline.milliseconds}))
            self._lock_head.run(cursor)
            if ids:
                self._look_up(answers, ids)
        return cursor.fetchone(), answers.fetchall() if ids else []

    def _begin_sqlite(self, ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """BEGIN IMMEDIATE, which is the lock, and an entry in the file that says who has it."""
        # A plain BEGIN takes the lock with the first write. By then the head has been read, and if another process
        # wrote meanwhile SQLite refuses the write at once (SQLITE_BUSY_SNAPSHOT), however long we would wait.
        cursor, short = self._cursor, deadline.is_short
        if short:
            cursor.execute(f"PRAGMA busy_timeout = {deadline.milliseconds}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
        finally:
            if short:
                cursor.execute(f"PRAGMA busy_timeout = {int(1000 * self._database.patience)}")
        if self._database.lock_holder is not None:
            self._database.lock_holder.record()
        head = self._lock_head.run(cursor).fetchone()
        return head, self._look_up(cursor, ids).fetchall() if ids else []

    def _look_up(self, cursor: Any, ids: Sequence[str]) -> Any:
        # One id alone is by far the most frequent case, and cheaper so than as a list of one.
        if len(ids) == 1:
            return self._answer.run(cursor, of=ids[0])
        listed = list(ids) if self._postgres else msgspec.json.encode(ids).decode()
        return self._answers.run(cursor, ids=listed)

    def _write(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)

    def _pipeline(self) -> AbstractContextManager[Any]:
        return self._connection.pipeline() if self._postgres else nullcontext()
