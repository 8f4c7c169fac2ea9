"""A cache of the states of streams. The engine decides on these states, and the post writes letters about them.

It is only a cache: it can be emptied at any time without any effect on the results. An entry never changes, so a state
that was folded up to version n is always the state at version n. A cached state can only lack later entries, and these
are read when somebody asks for the state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from threading import RLock

from msgspec import Struct

from states.accounts.deputies import DeputyAppointed
from states.assessment import Assessment
from states.cases.attribution import RecordsOfUnit, split_records, units_of
from states.records.account import Account, Deputyship
from states.records.earlier_result import EarlierResult
from states.records.roster import Roster
from states.records.year import Progress
from states.rulebook.types import Rulebook
from states.stages.decided_result import decided_result
from states.stream_kinds import State, fold, initial_state
from states.streams import OF_UNITS, ROSTER, id_of, kind_of, occasion_of
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

STREAM_LIMIT = 50_000
"""The most streams in the cache; then it is emptied. An assessment takes some 40 kB, most other streams under 1 kB."""


class CachedStream(Struct, frozen=True):
    """The state of a stream, and the pin of the edition in its first entry. The pin is empty before the first entry."""

    state: State
    pin: str = ""

    def after(self, entries: Iterable[Entry]) -> CachedStream:
        """A copy with these entries folded in. They must be the next entries of the stream, in order.

        Raises LedgerBroken if an entry cannot be folded, and the errors of `fact_of`.
        """
        state, pin = self.state, self.pin
        for entry in entries:
            try:
                state, pin = fold(state, fact_of(entry), entry), pin or entry.rulebook
            except UserError:
                raise
            except Exception as error:
                # If an entry was altered, or its predecessor was removed, it is noticed here and nowhere else: the
                # payload does not have the form of its kind, or the fold meets an impossible state. One class for all
                # these errors, so that code that handles many streams needs to catch only one.
                raise LedgerBroken(number=entry.number, why=_NO_STATE) from error
        return CachedStream(state, pin)


def holders(person: str, people: Mapping[str, str], changed: Iterable[State]) -> frozenset[str]:
    """The accounts of a person: those of `people`, the person of each account, and of states that `changed` since."""
    after = {**people, **{state.id: state.person for state in changed if isinstance(state, Account)}}
    return frozenset(id_ for id_, one in after.items() if one == person)


class StateCache:
    """The states of one ledger, as last committed. Many threads may use it. `edition_of` returns the edition of a pin.

    It implements `states.binding.OtherStreams`. The states that a transaction reads and writes before its commit are in
    a unit of work (`workflow/unit_of_work.py`), which begins with `catch_up` and ends with `commit`.
    """

    def __init__(self, ledger: Ledger, edition_of: Callable[[str], Rulebook], limit: int = STREAM_LIMIT) -> None:
        self.ledger = ledger
        self._edition_of = edition_of
        self._limit = limit
        self._streams: dict[str, CachedStream] = {}
        # For `after`: streams as they were at an earlier entry. Kept apart, because a stream in `_streams` must never
        # become older than it is.
        self._earlier: dict[str, CachedStream] = {}
        self._of_unit: dict[str, set[str]] | None = None
        self._people: dict[str, str] = {}
        self._people_number = 0
        self._principals: dict[str, frozenset[str]] = {}
        self._principals_number = 0
        # For `states`: what it returned, with all entries up to this number.
        self._current: Mapping[str, State] = {}
        self._current_number = 0
        self._number, self._digest = 0, GENESIS
        self._lock = RLock()

    def state(self, stream: str) -> State:
        """The state of a stream, as last committed."""
        return self._read(stream).state

    def states(self, streams: Iterable[str]) -> list[State]:
        """The states of many streams, as last committed. Only those with new entries are read from the ledger.

        For the accounts: a page that asks for each of them would send a query for each.
        """
        number = self.ledger.head().number
        with self._lock:
            current, after = self._current, self._current_number
        # The pair is never changed, only replaced: every state in it has at least the entries up to its number.
        if current and number != after:
            changed = queries.streams_after(self.ledger.database, after) if number > after else current
            current = {stream: state for stream, state in current.items() if stream not in changed}
        wanted = list(streams)
        missing = {stream: self.state(stream) for stream in wanted if stream not in current}
        current = {**current, **missing}
        with self._lock:
            self._current, self._current_number = current, number
        return [current[stream] for stream in wanted]

    def pin(self, stream: str) -> str:
        """The pin of the edition in the stream's first entry; empty if the stream has no entry."""
        # The first entry never changes, so a cached stream of any version has the right pin.
        cached = self._streams.get(stream) or self._earlier.get(stream)
        return cached.pin if cached is not None and cached.pin else self._read(stream).pin

    def roster(self) -> Roster:
        """The roster as last committed."""
        state = self.state(ROSTER)
        assert isinstance(state, Roster)
        return state

    def records_of(self, unit: str) -> RecordsOfUnit:
        """What is on record about a department, as last committed."""
        return split_records(map(self.state, queries.records_of_unit(self.ledger.database, unit)))

    def progress(self, year: str) -> tuple[Progress, ...]:
        """The progress of the annual assessments of a year. `year` is the stream of the year."""
        rows = queries.assessments(self.ledger.database, int(id_of(year)))
        return progress(self.at_versions({row.stream: row.version for row in rows}))

    def people(self) -> Mapping[str, str]:
        """The person of each account that belongs to one, by the id of the account, as last committed.

        The same object is returned until a person changes.
        """
        with self._lock:
            known, after = self._people, self._people_number
        changed, last = queries.accounts_with(self.ledger.database, queries.KINDS_WITH_PERSON, after)
        if not changed:
            with self._lock:
                if self._people is known:
                    self._people_number = last
            return known
        states = (self.state(stream) for stream in changed)
        people = {**known, **{one.id: one.person for one in states if isinstance(one, Account)}}
        with self._lock:
            self._people, self._people_number = {id_: one for id_, one in people.items() if one is not None}, last
            return self._people

    def principals(self) -> Mapping[str, frozenset[str]]:
        """The streams of the accounts that ever named a deputy, by the id of the deputy, as last committed."""
        with self._lock:
            known, after = self._principals, self._principals_number
        changed, last = queries.accounts_with(self.ledger.database, (DeputyAppointed.kind,), after)
        principals = dict(known)
        for stream in sorted(changed):
            for id_ in self._deputies_named_in(stream):
                principals[id_] = principals.get(id_, frozenset()) | {stream}
        with self._lock:
            self._principals, self._principals_number = principals, last
            return principals

    def _deputies_named_in(self, stream: str) -> set[str]:
        """Every account that the stream ever named as a deputy. A stream that cannot be read names nobody."""
        # The replay reports the stream. If it stopped every page and every letter, nobody could mend it.
        try:
            facts = [fact_of(one) for one in self.ledger.stream(stream) if one.kind == DeputyAppointed.kind]
        except LedgerBroken:
            return set()
        return {fact.deputy for fact in facts if isinstance(fact, DeputyAppointed)}

    def deputyships(self, account: Account, today: date) -> tuple[Deputyship, ...]:
        """What an account does today for others, as last committed."""
        streams = self.principals().get(account.id, frozenset())
        principals = (self.state(stream) for stream in sorted(streams))
        return account.deputyships([one for one in principals if isinstance(one, Account)], today)

    def holders(self, person: str) -> frozenset[str]:
        """The ids of the accounts that belong to a person, as last committed."""
        return holders(person, self.people(), ())

    def rulebook(self, stream: str) -> Rulebook:
        """The rulebook that binds a stream with entries."""
        return self.rulebook_of(stream, self.pin(stream))

    def rulebook_of(self, stream: str, pin: str) -> Rulebook:
        """The edition of this pin, as it is for a stream."""
        return self._edition_of(pin).at(occasion_of(stream))

    def result(self, stream: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment with the values `read`, as later assessments read it."""
        return self.result_of(self.state(stream), self.pin(stream), read)

    def result_of(self, state: State, pin: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment in this state, under the edition of this pin."""
        if not isinstance(state, Assessment) or not state.version:
            return EarlierResult(state.stream, "none")
        return decided_result(state, self.rulebook_of(state.stream, pin), read)

    def at_versions(self, versions: Mapping[str, int]) -> list[State]:
        """The states of many streams. `versions`: the current version of each stream.

        A cached state is returned without reading if it is not older than this version.
        """
        with self._lock:
            streams = [(stream, version, self._streams.get(stream)) for stream, version in versions.items()]
        return [
            cached.state if cached is not None and cached.state.version >= version else self.state(stream)
            for stream, version, cached in streams
        ]

    def after(self, entry: Entry) -> State:
        """The state of an entry's stream directly after the entry.

        It is fast if the entries of a stream are passed in their order; otherwise it folds the stream from its
        beginning.
        """
        cached = self._earlier.get(entry.stream)
        if cached is None or cached.state.version >= entry.version:
            cached = CachedStream(initial_state(entry.stream))
        if cached.state.version < entry.version - 1:
            entries = self.ledger.stream(entry.stream, cached.state.version)
            cached = cached.after(one for one in entries if one.version < entry.version)
        if len(self._earlier) > self._limit:
            self._earlier.clear()
        self._earlier[entry.stream] = cached = cached.after([entry])
        return cached.state

    def cached(self, stream: str) -> CachedStream | None:
        """The cached stream; None if it is not cached. It reads no entry. For a unit of work, after `catch_up`."""
        return self._streams.get(stream)

    def record_streams(self, unit: str) -> set[str]:
        """The streams of a department's cases, routine checks and other records. For a unit of work, after `catch_up`.

        They come from memory, because a query for each score would be the slowest part of a unit of work.
        """
        with self._lock:
            if self._of_unit is None:
                self._of_unit = defaultdict(set)
                for record in queries.all_records(self.ledger.database):
                    for record_unit in filter(None, (record.unit, record.unit_now)):
                        self._of_unit[record_unit].add(record.stream)
                for check in queries.all_routine_checks(self.ledger.database):
                    self._of_unit[check.unit].add(check.stream)
            return set(self._of_unit.get(unit, ()))

    def catch_up(self, transaction: LedgerTransaction) -> None:
        """Fold in the entries that other processes wrote since the last unit of work."""
        head = transaction.head
        with self._lock:
            if (head.number, head.digest) == (self._number, self._digest):
                return
            new_entries = transaction.since(self._number) if head.number > self._number else []
            if not new_entries or new_entries[0].previous != self._digest:
                # The ledger does not continue the cached one: a backup was restored while this process was running.
                self._streams.clear()
                self._earlier.clear()
                self._of_unit, new_entries = None, []
                self._current, self._current_number = {}, 0
                self._people, self._people_number = {}, 0
                self._principals, self._principals_number = {}, 0
            for entry in new_entries:
                cached = self._streams.get(entry.stream)
                if cached is not None and cached.state.version < entry.version:
                    self._streams[entry.stream] = cached.after([entry])
                if kind_of(entry.stream) in OF_UNITS:
                    self._of_unit = None
            self._number, self._digest = head.number, head.digest

    def remember(self, cached: CachedStream) -> None:
        """Cache a stream that a unit of work read, or that was committed."""
        with self._lock:
            if len(self._streams) > self._limit:
                self._streams.clear()
            self._streams[cached.state.stream] = cached
            if self._of_unit is not None:
                for unit in units_of(cached.state):
                    self._of_unit[unit].add(cached.state.stream)

    def commit(self, streams: Iterable[CachedStream], head: LedgerHead) -> None:
        """Cache the streams that a unit of work wrote. The ledger now ends at `head`."""
        with self._lock:
            for cached in streams:
                self.remember(cached)
            self._number, self._digest = head.number, head.digest

    def _read(self, stream: str) -> CachedStream:
        with self._lock:
            old = self._streams.get(stream) or CachedStream(initial_state(stream))
        # Not under the lock: if the database server does not answer, the other threads must not wait too.
        entries = self.ledger.stream(stream, old.state.version)
        if not entries:
            return old
        new = old.after(entries)
        with self._lock:
            current = self._streams.get(stream)
            if current is None or current.state.version < new.state.version:
                self.remember(new)
        return new
