"""What a tick costs with nothing due, and with some due, however many assessments there are; and what the post does a second.

The assessments are rows: `owing` real ones, opened by the engine and all due at one moment, among as many others as
are wanted, due in another century, which only the index has to pass by. The raw question is the plain driver asking
for the rows due, on a connection of its own.

`python -m benchmarks.ticking` prints it all and is done in some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from config import logs
from config.clock import VirtualClock
from config.settings import Settings
from demo.mailbox import listening
from demo.sample import units
from notifications.channels.smtp import Smtp
from notifications.contacts import Contact
from scheduler import rounds, wiring
from states.vocabulary import Actor
from storage import queries
from storage.post.contacts import replace_all
from workflow import wiring as below
from workflow.year import open_year

from .figures import Spread, spread
from .places import Place, SqliteFiles, server

SIZES = (1_000, 100_000, 1_000_000)
OWING = (0, 100, 1_000)
OPENED = datetime(2026, 10, 8, tzinfo=UTC)
DUE = date(2026, 11, 20)
FIRST = datetime(2026, 11, 6, 1, 0, 1, tzinfo=UTC)
"""A second after the first reminder of a self-report due on that day."""
ASKED = 200
LETTERS = 500


class TickTimes(Struct, frozen=True):
    """Of one place: what it cost to ask (`raw`, `query`) and to do, in ms. `tick` is a daemon's whole one."""

    dialect: str
    assessments: int
    owing: int
    written: int
    raw: Spread | None
    query: Spread | None
    rounds: Spread
    tick: Spread


def measure(place: Place, assessments: int, owing: int, times: int = 3) -> TickTimes:
    """One size. With nothing due the same database is asked again and again; otherwise each time a fresh copy."""
    _fill(place, "full", assessments, owing)
    try:
        if not owing:
            return _asked(place, assessments)
        done = [_done(place, f"copy{n}") for n in range(times)]
        rounds_, ticks, written = zip(*done, strict=True)
        return TickTimes(place.dialect, assessments, owing, written[0], None, None, spread(rounds_), spread(ticks))
    finally:
        place.drop("full")


def _asked(place: Place, assessments: int) -> TickTimes:
    """Nothing is due: the raw question, ours, a round and a whole tick, in turn."""
    took: dict[str, list[float]] = {"raw": [], "query": [], "rounds": [], "tick": []}
    with below.compose_engine(place.url("full"), VirtualClock(OPENED + timedelta(days=1))) as engine:
        now, raw, daemon = engine.clock.now(), place.raw("full"), wiring.daemon(engine, Settings(), {})
        daemon.tick()
        ways = {
            "raw": lambda: _raw(place, raw, now),
            "query": lambda: queries.due_streams(engine.ledger.database, now, rounds.BATCH),
            "rounds": lambda: rounds.run(engine, now),
            "tick": daemon.tick,
        }
        for _ in range(ASKED):
            for name, way in ways.items():
                took[name].append(_timed(way))
        raw.close()
    found = {name: spread(values) for name, values in took.items()}
    return TickTimes(place.dialect, assessments, 0, 0, found["raw"], found["query"], found["rounds"], found["tick"])


def _done(place: Place, name: str) -> tuple[float, float, int]:
    """A round, and a tick after its kind, each on a copy of its own by an engine that has seen nothing yet."""
    took, written = [], 0
    for each in ("round", "tick"):
        with below.compose_engine(place.copy("full", f"{name}{each}"), VirtualClock(FIRST)) as engine:
            head = engine.ledger.head().number
            daemon = wiring.daemon(engine, Settings(), {})
            took.append(_timed((lambda e=engine: rounds.run(e, FIRST)) if each == "round" else daemon.tick))
            written = engine.ledger.head().number - head
        place.drop(f"{name}{each}")
    return took[0], took[1], written


def _fill(place: Place, name: str, assessments: int, owing: int) -> None:
    """A database with that many assessments, `owing` of them real and all of one deadline."""
    place.make(name)
    with below.compose_engine(place.url(name), VirtualClock(OPENED)) as engine:
        if owing:
            open_year(engine, 2026, units(owing, 1), Actor("office-1", "office"), lambda _: True, {"self_report": DUE})
            rounds.run(engine, OPENED)
    raw = place.raw(name)
    raw.execute("BEGIN")
    raw.execute(_others(place.dialect, assessments - owing))
    raw.execute("COMMIT")
    raw.close()


def _others(dialect: str, number: int) -> str:
    """Assessments that only take up room."""
    moment = "'2126-11-06T01:00:00.000000Z'" if dialect == "sqlite" else "TIMESTAMPTZ '2126-11-06T01:00:00Z'"
    counted = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) SELECT i FROM n"
        if dialect == "sqlite"
        else f"SELECT i FROM generate_series(1, {number}) AS g(i)"
    )
    return (
        "INSERT INTO assessment (stream, number, version, year, unit, unit_kind, stage, vetoed, stale, withdrawn, next_due_at) "
        f"SELECT 'assessment/2126/x' || i, 1, 1, 2126, 'x' || i, 'college', 'opening', false, false, false, {moment} "
        f"FROM ({counted}) AS numbers"
    )


def _raw(place: Place, connection: Any, now: datetime) -> object:
    """The plain driver's question."""
    if place.dialect == "sqlite":
        text = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        asked = "SELECT stream FROM assessment WHERE next_due_at <= ? ORDER BY next_due_at, stream LIMIT 200"
        return connection.execute(asked, (text,)).fetchall()
    asked = "SELECT stream FROM assessment WHERE next_due_at <= %s ORDER BY next_due_at, stream LIMIT 200"
    return connection.execute(asked, (now,)).fetchall()


def _timed(way: Any) -> float:
    began = perf_counter()
    way()
    return (perf_counter() - began) * 1e3


def letters(place: Place, number: int = LETTERS) -> tuple[float, float]:
    """Notices gathered, and letters rendered and handed over to a mail server in a process of its own, a second."""
    _fill(place, "post", number, number)
    with below.compose_engine(place.url("post"), VirtualClock(OPENED + timedelta(hours=2))) as engine, _sink() as port:
        database = engine.ledger.database
        known = [
            Contact(account=f"{u.unit}-1", roles=("unit",), unit=u.unit, email=f"{u.unit}@x.invalid")
            for u in units(number, 1)
        ]
        replace_all(database, [one.row() for one in known])
        now = engine.clock.now()
        channel = Smtp("127.0.0.1", port, security="none", sender="k@x.invalid", origin="x.invalid", clock=engine.clock)
        post = wiring.post(engine, Settings(), {"mail": channel})
        began = perf_counter()
        gathered = post.gather(now)
        between = perf_counter()
        sent = post.deliver(now).get("sent", 0)
        ended = perf_counter()
    place.drop("post")
    if sent != number:
        raise RuntimeError(f"{sent} of {number} letters were sent")
    return gathered / (between - began), sent / (ended - between)


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server in another process, so that it does not share our interpreter."""
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(theirs,), daemon=True)
    process.start()
    try:
        yield mine.recv()
    finally:
        mine.send(None)
        process.join()


def _listen(pipe: Connection) -> None:
    with TemporaryDirectory(prefix="kaohe-mail-") as folder, listening(Path(folder)) as (_, port):
        pipe.send(port)
        pipe.recv()


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ticking")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--dialects", default="sqlite,postgresql")
    given = parser.parse_args()
    logs.set_up()
    sizes, dialects = [int(n) for n in given.sizes.split(",")], given.dialects.split(",")
    console = Console(width=130)
    table = Table(title="a tick, ms: median (middle half)", title_justify="left")
    for column in ("", "assessments", "due", "entries", "raw query", "our query", "round", "whole tick"):
        table.add_column(column, justify="right" if column else "left")
    said = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        places: list[Place] = [SqliteFiles(folder)] if "sqlite" in dialects else []
        if "postgresql" in dialects:
            places.append(stack.enter_context(server()))
        for place in places:
            for ticked in _each(place, sizes):
                table.add_row(*_row(ticked))
            gathered, sent = letters(place)
            said.append(
                f"{place.dialect}: {gathered:,.0f} notices gathered a second, {sent:,.0f} letters sent a second"
            )
    console.print(table)
    for line in said:
        console.print(line)


def _each(place: Place, sizes: Sequence[int]) -> Iterator[TickTimes]:
    for size in sizes:
        for owing in OWING:
            if owing <= size:
                yield measure(place, size, owing)


def _row(of: TickTimes) -> list[str]:
    spreads = [one.say(2) if one else "" for one in (of.raw, of.query, of.rounds, of.tick)]
    return [of.dialect, f"{of.assessments:,}", str(of.owing), str(of.written), *spreads]


if __name__ == "__main__":
    main()
