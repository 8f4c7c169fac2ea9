"""A replay in other processes: shared by two of them, or done by one in the background.

Two processes: each reads the whole ledger and judges some of its years; one of the two also checks the chain, the seals and the tables.
Neither asks the other anything (`replay.ReplayScope`), so the only thing handed over is the second one's defects. It pays where the ledger is
long, because the second process has to start, to read and to decode as well.
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
from .replay import Progress, ReplayScope, replay, run_pass
from .report import Report
from .seals.keys import Key
from .seals.seal_checks import Evidence

MIN_ENTRIES = 100_000
"""From how many entries on two processes are faster than one."""

MAIN_SHARE = 0.3
"""The share of the years that the process with the chain judges, so that both take equally long."""


def replay_in_two_processes(
    url: str, progress: Progress | None = None, *, quick: bool = False,
    evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), master: MasterKey | None = None,
) -> Report:  # fmt: skip
    """`replay` of the database at `url`, opened with the key `master`, on two cores. The same defects in the same order."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other, Database.open(url, read_only=True) as opened:
        opened.key = master
        second = other.submit(_second_pass, url, master, quick=quick)
        first = run_pass(
            DatabaseReader(opened), ReplayScope(owns=_first_owns, quick=quick), progress, evidence, trusted
        )
        defects, streams = second.result()
    together = tuple(_without_repeats(sort_defects((*first.defects, *defects))))
    return Report(first.entries, first.streams + streams, together, first.coverage)


def _second_pass(url: str, master: MasterKey | None, *, quick: bool) -> tuple[list[Defect], int]:
    """The second process: its defects, and how many streams it owns."""
    with Database.open(url, read_only=True) as opened:
        opened.key = master
        done = run_pass(DatabaseReader(opened), ReplayScope(owns=_second_owns, with_chain=False, quick=quick))
    return done.defects, done.streams


def _first_owns(stream: str) -> bool:
    """Whether the first process judges a stream. Streams that others depend on are followed by both and judged by the first."""
    # An assessment goes with its year, because a year may be closed only when each of its assessments has ended.
    together = id_of(stream).partition("/")[0] if kind_of(stream) in ("assessment", "year") else stream
    return is_shared(stream) or crc32(together.encode(errors="replace")) < MAIN_SHARE * 2**32


def _second_owns(stream: str) -> bool:
    return not _first_owns(stream)


def _without_repeats(defects: Sequence[Defect]) -> Iterator[Defect]:
    """A missing rulebook is reported by both processes; only the first report counts."""
    reported = set[str]()
    for one in defects:
        if one.code != "rulebook_missing" or one.en not in reported:
            yield one
        if one.code == "rulebook_missing":
            reported.add(one.en)


class ReplayProcessFailed(UserError):
    """The process that replayed ended without an answer, or with the error `why`."""

    zh = "核验没有完成。{why}请重新核验；再次不成时请在服务器上运行 kaohe audit replay。"
    en = (
        "The replay was not completed. {why} Start it again. If it fails again, run `kaohe audit replay` on the server."
    )


def replay_in_background(
    url: str, progress: Progress, *, evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (),
    master: MasterKey | None = None,
) -> Report:  # fmt: skip
    """`replay` in one process of low priority, so that the pages are not slowed down. ReplayProcessFailed."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run_in_background, args=(theirs, url, evidence, trusted, master), daemon=True)
    process.start()
    theirs.close()
    try:
        while not isinstance(message := ours.recv(), Report):
            if isinstance(message, Text):
                raise ReplayProcessFailed(why=message)
            progress(message)
    except EOFError:
        raise ReplayProcessFailed(why=_ENDED) from None
    finally:
        process.join()
    return message


def _run_in_background(
    pipe: Connection, url: str, evidence: Sequence[Evidence], trusted: Sequence[Key], master: MasterKey | None
) -> None:
    """The other process. Now and then it sends how many entries it has read; at the end the report, or, where it failed, the reason as a text."""
    os.nice(10)
    try:
        with Database.open(url, read_only=True) as opened:
            opened.key = master
            pipe.send(replay(DatabaseReader(opened), pipe.send, evidence=evidence, trusted=trusted))
    except UserError as why:
        pipe.send(why.text)


_ENDED = Text(zh="核验进程意外结束。", en="Its process ended unexpectedly.")
