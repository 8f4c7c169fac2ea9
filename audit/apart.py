"""A replay in other processes: by two of them (`replay_apart`), or by one beside somebody who has other things to do (`replay_aside`).

By two: one looks at what is written, the other at what it means. Each reads the whole ledger. The halves ask nothing of each
other (`replay.Part`), so nothing is handed to and fro but the second one's defects. It pays where the ledger is long: another
process has to start, to read and to decode too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection

from states.sentences import Told
from storage.database import Database

from .keys import Key
from .reader import DatabaseReader
from .replay import Progress, read, replay
from .report import Defect, Report, in_order
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
    return Report(part.entries, streams, in_order((*part.written_wrong, *wrong)), part.vouched)


class BrokenOff(Told):
    """The process that was to replay ended without an answer, or with an error: `why`."""

    zh = "核验没有完成：{why}。请重新核验；再次不成时请在服务器上运行 kaohe audit replay。"
    en = "The replay came to no end: {why}. Ask again; if it fails again, run `kaohe audit replay` at the machine."


def replay_aside(
    url: str, progress: Progress, *, expected: Sequence[Expected] = (), trusted: Sequence[Key] = ()
) -> Report:
    """`replay` by one process of low priority, which ends when we do: whoever waits in a thread holds nobody up. BrokenOff."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_aside, args=(theirs, url, expected, trusted), daemon=True)
    process.start()
    theirs.close()
    try:
        while not isinstance(told := ours.recv(), Report):
            if isinstance(told, str):
                raise BrokenOff(why=told)
            progress(told)
    except EOFError:
        raise BrokenOff(why=_ENDED) from None
    finally:
        process.join()
    return told


def _aside(told: Connection, url: str, expected: Sequence[Expected], trusted: Sequence[Key]) -> None:
    """The other process's work. What it says through the pipe: numbers, then the report, or why there is none."""
    os.nice(10)
    try:
        with Database.open(url, read_only=True) as opened:
            told.send(replay(DatabaseReader(opened), told.send, expected=expected, trusted=trusted))
    except Told as why:
        told.send(str(why))


_ENDED = "核验进程意外结束 / its process ended"


def _meant(url: str, *, quick: bool) -> tuple[list[Defect], int]:
    """The other process's half: its defects, and how many streams there are."""
    with Database.open(url, read_only=True) as opened:
        part = read(DatabaseReader(opened), quick=quick, written=False)
    return part.meant_wrong, part.streams
