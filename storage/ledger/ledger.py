"""The ledger (台账): writes it in one transaction at a time, and reads it.

There is one transaction per database at a time, over all threads, processes and machines, because each transaction
begins by taking a lock. So a transaction sees the last state of the ledger, and nobody writes between its reading and
its writing.

The ledger checks itself: it verifies its last entries when it is opened, and again when its connection was replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident

from states.vocabulary import Text
from storage.database.database import Database
from storage.database.wait_deadline import WaitDeadline
from storage.errors import LedgerBroken

from . import statements
from .chain import GENESIS, Entry, StoredEntry, decode, verify_chain
from .transaction import EMPTY_LEDGER, CommandAnswer, LedgerHead, LedgerTransaction, head_of
from .writer import Batch, Writer

TAIL_SIZE = 1000
"""The number of entries that are verified when a ledger is opened."""


class Ledger:
    """The ledger of an open database. Many threads may use one `Ledger`; each process makes its own.

    Raises LedgerBroken if the last entries are inconsistent, and UnknownEntry if this release cannot read them.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = Lock()
        self._writer = Writer(database)
        self._thread: int | None = None
        self._was_connected = False
        self.check_tail()

    @contextmanager
    def transaction(
        self, command_ids: Sequence[str] = (), deadline: WaitDeadline | None = None
    ) -> Iterator[LedgerTransaction]:
        """Open the transaction. Its `answers` contain the earlier answers to `command_ids`, if there are any.

        It waits for the lock until `deadline` (None: for the database's `patience` from now), for other threads and
        other processes together. One thread may open only one transaction at a time.

        At the end of the `with` everything that was collected is committed together. Only then may it be acknowledged.
        If an exception is raised, or nothing was collected, the database does not change. Raises StorageBusy,
        StorageFull, ConnectionLost (repeat with the same command id), Conflict, ReadOnly, StorageError.
        """
        # The order of the steps is fixed, and each step relies on the one before:
        # 1. the lock of this process, so that its threads queue here and not at the database;
        # 2. the lock of the database, which is the row of the head (on SQLite, BEGIN IMMEDIATE);
        # 3. only then are head, answers and entries read, so every decision on them is still true at the commit. A
        #    decision before the lock would overlook an entry that somebody wrote in between;
        # 4. entries, answers, projections and the rows beside them are written in one commit, the head last. The number
        #    of an entry comes from the head and never from a sequence of the database: sequences commit out of order,
        #    and a reader that has passed number 8 would miss number 7.
        if self._thread == get_ident():
            raise RuntimeError("this thread already has a ledger transaction open and would wait for itself for ever")
        deadline = deadline or self.database.deadline()
        with deadline.acquire(self._lock):
            self._thread = get_ident()
            try:
                yield (transaction := self._begin(command_ids, deadline))
                self._end(transaction.batches())
            except BaseException:
                self._writer.rollback()
                raise
            finally:
                self._thread = None

    def head(self) -> LedgerHead:
        """The end of the ledger, as last committed."""
        with self.database.cursor() as cursor:
            return head_of(self.database.prepare(statements.head).run(cursor).fetchone())

    def rows(self, after: int = 0, last: int | None = None, batch: int = 1000) -> Iterator[StoredEntry]:
        """The stored entries after number `after` and up to `last`, in order. At most `batch` are in memory.

        `last` None: up to the end of the ledger at the time of the first step.
        """
        # An entry never changes, so this is a consistent view although no transaction is open. A long replay in a
        # transaction would keep PostgreSQL from its clean-up, and SQLite from a checkpoint of its write-ahead log.
        last = self.head().number if last is None else last
        statement = self.database.prepare(statements.rows)
        while after < last:
            with self.database.cursor() as cursor:
                rows = statement.run(cursor, after=after, last=last, batch=batch).fetchall()
            if not rows:
                return
            yield from rows
            after = rows[-1][0]

    def stream(self, stream: str, after: int = 0) -> list[Entry]:
        """The entries of one stream after its version `after`, as last committed."""
        with self.database.cursor() as cursor:
            rows = self.database.prepare(statements.bodies_of_stream).run(cursor, stream=stream, after=after).fetchall()
        return [decode(body) for (body,) in rows]

    def answer(self, command_id: str) -> CommandAnswer | None:
        """The answer to a command; None if there is none."""
        with self.database.cursor() as cursor:
            row = self.database.prepare(statements.answer).run(cursor, command_id=command_id).fetchone()
        return None if row is None else CommandAnswer(row[1], row[2])

    def check_tail(self, size: int = TAIL_SIZE) -> LedgerHead:
        """Verify that the last `size` entries agree with one another and with the head. Returns the head.

        Raises LedgerBroken with the first number that is inconsistent. The auditor verifies the rest of the ledger.
        """
        with self.database.reading() as connection:
            head = head_of(connection.execute(statements.select_head()).one_or_none())
            first = max(head.number - size, 0)
            result = connection.execute(statements.select_tail(), {"after": first - 1})
            rows: list[StoredEntry] = [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in result]
        check_tail_rows(head, first, rows)
        return head

    def close(self) -> None:
        """Close the connection for writing. The database stays open."""
        with self._lock:
            self._writer.close()

    def _begin(self, command_ids: Sequence[str], deadline: WaitDeadline) -> LedgerTransaction:
        """A transaction that has the lock, with the earlier answers to the commands."""
        if not self._writer.is_connected:
            self._connect()
        head_row, answer_rows = self._writer.begin(command_ids, deadline)
        transaction = LedgerTransaction(self._writer, self.database.prepare, head_of(head_row))
        for command, first, last in answer_rows:
            transaction.answers[command] = CommandAnswer(first, last)
        return transaction

    def _end(self, batches: Sequence[Batch]) -> None:
        if batches:
            self._writer.commit(batches)
        else:
            self._writer.rollback()

    def _connect(self) -> None:
        # A connection is replaced after a failure: a full disk, a failed sync, a restart of the server. The data on the
        # disk may differ from before, so the last entries are verified again before anything is written after them.
        if self._was_connected:
            self.check_tail()
        self._writer.connect()
        self._was_connected = True


def check_tail_rows(head: LedgerHead, first: int, rows: Sequence[StoredEntry]) -> None:
    """Verify that `rows` continue the chain up to the head. Raises LedgerBroken.

    `rows` are the entries from number `first` on. If `first` is 0, they are all entries. Otherwise the first one is
    only the predecessor of the second and is not verified itself.
    """
    previous, previous_digest, rest = None, GENESIS, rows
    if first:
        if not rows or rows[0][0] != first:
            raise LedgerBroken(number=first, why=_MISSING)
        previous, previous_digest, rest = decode(rows[0][4]), rows[0][5], rows[1:]
    last = verify_chain(rest, previous, previous_digest)
    last_digest = rest[-1][5] if rest else previous_digest
    end = LedgerHead(last.number, last_digest, last.recorded_at) if last else EMPTY_LEDGER
    if end != head:
        # The first number that only one of the two has. If both end at the same number, that number: the digests
        # differ.
        number = min(end.number, head.number) + (end.number != head.number)
        raise LedgerBroken(number=max(number, 1), why=_HEAD)


_MISSING = Text(zh="缺少这个编号的记录", en="there is no entry with this number")
_HEAD = Text(zh="台账末尾与表头记录不符", en="the ledger does not end where its head says it does")
