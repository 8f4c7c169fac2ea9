"""Checks the hash chain and decodes the entries and their facts.

Checked for each entry: number, digest, columns, digest of the entry before, times, canonical form of body and fact.

Almost every entry is intact, so a whole block is checked first (`fast_path.py`). A block that is not intact is halved,
again and again, until the bad row is alone. That row is then checked in full here, so that all its defects are
reported. The fast path reports no defects itself, so each defect is described in one place only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from audit.defect import Defect, make_defect
from states.acts import FACTS
from states.vocabulary import Text
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain
from storage.ledger.chain import GENESIS, Entry, StoredEntry
from storage.ledger.facts import fact_of

from . import fast_path

Defects = list[Defect]


class UnusableEntry(Exception):
    """An entry that cannot be read, or that cannot follow in its stream. The rest of its stream is not checked.

    It is returned and never raised. `code` and `values` are those of its defect.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class HashChain:
    """The chain as far as it was read: `number`, stored `digest` (None: unknown) and `time` of the last entry.

    `time_unknown`: the time of the last entry cannot be trusted; `time` is then that of an earlier entry. `hashed`:
    whether the digests of intact entries are computed (the other process of a replay need not do it again). `excerpt`:
    entries may be left out, so only consecutive numbers are compared with each other.
    """

    def __init__(self, *, hashed: bool = True, excerpt: bool = False) -> None:
        self._hashed, self._excerpt = hashed, excerpt
        self._fact_cache: fast_path.FactCache = {}
        self.number = 0
        self.entries_read = 0
        self.digest: str | None = GENESIS
        self.time: datetime | None = None
        self.time_unknown = False

    def follow(
        self, rows: Sequence[StoredEntry], defects: Defects
    ) -> Iterator[tuple[StoredEntry, list[Entry] | UnusableEntry]]:
        """Check the next rows.

        Yields pairs: a row, and the entries from that row on, with their facts decoded. Adds to `defects`.

        An `UnusableEntry` is yielded alone. For a row that is out of order nothing is yielded.
        """
        is_next, last = rows[0][0] == self.number + 1, rows[-1]
        entries = (
            fast_path.read_intact_block(rows, self.digest, self.time, self._fact_cache, hashed=self._hashed)
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
        """Check a single row in full. None if the row is out of order."""
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
        """Decode the entry of a row and report its defects.

        The defect of an `UnusableEntry` is not reported here, because the caller does it.
        """
        number, stream, version, kind, body, stored = row
        raw = _bytes(body)
        digest_matches = raw is not None and chain.digest(raw) == stored
        if not digest_matches:
            defects.append(make_defect("digest", number, str(stream)))
        entry = _decode_envelope(raw)
        if isinstance(entry, UnusableEntry):
            return entry
        if raw != chain.encode(entry) or not chain.is_canonical(raw) or _has_other_zone(entry):
            defects.append(make_defect("form", number, str(stream)))
            entry = _in_utc(entry)
        self._compare(row, entry, previous, defects)
        if digest_matches:
            self.time, self.time_unknown = entry.recorded_at, False
        else:
            # The body was changed or damaged. So its place in the ledger is taken from the columns.
            entry = replace(entry, number=number, stream=str(stream), version=version, kind=str(kind))
        return _decode_fact(entry)

    def _compare(self, row: StoredEntry, entry: Entry, previous: str | None, defects: Defects) -> None:
        """Report differences in the columns, in the digest of the entry before, and in the times."""
        number, stream = row[0], str(row[1])
        in_body = {"number": entry.number, "stream": entry.stream, "version": entry.version, "kind": entry.kind}
        differing = [name for name, column in zip(in_body, row, strict=False) if in_body[name] != column]
        if differing:
            defects.append(make_defect("columns", number, stream, columns=", ".join(differing)))
        if previous is not None and entry.previous != previous:
            defects.append(make_defect("link", number, stream))
        time, reading, before = entry.recorded_at, entry.machine_clock, self.time
        if before is not None and time < before:
            defects.append(make_defect("backwards", number, stream, at=time, before=before))
        if reading is not None and (reading >= time or (time != before and not (self._excerpt and previous is None))):
            defects.append(make_defect("clock", number, stream, read=reading, at=time))


def _bytes(body: Any) -> bytes | None:
    """The bytes of a body; None if it is no valid text. SQLite does not enforce the types of columns."""
    if not isinstance(body, str):
        return None
    try:
        return body.encode()
    except UnicodeEncodeError:
        return None


def _decode_envelope(raw: bytes | None) -> Entry | UnusableEntry:
    """The entry of a body, with its payload not decoded; or an `UnusableEntry`."""
    if raw is None:
        return UnusableEntry("unreadable", why="UTF-8")
    try:
        return chain.decode(raw)
    except UnknownEntry as error:
        return UnusableEntry("newer", v=error.details["v"])
    except LedgerBroken as error:
        return UnusableEntry("unreadable", why=error.details["why"])


def _has_other_zone(entry: Entry) -> bool:
    """Whether an entry has a time that is not in UTC."""
    times = (entry.recorded_at, entry.happened_at, entry.machine_clock)
    return any(time is not None and time.tzinfo is not UTC for time in times)


def _in_utc(entry: Entry) -> Entry:
    """A copy of the entry with all times in UTC, so that they can be compared."""
    reading = entry.machine_clock
    return replace(
        entry,
        recorded_at=_as_utc(entry.recorded_at),
        happened_at=_as_utc(entry.happened_at),
        machine_clock=None if reading is None else _as_utc(reading),
    )


def _as_utc(time: datetime) -> datetime:
    """A time in UTC. A time without a zone is taken as UTC."""
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        return time.replace(tzinfo=UTC)


def _decode_fact(entry: Entry) -> Entry | UnusableEntry:
    """A copy of the entry with its payload decoded to a fact; or an `UnusableEntry`."""
    if entry.kind not in FACTS:
        return UnusableEntry("kind", kind=entry.kind)
    try:
        fact: Any = fact_of(entry)
    except ValueError as error:
        return UnusableEntry("unreadable", why=str(error))
    if chain.encode(fact) != bytes(entry.payload):
        return UnusableEntry("unreadable", why=_NOT_CANONICAL)
    return replace(entry, payload=fact)


_NOT_CANONICAL = Text(zh="所载事实不是其规范写法", en="its fact is not written as a fact of its kind is")
