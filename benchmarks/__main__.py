"""`python -m benchmarks`: the figures of the ledger and of the replay, printed and written to `benchmarks/latest.json`.

The ledgers have 1,000 to 100,000 entries (`--full`: up to 1,000,000, which takes long and some GB of disk), on SQLite
and on a PostgreSQL server of its own. For each ledger it measures the submits of one client and batches of 32 against
the plain driver, the parts of a submit, and the replay against reading and hashing.
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
BATCH_SIZE = 32
"""The number of commands in a batch."""

AIMS = {"sqlite": 0.5, "postgresql": 0.4, "replay": 250_000.0}
"""The aims: the share of the raw ceiling that a submit reaches, and the entries that a replay verifies in a second."""


class Machine(Struct, frozen=True):
    """The machine, and its load before and after. `sync_micros`: the time to make 4 KiB durable, before and after."""

    at: datetime
    processors: int
    python: str
    system: str
    databases: dict[str, str]
    sync_micros: tuple[float, float]
    load: tuple[float, float]


class Figures(Struct, frozen=True):
    """The figures of one ledger in one database: single submits, submits in batches (`together`), parts, the replay.

    `anatomy` has the µs of each part of one submit.
    """

    dialect: str
    entries: int
    submit: Race
    together: Race
    anatomy: dict[str, float]
    replay: ReplayTimes


class Latest(Struct, frozen=True):
    """The figures of one run."""

    machine: Machine
    figures: list[Figures]


class Options(Struct, frozen=True):
    """The size of a run. `units` is the number of departments of the college whose recorded years are submitted.

    `years`: how many recorded years are submitted. `block`: the batches of one turn. `batches`: the most batches of 32.
    `rounds`: the replays of each ledger; above 100,000 entries there are only two.
    """

    sizes: tuple[int, ...] = SIZES
    units: int = 16
    years: int = 3
    block: int = 50
    batches: int = 200
    rounds: int = 5
    dialects: tuple[str, ...] = ("sqlite", "postgresql")


def run(options: Options, console: Console) -> Latest:
    """Measure everything. The ledgers are in a temporary folder, which is deleted at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        files = SqliteFiles(folder)
        postgres = stack.enter_context(server()) if "postgresql" in options.dialects else None
        places: list[Place] = [files] if "sqlite" in options.dialects else []
        places += [postgres] if postgres is not None else []
        load, sync = os.getloadavg()[0], sync_time(folder)
        figures: list[Figures] = []
        databases: dict[str, str] = {}
        for name in _grow(files, postgres, options, console):
            for place in places:
                figures.append(_measure(place, name, options, console))
                _print_figures(figures[-1], console)
                databases[place.dialect] = _describe(place, name)
            if postgres is not None:
                postgres.drop(name)
        machine = Machine(
            at=datetime.now(UTC),
            processors=os.cpu_count() or 0,
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
            databases=databases,
            sync_micros=(sync, sync_time(folder)),
            load=(load, os.getloadavg()[0]),
        )
    return Latest(machine, figures)


def _grow(files: SqliteFiles, postgres: PostgresServer | None, options: Options, console: Console) -> Iterator[str]:
    """Grow one ledger to each size in turn, and copy it to PostgreSQL. Yields the name of its database."""
    Database.create(files.url("base")).close()
    for size in sorted(options.sizes):
        with Database.open(files.url("base")) as database, console.status(f"{size:,} entries ...") as status:
            ledgers.grow(database, size, options.units, partial(_show_progress, status, size))
        if postgres is not None:
            with console.status(f"{size:,} entries to PostgreSQL ..."):
                file = files.raw("base")
                postgres.load(file, "base")
                file.close()
        yield "base"


@cache
def _record(year: int, units: int) -> ledgers.RecordedYear:
    """A recorded year. It is recorded at the first call; every database gets the same one."""
    return ledgers.record(year, units)


def _show_progress(status: Status, size: int, entries: int) -> None:
    status.update(f"{entries:,} of {size:,} entries")


def _measure(place: Place, name: str, options: Options, console: Console) -> Figures:
    with wiring.read_only_engine(place.url(name)) as engine:
        head, registered = engine.ledger.head(), ledgers.registered(engine)
    first = ledgers.next_year(head)
    years = [_record(first + 2 * n, options.units) for n in range(options.years)]
    together = list(years[0].batches_for(BATCH_SIZE, set(registered)))[: options.batches]
    batches = [batch for year in years for batch in year.batches(registered)]
    with console.status(f"{place.dialect}, {head.number:,} entries: submit, {len(batches)} commands ..."):
        submit = racing.race(place, name, batches, options.block)
    with console.status(f"{place.dialect}, {head.number:,} entries: {len(together)} batches of {BATCH_SIZE} ..."):
        many = racing.race(place, name, together, max(options.block // 10, 1))
    with console.status(f"{place.dialect}, {head.number:,} entries: anatomy, replay ..."):
        parts = anatomy.dissect(place, name, batches)
        rounds = options.rounds if head.number <= 100_000 else 2
        return Figures(place.dialect, head.number, submit, many, parts, replaying.measure(place.url(name), rounds))


def _print_figures(figures: Figures, console: Console) -> None:
    table = Table(title=f"{figures.dialect}, {figures.entries:,} entries", title_justify="left")
    for column in ("", "median (middle half)", "share of the ceiling"):
        table.add_column(column, justify="left" if not column else "right")
    for title, race in (
        ("submit, µs", figures.submit),
        (f"in batches of {BATCH_SIZE}, µs a command", figures.together),
    ):
        for name, micros in race.micros.items():
            table.add_row(f"{title}: {name}", micros.say(0), _share(race.ratio, name))
        table.add_section()
    for way, a_second in figures.replay.a_second.items():
        table.add_row(f"replay, entries/s: {way}", a_second.say(0), _share(figures.replay.ratio, way, "raw"))
    table.add_row(
        "replay, MiB: before, at most", f"{figures.replay.memory_before:.0f}, {figures.replay.memory_most:.0f}", ""
    )
    console.print(table)
    console.print(_parts(figures.anatomy))


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
    """The text of a row's last column: its share of the ceiling, if there is one."""
    if ceiling:
        return ratio[name].say() if name in ratio else "1"
    return "" if name == "engine" else f"engine reaches {ratio[name].say()}"


def verdicts(latest: Latest) -> list[str]:
    """Two lines for each database, submit and replay: whether the aim was reached at every size, and the figures."""
    lines = []
    for dialect in dict.fromkeys(f.dialect for f in latest.figures):
        figures = [f for f in latest.figures if f.dialect == dialect]
        shares = [f.submit.ratio["raw"].median for f in figures]
        lines.append(_verdict(f"{dialect}: submit, share of raw", shares, AIMS[dialect], 2))
        speeds = [f.replay.a_second["replay"].median for f in figures]
        lines.append(_verdict(f"{dialect}: replay, entries/s", speeds, AIMS["replay"], 0))
    return lines


def _verdict(title: str, reached: Sequence[float], aim: float, digits: int) -> str:
    numbers = ", ".join(f"{value:,.{digits}f}" for value in reached)
    return f"{'reached' if min(reached) >= aim else 'MISSED'}  {title}: {numbers} (aim {aim:,.{digits}f}), by size"


def _describe(place: Place, name: str) -> str:
    with Database.open(place.url(name)) as database:
        return database.description


def main() -> None:
    """Read the options, measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[2])
    parser.add_argument("--full", action="store_true", help="to 1,000,000 entries")
    parser.add_argument("--sizes", help="ledger sizes, with commas: 1000,10000")
    parser.add_argument("--dialects", default="sqlite,postgresql", help="which databases, with commas")
    parser.add_argument(
        "--years", type=int, default=Options().years, help="recorded years that are submitted one command at a time"
    )
    parser.add_argument("--rounds", type=int, default=Options().rounds, help="replays of each ledger")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("latest.json"), help="where to write")
    arguments = parser.parse_args()
    sizes = tuple(map(int, arguments.sizes.split(","))) if arguments.sizes else FULL if arguments.full else SIZES
    dialects = tuple(arguments.dialects.split(","))
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    latest = run(Options(sizes=sizes, dialects=dialects, years=arguments.years, rounds=arguments.rounds), console)
    arguments.to.write_bytes(msgspec.json.format(msgspec.json.encode(latest), indent=2))
    for line in verdicts(latest):
        console.print(line)


if __name__ == "__main__":
    main()
