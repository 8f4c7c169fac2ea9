"""The ledger from its end backwards, a page at a time, filtered by what the entries say.

Every step is bounded: it reads one stream by its index, or at most `WINDOW` entries by their number, and says from
where to continue.
"""

# There is no index for each field that can be filtered: every entry would pay for it when it is written, and an entry
# is written once and filtered rarely.

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Select, func, select

from states.streams import assessments_of_year, year_stream
from storage.database.database import Database
from storage.tables.ledger import ENTRY

from . import statements
from .chain import StoredEntry

WINDOW = 100_000
"""How many entries one step reads where no index helps: twenty years of a college."""


class EntryFilter(Struct, frozen=True):
    """Which entries: of these kinds, this stream, this year, this department's assessments, by this actor.

    An empty field filters nothing.
    """

    kinds: tuple[str, ...] = ()
    stream: str = ""
    year: int | None = None
    unit: str = ""
    actor: str = ""

    def __bool__(self) -> bool:
        return self != EntryFilter()


class TimelinePage(NamedTuple):
    """Entries, the last first; `before` is the number to continue from (None: there is nothing before)."""

    rows: list[StoredEntry]
    before: int | None


def page_before(database: Database, wanted: EntryFilter, before: int, limit: int, window: int = WINDOW) -> TimelinePage:
    """At most `limit` entries with a number less than `before`."""
    lowest = 1 if wanted.stream or not wanted else max(before - window, 1)
    with database.reading() as connection:
        found: list[StoredEntry] = [
            tuple(row) for row in connection.execute(page_statement(wanted, lowest, before, limit + 1))
        ]
    if len(found) > limit:
        return TimelinePage(found[:limit], found[limit - 1][0])
    return TimelinePage(found, lowest if lowest > 1 else None)


def page_statement(wanted: EntryFilter, lowest: int, before: int, limit: int) -> Select[Any]:
    """The statement of `page_before`."""
    asked = select(*statements.ENTRY_COLUMNS).where(ENTRY.c.number >= lowest, ENTRY.c.number < before, *_chosen(wanted))
    # Within a stream versions grow as numbers do, and the index is by version.
    order = ENTRY.c.version if wanted.stream else ENTRY.c.number
    return asked.order_by(order.desc()).limit(limit)


def changed_assessments(database: Database, year: int, unit: str, after: int, upto: int) -> list[str]:
    """The assessments of a year, or of one department in it, that have an entry in (`after`, `upto`], in order."""
    between = (ENTRY.c.number > after, ENTRY.c.number <= upto)
    wanted = select(ENTRY.c.stream).where(*between, *_of_year(year, assessments=True), *_of_unit(unit)).distinct()
    with database.reading() as connection:
        return sorted(connection.scalars(wanted))


def _chosen(wanted: EntryFilter) -> Iterator[Any]:
    if wanted.stream:
        yield ENTRY.c.stream == wanted.stream
    if wanted.kinds:
        yield ENTRY.c.kind.in_(wanted.kinds)
    if wanted.year is not None:
        yield from _of_year(wanted.year)
    yield from _of_unit(wanted.unit)
    if wanted.actor:
        # The body is canonical: its fields are sorted by name, and `actor` is the first.
        begins = f'{{"actor":"{wanted.actor}"'
        yield func.substr(ENTRY.c.body, 1, len(begins)) == begins


def _of_year(year: int, *, assessments: bool = False) -> Iterator[Any]:
    begins = assessments_of_year(year)
    of = func.substr(ENTRY.c.stream, 1, len(begins)) == begins
    yield of if assessments else of | (ENTRY.c.stream == year_stream(year))


def _of_unit(unit: str) -> Iterator[Any]:
    """The department's assessments of any year, special ones included: `assessment/2026/u-1`, `assessment/2026/u-1/x`."""
    if unit:
        rest = func.substr(ENTRY.c.stream, len("assessment/2026/") + 1)
        special = func.substr(rest, 1, len(unit) + 1) == f"{unit}/"
        yield (func.substr(ENTRY.c.stream, 1, len("assessment/")) == "assessment/") & ((rest == unit) | special)
