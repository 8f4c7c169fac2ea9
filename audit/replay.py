"""The replay: a ledger read from its first entry to its last, and every defect of it, never stopping at the first.

Per entry: its place in the chain (`links.py`), the row of its command id (`commands.py`), what it says besides its fact
(`particulars.py`), then its meaning (`streams.py`): whether its stage, its actor and the stage's own rules allowed
it, and for a score, whether the rules make the same of the same sheet and cases. Each assessment and case, once
folded, is held against its projected row (`projected.py`), the seals against the tree over all entries
(`sealed.py`), and the end against the head.

A ledger may be written while it is replayed. The rows are therefore read first and each is compared when the fold
stands at the very entry the row says it was made from; the head is asked last.

A finished assessment is let go of once it has been compared, so that memory grows with what is open, not with the
years. Should such a one go on nevertheless (edited, or written to meanwhile), the ledger is read a second time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from msgspec.structs import replace

from audit.chain.command_ids import CommandIdChecks
from audit.chain.hash_chain import HashChain, UnusableEntry
from audit.chain.projection_checks import ProjectionChecks
from audit.rules.metadata_checks import MetadataChecks
from audit.rules.rule_checks import FinishedStreamContinued, RuleChecks
from audit.seals.seal_checks import Evidence, SealChecks
from storage.ledger.chain import Entry, StoredEntry, format_time
from storage.vault.account_secrets import AccessRow

from .defect import Defect, make_defect, sort_defects
from .reader import HeadRow, Reader
from .report import Report, SealCoverage
from .rules import credentials
from .rules.rulebooks import compiled_rulebooks
from .seals.keys import Key

Progress = Callable[[int], None]
"""UserError now and then, and at the end, how many entries have been read."""

BLOCK = 100
"""How many entries are looked at together: so few that their bytes are still at hand for the next question asked of them."""

STEP = 1000
"""How many entries are read between two calls of `progress`."""


def _every(_stream: str) -> bool:
    return True


def replay(
    reader: Reader, progress: Progress | None = None, *, quick: bool = False,
    evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), excerpt: bool = False,
) -> Report:  # fmt: skip
    """Check a whole ledger. Writes nothing; raises nothing but the reader's own errors.

    `evidence`: seals and entries noted elsewhere, which the ledger must still continue; only the `trusted` keys, if any are given, and
    those they handed on to may have signed its seals.
    `quick` leaves out who was entitled, the stages' own checks and what an entry says besides; everything else is the same.
    An `excerpt` is some streams of a ledger: nothing is held against what may be in the others.
    """
    part = run_pass(reader, progress, evidence, trusted, quick=quick, excerpt=excerpt)
    return Report(part.entries, part.streams, tuple(part.found), part.coverage)


def run_pass(
    reader: Reader, progress: Progress | None = None, evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), *,
    quick: bool, written: bool = True, own: Callable[[str], bool] = _every, excerpt: bool = False,
) -> ReplayPass:  # fmt: skip
    """A part that has read everything; where what had been let go of went on after all, by a second reading that lets nothing go."""

    def run(*, lets_go: bool) -> ReplayPass:
        part = ReplayPass(
            reader, evidence, trusted, quick=quick, written=written, own=own, lets_go=lets_go, excerpt=excerpt
        )
        part.run(progress)
        return part

    try:
        return run(lets_go=True)
    except FinishedStreamContinued:
        return run(lets_go=False)


class ReplayPass:
    """One reading of a ledger: what is `written` in it, or not; and what is meant by the streams that are its `own`.

    Written: the chain, command ids, particulars, seals, the head. Meant: whether each step was allowed, folds, projections.
    None asks anything of another, so two processes can each read the whole ledger for a part of it (`apart.py`).
    """

    def __init__(
        self, reader: Reader, evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), *,
        quick: bool, lets_go: bool, written: bool = True, own: Callable[[str], bool] = _every, excerpt: bool = False,
    ) -> None:  # fmt: skip
        self.found: list[Defect] = []
        usable, unusable = compiled_rulebooks(reader.rulebooks())
        self.found += unusable
        # Before the entries, as the ledger only grows: what another table names by then is there to be read.
        self._traces = reader.highest_references() if written else {}
        # Before the entries: whatever is sealed meanwhile is sealed over entries that are still to be read.
        # The head before them: what an entry up to there says of a seal was in its table by then.
        upto = _reached(reader.head())
        self._sealed = SealChecks(reader.seals(), self.found, evidence, trusted, upto) if written else None
        self._reader, self._own = reader, own
        self._projected = ProjectionChecks(reader, upto, own, lets_go=lets_go)
        self._commands = CommandIdChecks(reader, upto) if written else None
        self._chain = HashChain(hashed=written, excerpt=excerpt)
        self._particulars = MetadataChecks(usable, excerpt=excerpt) if written and not quick else None
        self._streams = RuleChecks(usable, own, quick=quick, excerpt=excerpt)
        self._beside = reader.projections() is not None
        self.coverage = SealCoverage()

    @property
    def entries(self) -> int:
        return self._chain.read

    @property
    def streams(self) -> int:
        """How many of its own streams there are."""
        return sum(map(self._own, self._streams.streams))

    def run(self, progress: Progress | None = None) -> None:
        """Read everything."""
        chain = self._chain
        with _no_search_for_cycles():
            head = self._read_all(progress)
            planted = self._planted()
            if planted:
                head = self._read_all(progress)
                planted &= self._planted()
        wrong = _head(head, chain) if self._beside else []
        self._projected.finish(self._streams, self.found, moving=not wrong)
        credentials.report_rows(planted, self.found)
        if self._commands is not None and self._sealed is not None:
            self._commands.finish(chain.number, self.found)
            self.coverage = replace(
                self._sealed.finish(chain.number), unopened=credentials.count_unopened_factors(self._access)
            )
            self.found += wrong
            for table, last in self._traces.items():
                if last > chain.number:
                    self.found.append(make_defect("trace", None, None, table=table, entry=last, last=chain.number))
        else:
            self.found = [one for one in self.found if one.stream is not None and self._own(one.stream)]

    def _planted(self) -> set[AccessRow]:
        """The rows of the account tables that no entry read so far speaks for."""
        self._access = self._reader.access_rows()
        return credentials.unrecorded_rows(self._access, self._streams.streams, self._own)

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
        rows, found = self._reader.entries(self._chain.number), self.found
        while block := list(islice(rows, BLOCK)):
            begun = len(found)
            self._take(block)
            if len(found) > begun:
                found[begun:] = sort_defects(found[begun:])
            if progress is not None and self._chain.read % STEP == 0:
                progress(self._chain.read)
        if progress is not None:
            progress(self._chain.read)

    def _take(self, rows: Sequence[StoredEntry]) -> None:
        """A block of rows: what is written in all of them, then what each means."""
        found = self.found
        if self._sealed is not None:
            self._sealed.take(rows)
        for (number, stream, *_), run_pass in self._chain.follow(rows, [] if self._sealed is None else found):
            if isinstance(run_pass, UnusableEntry):
                self._streams.end(str(stream), number, run_pass, found)
                continue
            if self._sealed is not None:
                self._sealed.record(run_pass)
            if self._commands is not None:
                self._commands.compare(number, run_pass, found)
            if self._particulars is not None:
                self._particulars.look(run_pass, found)
            self._mean(number, run_pass)

    def _mean(self, first: int, entries: Sequence[Entry]) -> None:
        take, due, found = self._streams.take, self._projected.due, self.found
        for number, entry in enumerate(entries, first):
            kept = take(entry, found)
            if number in due and kept is not None:
                self._projected.compare(number, kept)


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


def _head(head: HeadRow | None, chain: HashChain) -> list[Defect]:
    """What is wrong with the head: entries it knows that are gone, or another end than the last entry."""
    number, link, at = chain.number, chain.link, chain.at
    if head is not None and head[0] > number:
        return [make_defect("missing", number + 1, None, first=number + 1, last=head[0])]
    end = (number, link, head[2] if head and chain.untimed else None if at is None else format_time(at))
    differ = [name for name, said, true in zip(_HEAD, head or (None,) * 3, end, strict=True) if said != true]
    return [make_defect("head", number or None, None, columns=", ".join(differ))] if differ or head is None else []


_HEAD = ("number", "digest", "recorded_at")
