"""Reads the ledger backwards, one page at a time, filtered by the content of the entries.

Every step is limited: it reads one stream by its index, or one page by the numbers if there is no filter, or at most
`WINDOW` entries. It returns the number from which to continue. Also here: which assessments have entries in a range of
numbers (`changed_assessments`), and the reading of what is new for an index in memory (`headings`).
"""

# The fields that can be filtered have no index. Every entry would pay for the index when it is written, and filters are
# used rarely.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Select, func, or_, select

from states.streams import assessments_of_year, papers_of_year, year_stream
from storage.database.database import Database
from storage.tables.ledger import ENTRY

from . import statements
from .chain import StoredEntry

WINDOW = 100_000
"""The most entries that one step reads without an index: about twenty years of a college."""


class EntryFilter(Struct, frozen=True):
    """Selects entries by their kind, their stream, the year, the department of the assessment, and the account.

    All conditions must be true. An empty field is no condition. `year` selects the assessments of the year and the
    stream of the year itself. `unit` selects only entries of assessments. `actor` is the account that acted, or
    for which a deputy did.
    """

    kinds: tuple[str, ...] = ()
    stream: str = ""
    year: int | None = None
    unit: str = ""
    actor: str = ""

    def __bool__(self) -> bool:
        return self != EntryFilter()


class TimelinePage(NamedTuple):
    """Entries, the last first. `before` is the number from which to continue; None if there are no more entries."""

    rows: list[StoredEntry]
    before: int | None


def page_before(
    database: Database, entry_filter: EntryFilter, before: int, limit: int, window: int = WINDOW
) -> TimelinePage:
    """At most `limit` entries of the filter with a number less than `before`.

    There may be fewer although there are more before: a step ends after `window` entries without an index.
    """
    has_index = bool(entry_filter.stream) or not entry_filter
    lowest = 1 if has_index else max(before - window, 1)
    statement = page_statement(entry_filter, lowest, before, limit + 1)
    with database.reading() as connection:
        rows: list[StoredEntry] = [tuple(row) for row in connection.execute(statement)]
    if len(rows) > limit:
        return TimelinePage(rows[:limit], rows[limit - 1][0])
    return TimelinePage(rows, lowest if lowest > 1 else None)


def page_statement(entry_filter: EntryFilter, lowest: int, before: int, limit: int) -> Select[Any]:
    """The statement of `page_before`. `lowest` is the lowest number that it reads."""
    numbers = (ENTRY.c.number >= lowest, ENTRY.c.number < before)
    statement = select(*statements.ENTRY_COLUMNS).where(*numbers, *_conditions(entry_filter))
    # Within a stream the order of versions is the order of numbers, and the index is by version.
    order = ENTRY.c.version if entry_filter.stream else ENTRY.c.number
    return statement.order_by(order.desc()).limit(limit)


def changed_assessments(database: Database, year: int, unit: str, after: int, last: int) -> list[str]:
    """The streams of assessments with an entry after number `after` and up to `last`, sorted.

    Only assessments of this year, and of this department; "" means any department.
    """
    numbers = (ENTRY.c.number > after, ENTRY.c.number <= last)
    statement = select(ENTRY.c.stream).where(*numbers, _is_assessment_of_year(year), *_unit_conditions(unit)).distinct()
    with database.reading() as connection:
        return sorted(connection.scalars(statement))


def headings(database: Database, after: int, last: int) -> list[tuple[int, str, str]]:
    """Number, stream and kind of the entries after number `after` and up to `last`, in order."""
    statement = select(ENTRY.c.number, ENTRY.c.stream, ENTRY.c.kind).where(
        ENTRY.c.number > after, ENTRY.c.number <= last
    )
    with database.reading() as connection:
        return [
            (number, stream, kind) for number, stream, kind in connection.execute(statement.order_by(ENTRY.c.number))
        ]


def bodies_of_kinds(database: Database, kinds: Iterable[str], after: int, last: int) -> list[str]:
    """The bodies of the entries of these kinds after number `after` and up to `last`, in order."""
    numbers = (ENTRY.c.number > after, ENTRY.c.number <= last)
    statement = select(ENTRY.c.body).where(*numbers, ENTRY.c.kind.in_(list(kinds))).order_by(ENTRY.c.number)
    with database.reading() as connection:
        return list(connection.scalars(statement))


def has_entry(database: Database, number: int, digest: str) -> bool:
    """Whether the ledger has an entry with this number and digest; True for the number 0."""
    statement = select(ENTRY.c.digest).where(ENTRY.c.number == number)
    with database.reading() as connection:
        return number == 0 or connection.scalar(statement) == digest


def _conditions(entry_filter: EntryFilter) -> Iterator[Any]:
    if entry_filter.stream:
        yield ENTRY.c.stream == entry_filter.stream
    if entry_filter.kinds:
        yield ENTRY.c.kind.in_(entry_filter.kinds)
    if entry_filter.year is not None:
        prefixes = (assessments_of_year(entry_filter.year), papers_of_year(entry_filter.year))
        is_of_year = [func.substr(ENTRY.c.stream, 1, len(prefix)) == prefix for prefix in prefixes]
        yield or_(ENTRY.c.stream == year_stream(entry_filter.year), *is_of_year)
    yield from _unit_conditions(entry_filter.unit)
    if entry_filter.actor:
        # The body is canonical, so its fields are sorted by name, and `actor` is the first.
        beginning = f'{{"actor":"{entry_filter.actor}"'
        principal = f',"principal":"{entry_filter.actor}","principal_home":'
        is_actor = func.substr(ENTRY.c.body, 1, len(beginning)) == beginning
        yield is_actor | ENTRY.c.body.contains(principal, autoescape=True)


def _is_assessment_of_year(year: int) -> Any:
    prefix = assessments_of_year(year)
    return func.substr(ENTRY.c.stream, 1, len(prefix)) == prefix


def _unit_conditions(unit: str) -> Iterator[Any]:
    """The streams of a department's assessments of any year: `assessment/2026/u-1`, special `assessment/2026/u-1/x`."""
    if unit:
        rest = func.substr(ENTRY.c.stream, len("assessment/2026/") + 1)
        special = func.substr(rest, 1, len(unit) + 1) == f"{unit}/"
        yield (func.substr(ENTRY.c.stream, 1, len("assessment/")) == "assessment/") & ((rest == unit) | special)
