"""The unit of work: the states that the engine reads and writes in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from states.assessment import Assessment
from states.cases.attribution import RecordsOfUnit, split_records, units_of
from states.records.earlier_result import EarlierResult
from states.records.year import Progress
from states.rulebook.types import Rulebook
from states.stream_kinds import State, initial_state
from states.streams import assessments_of_year, id_of
from states.year.year import progress
from storage import queries
from storage.ledger.transaction import LedgerTransaction
from storage.state_cache import CachedStream, StateCache, holders


class UnitOfWork:
    """The streams as one transaction sees them: the committed states, and those that it has written itself.

    It implements `states.binding.OtherStreams`. Only `commit` gives the new states to the cache, so a failed
    transaction leaves the cache unchanged.
    """

    def __init__(self, cache: StateCache, transaction: LedgerTransaction) -> None:
        cache.catch_up(transaction)
        self._cache = cache
        self.transaction = transaction
        self._written: dict[str, CachedStream] = {}
        self._empty: dict[str, CachedStream] = {}

    def state(self, stream: str) -> State:
        """The state of a stream in this transaction."""
        return self._read(stream).state

    def pin(self, stream: str) -> str:
        """The pin of the edition of the stream's first entry; empty if it has none."""
        return self._read(stream).pin

    def write(self, state: State, pin: str) -> None:
        """Set a stream's state after an entry of this transaction; `pin` is the edition of the entry."""
        self._written[state.stream] = CachedStream(state, self.pin(state.stream) or pin)

    def records_of(self, unit: str) -> RecordsOfUnit:
        """What is on record about a department."""
        streams = self._cache.record_streams(unit)
        streams.update(stream for stream, written in self._written.items() if unit in units_of(written.state))
        return split_records(map(self.state, sorted(streams)))

    def progress(self, year: str) -> tuple[Progress, ...]:
        """The progress of every assessment of a year; `year` is the stream of the year."""
        streams = {row.stream for row in queries.assessments(self._cache.ledger.database, int(id_of(year)))}
        streams.update(stream for stream in self._written if stream.startswith(assessments_of_year(id_of(year))))
        return progress(map(self.state, sorted(streams)))

    def holders(self, person: str) -> frozenset[str]:
        """The ids of the accounts that belong to a person."""
        return holders(person, self._cache.people(), (written.state for written in self._written.values()))

    def result(self, stream: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment with the values `read`, as later assessments read it."""
        return self._cache.result_of(self.state(stream), self.pin(stream), read)

    def rulebook(self, stream: str) -> Rulebook:
        """The rulebook that binds a stream with entries."""
        return self._cache.rulebook_of(stream, self.pin(stream))

    def assessments_of(self, units: Iterable[str]) -> set[str]:
        """The streams of all assessments of these departments."""
        unit_ids = set(units)
        states = (written.state for written in self._written.values())
        new = {state.stream for state in states if isinstance(state, Assessment) and state.unit in unit_ids}
        return new | set(queries.assessment_streams_of(self._cache.ledger.database, unit_ids))

    def commit(self) -> None:
        """Give the new states to the cache. Call it only after the transaction has committed."""
        self._cache.commit(self._written.values(), self.transaction.head)

    def _read(self, stream: str) -> CachedStream:
        cached = self._written.get(stream) or self._cache.cached(stream) or self._empty.get(stream)
        if cached is not None:
            return cached
        current = CachedStream(initial_state(stream)).after(self.transaction.stream(stream))
        if current.state.version:
            self._cache.remember(current)
        else:
            # A stream without entries is not put into the cache, where it could become out of date. Here it is safe:
            # nobody else can write the stream before this transaction ends.
            self._empty[stream] = current
        return current
