"""The ledger's transaction: what is written in one commit, gathered here and handed to the writer at the end.

It gives each entry its number, its link and its time. It decides nothing: whether a fact may be appended was decided by
the engine, inside this transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from states.streams import kind_of
from states.vocabulary import Text
from storage.database.prepared import Prepared, StatementBuilder
from storage.errors import LedgerBroken
from storage.tables.projections import PROJECTIONS

from . import statements
from .chain import FORMAT, GENESIS, CanonicalJson, Entry, decode, digest, encode, format_time, is_canonical, to_utc
from .writer import Batch, Writer

ColumnValues = dict[str, Any]
"""Values by column."""


class LedgerHead(Struct, frozen=True):
    """Where a ledger ends: number, digest and time of its last entry (0, GENESIS and None for an empty one)."""

    number: int
    digest: str
    recorded_at: datetime | None


class CommandAnswer(Struct, frozen=True):
    """What a command id was answered with: its first and last entry."""

    first: int
    last: int


EMPTY_LEDGER = LedgerHead(0, GENESIS, None)
"""The head of a ledger without entries."""


def head_of(row: Sequence[Any] | None) -> LedgerHead:
    """The head from its row. LedgerBroken if the row is missing."""
    if row is None:
        raise LedgerBroken(number=1, why=_NO_HEAD)
    return LedgerHead(row[0], row[1], None if row[2] is None else datetime.fromisoformat(row[2]))


class LedgerTransaction:
    """One open transaction of the ledger. Made by `Ledger.transaction` only; of no use after its `with`.

    `head` moves with every `append`. `answers` holds what the given commands were answered with before, and what this
    transaction answered. Reads include what this transaction appended. Nothing is in the database, and nothing may be
    acknowledged, before the `with` has ended.
    """

    # Everything is gathered in memory and written at the end. So a command that is refused half-way leaves nothing to
    # undo, and many commands share one round trip: on PostgreSQL all statements travel with the COMMIT.

    def __init__(self, writer: Writer, prepare: Callable[[StatementBuilder], Prepared], head: LedgerHead) -> None:
        self.head = head
        self.answers: dict[str, CommandAnswer] = {}
        self._writer = writer
        self._prepare = prepare
        self._start = head.number
        self._entries: list[Entry] = []
        self._rows: list[ColumnValues] = []
        self._commands: list[ColumnValues] = []
        self._rulebooks: dict[str, ColumnValues] = {}
        self._projected: dict[str, dict[str, ColumnValues]] = {name: {} for name in PROJECTIONS}
        self._dues: dict[str, datetime | None] = {}
        self._beside: list[tuple[StatementBuilder, ColumnValues]] = []

    def since(self, number: int) -> list[Entry]:
        """The entries after this number: what a cache that has read up to `number` is missing."""
        missing: list[Entry] = []
        if number < self._start:
            rows = self._writer.read(self._prepare(statements.bodies_after), after=number)
            missing = [decode(body) for (body,) in rows]
        return missing + [entry for entry in self._entries if entry.number > number]

    def entry(self, number: int) -> Entry | None:
        """One entry; None if there is none of this number."""
        rows = self._writer.read(self._prepare(statements.body_of), of=number)
        fresh = (entry for entry in self._entries if entry.number == number)
        return decode(rows[0][0]) if rows else next(fresh, None)

    def stream(self, stream: str, after: int = 0) -> list[Entry]:
        """The entries of one stream after its version `after`."""
        rows = self._writer.read(self._prepare(statements.bodies_of_stream), of=stream, after=after)
        fresh = [entry for entry in self._entries if entry.stream == stream and entry.version > after]
        return [decode(body) for (body,) in rows] + fresh

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
        happened_at: datetime | None,
        now: datetime,
        rulebook: str,
        command: str,
    ) -> Entry:
        """Add an entry. `payload` is canonical JSON (`chain.canonical` of the fact), else ValueError.

        Recorded at `now`, or at the last entry's time where the machine's clock is behind it. `happened_at` None means
        the time of recording. Whether (stream, version) is free is checked by the database, at the end: Conflict.
        """
        if not isinstance(payload, CanonicalJson) and not is_canonical(payload):
            raise ValueError(f"the payload of {kind} is not canonical JSON")
        # Recorded time never runs backwards. A clock that was set back does not stop the college from working: the last
        # entry's time is repeated, and what the machine's clock said is put on record beside it for the auditor.
        now, last = to_utc(now), self.head.recorded_at
        behind = last is not None and now < last
        recorded_at = last if behind and last is not None else now
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
            happened_at=recorded_at if happened_at is None else to_utc(happened_at),
            recorded_at=recorded_at,
            machine_clock=now if behind else None,
            rulebook=rulebook,
            command=command,
            previous=self.head.digest,
        )
        self._add(entry)
        return entry

    def record_answer(self, command_id: str, first: int, last: int) -> None:
        """Record what a command was answered with, so that asking again writes nothing."""
        self._commands.append({"id": command_id, "first": first, "last": last})
        self.answers[command_id] = CommandAnswer(first, last)

    def project(self, table_name: str, row: Mapping[str, Any]) -> None:
        """The present state of a stream: every column of its projection. The last call for a stream counts."""
        self._projected[table_name][row["stream"]] = dict(row)
        self._dues.pop(row["stream"], None)

    def set_due(self, stream: str, next_due_at: datetime | None) -> None:
        """Set when an assessment or a routine check is next due, and nothing else of its row."""
        projected = self._projected[kind_of(stream)].get(stream)
        if projected is None:
            self._dues[stream] = next_due_at
        else:
            projected["next_due_at"] = next_due_at

    def write_beside(self, statement: StatementBuilder, values: ColumnValues) -> None:
        """A row beside the ledger that belongs to an entry (a secret, a file name): written with it, or not at all."""
        self._beside.append((statement, values))

    def store_rulebook(self, digest: str, edition: str, source: str) -> None:
        """Store the source of a rulebook, unless one of this digest is stored already."""
        self._rulebooks[digest] = {"with_digest": digest, "with_id": edition, "source": source}

    def batches(self) -> list[Batch]:
        """Everything to be written, in order; empty if there is nothing."""
        # The entries before what refers to them, and the head last: its row is what readers ask for the end of the
        # ledger, and the database checks every (number) and (stream, version) before it moves.
        batches = [self._batch(statement, rows) for statement, rows in self._gathered() if rows]
        batches += [self._batch(statement, [values]) for statement, values in self._beside]
        if self._entries:
            recorded_at = None if self.head.recorded_at is None else format_time(self.head.recorded_at)
            moved = {"to_number": self.head.number, "to_digest": self.head.digest, "at": recorded_at}
            batches.append(self._batch(statements.move_head, [moved]))
        return batches

    def _gathered(self) -> list[tuple[StatementBuilder, list[ColumnValues]]]:
        return [
            (statements.insert_rulebook, list(self._rulebooks.values())),
            (statements.insert_entry, self._rows),
            (statements.insert_command, self._commands),
            (statements.upsert_assessment, list(self._projected["assessment"].values())),
            (statements.upsert_case, list(self._projected["case_record"].values())),
            (statements.upsert_routine_check, list(self._projected["routine_check"].values())),
            (statements.set_assessment_due, self._due_rows("assessment")),
            (statements.set_check_due, self._due_rows("routine_check")),
        ]

    def _due_rows(self, kind: str) -> list[ColumnValues]:
        return [{"of": stream, "due": due} for stream, due in self._dues.items() if kind_of(stream) == kind]

    def _batch(self, builder: StatementBuilder, rows: list[ColumnValues]) -> Batch:
        statement = self._prepare(builder)
        return statement, [statement.fill(row) for row in rows]

    def _add(self, entry: Entry) -> None:
        """Gather an entry's row and move the head over it. The columns are taken from the entry itself."""
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
