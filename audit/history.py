"""The ledger as it was at any entry: the state of every stream at that entry, and for each value the entry that set it.

Also here: the values that differ between two entries (`value_changes`), what somebody typed for a point in time
(`point_filter`, `last_entry_at`), and a reader of the entries up to such a point (`PastReader`). Nothing is checked
here. An entry that cannot be read or folded is skipped, because the replay reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from states.compiled_rulebook import CompiledRulebook
from states.deadlines import days
from states.records.roster import Roster
from states.stream_kinds import State, fold, initial_state
from states.streams import ROSTER
from states.user_errors import UserError
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain
from storage.ledger.chain import Entry, StoredEntry
from storage.ledger.facts import fact_of
from storage.vault.account_secrets import AccessRow

from .reader import DatabaseReader, Reader, SealTables

_UNREADABLE = (
    LedgerBroken,
    UnknownEntry,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
)


class BadPointInTime(UserError):
    """The text typed for a point in time is neither the number of an entry nor a date or time."""

    zh = "“{point}”不是记录编号，也不是日期或时间。请写编号（如 315）、日期（如 2026-12-20，算到当日结束）或时间（如 2026-12-20T17:30）。"
    en = (
        "“{point}” is neither the number of an entry nor a date or time. Write a number (315), a date (2026-12-20, to "
        "its end) or a time (2026-12-20T17:30)."
    )


class HashedEntry(Struct, frozen=True):
    """A decoded entry with the digest that is stored beside it."""

    entry: Entry
    digest: str


class SourcedValue(Struct, frozen=True):
    """One value of a state, as text, and the entry that set it."""

    text: str
    by: Entry


class FoldedStreams:
    """The states of the streams that are `in_scope`, and of the roster, folded row by row with `add_row`.

    `streams`: the state of each stream. `entries`: the entries of each stream so far. `values`: the values of each
    state with the entry that set them, only if `with_sources`.
    """

    def __init__(
        self, rulebooks: Mapping[str, CompiledRulebook], in_scope: Callable[[str], bool], *, with_sources: bool = False
    ) -> None:
        self._rulebooks, self._in_scope, self._with_sources = rulebooks, in_scope, with_sources
        self.streams: dict[str, State] = {}
        self.entries: dict[str, list[HashedEntry]] = {}
        self.values: dict[str, dict[str, SourcedValue]] = {}

    def add_row(self, row: StoredEntry) -> None:
        """Add the next row of the ledger. Rows of streams outside the scope are ignored, except the roster's."""
        _number, stream, _version, _kind, body, digest = row
        if stream != ROSTER and not self._in_scope(stream):
            return
        try:
            entry = chain.decode(body)
            after = fold(self.streams.get(stream) or initial_state(stream), fact_of(entry), entry)
        except _UNREADABLE:
            return
        self.streams[stream] = after
        self.entries.setdefault(stream, []).append(HashedEntry(entry, digest))
        if self._with_sources:
            self.values[stream] = _sourced_values(after, entry, self.values.get(stream, {}))

    def copy(self) -> FoldedStreams:
        """A copy that does not change when rows are added to this one.

        States and values are immutable, so both share them.
        """
        copied = FoldedStreams(self._rulebooks, self._in_scope, with_sources=self._with_sources)
        copied.streams, copied.values = dict(self.streams), dict(self.values)
        copied.entries = {stream: list(entries) for stream, entries in self.entries.items()}
        return copied

    @property
    def roster(self) -> Roster:
        """The state of the roster: every department by its id."""
        state = self.streams.get(ROSTER)
        return state if isinstance(state, Roster) else Roster()

    def rulebook_of(self, stream: str) -> CompiledRulebook | None:
        """The edition that the first entry of a stream names; None if there is no such entry or edition."""
        entries = self.entries.get(stream)
        edition = self._rulebooks.get(entries[0].entry.rulebook) if entries else None
        return edition and edition.at(stream)

    def unit_title(self, unit: str, year: int | None = None) -> str:
        """The name of a department, now or in a year; its id if the roster does not have it."""
        return self.roster.title(unit, year)


class PastReader:
    """Reads a ledger only up to the last entry that is `in_time`, with the seals over these entries.

    Keys and rulebooks are read as they are now. The head, the projections and the other tables are left out, because
    they have no earlier state.
    """

    def __init__(self, reader: Reader, in_time: Callable[[StoredEntry], bool]) -> None:
        self._reader = reader
        self._last = max((row[0] for row in takewhile(in_time, reader.entries())), default=0)

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        return takewhile(lambda row: row[0] <= self._last, self._reader.entries(after))

    def projections(self) -> None:
        return None

    def command_ids(self) -> None:
        return None

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        return self._reader.rulebooks()

    def head(self) -> None:
        return None

    def seals(self) -> SealTables:
        """The seals over these entries and their cosignatures, and all keys."""
        tables, last = self._reader.seals(), self._last
        seals = [seal for seal in tables.seals if seal[0] <= last]
        return SealTables(seals, [line for line in tables.cosignatures if line[0] <= last], tables.keys)

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}


class ValueChange(Struct, frozen=True):
    """One value that differs between two points in time.

    `before` and `after` are None where it does not exist; `by` is the entry that changed it.
    """

    stream: str
    path: str
    before: str | None
    after: str | None
    by: Entry


def snapshot_at(
    reader: Reader,
    rulebooks: Mapping[str, CompiledRulebook],
    in_time: Callable[[StoredEntry], bool],
    in_scope: Callable[[str], bool],
) -> FoldedStreams:
    """The streams `in_scope` after the last entry that is `in_time`. Reading stops at the first entry that is not."""
    snapshot = FoldedStreams(rulebooks, in_scope, with_sources=True)
    for row in takewhile(in_time, reader.entries()):
        snapshot.add_row(row)
    return snapshot


def snapshots_past_and_now(
    reader: Reader,
    rulebooks: Mapping[str, CompiledRulebook],
    in_time: Callable[[StoredEntry], bool],
    in_scope: Callable[[str], bool],
) -> tuple[FoldedStreams, FoldedStreams]:
    """The streams `in_scope` after the last entry that is `in_time`, and the same streams now.

    The entries are read only once.
    """
    now, past = FoldedStreams(rulebooks, in_scope, with_sources=True), None
    for row in reader.entries():
        if past is None and not in_time(row):
            past = now.copy()
        now.add_row(row)
    return past or now, now


def snapshots_between(
    reader: Reader, rulebooks: Mapping[str, CompiledRulebook], first: int, last: int, in_scope: Callable[[str], bool]
) -> tuple[FoldedStreams, FoldedStreams]:
    """The streams `in_scope` after entry `first` (only `streams` and `values`), and after entry `last`.

    The entries are read only once.
    """
    after, before = FoldedStreams(rulebooks, in_scope, with_sources=True), FoldedStreams(rulebooks, in_scope)
    for row in reader.entries():
        number = row[0]
        if number > last:
            break
        after.add_row(row)
        if number <= first:
            before.values, before.streams = dict(after.values), dict(after.streams)
    return before, after


def value_changes(before: FoldedStreams, after: FoldedStreams) -> Iterator[ValueChange]:
    """The values that differ between two snapshots of the same streams, sorted by stream. The roster is left out.

    `after` must have been made with sources.
    """
    for stream in sorted(after.values):
        if stream == ROSTER:
            continue
        old, new = before.values.get(stream, {}), after.values[stream]
        last = after.entries[stream][-1].entry
        for path in [*new, *(path for path in old if path not in new)]:
            old_value, new_value = old.get(path), new.get(path)
            if (old_value and old_value.text) != (new_value and new_value.text):
                by = new_value.by if new_value else last
                yield ValueChange(
                    stream, path, old_value.text if old_value else None, new_value.text if new_value else None, by
                )


def point_filter(point: str | None, timezone: str) -> Callable[[StoredEntry], bool]:
    """A function that tells whether an entry was written up to `point`: an entry number, a date (to its end) or a time.

    For None it accepts every entry. A date, and a time without an offset, are read in `timezone`. Raises
    `BadPointInTime`.
    """
    if point is None:
        return _always
    if point.isdecimal():
        last = int(point)
        return lambda row: row[0] <= last
    end = _end_of_point(point, timezone)
    return lambda row: _recorded_at(row) < end


def last_entry_at(reader: DatabaseReader, point: str, timezone: str) -> int:
    """The number of the last entry written up to `point` (an entry number, a date or a time); 0 if there is none.

    A binary search: the times of entries must never decrease. If they do, the replay reports it. Raises
    `BadPointInTime`.
    """
    in_time, low, high = point_filter(point, timezone), 0, reader.size()
    while low < high:
        middle = (low + high + 1) // 2
        row = reader.entry(middle)
        low, high = (middle, high) if row is None or in_time(row) else (low, middle - 1)
    return low


def _always(_row: StoredEntry) -> bool:
    return True


def _end_of_point(point: str, timezone: str) -> datetime:
    """The first moment after the point in time."""
    try:
        if len(point) == 10:
            return days.start_of_day(date.fromisoformat(point) + timedelta(days=1), timezone)
        time = datetime.fromisoformat(point)
        zoned = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(timezone))
        return zoned + timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise BadPointInTime(point=point) from error


def _recorded_at(row: StoredEntry) -> datetime:
    """The time at which a row was recorded.

    For a row that cannot be read it is the earliest time, so that reading goes on.
    """
    try:
        return chain.decode(row[4]).recorded_at
    except (LedgerBroken, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _sourced_values(state: State, entry: Entry, before: Mapping[str, SourcedValue]) -> dict[str, SourcedValue]:
    """Every value of a state by its path. An unchanged value keeps its earlier entry; a changed one gets `entry`."""
    values = {}
    for path, text in _flatten(msgspec.to_builtins(state, str_keys=True), ""):
        previous = before.get(path)
        values[path] = previous if previous is not None and previous.text == text else SourcedValue(text, entry)
    return values


_IGNORED_FIELDS = ("stream", "version")
"""Fields in which a difference says nothing: the name of a stream never changes, and each entry changes its version."""


def _flatten(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The values of a state as text, each with its dotted path. None and `_IGNORED_FIELDS` are left out.

    The path names an item of a list by its key if it has one, else by its position.
    """
    if isinstance(value, dict):
        for name, item in value.items():
            if path or name not in _IGNORED_FIELDS:
                yield from _flatten(item, f"{path}.{name}" if path else name)
    elif isinstance(value, Collection) and not isinstance(value, str):
        for index, item in enumerate(value):
            yield from _flatten(item, f"{path}.{_item_key(item) or index}")
    elif value is not None:
        yield path, str(value)


def _item_key(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[field] for field in ("stage", "id", "key", "person", "case") if field in item), None)
