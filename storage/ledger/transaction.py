"""The ledger's transaction: collects everything for one commit. At the end the writer writes it.

It sets the number of each entry, the digest of the previous entry, and the time. It does not decide whether a fact may
be appended: the engine decides that within this transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from states.streams import kind_of
from states.vocabulary import Principal, Text
from storage.database.prepared import PreparedStatement, StatementBuilder
from storage.errors import LedgerBroken
from storage.tables.projections import PROJECTIONS

from . import statements
from .chain import FORMAT, GENESIS, CanonicalJson, Entry, decode, digest, encode, format_time, is_canonical, to_utc
from .writer import Batch, Writer

ColumnValues = dict[str, Any]
"""The values of a row, by column or by the parameter of its statement."""


class LedgerHead(Struct, frozen=True):
    """The end of a ledger: number, digest and time of its last entry (0, GENESIS and None for an empty ledger)."""

    number: int
    digest: str
    recorded_at: datetime | None


class CommandAnswer(Struct, frozen=True):
    """The answer to a command: the numbers of its first and its last entry."""

    first: int
    last: int


EMPTY_LEDGER = LedgerHead(0, GENESIS, None)
"""The head of a ledger without entries."""


def head_of(row: Sequence[Any] | None) -> LedgerHead:
    """The head from its row. Raises LedgerBroken if the row is missing."""
    if row is None:
        raise LedgerBroken(number=1, why=_NO_HEAD)
    return LedgerHead(row[0], row[1], None if row[2] is None else datetime.fromisoformat(row[2]))


class LedgerTransaction:
    """One open transaction of the ledger. Only `Ledger.transaction` makes it, and it is useless after its `with`.

    `head` moves with every `append`. `answers` contains the earlier answers to the commands of the transaction and the
    answers that it recorded itself. Reading includes the entries that the transaction appended. Nothing is in the
    database, and nothing may be acknowledged, before the end of the `with`.
    """

    # Everything is collected in memory and written at the end. So a command that is refused half-way leaves nothing to
    # undo. And many commands share one round trip, because on PostgreSQL all statements are sent with the COMMIT.

    def __init__(
        self, writer: Writer, prepare: Callable[[StatementBuilder], PreparedStatement], head: LedgerHead
    ) -> None:
        self.head = head
        self.answers: dict[str, CommandAnswer] = {}
        self._writer = writer
        self._prepare = prepare
        self._start = head.number
        self._entries: list[Entry] = []
        self._rows: list[ColumnValues] = []
        self._commands: list[ColumnValues] = []
        self._rulebooks: dict[str, ColumnValues] = {}
        self._projections: dict[str, dict[str, ColumnValues]] = {name: {} for name in PROJECTIONS}
        self._dues: dict[str, datetime | None] = {}
        self._side_writes: list[tuple[StatementBuilder, ColumnValues]] = []

    def since(self, number: int) -> list[Entry]:
        """The entries after this number. A cache that has read up to `number` needs them."""
        stored: list[Entry] = []
        if number < self._start:
            rows = self._writer.read(self._prepare(statements.bodies_after), after=number)
            stored = [decode(body) for (body,) in rows]
        return stored + [entry for entry in self._entries if entry.number > number]

    def entry(self, number: int) -> Entry | None:
        """The entry with this number; None if there is none."""
        rows = self._writer.read(self._prepare(statements.body_of), number=number)
        appended = (entry for entry in self._entries if entry.number == number)
        return decode(rows[0][0]) if rows else next(appended, None)

    def stream(self, stream: str, after: int = 0) -> list[Entry]:
        """The entries of one stream after its version `after`."""
        rows = self._writer.read(self._prepare(statements.bodies_of_stream), stream=stream, after=after)
        appended = [entry for entry in self._entries if entry.stream == stream and entry.version > after]
        return [decode(body) for (body,) in rows] + appended

    def append(
        self,
        *,
        stream: str,
        version: int,
        kind: str,
        payload: bytes,
        actor: str,
        role: str,
        home: str | None = None,
        principal: Principal | None = None,
        happened_at: datetime | None,
        now: datetime,
        rulebook: str,
        command: str,
    ) -> Entry:
        """Append an entry and return it. `payload` is the fact as canonical JSON (`chain.py`).

        The entry is recorded at `now`, or at the time of the last entry if `now` is earlier. `happened_at` None: the
        time of recording. Raises ValueError if `payload` is not canonical. If the stream already has this `version`,
        the database refuses the entry at the end of the transaction, and Conflict is raised there.
        """
        if not isinstance(payload, CanonicalJson) and not is_canonical(payload):
            raise ValueError(f"the payload of {kind} is not canonical JSON")
        # The recorded time never runs backwards. If the machine's clock was set back, the college can still work: the
        # entry repeats the time of the last entry, and also records the machine's time for the auditor.
        now, last = to_utc(now), self.head.recorded_at
        is_behind = last is not None and now < last
        recorded_at = last if is_behind and last is not None else now
        entry = Entry(
            v=FORMAT,
            number=self.head.number + 1,
            stream=stream,
            version=version,
            kind=kind,
            payload=msgspec.Raw(payload),
            actor=actor,
            role=role,
            home=home,
            principal=None if principal is None else principal.id,
            principal_home=None if principal is None else principal.unit,
            happened_at=recorded_at if happened_at is None else to_utc(happened_at),
            recorded_at=recorded_at,
            machine_clock=now if is_behind else None,
            rulebook=rulebook,
            command=command,
            previous=self.head.digest,
        )
        self._add(entry)
        return entry

    def record_answer(self, command_id: str, first: int, last: int) -> None:
        """Record the answer to a command, so that the same command writes nothing if it comes again."""
        self._commands.append({"id": command_id, "first": first, "last": last})
        self.answers[command_id] = CommandAnswer(first, last)

    def project(self, table_name: str, row: Mapping[str, Any]) -> None:
        """Collect the row of a stream's state, with every column of its projection. The last row of a stream counts."""
        self._projections[table_name][row["stream"]] = dict(row)
        self._dues.pop(row["stream"], None)

    def set_due(self, stream: str, next_due_at: datetime | None) -> None:
        """Set when an assessment or a routine check is next due. The other columns of its row do not change."""
        row = self._projections[kind_of(stream)].get(stream)
        if row is None:
            self._dues[stream] = next_due_at
        else:
            row["next_due_at"] = next_due_at

    def write_beside(self, statement: StatementBuilder, values: ColumnValues) -> None:
        """Collect a write outside the ledger that belongs to an entry (a secret, a file name), for the same commit."""
        self._side_writes.append((statement, values))

    def store_rulebook(self, digest: str, edition: str, source: str) -> None:
        """Collect the source of a rulebook. It is not written if a rulebook with this digest is stored already."""
        self._rulebooks[digest] = {"with_digest": digest, "with_id": edition, "source": source}

    def batches(self) -> list[Batch]:
        """All statements to execute, in order; empty if there is nothing to write."""
        # Entries come before the rows that refer to them. The head comes last, because readers take the end of the
        # ledger from it, and the database must check every (number) and (stream, version) before it moves.
        batches = [self._batch(statement, rows) for statement, rows in self._rows_by_statement() if rows]
        batches += [self._batch(statement, [values]) for statement, values in self._side_writes]
        if self._entries:
            recorded_at = None if self.head.recorded_at is None else format_time(self.head.recorded_at)
            new_head = {"to_number": self.head.number, "to_digest": self.head.digest, "to_recorded_at": recorded_at}
            batches.append(self._batch(statements.move_head, [new_head]))
        return batches

    def _rows_by_statement(self) -> list[tuple[StatementBuilder, list[ColumnValues]]]:
        return [
            (statements.insert_rulebook, list(self._rulebooks.values())),
            (statements.insert_entry, self._rows),
            (statements.insert_command, self._commands),
            (statements.upsert_assessment, list(self._projections["assessment"].values())),
            (statements.upsert_record, list(self._projections["record"].values())),
            (statements.upsert_routine_check, list(self._projections["routine_check"].values())),
            (statements.set_assessment_due, self._due_rows("assessment")),
            (statements.set_check_due, self._due_rows("routine_check")),
        ]

    def _due_rows(self, kind: str) -> list[ColumnValues]:
        dues = self._dues.items()
        return [{"of_stream": stream, "due_at": due_at} for stream, due_at in dues if kind_of(stream) == kind]

    def _batch(self, builder: StatementBuilder, rows: list[ColumnValues]) -> Batch:
        statement = self._prepare(builder)
        return statement, [statement.bind(row) for row in rows]

    def _add(self, entry: Entry) -> None:
        """Collect an entry and its row, and move the head to it."""
        body = encode(entry)
        self.head = LedgerHead(entry.number, digest(body), entry.recorded_at)
        self._entries.append(entry)
        self._rows.append(
            {
                "number": entry.number,
                "stream": entry.stream,
                "version": entry.version,
                "kind": entry.kind,
                "body": body.decode(),
                "digest": self.head.digest,
            }
        )


_NO_HEAD = Text(zh="表头记录不见了", en="the row of its head is gone")
