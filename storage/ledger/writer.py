"""The connection that writes a ledger: it takes the lock, reads under the lock, writes everything, and commits.

It handles round trips and failures, and knows nothing of entries. On PostgreSQL a transaction costs two round trips:
one to open it, and one for all its statements with the COMMIT (psycopg's pipeline). SQLite has no round trips.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any
from weakref import finalize

import msgspec

from storage.database import postgres
from storage.database.database import Database
from storage.database.prepared import PreparedStatement
from storage.database.wait_deadline import WaitDeadline
from storage.errors import ReadOnly, StorageBusy, StorageError

from . import statements

Batch = tuple[PreparedStatement, list[tuple[Any, ...]]]
"""A statement, and the parameters of each of its executions."""

OpenTransaction = tuple[tuple[int, str, str | None], list[tuple[str, int, int]]]
"""The row of the head; and the rows (id, first, last) of the commands that were answered before."""


class Writer:
    """One connection for writing, which `connect` makes. After a failure it is closed and must be made again.

    Only one thread may use it at a time.
    """

    # A separate connection and not one of the pool, for three reasons. A pooled connection is checked when it is
    # checked out, which costs one more round trip for each command. Statements stay prepared on the server only for one
    # session. And after a failure this connection can be closed without any effect on readers.

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_postgres = database.dialect == "postgresql"
        self._connection: Any = None
        self._cursor: Any = None
        self._finalizer: finalize[..., Writer]
        self._lock_head = database.prepare(statements.lock_head)
        self._answer = database.prepare(statements.answer)
        self._answers = database.prepare(statements.answers)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection. False before the first use and after a failure."""
        return self._connection is not None

    def connect(self) -> None:
        """Make the connection. Raises ReadOnly if the database was opened for reading, and StorageError."""
        if self._database.read_only:
            raise ReadOnly
        self._connection = self._database.connect()
        if self._is_postgres:
            self._connection.answer_limit = (1 + postgres.GRACE_FACTOR) * self._database.patience
        self._cursor = self._connection.cursor()
        self._finalizer = finalize(self, self._connection.close)  # in case nobody calls `close`
        self._finalizer.atexit = False

    def begin(self, command_ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """Take the lock before the deadline. Returns the row of the head, and the earlier answers to the commands.

        Raises StorageBusy if the lock is not free in time; then a frozen holder of the lock is ended. Raises other
        errors of `storage/errors.py`. After an error no transaction is open.
        """
        try:
            with self._database.driver_errors:
                return (
                    self._begin_postgres(command_ids, deadline)
                    if self._is_postgres
                    else self._begin_sqlite(command_ids, deadline)
                )
        except StorageBusy:
            self.rollback()
            self._database.end_frozen_writer()
            raise
        except BaseException:
            self.rollback()
            raise

    def read(self, statement: PreparedStatement, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement, as this transaction sees them."""
        with self._database.driver_errors:
            rows: list[tuple[Any, ...]] = statement.run(self._cursor, **values).fetchall()
            return rows

    def commit(self, batches: Sequence[Batch]) -> None:
        """Write everything and commit. After an error the connection is closed, and nothing may be acknowledged.

        Raises Conflict, StorageFull, ConnectionLost and other errors of `storage/errors.py`.
        """
        # The connection is closed after every error. After a failed sync the system may have dropped the pages and may
        # report the next sync as a success, so a retry on this connection could acknowledge data that is on no disk.
        # And if the answer to a COMMIT was lost, nobody knows whether it was executed. The caller repeats the command,
        # and the stored answer to its id shows it.
        try:
            with self._database.driver_errors, self._pipeline():
                for statement, rows in batches:
                    self._write(statement.sql, rows)
                self._cursor.execute("COMMIT")
        except BaseException:
            self.close()
            raise

    def rollback(self) -> None:
        """Roll the transaction back, if one is open. If that fails, close the connection."""
        if self._connection is None:
            return
        try:
            with self._database.driver_errors:
                if self._is_postgres or self._connection.in_transaction:
                    self._cursor.execute("ROLLBACK")
        except StorageError:
            self.close()

    def close(self) -> None:
        """Close the connection. The database rolls back a transaction that was not committed."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            self._finalizer.detach()
            with suppress(Exception):
                connection.close()

    def _begin_postgres(self, ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """BEGIN, the lock and the answers, in one round trip.

        The lock is on the row of the head (SELECT … FOR UPDATE).
        """
        cursor, answers = self._cursor, self._connection.cursor()
        with self._connection.pipeline():
            cursor.execute("BEGIN")
            if self._connection.settings:
                self._connection.cursor().execute(self._connection.settings)
            if deadline.needs_timeout:
                self._connection.cursor().execute(postgres.set_local({"lock_timeout": deadline.timeout_milliseconds}))
            self._lock_head.run(cursor)
            if ids:
                self._look_up_answers(answers, ids)
        return cursor.fetchone(), answers.fetchall() if ids else []

    def _begin_sqlite(self, ids: Sequence[str], deadline: WaitDeadline) -> OpenTransaction:
        """BEGIN IMMEDIATE, which takes the lock; then this process is recorded as its holder."""
        # A plain BEGIN takes the lock with the first write. By then the head was read, and if another process wrote in
        # the meantime, SQLite refuses the write at once (SQLITE_BUSY_SNAPSHOT), whatever the timeout is.
        cursor, needs_timeout = self._cursor, deadline.needs_timeout
        if needs_timeout:
            cursor.execute(f"PRAGMA busy_timeout = {deadline.timeout_milliseconds}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
        finally:
            if needs_timeout:
                cursor.execute(f"PRAGMA busy_timeout = {int(1000 * self._database.patience)}")
        if self._database.lock_holder is not None:
            self._database.lock_holder.record()
        head = self._lock_head.run(cursor).fetchone()
        return head, self._look_up_answers(cursor, ids).fetchall() if ids else []

    def _look_up_answers(self, cursor: Any, ids: Sequence[str]) -> Any:
        # A single id is by far the most frequent case, and this statement is cheaper for it than a list of one.
        if len(ids) == 1:
            return self._answer.run(cursor, command_id=ids[0])
        return self._answers.run(cursor, ids=list(ids) if self._is_postgres else msgspec.json.encode(ids).decode())

    def _write(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)

    def _pipeline(self) -> AbstractContextManager[Any]:
        return self._connection.pipeline() if self._is_postgres else nullcontext()
