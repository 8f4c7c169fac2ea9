"""Measures what many documents cost: to store them as evidence, the size of the database, a backup, and a restore.

    python -m benchmarks.documents [--files 1000] [--bytes 2097152] [--folder FOLDER]

The bytes are random, so nothing can be made smaller. The documents are those of sixty departments; the backup and the
restore are the commands, each in a process of its own. On SQLite.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from storage.database.database import Database
from storage.papers import evidence
from storage.papers.evidence import EvidenceDetails

UNITS = 60
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--bytes", type=int, default=2 * 2**20)
    parser.add_argument("--folder", type=Path, help="where there is room for three times the documents")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with TemporaryDirectory(prefix="kaohe-bench-", dir=arguments.folder) as folder:
        for line in measure(Path(folder), arguments.files, arguments.bytes):
            print(line, flush=True)
    print(f"load {load:.1f} to {os.getloadavg()[0]:.1f}")


def measure(folder: Path, count: int, size: int) -> list[str]:
    """A line for each figure."""
    file, copy = folder / "kaohe.db", folder / "copy.db"
    url, given = f"sqlite:///{file}", count * size
    with Database.create(url) as database:
        stored = seconds(lambda: store(database, count, size))
    backed_up = seconds(lambda: kaohe("backup", str(copy), "--database", url))
    restored = seconds(lambda: kaohe("restore", str(copy), "--database", url))
    return [
        f"{count} documents of {size / 2**20:.1f} MiB: {stored:.1f} s to store, {1000 * stored / count:.1f} ms each",
        f"the database: {file.stat().st_size / 2**20:.0f} MiB, {file.stat().st_size / given:.3f} times the documents",
        f"the backup: {copy.stat().st_size / 2**20:.0f} MiB, {backed_up:.1f} s",
        f"the restore: {restored:.1f} s",
    ]


def store(database: Database, count: int, size: int) -> None:
    """Store the documents under sixty departments, as their page does after the inspection."""
    for number in range(count):
        details = EvidenceDetails(name=f"材料{number}.pdf")
        with evidence.changing(database, 2026, f"u-{number % UNITS}") as folder:
            folder.collected()
            digest = folder.store(os.urandom(size), "application/pdf", NOW)
            folder.put(f"e-{number // UNITS}", digest, details, "unit", NOW)


def seconds(work: Callable[[], None]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def kaohe(*words: str) -> None:
    """Run a command. Raises `CalledProcessError` if it fails."""
    program = Path(sys.executable).with_name("kaohe")
    subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
