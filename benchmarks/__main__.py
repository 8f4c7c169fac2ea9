"""`python -m benchmarks`: all figures in one run, printed and written to `benchmarks/latest.json`.

Ledgers of 1,000 to 100,000 entries (`--full`: to 1,000,000, which takes long and some GB of disk), on SQLite and
on a PostgreSQL server of its own. For each: one client's submits against the plain driver, batches of 32, where the
time of a submit goes, and the replay against reading and hashing.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.status import Status
from rich.table import Table

from storage.database.database import Database
from workflow import wiring

from . import anatomy, ledgers, racing, replaying
from .figures import Spread
from .places import Place, PostgresServer, SqliteFiles, server, sync_time
from .racing import Race
from .replaying import ReplayTimes

SIZES = (1_000, 10_000, 100_000)
FULL = (*SIZES, 1_000_000)
TOGETHER = 32
AIMS = {"sqlite": 0.5, "postgresql": 0.4, "replay": 250_000.0}
"""At least: the share of the raw ceiling a submit reaches; entries verified in a second."""


class Machine(Struct, frozen=True):
    """What the figures were taken on, and how busy it was. `sync_micros`: making 4 KiB durable, before and after."""

    at: datetime
    processors: int
    python: str
    system: str
    databases: dict[str, str]
    sync_micros: tuple[float, float]
    load: tuple[float, float]


class Figures(Struct, frozen=True):
    """Of one ledger in one database."""

    dialect: str
    entries: int
    submit: Race
    together: Race
    anatomy: dict[str, float]
    replay: ReplayTimes


class Latest(Struct, frozen=True):
    """One run."""

    machine: Machine
    figures: list[Figures]


class Options(Struct, frozen=True):
    """How much is measured. `units` make a college, whose year is the measure of everything told."""

    sizes: tuple[int, ...] = SIZES
    units: int = 16
    years: int = 3
    block: int = 50
    batches: int = 200
    rounds: int = 5
    dialects: tuple[str, ...] = ("sqlite", "postgresql")


def run(options: Options, console: Console) -> Latest:
    """Measure everything. Ledgers lie in a temporary folder and are gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        files = SqliteFiles(folder)
        postgres = stack.enter_context(server()) if "postgresql" in options.dialects else None
        places: list[Place] = [files] if "sqlite" in options.dialects else []
        places += [postgres] if postgres is not None else []
        busy, sync = os.getloadavg()[0], sync_time(folder)
        figures: list[Figures] = []
        databases: dict[str, str] = {}
        for name in _grown(files, postgres, options, console):
            for place in places:
                figures.append(_measured(place, name, options, console))
                _told(figures[-1], console)
                databases[place.dialect] = _described(place, name)
            if postgres is not None:
                postgres.drop(name)
        machine = Machine(
            at=datetime.now(UTC), processors=os.cpu_count() or 0, python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}", databases=databases,
            sync_micros=(sync, sync_time(folder)), load=(busy, os.getloadavg()[0]),
        )  # fmt: skip
    return Latest(machine, figures)


def _grown(files: SqliteFiles, postgres: PostgresServer | None, options: Options, console: Console) -> Iterator[str]:
    """The ledger at each size, by name, in both places; one file that grows on."""
    Database.create(files.url("base")).close()
    for size in sorted(options.sizes):
        with Database.open(files.url("base")) as database, console.status(f"{size:,} entries ...") as status:
            ledgers.grow(database, size, options.units, partial(_growing, status, size))
        if postgres is not None:
            with console.status(f"{size:,} entries to PostgreSQL ..."):
                file = files.raw("base")
                postgres.load(file, "base")
                file.close()
        yield "base"


@cache
def _recorded(year: int, units: int) -> ledgers.RecordedYear:
    """A year to be told to every database alike, recorded once."""
    return ledgers.record(year, units)


def _growing(status: Status, size: int, entries: int) -> None:
    status.update(f"{entries:,} of {size:,} entries")


def _measured(place: Place, name: str, options: Options, console: Console) -> Figures:
    with wiring.read_only_engine(place.url(name)) as engine:
        head, registered = engine.ledger.head(), ledgers.registered(engine)
    first = ledgers.next_year(head)
    years = [_recorded(first + 2 * n, options.units) for n in range(options.years)]
    together = list(years[0].batches_for(TOGETHER, set(registered)))[: options.batches]
    batches = [batch for year in years for batch in year.batches(registered)]
    with console.status(f"{place.dialect}, {head.number:,} entries: submit, {len(batches)} commands ..."):
        submit = racing.race(place, name, batches, options.block)
    with console.status(f"{place.dialect}, {head.number:,} entries: {len(together)} batches of {TOGETHER} ..."):
        many = racing.race(place, name, together, max(options.block // 10, 1))
    with console.status(f"{place.dialect}, {head.number:,} entries: anatomy, replay ..."):
        parts = anatomy.dissect(place, name, batches)
        rounds = options.rounds if head.number <= 100_000 else 2
        return Figures(place.dialect, head.number, submit, many, parts, replaying.measure(place.url(name), rounds))


def _told(of: Figures, console: Console) -> None:
    table = Table(title=f"{of.dialect}, {of.entries:,} entries", title_justify="left")
    for column in ("", "median (middle half)", "share of the ceiling"):
        table.add_column(column, justify="left" if not column else "right")
    for title, race in (("submit, µs", of.submit), (f"in batches of {TOGETHER}, µs a command", of.together)):
        for name, micros in race.micros.items():
            table.add_row(f"{title}: {name}", micros.say(0), _share(race.ratio, name))
        table.add_section()
    for way, a_second in of.replay.a_second.items():
        table.add_row(f"replay, entries/s: {way}", a_second.say(0), _share(of.replay.ratio, way, "raw"))
    table.add_row("replay, MiB: before, at most", f"{of.replay.memory_before:.0f}, {of.replay.memory_most:.0f}", "")
    console.print(table)
    console.print(_parts(of.anatomy))


def _parts(spent: dict[str, float]) -> Table:
    table = Table(title="where the time of one submit goes", title_justify="left")
    table.add_column("")
    table.add_column("µs", justify="right")
    table.add_column("of the whole", justify="right")
    whole = sum(spent.values())
    for part, micros in spent.items():
        table.add_row(part, f"{micros:.0f}", f"{micros / whole:.0%}")
    return table


def _share(ratio: dict[str, Spread], name: str, ceiling: str = "") -> str:
    """What stands beside a row: the ceiling's share where there is one to name."""
    if ceiling:
        return ratio[name].say() if name in ratio else "1"
    return "" if name == "engine" else f"engine reaches {ratio[name].say()}"


def verdicts(latest: Latest) -> list[str]:
    """What was aimed at and what was reached, misses said as such."""
    said = []
    for dialect in dict.fromkeys(f.dialect for f in latest.figures):
        mine = [f for f in latest.figures if f.dialect == dialect]
        shares = [f.submit.ratio["raw"].median for f in mine]
        said.append(_verdict(f"{dialect}: submit, share of raw", shares, AIMS[dialect], 2))
        speeds = [f.replay.a_second["replay"].median for f in mine]
        said.append(_verdict(f"{dialect}: replay, entries/s", speeds, AIMS["replay"], 0))
    return said


def _verdict(what: str, reached: Sequence[float], aim: float, digits: int) -> str:
    numbers = ", ".join(f"{value:,.{digits}f}" for value in reached)
    return f"{'reached' if min(reached) >= aim else 'MISSED'}  {what}: {numbers} (aim {aim:,.{digits}f}), by size"


def _described(place: Place, name: str) -> str:
    with Database.open(place.url(name)) as database:
        return database.journal


def main() -> None:
    """Read the options, measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[2])
    parser.add_argument("--full", action="store_true", help="to 1,000,000 entries")
    parser.add_argument("--sizes", help="ledger sizes, with commas: 1000,10000")
    parser.add_argument("--dialects", default="sqlite,postgresql", help="which databases, with commas")
    parser.add_argument("--years", type=int, default=Options().years, help="years told one command at a time")
    parser.add_argument("--rounds", type=int, default=Options().rounds, help="replays of each ledger")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("latest.json"), help="where to write")
    given = parser.parse_args()
    sizes = tuple(map(int, given.sizes.split(","))) if given.sizes else FULL if given.full else SIZES
    dialects = tuple(given.dialects.split(","))
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    latest = run(Options(sizes=sizes, dialects=dialects, years=given.years, rounds=given.rounds), console)
    given.to.write_bytes(msgspec.json.format(msgspec.json.encode(latest), indent=2))
    for line in verdicts(latest):
        console.print(line)


if __name__ == "__main__":
    main()
