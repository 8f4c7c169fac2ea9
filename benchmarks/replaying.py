"""Compares the replay with reading and hashing alone, on the same ledger, in a new process for each ledger.

    python -m benchmarks.replaying URL… [--rounds 5]

The ceiling reads every entry with the plain driver and hashes its body; a second one decodes it too. The replay also
checks links and form, decides every step again, folds and compares. Each ledger has a new process, so that the peak of
memory belongs to this ledger.
"""

from __future__ import annotations

import argparse
import resource
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import psycopg
from msgspec import Struct

from audit.parallel import replay_in_two_processes
from audit.reader import DatabaseReader
from audit.replay import replay
from storage.database.database import Database
from storage.database.sqlite import DRIVER

from . import raw
from .figures import Spread, ratios, spread


class ReplayTimes(Struct, frozen=True):
    """The figures of one ledger, by way: entries in a second, ratio to the ceiling, CPU time; and memory in MiB.

    `cpu` is the CPU time of this process alone, in µs for each entry. Other work on the machine disturbs it less than
    the clock. For `two` it leaves out the second process. `memory_before` and `memory_most` are the peaks of memory before
    the first and after the last replay.
    """

    entries: int
    streams: int
    defects: int
    a_second: dict[str, Spread]
    ratio: dict[str, Spread]
    cpu: dict[str, Spread]
    memory_before: float
    memory_most: float


WAYS = ("raw", "decoded", "quick", "replay", "two")
"""The ways of reading.

`raw` reads and hashes; `decoded` decodes too; `quick` is the replay without permissions and the rules of each stage;
`two` is the replay by two processes.
"""


def measure(url: str, rounds: int) -> ReplayTimes:
    """Measure in a new process: each way `rounds` times in turn, after one round that is not counted."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measure, url, rounds).result()


def _measure(url: str, rounds: int) -> ReplayTimes:
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    cpu: dict[str, list[float]] = {way: [] for way in WAYS}
    before = memory()
    entries = streams = defects = 0
    for turn in range(rounds + 1):
        for way in WAYS if turn % 2 else reversed(WAYS):
            started, cpu_before = perf_counter(), process_time()
            if way in ("raw", "decoded"):
                entries = _raw(url, decode=way == "decoded")
            else:
                report = replay_in_two_processes(url) if way == "two" else _replay(url, quick=way == "quick")
                streams, defects = report.streams, max(defects, len(report.defects))
            if turn:
                times[way].append(perf_counter() - started)
                cpu[way].append((process_time() - cpu_before) / entries * 1e6)
    return ReplayTimes(
        entries=entries,
        streams=streams,
        defects=defects,
        a_second={way: spread([entries / seconds for seconds in times[way]]) for way in WAYS},
        ratio={way: ratios(times["raw"], times[way]) for way in WAYS[1:]},
        cpu={way: spread(cpu[way]) for way in WAYS},
        memory_before=before,
        memory_most=memory(),
    )


def _raw(url: str, *, decode: bool) -> int:
    connect: Any = DRIVER.connect if url.startswith("sqlite") else partial(psycopg.connect, autocommit=True)
    connection = connect(url.removeprefix("sqlite:///"))
    try:
        return raw.read_and_hash(connection, decode=decode)
    finally:
        connection.close()


def _replay(url: str, *, quick: bool) -> Any:
    with Database.open(url, read_only=True) as database:
        return replay(DatabaseReader(database), quick=quick)


def memory() -> float:
    """The peak of this process's memory in MiB. On Linux a process inherits `ru_maxrss`, so `/proc` is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure existing ledgers, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replaying", description="the replay against reading")
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for url in arguments.urls:
        times = measure(url, arguments.rounds)
        print(
            f"{times.entries:,} entries, {times.defects} defects, {times.memory_before:.0f}, {times.memory_most:.0f} MiB"
        )
        for way in WAYS:
            a_second, cpu = times.a_second[way], times.cpu[way]
            share = f", {times.ratio[way].say()} of raw" if way in times.ratio else ""
            print(f"  {way}: {a_second.say(0)} a second, most {a_second.most:,.0f}; {cpu.least:.1f} µs CPU{share}")


if __name__ == "__main__":
    main()
