"""The replay: a ledger read from its first entry to its last, and every defect of it, never stopping at the first.

Per entry: its place in the chain (`links.py`), the row of its command id (`commands.py`), what it says besides its fact
(`particulars.py`), then its meaning (`streams.py`): whether its stage, its actor and the stage's own rules allowed
it, and for a score, whether the rules make the same of the same sheet and cases. Each assessment and case, once
folded, is held against its projected row (`projected.py`), the seals against the tree over all entries
(`sealed.py`), and the end against the head.

A ledger may be written while it is replayed. The rows are therefore read first and each is compared when the fold
stands at the very entry the row says it was made from; the head is asked last.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from storage.chain import written

from .commands import Commands
from .keys import Key
from .laws import laws
from .links import Broken, Chain
from .particulars import Particulars
from .projected import Projected
from .reader import HeadRow, Reader
from .report import Defect, Report, defect
from .sealed import Expected, Sealed
from .streams import Streams

__all__ = ["Defect", "Expected", "Progress", "Report", "replay"]

Progress = Callable[[int], None]
"""Told now and then, and at the end, how many entries have been read."""

STEP = 1000
"""How many entries are read between two calls of `progress`."""


def replay(
    reader: Reader, progress: Progress | None = None, *, quick: bool = False,
    expected: Sequence[Expected] = (), trusted: Sequence[Key] = (),
) -> Report:  # fmt: skip
    """Check a whole ledger. Writes nothing; raises nothing but the reader's own errors.

    `expected` are seals kept elsewhere, which the ledger must still continue; only the `trusted` keys, if any are given, and
    those they handed on to may have signed its seals.
    `quick` leaves out who was entitled, the stages' own checks and what an entry says besides; everything else is the same.
    """
    return _Replay(reader, expected, trusted, quick=quick).run(progress)


class _Replay:
    """One replay: what is read, in which order, and what each part is told of it."""

    def __init__(self, reader: Reader, expected: Sequence[Expected], trusted: Sequence[Key], *, quick: bool) -> None:
        usable, self._found = laws(reader.rulebooks())
        # Before the entries: whatever is sealed meanwhile is sealed over entries that are still to be read.
        self._sealed = Sealed(reader.seals(), self._found, expected, trusted)
        self._reader = reader
        upto = _reached(reader.head())
        self._projected = Projected(reader, upto)
        self._commands = Commands(reader, upto)
        self._chain = Chain()
        self._particulars = None if quick else Particulars(usable)
        self._streams = Streams(usable, quick=quick)

    def run(self, progress: Progress | None) -> Report:
        """Read everything; the report."""
        chain, found = self._chain, self._found
        with _no_search_for_cycles():
            head = self._read_all(progress)
        wrong = _head(head, chain) if self._projected.kept else []
        self._projected.finish(self._streams.kept, found, moving=not wrong)
        self._commands.finish(chain.number, found)
        vouched = self._sealed.finish(chain.number)
        return Report(chain.read, len(self._streams.kept), (*found, *wrong), vouched)

    def _read_all(self, progress: Progress | None) -> HeadRow | None:
        """Every entry, those written meanwhile too; the head as it stands after that."""
        chain = self._chain
        while True:
            reached = chain.number
            self._read(progress)
            head = self._reader.head()
            if head is None or head[0] <= chain.number or chain.number == reached:
                return head

    def _read(self, progress: Progress | None) -> None:
        """Every entry after those read already."""
        chain, found, due = self._chain, self._found, self._projected.due
        follow, command, take = chain.follow, self._commands.compare, self._streams.take
        look = self._particulars.look if self._particulars is not None else None
        seal = self._sealed.take
        for row in self._reader.entries(chain.number):
            number, entry = row[0], follow(row, found)
            seal(number, row[4])
            if entry is None:
                continue
            if isinstance(entry, Broken):
                self._streams.end(str(row[1]), number, entry, found)
            else:
                command(number, entry, found)
                if look is not None:
                    look(entry, found)
                kept = take(entry, found)
                if kept is not None and number in due:
                    self._projected.compare(number, kept)
            if progress is not None and chain.read % STEP == 0:
                progress(chain.read)
        if progress is not None:
            progress(chain.read)


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


def _reached(head: HeadRow | None) -> int:
    return head[0] if head is not None else 0


def _head(head: HeadRow | None, chain: Chain) -> list[Defect]:
    """What is wrong with the head: entries it knows that are gone, or another end than the last entry."""
    number, link, at = chain.number, chain.link, chain.at
    if head is not None and head[0] > number:
        return [defect("missing", number + 1, None, first=number + 1, last=head[0])]
    end = (number, link, head[2] if head and chain.untimed else None if at is None else written(at))
    differ = [name for name, said, true in zip(_HEAD, head or (None,) * 3, end, strict=True) if said != true]
    return [defect("head", number or None, None, columns=", ".join(differ))] if differ or head is None else []


_HEAD = ("number", "digest", "recorded_at")
