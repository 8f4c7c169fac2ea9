"""Measures the export and the verification of a year's bundle on SQLite: MB of entries in a second, and memory.

    python -m benchmarks.bundling [--size 100000]

Export reads the database, folds the states for its page, and writes the file. `verify` is the program in every bundle:
it checks that each entry is canonical and chained, hashes the tree and checks the seals. The ceiling only hashes the
entries.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from audit.bundle import check, export
from audit.bundle.bundle import ENTRIES
from audit.reader import DatabaseReader
from audit.seals import sealing
from audit.seals.sealing import Sealer
from states.streams import id_of, kind_of
from storage.database.database import Database

from . import ledgers
from .figures import spread
from .replaying import memory

UNITS = 60
"""The number of departments of a sample college."""


def main() -> None:
    parser = argparse.ArgumentParser(description="export and verify")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="kaohe-bench-") as folder:
        url, bundle = str(Path(folder) / "ledger.db"), str(Path(folder) / "ledger.zip")
        year = _make_ledger(url, arguments.size)
        for title, work, inputs in (
            ("export", _export, (url, year, bundle)),
            ("verify", _verify, (bundle,)),
            ("hash alone", _hash, (bundle,)),
        ):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                seconds, entries, size, peak_memory = alone.submit(_measure, work, inputs, arguments.rounds).result()
            rate = spread([size / time / 1e6 for time in seconds])
            print(
                f"{title}: {entries:,} entries, {size / 1e6:.0f} MB: {rate.say(1)} MB/s, {peak_memory:.0f} MiB at most"
            )


def _make_ledger(url: str, size: int) -> int:
    """Make a sealed ledger of this size. Returns its last year."""
    with Database.create(url) as database:
        ledgers.grow(database, size, UNITS, lambda _done: None)
        key = Path(url).with_name("seal.key")
        sealing.create_key(key, "college.invalid/kaohe")
        Sealer(database, key).seal(datetime.now(UTC))
        return max(int(id_of(row[1])) for row in DatabaseReader(database).entries() if kind_of(row[1]) == "year")


def _measure(
    work: Callable[..., tuple[int, int]], inputs: tuple[Any, ...], rounds: int
) -> tuple[list[float], int, int, float]:
    seconds, entries, size = [], 0, 0
    for _ in range(rounds):
        started = perf_counter()
        entries, size = work(*inputs)
        seconds.append(perf_counter() - started)
    return seconds, entries, size, memory()


def _export(url: str, year: int, bundle: str) -> tuple[int, int]:
    with Database.open(url, read_only=True) as database:
        summary = export.export_ledger(DatabaseReader(database), year, Path(bundle))
    return summary.entries, _size(bundle)


def _verify(bundle: str) -> tuple[int, int]:
    outcome = check.run_verifier(Path(bundle))
    assert outcome.ok
    return outcome.entries, _size(bundle)


def _hash(bundle: str) -> tuple[int, int]:
    with zipfile.ZipFile(bundle) as archive, archive.open(ENTRIES) as lines:
        count = sum(1 for body in lines if sha256(body[:-1]).digest())
    return count, _size(bundle)


def _size(bundle: str) -> int:
    """The unpacked size of the entries in bytes."""
    with zipfile.ZipFile(bundle) as archive:
        return archive.getinfo(ENTRIES).file_size


if __name__ == "__main__":
    main()
