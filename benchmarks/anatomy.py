"""Measures the parts of one submit: a stopwatch around its real functions, while the engine does real commands.

The stopwatches replace attributes of the program's modules and classes, and are removed at the end. The time of a part
does not include the other parts that it calls. A stopwatch costs about half a microsecond for each part, so the total
is a little more than without them.
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
    ("encode and hash", workflow.engine, "encode_canonical"),
    ("encode and hash", storage.ledger.transaction, "encode"),
    ("encode and hash", storage.ledger.transaction, "digest"),
    ("fold", workflow.engine, "fold"),
    ("project: the row, what is due next", workflow.engine, "project"),
    ("gather rows and bind their values", LedgerTransaction, "batches"),
    ("statements", Writer, "_write"),
    ("commit: until it is on the disk", Writer, "commit"),
    ("log", Engine, "_log_answer"),
)
"""The measured functions: the name of the part, the owner, the function.

On PostgreSQL statements are only queued, and sent with the commit.
"""

REST = "everything between"
"""The name of the rest: the time of a submit that no measured function used."""


def dissect(place: Place, base: str, batches: Sequence[CommandBatch]) -> dict[str, float]:
    """µs of each part for one command, over a copy of the ledger `base`; the first tenth is not counted."""
    warm = len(batches) // 10
    runner = TimedEngine(place.copy(base, f"{base}-anatomy"))
    runner.run(batches[:warm])
    with _stopwatches() as spent:
        started = perf_counter()
        runner.run(batches[warm:])
        whole = perf_counter() - started
    runner.close()
    place.drop(f"{base}-anatomy")
    spent[REST] = whole - sum(spent.values())
    commands = sum(len(batch.submissions) for batch in batches[warm:])
    return {part: spent[part] / commands * 1e6 for part in (*dict.fromkeys(name for name, _, _ in PARTS), REST)}


@contextmanager
def _stopwatches() -> Iterator[dict[str, float]]:
    """Put a stopwatch on every part, and remove them at the end."""
    spent: dict[str, float] = defaultdict(float)
    child_times: list[float] = [0.0]
    before = [(owner, name, getattr(owner, name)) for _, owner, name in PARTS]
    for part, owner, name in PARTS:
        setattr(owner, name, _measured(part, getattr(owner, name), spent, child_times))
    try:
        yield spent
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _measured(
    part: str, work: Callable[..., Any], spent: dict[str, float], child_times: list[float]
) -> Callable[..., Any]:
    """The function `work`, which also adds its own time to `spent`.

    `child_times` is a stack with, for each running call, the time of the parts that it has called.
    """

    def measured(*args: Any, **kwargs: Any) -> Any:
        child_times.append(0.0)
        started = perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            elapsed = perf_counter() - started
            spent[part] += elapsed - child_times.pop()
            child_times[-1] += elapsed

    return measured
