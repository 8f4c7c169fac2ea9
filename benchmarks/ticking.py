"""Measures a tick with nothing due and with some assessments due, and the making and sending of letters.

The assessments are rows: `owing` real ones, which the engine opened and which are all due at one time, among others
that are due in another century and that only the index has to skip. The raw query is the plain driver's query for the
due rows, on its own connection.

`python -m benchmarks.ticking` prints everything and takes some minutes.
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
from demo.college import units
from demo.mailbox import serve_mail
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
ROUNDS = 200
LETTERS = 500


class TickTimes(Struct, frozen=True):
    """The times of one size in one database, in ms: of the query (`raw`, `query`), a round, and a daemon's whole tick.

    `owing`: the assessments that are due. `written`: the entries that the tick wrote. `raw` and `query` are measured
    only if nothing is due.
    """

    dialect: str
    assessments: int
    owing: int
    written: int
    raw: Spread | None
    query: Spread | None
    rounds: Spread
    tick: Spread


def measure(place: Place, assessments: int, owing: int, times: int = 3) -> TickTimes:
    """Measure one size. With nothing due, the same database is used again and again; otherwise each time a new copy."""
    _fill(place, "full", assessments, owing)
    try:
        if not owing:
            return _measure_idle(place, assessments)
        results = [_measure_due(place, f"copy{number}") for number in range(times)]
        rounds_, ticks, written = zip(*results, strict=True)
        return TickTimes(place.dialect, assessments, owing, written[0], None, None, spread(rounds_), spread(ticks))
    finally:
        place.drop("full")


def _measure_idle(place: Place, assessments: int) -> TickTimes:
    """Measure the raw query, ours, a round and a whole tick in turn, while nothing is due."""
    times: dict[str, list[float]] = {"raw": [], "query": [], "rounds": [], "tick": []}
    with below.compose_engine(place.url("full"), VirtualClock(OPENED + timedelta(days=1))) as engine:
        now, raw, daemon = engine.clock.now(), place.raw("full"), wiring.compose_daemon(engine, Settings(), {})
        daemon.tick()
        ways = {
            "raw": lambda: _raw(place, raw, now),
            "query": lambda: queries.due_streams(engine.ledger.database, now, rounds.BATCH_SIZE),
            "rounds": lambda: rounds.run(engine, now),
            "tick": daemon.tick,
        }
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(_time(way))
        raw.close()
    spreads = {name: spread(values) for name, values in times.items()}
    return TickTimes(
        place.dialect, assessments, 0, 0, spreads["raw"], spreads["query"], spreads["rounds"], spreads["tick"]
    )


def _measure_due(place: Place, name: str) -> tuple[float, float, int]:
    """Measure a round and a tick, each on its own copy, by an engine whose cache is empty.

    Returns both times in ms, and the number of entries that the tick wrote.
    """
    times, written = [], 0
    for each in ("round", "tick"):
        with below.compose_engine(place.copy("full", f"{name}{each}"), VirtualClock(FIRST)) as engine:
            head = engine.ledger.head().number
            daemon = wiring.compose_daemon(engine, Settings(), {})
            times.append(_time((lambda e=engine: rounds.run(e, FIRST)) if each == "round" else daemon.tick))
            written = engine.ledger.head().number - head
        place.drop(f"{name}{each}")
    return times[0], times[1], written


def _fill(place: Place, name: str, assessments: int, owing: int) -> None:
    """Make a database with so many assessments, `owing` of them real and all with one deadline."""
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
    """The statement that inserts assessments which are not due."""
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
    """Run the query for the due streams with the plain driver. Returns the rows."""
    if place.dialect == "sqlite":
        text = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        statement = "SELECT stream FROM assessment WHERE next_due_at <= ? ORDER BY next_due_at, stream LIMIT 200"
        return connection.execute(statement, (text,)).fetchall()
    statement = "SELECT stream FROM assessment WHERE next_due_at <= %s ORDER BY next_due_at, stream LIMIT 200"
    return connection.execute(statement, (now,)).fetchall()


def _time(way: Any) -> float:
    """The time of one call in ms."""
    started = perf_counter()
    way()
    return (perf_counter() - started) * 1e3


def letters(place: Place, number: int = LETTERS) -> tuple[float, float]:
    """Measure the post with one letter for each of `number` departments, sent to a mail server in another process.

    Returns the notices gathered in a second, and the letters rendered and sent in a second.
    """
    _fill(place, "post", number, number)
    with below.compose_engine(place.url("post"), VirtualClock(OPENED + timedelta(hours=2))) as engine, _sink() as port:
        database = engine.ledger.database
        contacts = [
            Contact(account=f"{u.unit}-1", roles=("unit",), unit=u.unit, email=f"{u.unit}@x.invalid")
            for u in units(number, 1)
        ]
        replace_all(database, [contact.row() for contact in contacts])
        now = engine.clock.now()
        channel = Smtp("127.0.0.1", port, security="none", sender="k@x.invalid", origin="x.invalid", clock=engine.clock)
        post = wiring.compose_post(engine, Settings(), {"mail": channel})
        started = perf_counter()
        gathered = post.gather(now)
        sending = perf_counter()
        sent = post.deliver(now).get("sent", 0)
        ended = perf_counter()
    place.drop("post")
    if sent != number:
        raise RuntimeError(f"{sent} of {number} letters were sent")
    return gathered / (sending - started), sent / (ended - sending)


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server in another process, so that it does not slow down our interpreter. Yields its port."""
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
    with TemporaryDirectory(prefix="kaohe-mail-") as folder, serve_mail(Path(folder)) as (_, port):
        pipe.send(port)
        pipe.recv()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ticking")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--dialects", default="sqlite,postgresql")
    arguments = parser.parse_args()
    logs.set_up_log()
    sizes, dialects = [int(size) for size in arguments.sizes.split(",")], arguments.dialects.split(",")
    console = Console(width=130)
    table = Table(title="a tick, ms: median (middle half)", title_justify="left")
    for column in ("", "assessments", "due", "entries", "raw query", "our query", "round", "whole tick"):
        table.add_column(column, justify="right" if column else "left")
    lines = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        places: list[Place] = [SqliteFiles(folder)] if "sqlite" in dialects else []
        if "postgresql" in dialects:
            places.append(stack.enter_context(server()))
        for place in places:
            for times in _measure_sizes(place, sizes):
                table.add_row(*_row(times))
            gathered, sent = letters(place)
            lines.append(
                f"{place.dialect}: {gathered:,.0f} notices gathered a second, {sent:,.0f} letters sent a second"
            )
    console.print(table)
    for line in lines:
        console.print(line)


def _measure_sizes(place: Place, sizes: Sequence[int]) -> Iterator[TickTimes]:
    for size in sizes:
        for owing in OWING:
            if owing <= size:
                yield measure(place, size, owing)


def _row(times: TickTimes) -> list[str]:
    spreads = [spread.say(2) if spread else "" for spread in (times.raw, times.query, times.rounds, times.tick)]
    return [times.dialect, f"{times.assessments:,}", str(times.owing), str(times.written), *spreads]


if __name__ == "__main__":
    main()
