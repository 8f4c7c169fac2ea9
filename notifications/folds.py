"""Streams as they stood after an entry, and as they stand now, for telling of them. Reads; remembers little."""

from __future__ import annotations

from config.rulebooks import parse
from states.chart import State, beginning, fold
from states.rulebook.types import Rulebook
from states.year.roster import Roster
from storage import queries
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger

KEPT = 5000
"""Streams remembered; beyond it the memory starts afresh."""


class Folds:
    """The folds of one reader of the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._states: dict[str, State] = {}
        self._pins: dict[str, str] = {}
        self._rulebooks: dict[str, Rulebook] = {}

    def after(self, entry: Entry) -> State:
        """The state of an entry's stream after it. Entries of a stream are asked for in their order."""
        state = self._states.get(entry.stream)
        if state is None or state.version >= entry.version:
            state = beginning(entry.stream)
        if state.version == entry.version - 1:
            return self._keep(self._one(state, entry))
        return self._keep(self._folded(state, entry.version))

    def now(self, stream: str) -> State:
        """A stream as last committed."""
        return self._keep(self._folded(self._states.get(stream) or beginning(stream)))

    def roster(self) -> Roster:
        """The roster as last committed."""
        state = self._keep(self._folded(self._states.get("roster") or beginning("roster")))
        assert isinstance(state, Roster)
        return state

    def titles(self) -> dict[str, str]:
        """What the units on the roster are called now."""
        return {key: unit.title for key, unit in self.roster().units.items()}

    def rulebook(self, stream: str) -> Rulebook:
        """The edition a stream was begun under, once its state was asked for."""
        pin = self._pins[stream]
        if pin not in self._rulebooks:
            for digest, (id_, source) in queries.rulebooks(self._ledger.database).items():
                self._rulebooks[f"{id_}@{digest}"] = parse(source.encode(), f"{id_} (database)").rulebook
        return self._rulebooks[pin]

    def _folded(self, state: State, upto: int | None = None) -> State:
        for entry in self._ledger.stream(state.stream, state.version):
            if upto is not None and entry.version > upto:
                break
            state = self._one(state, entry)
        return state

    def _one(self, state: State, entry: Entry) -> State:
        self._pins.setdefault(entry.stream, entry.rulebook)
        return fold(state, fact_of(entry), entry)

    def _keep(self, state: State) -> State:
        if len(self._states) > KEPT:
            self._states.clear()
        self._states[state.stream] = state
        return state
