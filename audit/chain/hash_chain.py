"""The hash chain, entry by entry: number, digest, columns, digest of the entry before, times, canonical form.

Almost every entry is intact, so blocks of entries are first asked together whether all of them are (`fast_path.py`). A block that is
not intact is halved until the bad row is alone. That row is then checked in full, so that everything wrong with it is reported.
The fast path says yes or no and this module says what is wrong; there is only one description of each defect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from audit.defect import Defect, make_defect
from states.chart import FACTS
from states.vocabulary import Text
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain
from storage.ledger.chain import GENESIS, Entry, StoredEntry
from storage.ledger.facts import fact_of

from . import fast_path

Defects = list[Defect]


class UnusableEntry(Exception):
    """An entry that cannot be read, or cannot follow, so that its stream ends here. `code` and `values` are those of its defect."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class HashChain:
    """The end of the chain so far: the number, stored digest (None: not known) and time of the last entry.

    `time_unknown` says that the last entry's own time cannot be trusted; `time` is then that of an earlier one.
    If not `hashed`, the stored digests of intact entries are not computed again: the other process of a replay does that.
    In an `excerpt` entries are left out, and only neighbours are compared with each other.
    """

    def __init__(self, *, hashed: bool = True, excerpt: bool = False) -> None:
        self._hashed, self._excerpt = hashed, excerpt
        self._known: fast_path.KnownFacts = {}
        self.number = 0
        self.entries_read = 0
        self.digest: str | None = GENESIS
        self.time: datetime | None = None
        self.time_unknown = False

    def follow(
        self, rows: Sequence[StoredEntry], defects: Defects
    ) -> Iterator[tuple[StoredEntry, list[Entry] | UnusableEntry]]:
        """The entries of the next rows with their facts decoded, each list after the row of its first entry. Adds to `defects`.

        An `UnusableEntry` comes alone. A row that is out of order gives nothing.
        """
        is_next, last = rows[0][0] == self.number + 1, rows[-1]
        entries = (
            fast_path.read_intact_block(rows, self.digest, self.time, self._known, hashed=self._hashed)
            if is_next
            else None
        )
        if entries is not None:
            self.number, self.digest, self.time, self.time_unknown = last[0], last[5], entries[-1].recorded_at, False
            self.entries_read += len(rows)
            yield rows[0], entries
        elif len(rows) > 1:
            half = len(rows) // 2
            yield from self.follow(rows[:half], defects)
            yield from self.follow(rows[half:], defects)
        else:
            entry = self._check_row(last, defects)
            if entry is not None:
                yield last, entry if isinstance(entry, UnusableEntry) else [entry]

    def _check_row(self, row: StoredEntry, defects: Defects) -> Entry | UnusableEntry | None:
        """A row that is not intact, checked in full."""
        number, stream = row[0], str(row[1])
        if number <= self.number:
            defects.append(make_defect("order", number, stream, after=self.number))
            return None
        if number != self.number + 1:
            if not self._excerpt:
                defects.append(make_defect("missing", self.number + 1, None, first=self.number + 1, last=number - 1))
            self.digest = None
        previous, self.number, self.digest, self.time_unknown = self.digest, number, row[5], True
        self.entries_read += 1
        return self._read_entry(row, previous, defects)

    def _read_entry(self, row: StoredEntry, previous: str | None, defects: Defects) -> Entry | UnusableEntry:
        """The entry of a row, as far as it can be read."""
        number, stream, version, kind, body, stored = row
        raw = _bytes(body)
        is_true = raw is not None and chain.digest(raw) == stored
        if not is_true:
            defects.append(make_defect("digest", number, str(stream)))
        entry = _envelope(raw)
        if isinstance(entry, UnusableEntry):
            return entry
        if raw != chain.encode(entry) or not chain.is_canonical(raw) or _zones(entry):
            defects.append(make_defect("form", number, str(stream)))
            entry = _in_utc(entry)
        self._compare(row, entry, previous, defects)
        if is_true:
            self.time, self.time_unknown = entry.recorded_at, False
        else:
            # The body was changed or damaged. The columns then say better than the body where the entry belongs.
            entry = replace(entry, number=number, stream=str(stream), version=version, kind=str(kind))
        return _with_fact(entry)

    def _compare(self, row: StoredEntry, entry: Entry, previous: str | None, defects: Defects) -> None:
        """Columns, digest of the entry before, and times of an entry that could be read."""
        number, stream = row[0], str(row[1])
        in_body = {"number": entry.number, "stream": entry.stream, "version": entry.version, "kind": entry.kind}
        differ = [name for name, column in zip(in_body, row, strict=False) if in_body[name] != column]
        if differ:
            defects.append(make_defect("columns", number, stream, columns=", ".join(differ)))
        if previous is not None and entry.previous != previous:
            defects.append(make_defect("link", number, stream))
        at, reading, before = entry.recorded_at, entry.machine_clock, self.time
        if before is not None and at < before:
            defects.append(make_defect("backwards", number, stream, at=at, before=before))
        if reading is not None and (reading >= at or (at != before and not (self._excerpt and previous is None))):
            defects.append(make_defect("clock", number, stream, read=reading, at=at))


def _bytes(body: str) -> bytes | None:
    """The bytes of a body; None where it is not text: a column of SQLite holds whatever was put there."""
    try:
        return body.encode()
    except (AttributeError, UnicodeEncodeError):
        return None


def _envelope(raw: bytes | None) -> Entry | UnusableEntry:
    """The entry of a body, its payload not decoded yet."""
    if raw is None:
        return UnusableEntry("unreadable", why="UTF-8")
    try:
        return chain.decode(raw)
    except UnknownEntry as error:
        return UnusableEntry("newer", v=error.details["v"])
    except LedgerBroken as error:
        return UnusableEntry("unreadable", why=error.details["why"])


def _zones(entry: Entry) -> bool:
    """Whether an entry has a time that is not in UTC."""
    moments = (entry.recorded_at, entry.happened_at, entry.machine_clock)
    return any(moment is not None and moment.tzinfo is not UTC for moment in moments)


def _in_utc(entry: Entry) -> Entry:
    """The entry with times that can be compared."""
    read = entry.machine_clock
    at, happened = _utc(entry.recorded_at), _utc(entry.happened_at)
    return replace(entry, recorded_at=at, happened_at=happened, machine_clock=None if read is None else _utc(read))


def _utc(moment: datetime) -> datetime:
    """A moment in UTC; one that does not say its zone is taken to be."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _with_fact(entry: Entry) -> Entry | UnusableEntry:
    """The same entry with its payload as a fact."""
    if entry.kind not in FACTS:
        return UnusableEntry("kind", kind=entry.kind)
    try:
        fact: Any = fact_of(entry)
    except ValueError as error:
        return UnusableEntry("unreadable", why=str(error))
    if chain.encode(fact) != bytes(entry.payload):
        return UnusableEntry("unreadable", why=_OTHER_FORM)
    return replace(entry, payload=fact)


_OTHER_FORM = Text(zh="所载事实不是其规范写法", en="its fact is not written as a fact of its kind is")
