"""The replay: a ledger read from its first entry to its last, and every defect of it, never stopping at the first.

Per entry: its place in the chain (`links.py`), then its meaning (`streams.py`): whether its stage, its actor and the
stage's own rules allowed it, and for a score, whether the rules make the same of the same sheet and cases. Each
assessment and case, once folded, is held against its projected row (`projected.py`), each entry against the row of
its command id (`commands.py`), and the end against the head.

A ledger may be written while it is replayed. The rows are therefore read first and each is compared when the fold
stands at the very entry the row says it was made from; the head is asked last.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage.chain import written

from .commands import Commands
from .laws import laws
from .links import Broken, Chain, Found
from .projected import Projected
from .reader import HeadRow, Reader
from .report import Defect, Report, defect
from .streams import Streams

__all__ = ["Defect", "Progress", "Report", "replay"]

Progress = Callable[[int], None]
"""Told now and then, and at the end, how many entries have been read."""

STEP = 1000
"""How many entries are read between two calls of `progress`."""


def replay(reader: Reader, progress: Progress | None = None, *, quick: bool = False) -> Report:
    """Check a whole ledger. Writes nothing; raises nothing but the reader's own errors.

    `quick` leaves out who was entitled and the stages' own checks; everything else is the same.
    """
    usable, found = laws(reader.rulebooks())
    projected = Projected(reader)
    chain, streams, commands = Chain(), Streams(usable, quick=quick), Commands(reader)
    with _no_search_for_cycles():
        head = _read_all(reader, chain, streams, projected, commands, found, progress)
    wrong = _head(head, chain)
    projected.finish(streams.kept, found, moving=not wrong)
    commands.finish(chain.number, found)
    return Report(entries=chain.read, streams=len(streams.kept), defects=(*found, *wrong))


def _read_all(
    reader: Reader, chain: Chain, streams: Streams, projected: Projected, commands: Commands, found: Found,
    progress: Progress | None,
) -> HeadRow | None:  # fmt: skip
    """Every entry, those written meanwhile too; the head as it stands after that."""
    while True:
        reached = chain.number
        _read(reader, chain, streams, projected, commands, found, progress)
        head = reader.head()
        if head is None or head[0] <= chain.number or chain.number == reached:
            return head


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Entries, facts and states are trees: looking for cycles among them would cost a fifth of the time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _read(
    reader: Reader, chain: Chain, streams: Streams, projected: Projected, commands: Commands, found: Found,
    progress: Progress | None,
) -> None:  # fmt: skip
    """Every entry after those read already."""
    follow, take, due, command = chain.follow, streams.take, projected.due, commands.compare
    for row in reader.entries(chain.number):
        entry = follow(row, found)
        if entry is None:
            continue
        if isinstance(entry, Broken):
            streams.end(str(row[1]), row[0], entry, found)
        else:
            command(entry, found)
            kept = take(entry, found)
            if kept is not None and row[0] in due:
                projected.compare(row[0], kept)
        if progress is not None and chain.read % STEP == 0:
            progress(chain.read)
    if progress is not None:
        progress(chain.read)


def _head(head: HeadRow | None, chain: Chain) -> list[Defect]:
    """What is wrong with the head: entries it knows that are gone, or another end than the last entry."""
    number, link, at = chain.number, chain.link, chain.at
    if head is not None and head[0] > number:
        return [defect("missing", number + 1, None, first=number + 1, last=head[0])]
    end = (number, link, head[2] if head and chain.untimed else None if at is None else written(at))
    differ = [name for name, said, true in zip(_HEAD, head or (None,) * 3, end, strict=True) if said != true]
    return [defect("head", number or None, None, columns=", ".join(differ))] if differ or head is None else []


_HEAD = ("number", "digest", "recorded_at")
