"""Where the time of one submit goes: a stopwatch around its real parts, while the engine does real commands.

Each part's time is its own: what it calls and is a part itself is taken off. Watching costs about half a
microsecond for each part, so the whole is a little more than without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import storage.ledger.transaction
import workflow.engine
from storage.ledger.transaction import LedgerTransaction
from storage.ledger.writer import Writer
from workflow.engine import Engine

from .ledgers import CommandBatch
from .places import Place
from .racing import TimedEngine

PARTS: tuple[tuple[str, Any, str], ...] = (
    ("take the transaction: begin, head, seen before?", Writer, "begin"),
    ("decide: stage, role, rules, privacy", workflow.engine, "decide"),
    ("encode and hash", workflow.engine, "canonical"),
    ("encode and hash", storage.ledger.transaction, "encode"),
    ("encode and hash", storage.ledger.transaction, "digest"),
    ("fold", workflow.engine, "fold"),
    ("project: the row, what is due next", Engine, "_project"),
    ("gather rows and bind their values", LedgerTransaction, "batches"),
    ("statements", Writer, "_write"),
    ("commit: until it is on the disk", Writer, "commit"),
    ("log", Engine, "_say"),
)
"""What is watched, and under which name. On PostgreSQL statements only queue up: they travel with the commit."""

REST = "everything between"


def dissect(place: Place, base: str, batches: Sequence[CommandBatch]) -> dict[str, float]:
    """µs of each part for one command, over a copy of the ledger `base`; the first tenth is not counted."""
    warm = len(batches) // 10
    runner = TimedEngine(place.copy(base, f"{base}-anatomy"))
    runner.run(batches[:warm])
    with _watched() as spent:
        began = perf_counter()
        runner.run(batches[warm:])
        whole = perf_counter() - began
    runner.close()
    place.drop(f"{base}-anatomy")
    spent[REST] = whole - sum(spent.values())
    commands = sum(len(h.submissions) for h in batches[warm:])
    return {part: spent[part] / commands * 1e6 for part in (*dict.fromkeys(name for name, _, _ in PARTS), REST)}


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """Stopwatches on every part, taken off again at the end."""
    spent: dict[str, float] = defaultdict(float)
    within: list[float] = [0.0]
    before = [(owner, name, getattr(owner, name)) for _, owner, name in PARTS]
    for part, owner, name in PARTS:
        setattr(owner, name, _watch(part, getattr(owner, name), spent, within))
    try:
        yield spent
    finally:
        for owner, name, was in before:
            setattr(owner, name, was)


def _watch(part: str, work: Callable[..., Any], spent: dict[str, float], within: list[float]) -> Callable[..., Any]:
    """`work`, its own time added to `spent`. `within` gathers, for each call under way, what its parts took."""

    def watched(*args: Any, **kwargs: Any) -> Any:
        within.append(0.0)
        began = perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            took = perf_counter() - began
            spent[part] += took - within.pop()
            within[-1] += took

    return watched
