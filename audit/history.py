"""The ledger as it was at any entry: every stream folded up to there, and for each value the entry that set it.

Nothing is judged here. An entry that cannot be read or folded is passed over, because the replay reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.deadlines import days
from states.records.roster import Roster
from states.stream_kinds import State, beginning, fold
from states.streams import ROSTER
from states.user_errors import UserError
from states.vocabulary import Text
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain
from storage.ledger.chain import Entry, StoredEntry
from storage.ledger.facts import fact_of
from storage.vault.account_secrets import AccessRow

from .reader import DatabaseReader, Reader, SealTables

_UNFORESEEN = (
    LedgerBroken,
    UnknownEntry,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
)


class BadPointInTime(UserError):
    """What was asked for is neither an entry's number nor a time."""

    zh = "“{asked}”不是记录编号，也不是日期或时间。请写编号（如 315）、日期（如 2026-12-20，算到当日结束）或时间（如 2026-12-20T17:30）。"
    en = "“{asked}” is neither the number of an entry nor a date or time. Write a number (315), a date (2026-12-20, to its end) or a time (2026-12-20T17:30)."


class HashedEntry(Struct, frozen=True):
    """One entry, read, with its digest."""

    entry: Entry
    digest: str


class SourcedValue(Struct, frozen=True):
    """One value of a state, as text, and the entry that set it."""

    text: str
    by: Entry


class LedgerSnapshot:
    """Where the streams stand that are `wanted`. Give it rows in their order; `traced` keeps who set what."""

    def __init__(
        self, rulebooks: Mapping[str, CompiledRulebook], wanted: Callable[[str], bool], *, traced: bool = False
    ) -> None:
        self._rulebooks, self._wanted, self._traced = rulebooks, wanted, traced
        self.streams: dict[str, State] = {}
        self.entries: dict[str, list[HashedEntry]] = {}
        self.values: dict[str, dict[str, SourcedValue]] = {}

    def take(self, row: StoredEntry) -> None:
        """One entry; of the streams that are not wanted only the roster is folded."""
        stream = row[1]
        if stream != ROSTER and not self._wanted(stream):
            return
        try:
            entry = chain.decode(row[4])
            after = fold(self.streams.get(stream) or beginning(stream), fact_of(entry), entry)
        except _UNFORESEEN:
            return
        self.streams[stream] = after
        self.entries.setdefault(stream, []).append(HashedEntry(entry, row[5]))
        if self._traced:
            self.values[stream] = _traced(after, entry, self.values.get(stream, {}))

    def copy(self) -> LedgerSnapshot:
        """The same, which stays as it is when this one goes on: states and values are never changed."""
        made = LedgerSnapshot(self._rulebooks, self._wanted, traced=self._traced)
        made.streams, made.values = dict(self.streams), dict(self.values)
        made.entries = {stream: list(shown) for stream, shown in self.entries.items()}
        return made

    @property
    def roster(self) -> Roster:
        """Every unit, by its id."""
        known = self.streams.get(ROSTER)
        return known if isinstance(known, Roster) else Roster()

    def compiled(self, stream: str) -> CompiledRulebook | None:
        """The edition a stream was begun under."""
        shown = self.entries.get(stream)
        return self._rulebooks.get(shown[0].entry.rulebook) if shown else None

    def special(self, stream: str) -> Text | None:
        """What a special assessment is called; None for the annual one, and for any other stream."""
        state = self.streams.get(stream)
        return state.special if isinstance(state, Assessment) else None

    def unit_title(self, unit: str, year: int | None = None) -> str:
        """What a unit is called, or was called in a year; its id where the roster does not have it."""
        return self.roster.title(unit, year)


class PastReader:
    """A reader of the ledger as it was: its first entries alone, without the tables beside it, which are as they are now."""

    def __init__(self, reader: Reader, within: Callable[[StoredEntry], bool]) -> None:
        self._reader = reader
        self._last = max((row[0] for row in takewhile(within, reader.entries())), default=0)

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
        """The seals there were, and the keys."""
        tables = self._reader.seals()
        upto = self._last
        return SealTables(
            [s for s in tables.seals if s[0] <= upto], [c for c in tables.cosignatures if c[0] <= upto], tables.keys
        )

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}


class ValueChange(Struct, frozen=True):
    """One value that is another at the later moment: what it was (None: not there), what it is, and who set it."""

    stream: str
    path: str
    before: str | None
    after: str | None
    by: Entry


def snapshot_at(
    reader: Reader,
    rulebooks: Mapping[str, CompiledRulebook],
    upto: Callable[[StoredEntry], bool],
    wanted: Callable[[str], bool],
) -> LedgerSnapshot:
    """The ledger as it was before the first entry that is not `upto`."""
    made = LedgerSnapshot(rulebooks, wanted, traced=True)
    for row in reader.entries():
        if not upto(row):
            break
        made.take(row)
    return made


def snapshots_then_and_now(
    reader: Reader,
    rulebooks: Mapping[str, CompiledRulebook],
    upto: Callable[[StoredEntry], bool],
    wanted: Callable[[str], bool],
) -> tuple[LedgerSnapshot, LedgerSnapshot]:
    """The ledger as it was before the first entry that is not `upto`, and as it is; read once."""
    now, then = LedgerSnapshot(rulebooks, wanted, traced=True), None
    for row in reader.entries():
        if then is None and not upto(row):
            then = now.copy()
        now.take(row)
    return then or now, now


def snapshots_between(
    reader: Reader, rulebooks: Mapping[str, CompiledRulebook], first: int, last: int, wanted: Callable[[str], bool]
) -> tuple[LedgerSnapshot, LedgerSnapshot]:
    """The ledger as it was at entry `first` (its streams and their values alone), and at entry `last`; read once."""
    after, before = LedgerSnapshot(rulebooks, wanted, traced=True), LedgerSnapshot(rulebooks, wanted)
    for row in reader.entries():
        if row[0] > last:
            break
        after.take(row)
        if row[0] <= first:
            before.values, before.streams = dict(after.values), dict(after.streams)
    return before, after


def value_changes(before: LedgerSnapshot, after: LedgerSnapshot) -> Iterator[ValueChange]:
    """What came to be between two moments, the streams in order."""
    for stream in sorted(after.values):
        if stream == ROSTER:
            continue
        old, new = before.values.get(stream, {}), after.values[stream]
        last = after.entries[stream][-1].entry
        for path in [*new, *(path for path in old if path not in new)]:
            was, now = old.get(path), new.get(path)
            if (was and was.text) != (now and now.text):
                by = now.by if now else last
                yield ValueChange(stream, path, was.text if was else None, now.text if now else None, by)


def within_point(asked: str | None, timezone: str) -> Callable[[StoredEntry], bool]:
    """Whether a row is within what was asked for: a number, a day to its end, a time; None: everything. BadPointInTime."""
    if asked is None:
        return _always
    if asked.isdecimal():
        last = int(asked)
        return lambda row: row[0] <= last
    end = _end(asked, timezone)
    return lambda row: _recorded(row) < end


def last_entry_within(reader: DatabaseReader, asked: str, timezone: str) -> int:
    """The number of the last entry within what was asked for; 0 if there was none yet. BadPointInTime.

    By bisection: the times of a ledger never run backwards, and where they do the replay says so.
    """
    within, low, high = within_point(asked, timezone), 0, reader.size()
    while low < high:
        middle = (low + high + 1) // 2
        row = reader.entry(middle)
        low, high = (middle, high) if row is None or within(row) else (low, middle - 1)
    return low


def _always(_row: StoredEntry) -> bool:
    return True


def _end(asked: str, timezone: str) -> datetime:
    """The first moment that is no longer within."""
    try:
        if len(asked) == 10:
            return days.start_of_day(date.fromisoformat(asked) + timedelta(days=1), timezone)
        read = datetime.fromisoformat(asked)
        at = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(timezone))
        return at + timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise BadPointInTime(asked=asked) from error


def _recorded(row: StoredEntry) -> datetime:
    """When a row was recorded; of what cannot be read, long ago: it does not end the reading."""
    try:
        return chain.decode(row[4]).recorded_at
    except (LedgerBroken, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _traced(state: State, entry: Entry, before: Mapping[str, SourcedValue]) -> dict[str, SourcedValue]:
    """Every value of a state; one that is what it was keeps the entry that set it."""
    made = {}
    for path, said in _flat(msgspec.to_builtins(state, str_keys=True), ""):
        held = before.get(path)
        made[path] = held if held is not None and held.text == said else SourcedValue(said, entry)
    return made


_OWN = ("stream", "version")
"""What every entry changes, and nobody asks about."""


def _flat(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """A state's values by dotted path; an item of a list by its own name if it has one, else by its position."""
    if isinstance(value, dict):
        for name, held in value.items():
            if where or name not in _OWN:
                yield from _flat(held, f"{where}.{name}" if where else name)
    elif isinstance(value, Collection) and not isinstance(value, str):
        for at, held in enumerate(value):
            yield from _flat(held, f"{where}.{_name(held) or at}")
    elif value is not None:
        yield where, str(value)


def _name(held: Any) -> str | None:
    return (
        next((held[k] for k in ("stage", "id", "key", "person", "case") if k in held), None)
        if isinstance(held, dict)
        else None
    )
