"""A replay in other processes: shared by two processes, or done by one in the background.

Two processes: each reads the whole ledger and checks the steps of some years and of some other streams; the first also
checks the chain, the command ids, the metadata, the seals and the head. They exchange nothing while they run
(`replay.ReplayScope`); at the end the second sends its defects. This is faster only for a long ledger, because the
second process must start, read and decode as well.
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
"""The number of entries from which two processes are faster than one."""

FIRST_SHARE = 0.3
"""The share of the years, and of the streams outside years, that the first process checks.

It is below one half because that process also checks the chain.
"""


def replay_in_two_processes(
    url: str,
    progress: Progress | None = None,
    *,
    quick: bool = False,
    evidence: Sequence[Evidence] = (),
    trusted: Sequence[Key] = (),
    master: MasterKey | None = None,
) -> Report:
    """As `replay`, of the database at `url`, which is opened with the key `master`, on two cores.

    The defects are sorted by entry. `progress` gets the entries that the first process has read.
    """
    scope = ReplayScope(owns=_first_owns, quick=quick)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        Database.open(url, read_only=True) as database,
    ):
        database.key = master
        second = pool.submit(_second_pass, url, master, quick=quick)
        first = run_pass(DatabaseReader(database), scope, progress, evidence, trusted)
        defects, streams = second.result()
    all_defects = tuple(_without_repeats(sort_defects((*first.defects, *defects))))
    return Report(first.entries, first.streams + streams, all_defects, first.coverage)


def _second_pass(url: str, master: MasterKey | None, *, quick: bool) -> tuple[list[Defect], int]:
    """The work of the second process: its defects, and the number of streams it owns."""
    with Database.open(url, read_only=True) as database:
        database.key = master
        result = run_pass(DatabaseReader(database), ReplayScope(owns=_second_owns, with_chain=False, quick=quick))
    return result.defects, result.streams


def _first_owns(stream: str) -> bool:
    """Whether the first process checks a stream.

    Both processes fold the streams that others depend on (`is_shared`), but only the first reports their defects.
    """
    # One process gets a year with all its assessments, because a year may be closed only when each of its assessments
    # has ended.
    group = id_of(stream).partition("/")[0] if kind_of(stream) in ("assessment", "year") else stream
    return is_shared(stream) or crc32(group.encode(errors="replace")) < FIRST_SHARE * 2**32


def _second_owns(stream: str) -> bool:
    return not _first_owns(stream)


def _without_repeats(defects: Sequence[Defect]) -> Iterator[Defect]:
    """The defects, but each missing rulebook only once, because both processes report it."""
    reported = set[str]()
    for defect in defects:
        if defect.code != "rulebook_missing" or defect.en not in reported:
            yield defect
        if defect.code == "rulebook_missing":
            reported.add(defect.en)


class ReplayProcessFailed(UserError):
    """The process of the replay ended without a report. `why` is the reason."""

    zh = "核验没有完成。{why}请重新核验；再次不成时请在服务器上运行 kaohe audit replay。"
    en = (
        "The replay was not completed. {why} Start it again. If it fails again, run `kaohe audit replay` on the server."
    )


def replay_in_background(
    url: str,
    progress: Progress,
    *,
    evidence: Sequence[Evidence] = (),
    trusted: Sequence[Key] = (),
    master: MasterKey | None = None,
) -> Report:
    """As `replay`, in a process of low priority, so that pages do not become slower. Waits for it.

    Raises `ReplayProcessFailed` if the process ends without a report, or cannot open or read the database.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run_in_background, args=(sender, url, evidence, trusted, master), daemon=True)
    process.start()
    sender.close()
    try:
        while not isinstance(message := receiver.recv(), Report):
            if isinstance(message, Text):
                raise ReplayProcessFailed(why=message)
            progress(message)
    except EOFError:
        raise ReplayProcessFailed(why=_ENDED_UNEXPECTEDLY) from None
    finally:
        process.join()
    return message


def _run_in_background(
    sender: Connection, url: str, evidence: Sequence[Evidence], trusted: Sequence[Key], master: MasterKey | None
) -> None:
    """The work of the process in the background.

    It sends the number of entries read so far, again and again, and at the end the report; if it fails, the reason.
    """
    os.nice(10)
    try:
        with Database.open(url, read_only=True) as database:
            database.key = master
            sender.send(replay(DatabaseReader(database), sender.send, evidence=evidence, trusted=trusted))
    except UserError as error:
        sender.send(error.text)


_ENDED_UNEXPECTEDLY = Text(zh="核验进程意外结束。", en="Its process ended unexpectedly.")
