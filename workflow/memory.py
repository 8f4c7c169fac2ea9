"""What the engine remembers between transactions: folds, pins, and which cases and routine checks touch which unit.

A cache and nothing else. Entries never change, so a fold up to version n stays true; what was added since is read
when the transaction opens (the head's number says whether anything was). A hold works on copies and is kept only
after its commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import RLock

from msgspec import Struct

from states.assessment import Assessment
from states.cases.attribution import Concerning
from states.cases.case import Case
from states.chart import State, beginning, fold
from states.routine_check import RoutineCheck
from states.streams import assessments_of_year, id_of
from states.year.year import Progress, progress
from storage import queries
from storage.database.database import Database
from storage.ledger.chain import GENESIS
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.ledger.transaction import LedgerTransaction

_LIMIT = 50_000
"""Streams kept; beyond it the memory starts afresh."""


class Kept(Struct, frozen=True):
    """A stream's state, and the edition its first entry pinned."""

    state: State
    pin: str


class Memory:
    """The folds of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._touching: dict[str, set[str]] | None = None
        self._seen = 0
        self._link = GENESIS
        self._lock = RLock()

    def pin(self, ledger: Ledger, stream: str) -> str:
        """The edition a stream was begun under; empty if it has not begun."""
        if stream not in self._kept:
            self.read(ledger, stream)
        kept = self._kept.get(stream)
        return kept.pin if kept else ""

    def hold(self, transaction: LedgerTransaction, database: Database) -> Hold:
        """Catch up with what others wrote, and begin a hold."""
        with self._lock:
            if (transaction.head.number, transaction.head.digest) != (self._seen, self._link):
                self._catch_up(transaction)
            return Hold(self, transaction, database)

    def read(self, ledger: Ledger, stream: str) -> State:
        """A stream as last committed, outside any hold."""
        with self._lock:
            kept = self._kept.get(stream)
            state, pin = (kept.state, kept.pin) if kept else (beginning(stream), "")
        entries = ledger.stream(
            stream, state.version
        )  # not under the lock: a server that does not answer would hold up all
        for entry in entries:
            state, pin = fold(state, fact_of(entry), entry), pin or entry.rulebook
        if entries:
            with self._lock:
                newer = self._kept.get(stream)
                if newer is None or newer.state.version < state.version:
                    self._remember(state, pin)
        return state

    def standing(self, ledger: Ledger, versions: Mapping[str, int]) -> list[State]:
        """Streams known to have come to these versions: what is remembered, where it is no older than that."""
        with self._lock:
            known = [(stream, version, self._kept.get(stream)) for stream, version in versions.items()]
        return [
            kept.state if kept is not None and kept.state.version >= version else self.read(ledger, stream)
            for stream, version, kept in known
        ]

    def concerning(self, ledger: Ledger, unit: str) -> Concerning:
        """Every case that may count for this unit, and every routine check of it, as last committed."""
        return _parted(
            [self.read(ledger, stream) for stream in queries.cases_and_checks_of_unit(ledger.database, unit)]
        )

    def _catch_up(self, transaction: LedgerTransaction) -> None:
        """Fold what was added. Where it does not follow what was seen (a backup was restored), forget everything."""
        entries = transaction.since(self._seen) if transaction.head.number > self._seen else []
        if not entries or entries[0].previous != self._link:
            self._kept.clear()
            self._touching = None
            entries = []
        self._seen, self._link = transaction.head.number, transaction.head.digest
        for entry in entries:
            kept = self._kept.get(entry.stream)
            if kept is not None and kept.state.version < entry.version:
                self._kept[entry.stream] = Kept(fold(kept.state, fact_of(entry), entry), kept.pin)
            if entry.stream.startswith(("case/", "routine_check/")):
                self._touching = None

    def _remember(self, state: State, pin: str) -> None:
        if len(self._kept) > _LIMIT:
            self._kept.clear()
        kept = self._kept.get(state.stream)
        self._kept[state.stream] = Kept(state, kept.pin if kept else pin)
        if self._touching is not None:
            for unit in _units(state):
                self._touching[unit].add(state.stream)

    def _by_unit(self, database: Database) -> dict[str, set[str]]:
        if self._touching is None:
            self._touching = defaultdict(set)
            for case in queries.all_cases(database):
                for unit in filter(None, (case.unit, case.unit_now)):
                    self._touching[unit].add(case.stream)
            for check in queries.all_routine_checks(database):
                self._touching[check.unit].add(check.stream)
        return self._touching


def _parted(states: list[State]) -> Concerning:
    return tuple(s for s in states if isinstance(s, Case)), tuple(s for s in states if isinstance(s, RoutineCheck))


def _units(state: State) -> tuple[str, ...]:
    """The units a case or a routine check touches; none for any other stream."""
    if isinstance(state, Case):
        return state.units
    return (state.unit,) if isinstance(state, RoutineCheck) else ()


class Reader:
    """Reads through the memory as last committed, outside any hold; it is asked what a `Hold` is asked."""

    def __init__(self, memory: Memory, ledger: Ledger) -> None:
        self._memory = memory
        self._ledger = ledger

    def state(self, stream: str) -> State:
        return self._memory.read(self._ledger, stream)

    def pin(self, stream: str) -> str:
        return self._memory.pin(self._ledger, stream)

    def concerning(self, unit: str) -> Concerning:
        return self._memory.concerning(self._ledger, unit)

    def progress(self, year: str) -> tuple[Progress, ...]:
        rows = queries.assessments(self._ledger.database, int(id_of(year)))
        return progress(self._memory.standing(self._ledger, {row.stream: row.version for row in rows}))


class Hold:
    """one transaction: reads through the memory, writes beside it until committed."""

    def __init__(self, memory: Memory, transaction: LedgerTransaction, database: Database) -> None:
        self._memory = memory
        self._transaction = transaction
        self._database = database
        self._fresh: dict[str, Kept] = {}

    def state(self, stream: str) -> State:
        """A stream as it stands under this hold."""
        fresh = self._fresh.get(stream) or self._memory._kept.get(stream)
        if fresh is not None:
            return fresh.state
        state, pin = beginning(stream), ""
        for entry in self._transaction.stream(stream):
            state, pin = fold(state, fact_of(entry), entry), pin or entry.rulebook
        if state.version:
            self._memory._remember(state, pin)
        return state

    def pin(self, stream: str) -> str:
        """The edition a stream was begun under; empty if it has not begun."""
        self.state(stream)
        kept = self._fresh.get(stream) or self._memory._kept.get(stream)
        return kept.pin if kept else ""

    def keep(self, state: State, pin: str, number: int) -> None:
        """The state after an entry of this hold."""
        before = self._fresh.get(state.stream) or self._memory._kept.get(state.stream)
        self._fresh[state.stream] = Kept(state, before.pin if before else pin)

    def concerning(self, unit: str) -> Concerning:
        """Every case that may count for this unit and every routine check of it, those of this hold among them."""
        streams = set(self._memory._by_unit(self._database).get(unit, ()))
        streams.update(stream for stream, kept in self._fresh.items() if unit in _units(kept.state))
        return _parted(list(map(self.state, sorted(streams))))

    def progress(self, year: str) -> tuple[Progress, ...]:
        """Where the assessments of a year are, those of this hold among them."""
        streams = {row.stream for row in queries.assessments(self._database, int(id_of(year)))}
        streams.update(stream for stream in self._fresh if stream.startswith(assessments_of_year(id_of(year))))
        return progress(map(self.state, sorted(streams)))

    def assessments_of(self, units: Iterable[str]) -> set[str]:
        """The assessments a case of these units may touch."""
        wanted = set(units)
        fresh = {s for s, k in self._fresh.items() if isinstance(k.state, Assessment) and k.state.unit in wanted}
        return fresh | set(queries.assessment_streams_of(self._database, wanted))

    def commit(self) -> None:
        """What this hold wrote is true now: remember it."""
        with self._memory._lock:
            for kept in self._fresh.values():
                self._memory._remember(kept.state, kept.pin)
            self._memory._seen, self._memory._link = self._transaction.head.number, self._transaction.head.digest
