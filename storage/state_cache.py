"""The states of streams, folded once and remembered: for the engine, which decides on them, and for the post, which writes of them.

A cache and nothing else: it can be emptied at any moment and everything comes out the same. An entry never changes, so a state folded up to
version n stays the state at version n for good. Only entries are ever missing, and those are read when somebody asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import RLock

from msgspec import Struct

from states.cases.attribution import CasesAndChecks
from states.records.case import Case
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Progress
from states.stream_kinds import State, beginning, fold
from states.streams import ROSTER, id_of, kind_of
from states.user_errors import UserError
from states.vocabulary import Text
from states.year.year import progress

from . import queries
from .errors import LedgerBroken
from .ledger.chain import GENESIS, Entry
from .ledger.facts import fact_of
from .ledger.ledger import Ledger
from .ledger.transaction import LedgerHead, LedgerTransaction

_NO_STATE = Text(zh="依据此前的记录，这条记录无法读取", en="it cannot be read after the entries before it")

LIMIT = 50_000
"""Streams remembered; beyond it the cache is emptied. An assessment takes some 40 kB, most other streams less than one."""


class CachedStream(Struct, frozen=True):
    """A stream's state, and the pin of the edition that its first entry named; empty before its first entry."""

    state: State
    pin: str = ""

    def after(self, entries: Iterable[Entry]) -> CachedStream:
        """The same with these entries folded in, which follow it in their order."""
        state, pin = self.state, self.pin
        for entry in entries:
            try:
                state, pin = fold(state, fact_of(entry), entry), pin or entry.rulebook
            except UserError:
                raise
            except Exception as error:
                # An entry that was altered, or whose predecessor was taken out, shows here and nowhere else: as a payload that is not of its
                # kind's form, or as a fold that meets what cannot be. Those who show or decide many streams then need to know one error only.
                raise LedgerBroken(number=entry.number, why=_NO_STATE) from error
        return CachedStream(state, pin)


class StateCache:
    """The states of one ledger. Many threads may ask one cache. It answers as of the last commit (`states.binding.OtherStreams`).

    What a transaction reads and writes before its commit is in a unit of work (`workflow/unit_of_work.py`), which begins with `catch_up` and
    ends with `commit`.
    """

    def __init__(self, ledger: Ledger, limit: int = LIMIT) -> None:
        self.ledger = ledger
        self._limit = limit
        self._streams: dict[str, CachedStream] = {}
        self._walked: dict[str, CachedStream] = {}
        self._of_unit: dict[str, set[str]] | None = None
        self._number, self._digest = 0, GENESIS
        self._lock = RLock()

    def state(self, stream: str) -> State:
        """A stream as last committed."""
        return self._read(stream).state

    def pin(self, stream: str) -> str:
        """The edition a stream was begun under; empty if it has not begun."""
        # What began a stream never changes: whatever is remembered will do.
        cached = self._streams.get(stream) or self._walked.get(stream)
        return cached.pin if cached is not None and cached.pin else self._read(stream).pin

    def roster(self) -> Roster:
        """The roster as last committed."""
        state = self.state(ROSTER)
        assert isinstance(state, Roster)
        return state

    def concerning(self, unit: str) -> CasesAndChecks:
        """Every case on record for a unit, and every routine check of it, as last committed."""
        return cases_and_checks(map(self.state, queries.cases_and_checks_of_unit(self.ledger.database, unit)))

    def progress(self, year: str) -> tuple[Progress, ...]:
        """Where the annual assessments of a year are; `year` is its stream."""
        rows = queries.assessments(self.ledger.database, int(id_of(year)))
        return progress(self.at_versions({row.stream: row.version for row in rows}))

    def at_versions(self, versions: Mapping[str, int]) -> list[State]:
        """Streams known to have reached these versions: what is remembered, where it is no older. For many streams at once."""
        with self._lock:
            known = [(stream, version, self._streams.get(stream)) for stream, version in versions.items()]
        return [
            cached.state if cached is not None and cached.state.version >= version else self.state(stream)
            for stream, version, cached in known
        ]

    def after(self, entry: Entry) -> State:
        """An entry's stream as it was just after the entry. For who goes through the entries of a stream in their order."""
        # Remembered apart: what is known of a stream as last committed must not become older than it is.
        cached = self._walked.get(entry.stream)
        if cached is None or cached.state.version >= entry.version:
            cached = CachedStream(beginning(entry.stream))
        if cached.state.version < entry.version - 1:
            between = self.ledger.stream(entry.stream, cached.state.version)
            cached = cached.after(one for one in between if one.version < entry.version)
        if len(self._walked) > self._limit:
            self._walked.clear()
        self._walked[entry.stream] = cached = cached.after([entry])
        return cached.state

    def cached(self, stream: str) -> CachedStream | None:
        """What is remembered of a stream, without reading. For a unit of work, which has caught up."""
        return self._streams.get(stream)

    def cases_and_checks_of_unit(self, unit: str) -> set[str]:
        """The streams of a unit's cases and routine checks. For a unit of work: a query for each score would be the slowest part of it."""
        with self._lock:
            if self._of_unit is None:
                self._of_unit = defaultdict(set)
                for case in queries.all_cases(self.ledger.database):
                    for either in filter(None, (case.unit, case.unit_now)):
                        self._of_unit[either].add(case.stream)
                for check in queries.all_routine_checks(self.ledger.database):
                    self._of_unit[check.unit].add(check.stream)
            return set(self._of_unit.get(unit, ()))

    def catch_up(self, transaction: LedgerTransaction) -> None:
        """Fold in what other processes wrote since the last unit of work."""
        head = transaction.head
        with self._lock:
            if (head.number, head.digest) == (self._number, self._digest):
                return
            missed = transaction.since(self._number) if head.number > self._number else []
            if not missed or missed[0].previous != self._digest:
                # Another ledger than the one remembered: a backup was restored under this process.
                self._streams.clear()
                self._walked.clear()
                self._of_unit, missed = None, []
            for entry in missed:
                cached = self._streams.get(entry.stream)
                if cached is not None and cached.state.version < entry.version:
                    self._streams[entry.stream] = cached.after([entry])
                if kind_of(entry.stream) in ("case", "routine_check"):
                    self._of_unit = None
            self._number, self._digest = head.number, head.digest

    def remember(self, cached: CachedStream) -> None:
        """A stream as a unit of work read it, or as it was committed."""
        with self._lock:
            if len(self._streams) > self._limit:
                self._streams.clear()
            self._streams[cached.state.stream] = cached
            if self._of_unit is not None:
                for unit in units_of(cached.state):
                    self._of_unit[unit].add(cached.state.stream)

    def commit(self, written: Iterable[CachedStream], head: LedgerHead) -> None:
        """What a unit of work wrote is committed, and the ledger now ends at `head`."""
        with self._lock:
            for cached in written:
                self.remember(cached)
            self._number, self._digest = head.number, head.digest

    def _read(self, stream: str) -> CachedStream:
        with self._lock:
            before = self._streams.get(stream) or CachedStream(beginning(stream))
        # Not under the lock: a database server that does not answer would make every other thread wait, too.
        entries = self.ledger.stream(stream, before.state.version)
        if not entries:
            return before
        now = before.after(entries)
        with self._lock:
            newer = self._streams.get(stream)
            if newer is None or newer.state.version < now.state.version:
                self.remember(now)
        return now


def cases_and_checks(states: Iterable[State]) -> CasesAndChecks:
    """Cases and routine checks, each kind by itself."""
    both = list(states)
    return tuple(s for s in both if isinstance(s, Case)), tuple(s for s in both if isinstance(s, RoutineCheck))


def units_of(state: State) -> tuple[str, ...]:
    """The units that a case or a routine check is on record for; none for any other stream."""
    if isinstance(state, Case):
        return state.units
    return (state.unit,) if isinstance(state, RoutineCheck) else ()
