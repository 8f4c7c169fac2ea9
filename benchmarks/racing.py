"""The engine and the plain driver take turns at the same commands, in short blocks, on databases of equal size.

The commands are run once by an engine on a copy of the ledger (the scribe); what it wrote is what the plain driver
is handed. Then both start from copies of the same ledger and take blocks in turn, in alternating order, so
that what else the machine does meets both. In the end both ledgers must end in the same digest, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter

from msgspec import Struct

from config.clock import VirtualClock
from config.logs import logger, set_up
from storage.database import Database
from storage.ledger import Head, Ledger
from workflow.engine import Engine

from . import raw
from .figures import Spread, ratios, spread
from .ledgers import Hold, accepted, edition_in_force
from .places import Place
from .raw import Scribe, Written


class Race(Struct, frozen=True):
    """Who took how long: µs per command, and the raw ceiling's time in the engine's (`ratio`, 1 is the ceiling)."""

    entries: int
    commands: int
    together: int
    micros: dict[str, Spread]
    ratio: dict[str, Spread]


class Runner:
    """An engine over one database, on a clock that goes where the commands take it. It logs as in production."""

    def __init__(self, url: str) -> None:
        set_up()
        self.database = Database.open(url)
        self.ledger = Ledger(self.database)
        head = self.ledger.head()
        self.clock = VirtualClock(head.recorded_at or datetime(2000, 1, 1, tzinfo=UTC))
        self.engine = Engine(self.ledger, self.clock, edition_in_force(), logger("workflow"))

    def run(self, holds: Sequence[Hold]) -> None:
        """Submit every hold: one command alone by `submit`, several by `submit_many`."""
        engine, advance = self.engine, self.clock.advance_to
        for hold in holds:
            advance(hold.at)
            if len(hold.submissions) == 1:
                s = hold.submissions[0]
                engine.submit(s.stream, s.command, s.actor, s.command_id, s.expected_version)
            else:
                accepted(engine.submit_many(hold.submissions))

    def close(self) -> Head:
        """Where the ledger ends; nobody is connected to it any more."""
        head = self.ledger.head()
        self.ledger.close()
        self.database.close()
        return head


def race(place: Place, base: str, holds: Sequence[Hold], block: int) -> Race:
    """Race over copies of the ledger `base`; blocks of `block` holds. ValueError if the ledgers end differently."""
    written, entries = _scribe(place, base, holds)
    names = ["engine", "raw", *(["pipelined"] if place.dialect == "postgresql" else [])]
    runner = Runner(place.copy(base, f"{base}-engine"))
    drivers = {name: place.raw(_copied(place, base, name)) for name in names[1:]}
    writers = {name: getattr(raw, "plain" if name == "raw" else name)(drivers[name]) for name in drivers}
    took: dict[str, list[float]] = {name: [] for name in names}
    # The first block opens connections, compiles statements and fills caches for everybody; it is not counted.
    for turn, at in enumerate(range(0, len(holds), block)):
        for name in names if turn % 2 else reversed(names):
            if name == "engine":
                seconds = _timed(lambda: runner.run(holds[at : at + block]))
            else:
                seconds = _timed(lambda write=writers[name]: [write(w) for w in written[at : at + block]])
            if turn:
                took[name].append(seconds / sum(len(h.submissions) for h in holds[at : at + block]) * 1e6)
    ends = [runner.close().digest]
    for name, driver in drivers.items():
        ends.append(driver.execute("SELECT digest FROM head").fetchone()[0])
        driver.close()
        place.drop(f"{base}-{name}")
    place.drop(f"{base}-engine")
    if len(set(ends)) != 1:
        raise ValueError(f"the ledgers end differently: {dict(zip(names, ends, strict=True))}")
    return Race(
        entries=entries,
        commands=sum(len(h.submissions) for h in holds),
        together=max(len(h.submissions) for h in holds),
        micros={name: spread(values) for name, values in took.items()},
        ratio={name: ratios(took[name], took["engine"]) for name in drivers},
    )


def _scribe(place: Place, base: str, holds: Sequence[Hold]) -> tuple[list[Written], int]:
    """What an engine writes for these commands, hold by hold, and how many entries the ledger had before."""
    runner = Runner(place.copy(base, f"{base}-scribe"))
    before = runner.ledger.head().number
    scribe = runner.ledger._writer = Scribe(runner.database)
    runner.run(holds)
    runner.close()
    place.drop(f"{base}-scribe")
    return scribe.written, before


def _copied(place: Place, base: str, name: str) -> str:
    place.copy(base, f"{base}-{name}")
    return f"{base}-{name}"


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
