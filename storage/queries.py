"""What other rooms ask of the projections and of the entries. Reads only, as last committed.

Rows come as the row classes of `tables/`, detached: changing one changes nothing. A ledger is read in order through
`ledger/ledger.py`; documents, letters, accounts and seals through the module of their noun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, text
from sqlmodel import col, select

from storage.tables.ledger import EntryRow, RulebookRow
from storage.tables.post import CURSOR, DELIVERY
from storage.tables.projections import PROJECTIONS, AssessmentRow, CaseRow, RoutineCheckRow
from storage.tables.replay_jobs import VERIFICATION

from .database.database import Database
from .database.prepared import StatementBuilder
from .database.rows import read_rows
from .ledger import statements

Projection = TypeVar("Projection", AssessmentRow, CaseRow, RoutineCheckRow)


def due_streams(database: Database, now: datetime, limit: int = 1000) -> list[str]:
    """The streams of assessments and routine checks that are due at `now` (aware), the longest overdue first."""
    with database.cursor() as cursor:
        found = database.prepare(statements.due).run(cursor, now=now, batch=limit).fetchall()
    return [stream for (stream,) in found]


def assessments(database: Database, year: int) -> list[AssessmentRow]:
    """Every assessment of a year, ordered by department."""
    wanted = select(AssessmentRow).where(AssessmentRow.year == year)
    return read_rows(database, wanted.order_by(col(AssessmentRow.unit), col(AssessmentRow.stream)))


def active_assessments(database: Database, year: int) -> dict[str, int]:
    """The assessments of a year that are not withdrawn, in no order: stream -> version."""
    with database.cursor() as cursor:
        return dict(database.prepare(statements.active_assessments).run(cursor, of=year).fetchall())


def projection_versions(database: Database) -> dict[str, int]:
    """The version of every assessment, case and routine check, by stream. Unchanged if nothing was written to them."""
    with database.cursor() as cursor:
        return dict(database.prepare(statements.projection_versions).run(cursor).fetchall())


def years(database: Database) -> list[int]:
    """The years that have assessments, the last first."""
    with database.cursor() as cursor:
        return [year for (year,) in database.prepare(statements.years).run(cursor).fetchall()]


def grades(database: Database) -> list[tuple[int, str, int]]:
    """How many departments have which grade, by year: (year, grade, count).

    Special and withdrawn assessments are not counted.
    """
    year, grade = col(AssessmentRow.year), col(AssessmentRow.grade)
    regular = (grade.is_not(None), col(AssessmentRow.occasion).is_(None), col(AssessmentRow.withdrawn).is_(False))
    wanted = select(year, grade, func.count()).where(*regular).group_by(year, grade).order_by(year, grade)
    with database.reading() as connection:
        return [(year, grade or "", count) for year, grade, count in connection.execute(wanted)]


def assessments_of_unit(database: Database, unit: str) -> list[AssessmentRow]:
    """Every assessment of a department that is not withdrawn, the earliest year first."""
    wanted = select(AssessmentRow).where(AssessmentRow.unit == unit, col(AssessmentRow.withdrawn).is_(False))
    return read_rows(database, wanted.order_by(col(AssessmentRow.year), col(AssessmentRow.stream)))


def cases_and_checks_of_unit(database: Database, unit: str) -> list[str]:
    """The streams of a department's cases (where it happened, or who answers for it now) and routine checks."""
    with database.cursor() as cursor:
        found = database.prepare(statements.cases_and_checks_of_unit).run(cursor, of=unit).fetchall()
    return [stream for (stream,) in found]


def routine_checks(database: Database, unit: str | None = None) -> list[RoutineCheckRow]:
    """Every routine check, or those of one department, the latest first."""
    wanted = select(RoutineCheckRow)
    if unit is not None:
        wanted = wanted.where(RoutineCheckRow.unit == unit)
    return read_rows(database, wanted.order_by(col(RoutineCheckRow.checked_on).desc(), col(RoutineCheckRow.stream)))


def confidential_values(database: Database, *, of: str = "", about: str = "") -> list[str]:
    """The streams of confidential values, the last first.

    Only `of` one assessment or case, or `about` one person, where given.
    """
    wanted = select(EntryRow.stream).where(
        EntryRow.stream >= "vault/", EntryRow.stream < "vault0", EntryRow.version == 1
    )
    for name, value in (("of", of), ("about", about)):
        if value:  # a body is canonical JSON, which spells a field in one way only
            wanted = wanted.where(col(EntryRow.body).contains(f'"{name}":"{value}"', autoescape=True))
    with database.reading() as connection:
        return list(connection.scalars(wanted.order_by(col(EntryRow.number).desc())))


def entries_of(
    database: Database, kinds: Iterable[str] = (), saying: str = "", batch: int = 1000
) -> Iterator[EntryRow]:
    """The entries of these kinds, and those whose body contains `saying`, in their order; at most `batch` in memory."""
    of_kind = col(EntryRow.kind).in_(list(kinds))
    wanted = of_kind | col(EntryRow.body).contains(saying, autoescape=True) if saying else of_kind
    number, after = col(EntryRow.number), 0
    while rows := read_rows(database, select(EntryRow).where(wanted, number > after).order_by(number).limit(batch)):
        yield from rows
        after = rows[-1].number


def last_recorded_at(database: Database) -> datetime | None:
    """When the last entry was recorded, by the head; None for an empty ledger or an unreadable head."""
    with database.cursor() as cursor:
        row = database.prepare(statements.head).run(cursor).fetchone()
    try:
        return datetime.fromisoformat(row[2]) if row is not None and row[2] else None
    except (TypeError, ValueError):
        return None


def rulebooks(database: Database) -> dict[str, tuple[str, str]]:
    """Every rulebook that is stored: digest -> (id, source)."""
    return {row.digest: (row.id, row.source) for row in read_rows(database, select(RulebookRow))}


def all_assessments(database: Database, batch: int = 1000) -> Iterator[AssessmentRow]:
    """Every assessment in the order of its stream, at most `batch` in memory.

    Not one snapshot: each batch is a transaction of its own, so that a long replay delays no writer. The `number` of a
    row says up to which entry it was folded.
    """
    return _all(database, AssessmentRow, col(AssessmentRow.stream), batch)


def all_cases(database: Database, batch: int = 1000) -> Iterator[CaseRow]:
    """Every case in the order of its stream, as `all_assessments` does."""
    return _all(database, CaseRow, col(CaseRow.stream), batch)


def all_routine_checks(database: Database, batch: int = 1000) -> Iterator[RoutineCheckRow]:
    """Every routine check in the order of its stream, as `all_assessments` does."""
    return _all(database, RoutineCheckRow, col(RoutineCheckRow.stream), batch)


def projections(database: Database, batch: int = 1000) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of the projections, as (table, values by column), with the driver's values.

    In batches as `all_assessments`.
    """
    for name, make in _PROJECTIONS:
        columns = PROJECTIONS[name].columns.keys()
        for row in _raw(database, make, batch):
            yield name, dict(zip(columns, row, strict=True))


_PROJECTIONS: tuple[tuple[str, StatementBuilder], ...] = (
    ("assessment", statements.assessments),
    ("case_record", statements.case_records),
    ("routine_check", statements.routine_checks),
)


def commands(database: Database, batch: int = 5000) -> Iterator[tuple[str, int, int]]:
    """Every command id with its first and last entry, in the order of the ids, at most `batch` in memory."""
    yield from _raw(database, statements.commands, batch)


def highest_numbers(database: Database) -> dict[str, int]:
    """The highest entry number that the post's tables and the table of replays name, by table."""
    columns = (DELIVERY.c.number, CURSOR.c.number, VERIFICATION.c.size)
    with database.reading() as connection:
        found = {column.table.name: connection.scalar(select(func.max(column))) for column in columns}
    return {table: last for table, last in found.items() if isinstance(last, int)}


def _raw(database: Database, make: StatementBuilder, batch: int) -> Iterator[Any]:
    """Every row of a table in the order of its key, which is its first column, with the driver's values."""
    after, statement = "", database.prepare(make)
    while True:
        with database.cursor() as cursor:
            rows = statement.run(cursor, after=after, batch=batch).fetchall()
        if not rows:
            return
        yield from rows
        after = rows[-1][0]


def integrity(database: Database) -> list[str]:
    """The faults that the database finds in its own pages; empty if there is none.

    SQLite's `quick_check`. PostgreSQL has no such statement: it checks pages as it reads them.
    """
    if database.dialect != "sqlite":
        return []
    with database.reading() as connection:
        lines = [str(line) for (line,) in connection.execute(text("PRAGMA quick_check"))]
    return [] if lines == ["ok"] else lines


def _all(database: Database, carrier: type[Projection], stream: Any, batch: int) -> Iterator[Projection]:
    after = ""
    while rows := read_rows(database, select(carrier).where(stream > after).order_by(stream).limit(batch)):
        yield from rows
        after = rows[-1].stream


def assessment_streams_of(database: Database, units: Iterable[str]) -> list[str]:
    """The assessments of these departments that are not withdrawn, of any year: those that a case may concern."""
    column = col(AssessmentRow.unit)
    wanted = select(AssessmentRow.stream).where(column.in_(list(units)), col(AssessmentRow.withdrawn).is_(False))
    with database.reading() as connection:
        return list(connection.scalars(wanted))


def earliest_due(database: Database) -> datetime | None:
    """When any assessment or routine check is next due; None if none is."""
    with database.reading() as connection:
        found = [connection.scalars(statement).first() for statement in _EARLIEST]
    return min((at for at in found if at is not None), default=None)


# Built once: a rehearsal asks after each of its rounds, and to build them takes longer than to run them.
_EARLIEST = [
    select(column).where(column.is_not(None)).order_by(column).limit(1)
    for column in (col(AssessmentRow.next_due_at), col(RoutineCheckRow.next_due_at))
]
