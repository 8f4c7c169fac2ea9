"""The chain, entry by entry: numbers, digests, columns, links, times, form. What an entry means is not asked here.

Sound entries are by far the commonest: whole blocks of them pass at once (`sound.py`). A block that does not pass is halved
until the row that is not sound stands alone; that one is looked at slowly, until everything wrong with it is named.
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
    """An entry that holds nothing to go on with; `code` and `given` are its defect's."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(code)
        self.code, self.given = code, given


class HashChain:
    """Where the chain stands: the last number, its stored digest (None where unknown), and its time.

    `untimed` says that the last entry's own time could not be trusted; `at` is then an earlier one's.
    Not `hashed`, it takes the digest of an otherwise sound entry on trust, as it may who asks only what entries mean.
    In an `excerpt` entries are left out, and only those that are neighbours are held against each other.
    """

    def __init__(self, *, hashed: bool = True, excerpt: bool = False) -> None:
        self._hashed, self._excerpt = hashed, excerpt
        self._known: fast_path.KnownFacts = {}
        self.number = 0
        self.read = 0
        self.link: str | None = GENESIS
        self.at: datetime | None = None
        self.untimed = False

    def follow(
        self, rows: Sequence[StoredEntry], found: Defects
    ) -> Iterator[tuple[StoredEntry, list[Entry] | UnusableEntry]]:
        """The entries of the next rows, each payload a fact, after the row of the first; what is `found` wrong is added.

        `Broken`, where a stream cannot go on, comes alone; of a row that is not to be used nothing comes.
        """
        next_one, last = rows[0][0] == self.number + 1, rows[-1]
        entries = (
            fast_path.read_intact_block(rows, self.link, self.at, self._known, hashed=self._hashed)
            if next_one
            else None
        )
        if entries is not None:
            self.number, self.link, self.at, self.untimed = last[0], last[5], entries[-1].recorded_at, False
            self.read += len(rows)
            yield rows[0], entries
        elif len(rows) > 1:
            half = len(rows) // 2
            yield from self.follow(rows[:half], found)
            yield from self.follow(rows[half:], found)
        else:
            entry = self._look(last, found)
            if entry is not None:
                yield last, entry if isinstance(entry, UnusableEntry) else [entry]

    def _look(self, row: StoredEntry, found: Defects) -> Entry | UnusableEntry | None:
        """The row that was not sound, looked at in full."""
        number, stream = row[0], str(row[1])
        if number <= self.number:
            found.append(make_defect("order", number, stream, after=self.number))
            return None
        if number != self.number + 1:
            if not self._excerpt:
                found.append(make_defect("missing", self.number + 1, None, first=self.number + 1, last=number - 1))
            self.link = None
        link, self.number, self.link, self.untimed = self.link, number, row[5], True
        self.read += 1
        return self._read(row, link, found)

    def _read(self, row: StoredEntry, link: str | None, found: Defects) -> Entry | UnusableEntry:
        """The entry in its place, as far as it can be read."""
        number, stream, version, kind, body, stored = row
        raw = _bytes(body)
        true = raw is not None and chain.digest(raw) == stored
        if not true:
            found.append(make_defect("digest", number, str(stream)))
        entry = _envelope(raw)
        if isinstance(entry, UnusableEntry):
            return entry
        if raw != chain.encode(entry) or not chain.is_canonical(raw) or _zones(entry):
            found.append(make_defect("form", number, str(stream)))
            entry = _in_utc(entry)
        self._compare(row, entry, link, found)
        if true:
            self.at, self.untimed = entry.recorded_at, False
        else:
            # The columns are then the better witness to where this entry belongs.
            entry = replace(entry, number=number, stream=str(stream), version=version, kind=str(kind))
        return _with_fact(entry)

    def _compare(self, row: StoredEntry, entry: Entry, link: str | None, found: Defects) -> None:
        """Columns, link and times of an entry that could be read."""
        number, stream = row[0], str(row[1])
        said = {"number": entry.number, "stream": entry.stream, "version": entry.version, "kind": entry.kind}
        differ = [name for name, column in zip(said, row, strict=False) if said[name] != column]
        if differ:
            found.append(make_defect("columns", number, stream, columns=", ".join(differ)))
        if link is not None and entry.previous != link:
            found.append(make_defect("link", number, stream))
        at, read, before = entry.recorded_at, entry.machine_clock, self.at
        if before is not None and at < before:
            found.append(make_defect("backwards", number, stream, at=at, before=before))
        if read is not None and (read >= at or (at != before and not (self._excerpt and link is None))):
            found.append(make_defect("clock", number, stream, read=read, at=at))


def _bytes(body: str) -> bytes | None:
    """The bytes of a body; None where a database holds something else than text (SQLite holds what it is given)."""
    try:
        return body.encode()
    except (AttributeError, UnicodeEncodeError):
        return None


def _envelope(raw: bytes | None) -> Entry | UnusableEntry:
    """The entry of a body, its payload undecoded."""
    if raw is None:
        return UnusableEntry("unreadable", why="UTF-8")
    try:
        return chain.decode(raw)
    except UnknownEntry as error:
        return UnusableEntry("newer", v=error.details["v"])
    except LedgerBroken as error:
        return UnusableEntry("unreadable", why=error.details["why"])


def _zones(entry: Entry) -> bool:
    """Whether a time is not in UTC."""
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
