"""The states the post writes letters from, each with the rulebook its stream was begun under."""

from __future__ import annotations

from config.rulebooks import parse
from states.rulebook.types import Rulebook
from storage import queries
from storage.ledger.ledger import Ledger
from storage.state_cache import StateCache

LIMIT = 5000
"""Streams remembered: the post looks at those that change."""


class PostStates(StateCache):
    """The state cache of one reader of the ledger. Its own, because the post goes through the entries behind the engine."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, LIMIT)
        self._rulebooks: dict[str, Rulebook] = {}

    def titles(self) -> dict[str, str]:
        """What the departments on the roster are called now."""
        return {key: unit.title for key, unit in self.roster().units.items()}

    def rulebook(self, stream: str) -> Rulebook:
        """The edition a stream was begun under. KeyError where it is not in the database."""
        pin = self.pin(stream)
        if pin not in self._rulebooks:
            for digest, (id_, source) in queries.rulebooks(self.ledger.database).items():
                self._rulebooks[f"{id_}@{digest}"] = parse(source.encode(), f"{id_} (database)").rulebook
        return self._rulebooks[pin]
