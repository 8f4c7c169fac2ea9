"""The replay: reads a ledger from its first entry to its last and reports every defect. It never stops at the first.

The walk of one entry, hop by hop:

1. `replay` → `run_pass` → `ReplayPass.run`: reads the entries in blocks of a hundred.
2. `ReplayPass._check_block`: hands a block to the seals' tree (`seals/seal_checks.py`) and to the chain.
3. `HashChain.follow` (`chain/hash_chain.py`): numbers, digests, columns, times, canonical form; it decodes the fact.
4. `CommandIdChecks` (`chain/command_ids.py`): the row of the entry's command id. `MetadataChecks` (`rules/metadata_checks.py`):
   who acted and when, and that nothing personal is written.
5. `RuleChecks.apply` (`rules/rule_checks.py`): was the step allowed there, does the score come out again; then the fold.
6. `ProjectionChecks.compare` (`rules/projection_checks.py`): the state against its row in the database.

The head, the seals, the tables and the account rows are compared when all entries have been read.

A replay cannot act: `audit` imports no engine, no clock and no ledger transaction (a contract in `pyproject.toml`), and the database
is opened read-only. So a replay may be run on the live database.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from audit.chain.command_ids import CommandIdChecks
from audit.chain.hash_chain import HashChain, UnusableEntry
from audit.rules import credentials
from audit.rules.metadata_checks import MetadataChecks
from audit.rules.projection_checks import ProjectionChecks
from audit.rules.rule_checks import FinishedStreamContinued, RuleChecks
from audit.rules.rulebooks import compiled_rulebooks
from audit.seals.keys import Key
from audit.seals.seal_checks import Evidence, SealChecks
from storage.ledger.chain import Entry, StoredEntry, format_time
from storage.vault.account_secrets import AccessRow

from .defect import Defect, make_defect, sort_defects
from .reader import HeadRow, Reader
from .report import Report, SealCoverage

Progress = Callable[[int], None]
"""Called now and then, and at the end, with the number of entries read."""

BLOCK = 100
"""How many entries are checked together: few enough that their bytes are still in the processor's cache for the next check."""

STEP = 1000
"""How many entries are read between two calls of `progress`."""


def _every_stream(_stream: str) -> bool:
    return True


class ReplayScope(Struct, frozen=True):
    """What one pass checks. Two processes share a replay by two scopes (`parallel.py`); by default it is everything.

    `owns`: the streams whose steps and projections it judges. `with_chain`: also the chain, command ids, metadata, seals and head.
    `quick` leaves out entitlement, the stages' own checks and metadata. An `excerpt` is some streams of a ledger: nothing is
    compared with streams that are not in it.
    """

    owns: Callable[[str], bool] = _every_stream
    with_chain: bool = True
    quick: bool = False
    excerpt: bool = False


def replay(
    reader: Reader, progress: Progress | None = None, *, quick: bool = False,
    evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (), excerpt: bool = False,
) -> Report:  # fmt: skip
    """Check a whole ledger. Writes nothing; raises nothing but the reader's own errors.

    `evidence`: seals and entries that somebody kept elsewhere, which the ledger must still continue. If `trusted` keys are given, only
    they, and the keys they handed on to, may have signed its seals.
    """
    done = run_pass(reader, ReplayScope(quick=quick, excerpt=excerpt), progress, evidence, trusted)
    return Report(done.entries, done.streams, tuple(done.defects), done.coverage)


def run_pass(
    reader: Reader, scope: ReplayScope, progress: Progress | None = None,
    evidence: Sequence[Evidence] = (), trusted: Sequence[Key] = (),
) -> ReplayPass:  # fmt: skip
    """A pass over the whole ledger.

    The state of a finished assessment is released once it has been compared, so that memory grows with what is open and not with
    the years. If such an assessment has another entry after all (it was edited, or written to meanwhile), the ledger is read a
    second time with every state kept.
    """
    try:
        return ReplayPass(reader, scope, evidence, trusted, releases_states=True).run(progress)
    except FinishedStreamContinued:
        return ReplayPass(reader, scope, evidence, trusted, releases_states=False).run(progress)


class ReplayPass:
    """One reading of a ledger. After `run`, `defects`, `coverage`, `entries` and `streams` are the result."""

    def __init__(
        self, reader: Reader, scope: ReplayScope, evidence: Sequence[Evidence], trusted: Sequence[Key], *, releases_states: bool
    ) -> None:  # fmt: skip
        self.defects: list[Defect] = []
        self.coverage = SealCoverage()
        self._reader, self._scope = reader, scope
        usable, unusable = compiled_rulebooks(reader.rulebooks())
        self.defects += unusable
        # A ledger may be written to while it is replayed, and it only grows. Tables are therefore read before the entries: whatever
        # they name is then among the entries still to be read. The head is read first of all, because what an entry up to there
        # says of a seal was in the seal's table by then.
        self._references = reader.highest_references() if scope.with_chain else {}
        size = _size(reader.head())
        self._seals = SealChecks(reader.seals(), self.defects, evidence, trusted, size) if scope.with_chain else None
        self._projections = ProjectionChecks(reader, size, scope.owns, releases_states=releases_states)
        self._command_ids = CommandIdChecks(reader, size) if scope.with_chain else None
        self._chain = HashChain(hashed=scope.with_chain, excerpt=scope.excerpt)
        with_metadata = scope.with_chain and not scope.quick
        self._metadata = MetadataChecks(usable, excerpt=scope.excerpt) if with_metadata else None
        self._rules = RuleChecks(usable, scope.owns, quick=scope.quick, excerpt=scope.excerpt)
        self._has_tables = reader.projections() is not None
        self._access_rows: Sequence[AccessRow] = ()

    @property
    def entries(self) -> int:
        return self._chain.entries_read

    @property
    def streams(self) -> int:
        """How many of its own streams there are."""
        return sum(map(self._scope.owns, self._rules.streams))

    def run(self, progress: Progress | None = None) -> ReplayPass:
        """Read everything; the pass itself."""
        with _without_garbage_collection():
            head = self._read_to_the_end(progress)
            # Account rows are read after the entries, so the row of an entry written in between looks planted at first. The new
            # entries are read, and only what looks planted both times is.
            planted = self._unrecorded_access_rows()
            if planted:
                head = self._read_to_the_end(progress)
                planted &= self._unrecorded_access_rows()
        head_defects = _compare_head(head, self._chain) if self._has_tables else []
        self._projections.finish(self._rules, self.defects, moving=not head_defects)
        credentials.report_rows(planted, self.defects)
        if self._command_ids is not None and self._seals is not None:
            self._finish_chain(self._command_ids, self._seals, head_defects)
        else:
            self.defects = [one for one in self.defects if one.stream is not None and self._scope.owns(one.stream)]
        return self

    def _finish_chain(self, command_ids: CommandIdChecks, seals: SealChecks, head_defects: list[Defect]) -> None:
        """What only the end of the ledger shows."""
        last = self._chain.number
        command_ids.finish(last, self.defects)
        self.coverage = replace(seals.finish(last), unopened=credentials.count_unopened_factors(self._access_rows))
        self.defects += head_defects
        for table, entry in self._references.items():
            if entry > last:
                self.defects.append(make_defect("trace", None, None, table=table, entry=entry, last=last))

    def _unrecorded_access_rows(self) -> set[AccessRow]:
        """The rows of the account tables that no entry read so far names."""
        self._access_rows = self._reader.access_rows()
        return credentials.unrecorded_rows(self._access_rows, self._rules.streams, self._scope.owns)

    def _read_to_the_end(self, progress: Progress | None) -> HeadRow | None:
        """Every entry, those written meanwhile too; the head after that."""
        chain = self._chain
        while True:
            before = chain.number
            self._read_new_entries(progress)
            head = self._reader.head()
            if head is None or head[0] <= chain.number or chain.number == before:
                return head

    def _read_new_entries(self, progress: Progress | None) -> None:
        rows, defects = self._reader.entries(self._chain.number), self.defects
        while block := list(islice(rows, BLOCK)):
            before = len(defects)
            self._check_block(block)
            if len(defects) > before:
                defects[before:] = sort_defects(defects[before:])
            if progress is not None and self.entries % STEP == 0:
                progress(self.entries)
        if progress is not None:
            progress(self.entries)

    def _check_block(self, rows: Sequence[StoredEntry]) -> None:
        """What is written in all of the rows, then what each means."""
        defects = self.defects
        if self._seals is not None:
            self._seals.add_rows(rows)
        # A pass without the chain follows it all the same, to decode the entries; the other pass reports what is wrong with it.
        for (number, stream, *_), entries in self._chain.follow(rows, defects if self._scope.with_chain else []):
            if isinstance(entries, UnusableEntry):
                self._rules.end(str(stream), number, entries, defects)
                continue
            if self._seals is not None:
                self._seals.record(entries)
            if self._command_ids is not None:
                self._command_ids.compare(number, entries, defects)
            if self._metadata is not None:
                self._metadata.check(entries, defects)
            self._apply(number, entries)

    def _apply(self, first: int, entries: Sequence[Entry]) -> None:
        """Each entry by the rules, then the rows that say they were made from it."""
        apply, due, defects = self._rules.apply, self._projections.due, self.defects
        for number, entry in enumerate(entries, first):
            stream = apply(entry, defects)
            if number in due and stream is not None:
                self._projections.compare(number, stream)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    # Entries, facts and states are trees without cycles: searching for cycles among them would cost a fifth of the time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _size(head: HeadRow | None) -> int:
    return head[0] if head is not None else 0


def _compare_head(head: HeadRow | None, chain: HashChain) -> list[Defect]:
    """What is wrong with the head: it knows entries that are gone, or it does not name the last entry."""
    number = chain.number
    if head is not None and head[0] > number:
        return [make_defect("missing", number + 1, None, first=number + 1, last=head[0])]
    if head and chain.time_unknown:
        time: str | None = head[2]
    else:
        time = None if chain.time is None else format_time(chain.time)
    end = (number, chain.digest, time)
    differ = [name for name, held, true in zip(_HEAD, head or (None,) * 3, end, strict=True) if held != true]
    return [make_defect("head", number or None, None, columns=", ".join(differ))] if differ or head is None else []


_HEAD = ("number", "digest", "recorded_at")
