"""Compares the engine with the plain driver: they take turns at the same commands, in short blocks, on equal databases.

First an engine runs the commands on a copy of the ledger (the scribe) and records its writes; the plain driver repeats
these. Then both start from copies of the same ledger and take blocks in turn, in alternating order, so that other work
on the machine disturbs both. At the end both ledgers must have the same last digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

from msgspec import Struct

from config.clock import VirtualClock
from config.logs import set_up_log
from storage.ledger.transaction import LedgerHead
from workflow import wiring

from . import raw
from .figures import Spread, ratios, spread
from .ledgers import CommandBatch, edition_in_force, require_accepted
from .places import Place
from .raw import RecordingWriter, Write, Written


class Race(Struct, frozen=True):
    """The times of the engine and of each ceiling in µs per command, by name.

    `entries`: the size of the ledger before. `together`: the commands of the largest transaction. `ratio`: the time of
    a ceiling divided by the engine's time; 1 means that the engine is as fast as the ceiling.
    """

    entries: int
    commands: int
    together: int
    micros: dict[str, Spread]
    ratio: dict[str, Spread]


class TimedEngine:
    """An engine over one database, whose clock follows the times of the commands. It logs as in production."""

    def __init__(self, url: str) -> None:
        set_up_log()
        self.clock = VirtualClock(datetime(2000, 1, 1, tzinfo=UTC))
        self.engine = wiring.compose_engine(url, self.clock, edition_in_force())
        self.ledger = self.engine.ledger

    def run(self, batches: Sequence[CommandBatch]) -> None:
        """Submit every batch: a single command by `submit`, several by `submit_many`. Raises the first refusal."""
        engine, advance = self.engine, self.clock.advance_to
        for batch in batches:
            advance(batch.at)
            if len(batch.submissions) == 1:
                one = batch.submissions[0]
                engine.submit(one.stream, one.command, one.actor, one.command_id, one.expected_version)
            else:
                require_accepted(engine.submit_many(batch.submissions))

    def close(self) -> LedgerHead:
        """Close the ledger and its database. Returns the ledger's head."""
        head = self.ledger.head()
        self.ledger.close()
        self.ledger.database.close()
        return head


def race(place: Place, base: str, batches: Sequence[CommandBatch], block: int) -> Race:
    """Race on copies of the ledger `base`, in blocks of `block` batches.

    Raises ValueError if the ledgers end differently.
    """
    written, entries = _scribe(place, base, batches)
    runner = TimedEngine(place.copy(base, f"{base}-engine"))
    drivers = {name: _driver(place, base, name) for name in raw.WRITERS[place.dialect]}
    turns: dict[str, Callable[[slice], object]] = {
        "engine": lambda some: runner.run(batches[some]),
        **{name: partial(_write, raw.WRITERS[place.dialect][name](drivers[name]), written) for name in drivers},
    }
    times = _take_turns(turns, batches, block)
    ends = {"engine": runner.close().digest, **{name: _end(driver) for name, driver in drivers.items()}}
    for name in ends:
        place.drop(f"{base}-{name}")
    if len(set(ends.values())) != 1:
        raise ValueError(f"the ledgers end differently: {ends}")
    return Race(
        entries=entries,
        commands=sum(len(batch.submissions) for batch in batches),
        together=max(len(batch.submissions) for batch in batches),
        micros={name: spread(values) for name, values in times.items()},
        ratio={name: ratios(times[name], times["engine"]) for name in drivers},
    )


def _take_turns(
    turns: dict[str, Callable[[slice], object]], batches: Sequence[CommandBatch], block: int
) -> dict[str, list[float]]:
    """The µs per command of each participant, block by block.

    The first block is not counted: in it everybody opens connections, compiles statements and fills caches.
    """
    times: dict[str, list[float]] = {name: [] for name in turns}
    for turn, start in enumerate(range(0, len(batches), block)):
        some = slice(start, start + block)
        commands = sum(len(batch.submissions) for batch in batches[some])
        for name in turns if turn % 2 else reversed(turns):
            started = perf_counter()
            turns[name](some)
            seconds = perf_counter() - started
            if turn:
                times[name].append(seconds / commands * 1e6)
    return times


def _write(write: Write, written: Sequence[Written], some: slice) -> None:
    for one in written[some]:
        write(one)


def _driver(place: Place, base: str, name: str) -> Any:
    place.copy(base, f"{base}-{name}")
    return place.raw(f"{base}-{name}")


def _end(driver: Any) -> str:
    """Close the connection of a plain driver. Returns the last digest of its ledger."""
    digest: str = driver.execute("SELECT digest FROM head").fetchone()[0]
    driver.close()
    return digest


def _scribe(place: Place, base: str, batches: Sequence[CommandBatch]) -> tuple[list[Written], int]:
    """The writes of an engine for these commands, one item for each transaction, and the number of earlier entries."""
    runner = TimedEngine(place.copy(base, f"{base}-scribe"))
    before = runner.ledger.head().number
    scribe = RecordingWriter(runner.ledger.database)
    runner.ledger._writer = scribe
    runner.run(batches)
    runner.close()
    place.drop(f"{base}-scribe")
    return scribe.written, before
