"""The replay: reads a ledger from its first entry to its last and reports every defect that it finds.

It does not stop at a defect. Only the rest of a stream is not checked after an entry that cannot be used.

The checks of one entry, in their order:

1. `replay` → `run_pass` → `ReplayPass.run`: reads the entries in blocks of a hundred.
2. `ReplayPass._check_block`: hands a block to the seals' tree (`seals/seal_checks.py`) and to the chain.
3. `HashChain.follow` (`chain/hash_chain.py`): numbers, digests, columns, times, canonical form; it decodes the fact.
4. `CommandIdChecks` (`chain/command_ids.py`): the row of the command id. `MetadataChecks` (`rules/metadata_checks.py`):
   actor and times, and that the entry contains nothing personal.
5. `RuleChecks.apply` (`rules/rule_checks.py`): whether step and score are right; then it folds the entry.
6. `ProjectionChecks.compare` (`rules/projection_checks.py`): the state against its row in the database.

The head, the seals and the account rows are compared when all entries have been read. The tables beside the ledger have
their own check, `tables/all_tables.py`.

A replay cannot act: `audit` imports no engine, no clock and no ledger transaction (a contract in `pyproject.toml`), and
the database is opened read-only. So a replay may be run on the live database.
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
from audit.rules.rulebooks import compile_rulebooks
from audit.seals.keys import Key
from audit.seals.seal_checks import Evidence, SealChecks
from storage.ledger.chain import Entry, StoredEntry, format_time
from storage.vault.account_secrets import AccessRow

from .defect import Defect, make_defect, sort_defects
from .reader import HeadRow, Reader
from .report import Report, SealCoverage

Progress = Callable[[int], None]
"""A function that gets the number of entries read so far, every `PROGRESS_STEP` entries and at the end."""

BLOCK_SIZE = 100
"""The number of entries that are checked together. So few stay in the processor's cache from one check to the next."""

PROGRESS_STEP = 1000
"""How many entries are read between two calls of the progress function."""


def _every_stream(_stream: str) -> bool:
    return True


class ReplayScope(Struct, frozen=True):
    """The checks of one pass; by default all. Two processes share a replay by two scopes (`parallel.py`).

    `owns`: whether the pass checks the steps and projections of a stream. `with_chain`: whether it also checks the
    chain, command ids, metadata, seals and head. `quick`: leave out entitlement, the stages' own checks and metadata.
    `excerpt`: the ledger has only some of its streams, so nothing is compared with the others.
    """

    owns: Callable[[str], bool] = _every_stream
    with_chain: bool = True
    quick: bool = False
    excerpt: bool = False


def replay(
    reader: Reader,
    progress: Progress | None = None,
    *,
    quick: bool = False,
    evidence: Sequence[Evidence] = (),
    trusted: Sequence[Key] = (),
    excerpt: bool = False,
) -> Report:
    """Check a whole ledger. Writes nothing. Raises only the errors of the reader.

    `quick`, `excerpt`: as in `ReplayScope`. `evidence`: seals and entries from outside this database; the ledger must
    still contain them. `trusted`: if it is
    not empty, only these keys, and the keys that follow them by handovers, may have signed the seals.
    """
    result = run_pass(reader, ReplayScope(quick=quick, excerpt=excerpt), progress, evidence, trusted)
    return Report(result.entries, result.streams, tuple(result.defects), result.coverage)


def run_pass(
    reader: Reader,
    scope: ReplayScope,
    progress: Progress | None = None,
    evidence: Sequence[Evidence] = (),
    trusted: Sequence[Key] = (),
) -> ReplayPass:
    """Run one pass over the whole ledger and return it. Parameters as in `replay`.

    The state of a finished assessment is released after its comparison, so that memory grows with the open assessments
    and not with the years. If a finished assessment has another entry all the same (the ledger was edited, or written
    to during the pass), the ledger is read a second time and no state is released.
    """
    try:
        return ReplayPass(reader, scope, evidence, trusted, releases_states=True).run(progress)
    except FinishedStreamContinued:
        return ReplayPass(reader, scope, evidence, trusted, releases_states=False).run(progress)


class ReplayPass:
    """One pass over a ledger, with its checks. After `run`, its public attributes are the result."""

    def __init__(
        self,
        reader: Reader,
        scope: ReplayScope,
        evidence: Sequence[Evidence],
        trusted: Sequence[Key],
        *,
        releases_states: bool,
    ) -> None:
        self.defects: list[Defect] = []
        self.coverage = SealCoverage()
        self._reader, self._scope = reader, scope
        rulebooks, rulebook_defects = compile_rulebooks(reader.rulebooks())
        self.defects += rulebook_defects
        # A ledger may be written to while it is replayed, and it only grows. So the tables are read before the entries:
        # each entry that a table names will then still be read. The head is read before the seals: if an entry up to
        # the head records a seal, the seal was in its table by then.
        self._references = reader.highest_references() if scope.with_chain else {}
        size = _size(reader.head())
        self._seals = SealChecks(reader.seals(), self.defects, evidence, trusted, size) if scope.with_chain else None
        self._projections = ProjectionChecks(reader, size, scope.owns, releases_states=releases_states)
        self._command_ids = CommandIdChecks(reader, size) if scope.with_chain else None
        self._chain = HashChain(hashed=scope.with_chain, excerpt=scope.excerpt)
        with_metadata = scope.with_chain and not scope.quick
        self._metadata = MetadataChecks(rulebooks, excerpt=scope.excerpt) if with_metadata else None
        self._rules = RuleChecks(rulebooks, scope.owns, quick=scope.quick, excerpt=scope.excerpt)
        self._has_tables = reader.projections() is not None
        self._access_rows: Sequence[AccessRow] = ()

    @property
    def entries(self) -> int:
        return self._chain.entries_read

    @property
    def streams(self) -> int:
        """The number of streams that this pass owns."""
        return sum(map(self._scope.owns, self._rules.streams))

    def run(self, progress: Progress | None = None) -> ReplayPass:
        """Read and check all entries, then make the checks that need them all; return this pass."""
        with _without_garbage_collection():
            head = self._read_to_the_end(progress)
            # Account rows are read after the entries. So the row of an entry that was written in between looks planted
            # at first. The new entries are then read too, and only rows that look planted both times are reported.
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
            self.defects = [
                defect for defect in self.defects if defect.stream is not None and self._scope.owns(defect.stream)
            ]
        return self

    def _finish_chain(self, command_ids: CommandIdChecks, seals: SealChecks, head_defects: list[Defect]) -> None:
        """The checks that need the end of the ledger: command ids, seals, head and references to entries."""
        last = self._chain.number
        command_ids.finish(last, self.defects)
        self.coverage = replace(seals.finish(last), unopened=credentials.count_unopened_factors(self._access_rows))
        self.defects += head_defects
        for table, entry in self._references.items():
            if entry > last:
                self.defects.append(make_defect("trace", None, None, table=table, entry=entry, last=last))

    def _unrecorded_access_rows(self) -> set[AccessRow]:
        """Read the account rows again; return those that the accounts do not have by the entries read so far."""
        self._access_rows = self._reader.access_rows()
        return credentials.unrecorded_rows(self._access_rows, self._rules.streams, self._scope.owns)

    def _read_to_the_end(self, progress: Progress | None) -> HeadRow | None:
        """Read every entry, also those that are written meanwhile. Returns the head as it was after that."""
        chain = self._chain
        while True:
            before = chain.number
            self._read_new_entries(progress)
            head = self._reader.head()
            if head is None or head[0] <= chain.number or chain.number == before:
                return head

    def _read_new_entries(self, progress: Progress | None) -> None:
        rows, defects = self._reader.entries(self._chain.number), self.defects
        while block := list(islice(rows, BLOCK_SIZE)):
            before = len(defects)
            self._check_block(block)
            if len(defects) > before:
                defects[before:] = sort_defects(defects[before:])
            if progress is not None and self.entries % PROGRESS_STEP == 0:
                progress(self.entries)
        if progress is not None:
            progress(self.entries)

    def _check_block(self, rows: Sequence[StoredEntry]) -> None:
        """Give a block of rows to all checks of this pass: seals, chain, command ids, metadata, rules, projections."""
        defects = self.defects
        if self._seals is not None:
            self._seals.add_rows(rows)
        # A pass without the chain follows the chain too, because that decodes the entries. The other pass reports its
        # defects.
        for (number, stream, *_), entries in self._chain.follow(rows, defects if self._scope.with_chain else []):
            if isinstance(entries, UnusableEntry):
                self._rules.mark_broken(str(stream), number, entries, defects)
                continue
            if self._seals is not None:
                self._seals.add_facts(entries)
            if self._command_ids is not None:
                self._command_ids.compare(number, entries, defects)
            if self._metadata is not None:
                self._metadata.check(entries, defects)
            self._apply(number, entries)

    def _apply(self, first: int, entries: Sequence[Entry]) -> None:
        """Check each entry by the rules, then compare the projection rows that name it as their last entry."""
        apply, due, defects = self._rules.apply, self._projections.due, self.defects
        for number, entry in enumerate(entries, first):
            stream = apply(entry, defects)
            if number in due and stream is not None:
                self._projections.compare(number, stream)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    # Entries, facts and states are trees without cycles. The search for cycles among them would take a fifth of the
    # time.
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
    """The defects of the head: entries that it counts are missing, or it does not name the last entry."""
    number = chain.number
    if head is not None and head[0] > number:
        return [make_defect("missing", number + 1, None, first=number + 1, last=head[0])]
    if head and chain.time_unknown:
        time: str | None = head[2]
    else:
        time = None if chain.time is None else format_time(chain.time)
    end = (number, chain.digest, time)
    columns = zip(_HEAD_COLUMNS, head or (None,) * 3, end, strict=True)
    differing = [name for name, stored, expected in columns if stored != expected]
    if not differing and head is not None:
        return []
    return [make_defect("head", number or None, None, columns=", ".join(differing))]


_HEAD_COLUMNS = ("number", "digest", "recorded_at")
