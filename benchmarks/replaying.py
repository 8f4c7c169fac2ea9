"""The replay against reading and hashing alone, over the same ledger, in a process of its own.

The ceiling reads every entry with the plain driver and hashes its body; the replay also decodes, checks link and
form, decides every step again, folds and compares. The process is new for each ledger, so that its largest size in
memory is this ledger's.
"""

from __future__ import annotations

import resource
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from msgspec import Struct

from audit.apart import replay_apart
from audit.reader import DatabaseReader
from audit.replay import replay
from storage.database import Database
from storage.sqlite import DRIVER

from . import raw
from .figures import Spread, ratios, spread


class Replayed(Struct, frozen=True):
    """Entries a second by each way of reading, the ceiling's time in each's, and memory in MiB: before, at most."""

    entries: int
    streams: int
    defects: int
    a_second: dict[str, Spread]
    ratio: dict[str, Spread]
    memory_before: float
    memory_most: float


WAYS = ("raw", "quick", "replay", "two")
"""`quick` is the replay without asking again who was entitled and what each stage's own rules say; `two` is two processes'."""


def measure(url: str, rounds: int) -> Replayed:
    """Measure in a process of its own: `rounds` times each way, taking turns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measure, url, rounds).result()


def _measure(url: str, rounds: int) -> Replayed:
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    before = memory()
    entries = streams = defects = 0
    for turn in range(rounds + 1):
        for way in WAYS if turn % 2 else reversed(WAYS):
            began = perf_counter()
            if way == "raw":
                entries = _raw(url)
            else:
                report = replay_apart(url) if way == "two" else _replayed(url, quick=way == "quick")
                streams, defects = report.streams, max(defects, len(report.defects))
            if turn:
                took[way].append(perf_counter() - began)
    return Replayed(
        entries=entries,
        streams=streams,
        defects=defects,
        a_second={way: spread([entries / seconds for seconds in took[way]]) for way in WAYS},
        ratio={way: ratios(took["raw"], took[way]) for way in WAYS[1:]},
        memory_before=before,
        memory_most=memory(),
    )


def _raw(url: str) -> int:
    connect: Any = DRIVER.connect if url.startswith("sqlite") else partial(psycopg.connect, autocommit=True)
    connection = connect(url.removeprefix("sqlite:///"))
    try:
        return raw.read_and_hash(connection)
    finally:
        connection.close()


def _replayed(url: str, *, quick: bool) -> Any:
    with Database.open(url, read_only=True) as database:
        return replay(DatabaseReader(database), quick=quick)


def memory() -> float:
    """The largest this process has been, in MiB. Linux hands `ru_maxrss` down from the parent, so not that there."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
