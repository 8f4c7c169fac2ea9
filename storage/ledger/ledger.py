"""The ledger (台账): one transaction at a time to write it, and what anybody may read of it.

One transaction per database, over all threads, processes and machines: each begins by taking a lock. So a transaction
sees the ledger as it is, writes after its end, and nobody writes in between.

The ledger suspects itself: its tail is checked when it is opened, and again whenever the connection it is written
through was replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident

from states.vocabulary import Text
from storage.database.database import Database
from storage.database.deadline import WaitDeadline
from storage.errors import LedgerBroken

from . import statements
from .chain import GENESIS, Entry, StoredEntry, decode, verify_chain
from .transaction import EMPTY_LEDGER, CommandAnswer, LedgerHead, LedgerTransaction, head_of
from .writer import Batch, Writer

TAIL = 1000
"""How many entries are checked when a ledger is opened."""


class Ledger:
    """The ledger of an open database. Many threads may use one; each process makes its own.

    Raises LedgerBroken or UnknownEntry if the tail does not add up or cannot be read by this release.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = Lock()
        self._writer = Writer(database)
        self._thread: int | None = None
        self._reconnecting = False
        self.check_tail()

    @contextmanager
    def transaction(
        self, command_ids: Sequence[str] = (), deadline: WaitDeadline | None = None
    ) -> Iterator[LedgerTransaction]:
        """Open the transaction; `command_ids` are looked up in its `answers`. One thread opens one at a time.

        It waits for the lock until `deadline`, or for the database's patience from now on: for other threads and for
        other processes together.

        On leaving the `with`, everything that was gathered is committed together; only then may it be acknowledged. An
        exception, or nothing written, leaves the database as it was. Errors: StorageBusy, StorageFull, ConnectionLost
        (repeat with the same command id), Conflict, ReadOnly, StorageError.
        """
        # The order inside is fixed, and each step rests on the one before:
        # 1. the lock of this process, so that its threads queue up here and not at the database;
        # 2. the lock of the database, which is the head row (on SQLite, BEGIN IMMEDIATE);
        # 3. only then are head, answers and entries read: what is decided upon them is still true at the commit.
        #    Deciding first and locking for the write would lose an entry that somebody wrote in between;
        # 4. entries, answers, projections and the rows beside them in one commit, the head last. The number of an entry
        #    comes from the head and never from a sequence of the database: sequences commit out of order, and a reader
        #    who had passed number 8 would miss number 7.
        if self._thread == get_ident():
            raise RuntimeError("this thread has a ledger transaction open and would wait for itself for ever")
        deadline = deadline or self.database.deadline()
        with deadline.holding(self._lock):
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
        """Where the ledger ends, as last committed."""
        with self.database.cursor() as cursor:
            return head_of(self.database.prepare(statements.head).run(cursor).fetchone())

    def rows(self, after: int = 0, upto: int | None = None, batch: int = 1000) -> Iterator[StoredEntry]:
        """Entries after number `after`, undecoded: (number, stream, version, kind, body as text, digest).

        At most `batch` are in memory. Without `upto` it ends where the ledger ended at the first step.
        """
        # An entry never changes, so this is one consistent view although no transaction is held open: a long replay
        # would otherwise keep PostgreSQL from cleaning up, and SQLite's write-ahead log from being checkpointed.
        upto = self.head().number if upto is None else upto
        statement = self.database.prepare(statements.rows)
        while after < upto:
            with self.database.cursor() as cursor:
                found = statement.run(cursor, after=after, upto=upto, batch=batch).fetchall()
            if not found:
                return
            yield from found
            after = found[-1][0]

    def stream(self, stream: str, after: int = 0) -> list[Entry]:
        """The entries of one stream after its version `after`, as last committed."""
        with self.database.cursor() as cursor:
            rows = self.database.prepare(statements.bodies_of_stream).run(cursor, of=stream, after=after).fetchall()
        return [decode(body) for (body,) in rows]

    def answer(self, command_id: str) -> CommandAnswer | None:
        """What a command was answered with, or None if it never was."""
        with self.database.cursor() as cursor:
            row = self.database.prepare(statements.answer).run(cursor, of=command_id).fetchone()
        return None if row is None else CommandAnswer(row[1], row[2])

    def check_tail(self, size: int = TAIL) -> LedgerHead:
        """Check the last `size` entries and the head against one another, in one snapshot; the head.

        LedgerBroken names the first number where they do not add up. The rest of the ledger is the auditor's to check.
        """
        with self.database.reading() as connection:
            head = head_of(connection.execute(statements.select_head()).one_or_none())
            first = max(head.number - size, 0)
            found = connection.execute(statements.tail(), {"after": first - 1})
            rows: list[StoredEntry] = [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in found]
        check_rows(head, first, rows)
        return head

    def close(self) -> None:
        """Give up the connection to write with. The database stays open."""
        with self._lock:
            self._writer.close()

    def _begin(self, command_ids: Sequence[str], deadline: WaitDeadline) -> LedgerTransaction:
        """A transaction that has the lock, with the answers to the commands that were answered before."""
        if not self._writer.connected:
            self._connect()
        row, answered = self._writer.begin(command_ids, deadline)
        transaction = LedgerTransaction(self._writer, self.database.prepare, head_of(row))
        for command, first, last in answered:
            transaction.answers[command] = CommandAnswer(first, last)
        return transaction

    def _end(self, batches: Sequence[Batch]) -> None:
        if batches:
            self._writer.commit(batches)
        else:
            self._writer.rollback()

    def _connect(self) -> None:
        # A connection is replaced after a failure: a full disk, a failed sync, a server that restarted. What the disk
        # has now need not be what was there before, so the tail is checked again before anything is written after it.
        if self._reconnecting:
            self.check_tail()
        self._writer.connect()
        self._reconnecting = True


def check_rows(head: LedgerHead, first: int, rows: Sequence[StoredEntry]) -> None:
    """Check a tail: `rows` are the entries from number `first` on, or all of them where that is 0. LedgerBroken."""
    previous, link, rest = None, GENESIS, rows
    if first:
        if not rows or rows[0][0] != first:
            raise LedgerBroken(number=first, why=_MISSING)
        previous, link, rest = decode(rows[0][4]), rows[0][5], rows[1:]
    last = verify_chain(rest, previous, link)
    end = LedgerHead(last.number, rest[-1][5] if rest else link, last.recorded_at) if last else EMPTY_LEDGER
    if end != head:
        raise LedgerBroken(number=max(min(end.number, head.number) + (end.number != head.number), 1), why=_HEAD)


_MISSING = Text(zh="缺少这个编号的记录", en="there is no entry with this number")
_HEAD = Text(zh="台账末尾与表头记录不符", en="the ledger does not end where its head says it does")
