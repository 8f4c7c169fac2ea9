"""A replay in other processes: by two of them (`replay_apart`), or by one beside somebody who has other things to do (`replay_aside`).

By two: each reads the whole ledger, and says what some of its years mean; one, what is written too. They ask nothing of each
other (`replay.Part`), so nothing is handed to and fro but the second one's defects. It pays where the ledger is long: another
process has to start, to read and to decode too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from zlib import crc32

from audit.rules.rule_checks import is_shared
from states.streams import id_of, kind_of
from states.user_errors import UserError
from states.vocabulary import Text
from storage.database.database import Database
from storage.master_key import MasterKey

from .defect import Defect, sort_defects
from .reader import DatabaseReader
from .replay import Progress, replay, run_pass
from .report import Report
from .seals.keys import Key
from .seals.seal_checks import Evidence

MIN_ENTRIES = 100_000
"""From how many entries on two processes are quicker than one."""

MAIN_SHARE = 0.3
"""The share of the years that goes to the process which has all that is written to look at, so that both take as long."""


def replay_in_two_processes(
    url: str, progress: Progress | None = None, *, quick: bool = False,
    evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), master: MasterKey | None = None,
) -> Report:  # fmt: skip
    """`replay` of the database at `url`, whose key is `master`, on two cores. The same defects, in the order of entries; of no one entry, last."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other, Database.open(url, read_only=True) as opened:
        opened.key = master
        theirs = other.submit(_read_theirs, url, master, quick=quick)
        part = run_pass(DatabaseReader(opened), progress, evidence, trusted, quick=quick, own=_ours)
        wrong, streams = theirs.result()
    found = tuple(_once(sort_defects((*part.found, *wrong))))
    return Report(part.entries, part.streams + streams, found, part.coverage)


def _read_theirs(url: str, master: MasterKey | None, *, quick: bool) -> tuple[list[Defect], int]:
    """The other process's part: its defects, and how many streams it has."""
    with Database.open(url, read_only=True) as opened:
        opened.key = master
        part = run_pass(DatabaseReader(opened), quick=quick, written=False, own=_theirs)
    return part.found, part.streams


def _ours(stream: str) -> bool:
    """Streams that all others may hang on are followed by both and answered for by one; an assessment goes where its year goes.

    For a year is closed when every one of its assessments has ended (`states.context.PROGRESS`).
    """
    together = id_of(stream).partition("/")[0] if kind_of(stream) in ("assessment", "year") else stream
    return is_shared(stream) or crc32(together.encode(errors="replace")) < MAIN_SHARE * 2**32


def _theirs(stream: str) -> bool:
    return not _ours(stream)


def _once(found: Sequence[Defect]) -> Iterator[Defect]:
    """A rulebook that is gone is told of where it is first missed, by either."""
    told = set[str]()
    for one in found:
        if one.code != "rulebook_missing" or one.en not in told:
            yield one
        if one.code == "rulebook_missing":
            told.add(one.en)


class ReplayProcessFailed(UserError):
    """The process that was to replay ended without an answer, or with an error: `why`."""

    zh = "核验没有完成：{why}。请重新核验；再次不成时请在服务器上运行 kaohe audit replay。"
    en = "The replay came to no end: {why}. Ask again; if it fails again, run `kaohe audit replay` at the machine."


def replay_in_background(
    url: str, progress: Progress, *, evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (),
    master: MasterKey | None = None,
) -> Report:  # fmt: skip
    """`replay` by one process of low priority, which ends when we do: whoever waits in a thread holds nobody up. BrokenOff."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_aside, args=(theirs, url, evidence, trusted, master), daemon=True)
    process.start()
    theirs.close()
    try:
        while not isinstance(told := ours.recv(), Report):
            if isinstance(told, str):
                raise ReplayProcessFailed(why=told)
            progress(told)
    except EOFError:
        raise ReplayProcessFailed(why=_ENDED) from None
    finally:
        process.join()
    return told


def _aside(
    told: Connection, url: str, evidence: Sequence[Evidence], trusted: Sequence[Key], master: MasterKey | None
) -> None:
    """The other process's work. What it says through the pipe: numbers, then the report, or why there is none."""
    os.nice(10)
    try:
        with Database.open(url, read_only=True) as opened:
            opened.key = master
            told.send(replay(DatabaseReader(opened), told.send, evidence=evidence, trusted=trusted))
    except UserError as why:
        told.send(why.text)


_ENDED = Text(zh="核验进程意外结束", en="its process ended")
