"""The queries of other rooms on the projections, and on entries, commands and rulebooks. They see the last commit.

They only read. Rows are objects of the row classes in `tables/`, detached: to change one changes nothing in the
database. Also here: the highest numbers in other tables, and SQLite's check of its own pages. Not here: reading a
ledger in order (`ledger/ledger.py`), and the queries on documents, letters, accounts and seals, which are in the module
of their noun.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, text
from sqlmodel import col, select

from states.streams import kind_of
from storage.tables.ledger import EntryRow, RulebookRow
from storage.tables.post import CURSOR, DELIVERY
from storage.tables.projections import PROJECTIONS, AssessmentRow, RecordRow, RoutineCheckRow
from storage.tables.replay_jobs import VERIFICATION

from .database.database import Database
from .database.prepared import StatementBuilder
from .database.rows import read_rows
from .ledger import statements

ProjectionRow = TypeVar("ProjectionRow", AssessmentRow, RecordRow, RoutineCheckRow)


def due_streams(database: Database, now: datetime, limit: int = 1000) -> list[str]:
    """The streams of assessments and routine checks that are due at `now`, the longest overdue first."""
    with database.cursor() as cursor:
        rows = database.prepare(statements.due_streams).run(cursor, now=now, batch=limit).fetchall()
    return [stream for (stream,) in rows]


def assessments(database: Database, year: int) -> list[AssessmentRow]:
    """Every assessment of a year, ordered by department."""
    statement = select(AssessmentRow).where(AssessmentRow.year == year)
    return read_rows(database, statement.order_by(col(AssessmentRow.unit), col(AssessmentRow.stream)))


def active_assessments(database: Database, year: int) -> dict[str, int]:
    """The version of every assessment of a year that is not withdrawn, by stream. In no order."""
    with database.cursor() as cursor:
        return dict(database.prepare(statements.active_assessments).run(cursor, year=year).fetchall())


def last_projected_entry(database: Database) -> int:
    """The number of the last entry of any assessment, case, other record or routine check; 0 if there is none.

    If it is equal at two times, nothing was written to any of them in between.
    """
    with database.cursor() as cursor:
        return database.prepare(statements.last_projected_entry).run(cursor).fetchone()[0] or 0


def years(database: Database) -> list[int]:
    """The years that have assessments, the last first."""
    with database.cursor() as cursor:
        return [year for (year,) in database.prepare(statements.years).run(cursor).fetchall()]


def grades(database: Database) -> list[tuple[int, str, int]]:
    """The number of departments with each grade, by year, as (year, grade, count).

    Special and withdrawn assessments are not counted.
    """
    year, grade = col(AssessmentRow.year), col(AssessmentRow.grade)
    is_counted = (grade.is_not(None), col(AssessmentRow.occasion).is_(None), col(AssessmentRow.withdrawn).is_(False))
    statement = select(year, grade, func.count()).where(*is_counted).group_by(year, grade).order_by(year, grade)
    with database.reading() as connection:
        return [(year, grade or "", count) for year, grade, count in connection.execute(statement)]


def assessments_of_unit(database: Database, unit: str) -> list[AssessmentRow]:
    """Every assessment of a department that is not withdrawn, the earliest year first."""
    statement = select(AssessmentRow).where(AssessmentRow.unit == unit, col(AssessmentRow.withdrawn).is_(False))
    return read_rows(database, statement.order_by(col(AssessmentRow.year), col(AssessmentRow.stream)))


def records_of_unit(database: Database, unit: str) -> list[str]:
    """The streams of a department's cases, routine checks and other records.

    A case or a record belongs to the department where it happened, and to the department that now answers for it.
    """
    with database.cursor() as cursor:
        rows = database.prepare(statements.records_of_unit).run(cursor, unit=unit).fetchall()
    return [stream for (stream,) in rows]


def routine_check_units(database: Database, only_pending: bool = False) -> dict[str, str]:
    """The department of every routine check, by stream, the latest check first.

    `only_pending`: only the checks for which the department or the office still has to act.
    """
    builder = statements.pending_routine_check_units if only_pending else statements.routine_check_units
    with database.cursor() as cursor:
        return dict(database.prepare(builder).run(cursor).fetchall())


def confidential_values(database: Database, *, stream: str = "", about: str = "") -> list[str]:
    """The streams of confidential values, the last first.

    `stream`: only values of the assessment or case with this stream. `about`: only values about this person. If a text
    is empty, it is no condition.
    """
    statement = select(EntryRow.stream).where(
        EntryRow.stream >= "vault/", EntryRow.stream < "vault0", EntryRow.version == 1
    )
    for name, value in (("of", stream), ("about", about)):
        if value:  # a body is canonical JSON, so a field is always written in the same way
            statement = statement.where(col(EntryRow.body).contains(f'"{name}":"{value}"', autoescape=True))
    with database.reading() as connection:
        return list(connection.scalars(statement.order_by(col(EntryRow.number).desc())))


def accounts_with(database: Database, kinds: Collection[str], after: int) -> tuple[set[str], int]:
    """The streams of the accounts that have an entry of these kinds after entry `after`; and the last entry of all."""
    # Accounts have many entries of sign-ins. Of the first call only their part of the ledger is read, of any later call
    # only what is new, and nothing if nothing is.
    number, stream = col(EntryRow.number), col(EntryRow.stream)
    is_new = number > after if after else (stream >= "account/") & (stream < "account0")
    with database.reading() as connection:
        last = connection.scalar(select(func.max(number))) or 0
        if last == after:
            return set(), last
        rows = connection.scalars(select(stream).where(is_new, number <= last, col(EntryRow.kind).in_(kinds)))
        return set(rows), last


def streams_after(database: Database, after: int) -> set[str]:
    """The streams that have an entry after entry `after`."""
    with database.reading() as connection:
        return set(connection.scalars(select(col(EntryRow.stream)).where(col(EntryRow.number) > after).distinct()))


def person_entries(database: Database) -> Iterator[EntryRow]:
    """The entries that name the person of an account, or close one, in order."""
    return entries_of(database, KINDS_WITH_PERSON)


KINDS_WITH_PERSON = ("AccountOpened", "PersonAssigned", "AccountClosed")
"""The kinds of entries that name the person of an account, or end it."""


def entries_of(
    database: Database, kinds: Iterable[str] = (), containing: str = "", batch: int = 1000
) -> Iterator[EntryRow]:
    """The entries of these kinds, and also the entries whose body contains `containing` ("": none), in order.

    At most `batch` are in memory.
    """
    has_kind = col(EntryRow.kind).in_(list(kinds))
    condition = has_kind | col(EntryRow.body).contains(containing, autoescape=True) if containing else has_kind
    number, after = col(EntryRow.number), 0
    while rows := read_rows(database, select(EntryRow).where(condition, number > after).order_by(number).limit(batch)):
        yield from rows
        after = rows[-1].number


def last_recorded_at(database: Database) -> datetime | None:
    """When the last entry was recorded, according to the head; None for an empty ledger or an unreadable head."""
    with database.cursor() as cursor:
        row = database.prepare(statements.head).run(cursor).fetchone()
    try:
        return datetime.fromisoformat(row[2]) if row is not None and row[2] else None
    except (TypeError, ValueError):
        return None


def rulebooks(database: Database) -> dict[str, tuple[str, str]]:
    """The id and the source of every stored rulebook, by its digest."""
    return {row.digest: (row.id, row.source) for row in read_rows(database, select(RulebookRow))}


def all_assessments(database: Database, batch: int = 1000) -> Iterator[AssessmentRow]:
    """Every assessment in the order of the streams, at most `batch` in memory.

    It is not one snapshot: each batch has its own transaction, so that a long replay delays no writer. The `number` of
    a row is the last entry that was folded into it.
    """
    return _in_batches(database, AssessmentRow, col(AssessmentRow.stream), batch)


def all_records(database: Database, batch: int = 1000) -> Iterator[RecordRow]:
    """Every case and every other record in the order of the streams, in batches like `all_assessments`."""
    return _in_batches(database, RecordRow, col(RecordRow.stream), batch)


def all_cases(database: Database, batch: int = 1000) -> Iterator[RecordRow]:
    """Every case in the order of the streams, in batches."""
    return (row for row in all_records(database, batch) if kind_of(row.stream) == "case")


def all_routine_checks(database: Database, batch: int = 1000) -> Iterator[RoutineCheckRow]:
    """Every routine check in the order of the streams, in batches like `all_assessments`."""
    return _in_batches(database, RoutineCheckRow, col(RoutineCheckRow.stream), batch)


def projections(database: Database, batch: int = 1000) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of the projections, as (table, values by column), in batches like `all_assessments`.

    The values are the driver's, not converted.
    """
    for name, builder in _PROJECTIONS:
        columns = PROJECTIONS[name].columns.keys()
        for row in _driver_rows(database, builder, batch):
            yield name, dict(zip(columns, row, strict=True))


_PROJECTIONS: tuple[tuple[str, StatementBuilder], ...] = (
    ("assessment", statements.assessments),
    ("record", statements.records),
    ("routine_check", statements.routine_checks),
)


def commands(database: Database, batch: int = 5000) -> Iterator[tuple[str, int, int]]:
    """Every command id with its first and last entry, in the order of the ids, at most `batch` in memory."""
    yield from _driver_rows(database, statements.commands, batch)


def highest_numbers(database: Database) -> dict[str, int]:
    """The highest entry number in the tables of the post and in the table of replays, by table."""
    columns = (DELIVERY.c.number, CURSOR.c.number, VERIFICATION.c.size)
    with database.reading() as connection:
        highest = {column.table.name: connection.scalar(select(func.max(column))) for column in columns}
    return {table: number for table, number in highest.items() if isinstance(number, int)}


def _driver_rows(database: Database, builder: StatementBuilder, batch: int) -> Iterator[Any]:
    """Every row of a table in the order of its key, which is its first column. The values are not converted."""
    after, statement = "", database.prepare(builder)
    while True:
        with database.cursor() as cursor:
            rows = statement.run(cursor, after=after, batch=batch).fetchall()
        if not rows:
            return
        yield from rows
        after = rows[-1][0]


def page_faults(database: Database) -> list[str]:
    """The faults that SQLite finds in its own pages (`quick_check`); empty if there are none.

    Always empty on PostgreSQL, which has no such statement and checks each page when it reads it.
    """
    if database.dialect != "sqlite":
        return []
    with database.reading() as connection:
        lines = [str(line) for (line,) in connection.execute(text("PRAGMA quick_check"))]
    return [] if lines == ["ok"] else lines


def _in_batches(database: Database, row_class: type[ProjectionRow], stream: Any, batch: int) -> Iterator[ProjectionRow]:
    after = ""
    while rows := read_rows(database, select(row_class).where(stream > after).order_by(stream).limit(batch)):
        yield from rows
        after = rows[-1].stream


def assessment_streams_of(database: Database, units: Iterable[str]) -> list[str]:
    """The streams of all assessments of these departments, of any year, except withdrawn ones.

    A case may affect them.
    """
    unit = col(AssessmentRow.unit)
    statement = select(AssessmentRow.stream).where(unit.in_(list(units)), col(AssessmentRow.withdrawn).is_(False))
    with database.reading() as connection:
        return list(connection.scalars(statement))


def earliest_due(database: Database) -> datetime | None:
    """The earliest time at which any assessment or routine check is due; None if nothing is due."""
    with database.reading() as connection:
        times = [connection.scalars(statement).first() for statement in _EARLIEST_DUE]
    return min((time for time in times if time is not None), default=None)


# Built once: a rehearsal asks after each of its rounds, and to build these statements takes longer than to execute
# them.
_EARLIEST_DUE = [
    select(column).where(column.is_not(None)).order_by(column).limit(1)
    for column in (col(AssessmentRow.next_due_at), col(RoutineCheckRow.next_due_at))
]
