"""The engine and the plain driver take turns at the same commands, in short blocks, on databases of equal size.

The commands are run once by an engine on a copy of the ledger (the scribe); what it wrote is what the plain driver
is handed. Then both start from copies of the same ledger and take blocks in turn, in alternating order, so
that what else the machine does meets both. In the end both ledgers must end in the same digest, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Any

from msgspec import Struct

from config.clock import VirtualClock
from config.logs import set_up
from storage.ledger.transaction import LedgerHead
from workflow import wiring

from . import raw
from .figures import Spread, ratios, spread
from .ledgers import CommandBatch, accepted, edition_in_force
from .places import Place
from .raw import RecordingWriter, Write, Written


class Race(Struct, frozen=True):
    """Who took how long: µs per command, and the raw ceiling's time in the engine's (`ratio`, 1 is the ceiling)."""

    entries: int
    commands: int
    together: int
    micros: dict[str, Spread]
    ratio: dict[str, Spread]


class TimedEngine:
    """An engine over one database, on a clock that goes where the commands take it. It logs as in production."""

    def __init__(self, url: str) -> None:
        set_up()
        self.clock = VirtualClock(datetime(2000, 1, 1, tzinfo=UTC))
        self.engine = wiring.compose_engine(url, self.clock, edition_in_force())
        self.ledger = self.engine.ledger

    def run(self, batches: Sequence[CommandBatch]) -> None:
        """Submit every batch: one command alone by `submit`, several by `submit_many`."""
        engine, advance = self.engine, self.clock.advance_to
        for batch in batches:
            advance(batch.at)
            if len(batch.submissions) == 1:
                s = batch.submissions[0]
                engine.submit(s.stream, s.command, s.actor, s.command_id, s.expected_version)
            else:
                accepted(engine.submit_many(batch.submissions))

    def close(self) -> LedgerHead:
        """Where the ledger ends; nobody is connected to it any more."""
        head = self.ledger.head()
        self.ledger.close()
        self.ledger.database.close()
        return head


def race(place: Place, base: str, batches: Sequence[CommandBatch], block: int) -> Race:
    """Race over copies of the ledger `base`; blocks of `block` batches. ValueError if the ledgers end differently."""
    written, entries = _scribe(place, base, batches)
    runner = TimedEngine(place.copy(base, f"{base}-engine"))
    drivers = {name: _driver(place, base, name) for name in raw.WRITERS[place.dialect]}
    turns: dict[str, Callable[[slice], object]] = {
        "engine": lambda some: runner.run(batches[some]),
        **{name: partial(_write, raw.WRITERS[place.dialect][name](drivers[name]), written) for name in drivers},
    }
    took = _take_turns(turns, batches, block)
    ends = {"engine": runner.close().digest, **{name: _end(driver) for name, driver in drivers.items()}}
    for name in ends:
        place.drop(f"{base}-{name}")
    if len(set(ends.values())) != 1:
        raise ValueError(f"the ledgers end differently: {ends}")
    return Race(
        entries=entries,
        commands=sum(len(h.submissions) for h in batches),
        together=max(len(h.submissions) for h in batches),
        micros={name: spread(values) for name, values in took.items()},
        ratio={name: ratios(took[name], took["engine"]) for name in drivers},
    )


def _take_turns(
    turns: dict[str, Callable[[slice], object]], batches: Sequence[CommandBatch], block: int
) -> dict[str, list[float]]:
    """µs per command of each, block by block.

    The first block opens connections, compiles statements and fills caches for everybody; it is not counted.
    """
    took: dict[str, list[float]] = {name: [] for name in turns}
    for turn, at in enumerate(range(0, len(batches), block)):
        some = slice(at, at + block)
        commands = sum(len(h.submissions) for h in batches[some])
        for name in turns if turn % 2 else reversed(turns):
            began = perf_counter()
            turns[name](some)
            seconds = perf_counter() - began
            if turn:
                took[name].append(seconds / commands * 1e6)
    return took


def _write(write: Write, written: Sequence[Written], some: slice) -> None:
    for one in written[some]:
        write(one)


def _driver(place: Place, base: str, name: str) -> Any:
    place.copy(base, f"{base}-{name}")
    return place.raw(f"{base}-{name}")


def _end(driver: Any) -> str:
    """The digest a plain driver's ledger ends with; its connection is closed."""
    digest: str = driver.execute("SELECT digest FROM head").fetchone()[0]
    driver.close()
    return digest


def _scribe(place: Place, base: str, batches: Sequence[CommandBatch]) -> tuple[list[Written], int]:
    """What an engine writes for these commands, batch by hold, and how many entries the ledger had before."""
    runner = TimedEngine(place.copy(base, f"{base}-scribe"))
    before = runner.ledger.head().number
    scribe = RecordingWriter(runner.ledger.database)
    runner.ledger._writer = scribe
    runner.run(batches)
    runner.close()
    place.drop(f"{base}-scribe")
    return scribe.written, before
