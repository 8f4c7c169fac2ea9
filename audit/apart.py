"""A replay by two processes: one looks at what is written, the other at what it means. Each reads the whole ledger.

The halves ask nothing of each other (`replay.Part`), so nothing is handed to and fro but the second one's defects. It pays
where the ledger is long: another process has to start, to read and to decode too.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from storage.database import Database

from .keys import Key
from .reader import DatabaseReader
from .replay import Progress, read
from .report import Defect, Report
from .sealed import Expected

WORTH = 20_000
"""From how many entries on two processes are quicker than one."""


def replay_apart(
    url: str, progress: Progress | None = None, *, quick: bool = False,
    expected: Sequence[Expected] = (), trusted: Sequence[Key] = (),
) -> Report:  # fmt: skip
    """`replay` of the database at `url`, on two cores. The same defects, in the order of entries; of no one entry, last."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other, Database.open(url, read_only=True) as opened:
        meaning = other.submit(_meant, url, quick=quick)
        part = read(DatabaseReader(opened), progress, expected, trusted, quick=quick, meant=False)
        wrong, streams = meaning.result()
    found = sorted((*part.written_wrong, *wrong), key=lambda one: (one.number is None, one.number or 0))
    return Report(part.entries, streams, tuple(found), part.vouched)


def _meant(url: str, *, quick: bool) -> tuple[list[Defect], int]:
    """The other process's half: its defects, and how many streams there are."""
    with Database.open(url, read_only=True) as opened:
        part = read(DatabaseReader(opened), quick=quick, written=False)
    return part.meant_wrong, part.streams
