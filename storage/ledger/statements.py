"""The statements that are compiled once.

The ledger's transaction, reading the ledger, and what every page and round asks.

Each is a function of the dialect's name: `Database.prepare` compiles what it returns and caches it by the function.
Anything asked less often is written with SQLModel or Core where it is asked (`storage/database/rows.py` says when
which).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    String,
    Table,
    any_,
    bindparam,
    false,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from storage.database.upsert import upsert
from storage.tables.columns import UtcDateTime
from storage.tables.ledger import COMMAND, ENTRY, HEAD, RULEBOOK
from storage.tables.projections import ASSESSMENT, CASE_RECORD, ROUTINE_CHECK
from storage.tables.seals import COSIGNATURE, SEAL, SEAL_KEY

ENTRY_COLUMNS = (ENTRY.c.number, ENTRY.c.stream, ENTRY.c.version, ENTRY.c.kind, ENTRY.c.body, ENTRY.c.digest)
"""The columns of a `chain.StoredEntry`."""


def select_head() -> Any:
    """The head: number, digest, recorded_at."""
    return select(HEAD.c.number, HEAD.c.digest, HEAD.c.recorded_at).where(HEAD.c.id == 1)


def head(dialect: str) -> ClauseElement:
    """The head, as last committed."""
    made: ClauseElement = select_head()
    return made


def lock_head(dialect: str) -> ClauseElement:
    """The head, locked until the transaction ends. SQLite's lock is its BEGIN IMMEDIATE."""
    made: ClauseElement = select_head().with_for_update()
    return made


def move_head(dialect: str) -> ClauseElement:
    """Set the head to `to_number`, `to_digest`, `at`."""
    moved: dict[str, Any] = {"number": bindparam("to_number"), "digest": bindparam("to_digest")}
    return update(HEAD).where(HEAD.c.id == 1).values(**moved, recorded_at=bindparam("at"))


def insert_entry(dialect: str) -> ClauseElement:
    """Insert one entry."""
    return insert(ENTRY)


def insert_command(dialect: str) -> ClauseElement:
    """Insert what a command id was answered with."""
    return insert(COMMAND)


def answer(dialect: str) -> ClauseElement:
    """id, first, last of one command `id`."""
    return select(COMMAND).where(COMMAND.c.id == bindparam("of"))


def answers(dialect: str) -> ClauseElement:
    """id, first, last of the commands `ids`: an array, or on SQLite the JSON text of one."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam("ids", type_=String)).table_valued("value")
        return select(COMMAND).where(COMMAND.c.id.in_(select(listed.c.value)))
    return select(COMMAND).where(COMMAND.c.id == any_(bindparam("ids", type_=ARRAY(String))))


def commands(dialect: str) -> ClauseElement:
    """At most `batch` commands whose id comes after `after`."""
    return _in_order(COMMAND, COMMAND.c.id)


def assessments(dialect: str) -> ClauseElement:
    """At most `batch` rows of `assessment` after stream `after`."""
    return _in_order(ASSESSMENT, ASSESSMENT.c.stream)


def active_assessments(dialect: str) -> ClauseElement:
    """Stream and version of the assessments of the year `of` that are not withdrawn."""
    mine = (ASSESSMENT.c.year == bindparam("of"), ASSESSMENT.c.withdrawn.is_(false()))
    return select(ASSESSMENT.c.stream, ASSESSMENT.c.version).where(*mine)


def projection_versions(dialect: str) -> ClauseElement:
    """Stream and version of every assessment, case and routine check."""
    tables = (ASSESSMENT, CASE_RECORD, ROUTINE_CHECK)
    return union_all(*(select(table.c.stream, table.c.version) for table in tables))


def years(dialect: str) -> ClauseElement:
    """The years there are assessments of, the last first."""
    return select(ASSESSMENT.c.year).distinct().order_by(ASSESSMENT.c.year.desc())


def case_records(dialect: str) -> ClauseElement:
    """At most `batch` rows of `case_record` after stream `after`."""
    return _in_order(CASE_RECORD, CASE_RECORD.c.stream)


def routine_checks(dialect: str) -> ClauseElement:
    """At most `batch` rows of `routine_check` after stream `after`."""
    return _in_order(ROUTINE_CHECK, ROUTINE_CHECK.c.stream)


def rows(dialect: str) -> ClauseElement:
    """At most `batch` entries after number `after` and up to `upto`."""
    after, upto = ENTRY.c.number > bindparam("after"), ENTRY.c.number <= bindparam("upto")
    return select(*ENTRY_COLUMNS).where(after, upto).order_by(ENTRY.c.number).limit(bindparam("batch"))


def bodies_after(dialect: str) -> ClauseElement:
    """The bodies of the entries after number `after`."""
    return select(ENTRY.c.body).where(ENTRY.c.number > bindparam("after")).order_by(ENTRY.c.number)


def body_of(dialect: str) -> ClauseElement:
    """The body of the entry of this number."""
    return select(ENTRY.c.body).where(ENTRY.c.number == bindparam("of"))


def due(dialect: str) -> ClauseElement:
    """At most `batch` streams of assessments and routine checks due by `now`, the longest overdue first."""
    now = bindparam("now", type_=UtcDateTime)
    tables = (ASSESSMENT, ROUTINE_CHECK)
    found = union_all(*(select(t.c.stream, t.c.next_due_at).where(t.c.next_due_at <= now) for t in tables)).subquery()
    return select(found.c.stream).order_by(found.c.next_due_at, found.c.stream).limit(bindparam("batch"))


def cases_and_checks_of_unit(dialect: str) -> ClauseElement:
    """The streams of a department's cases (`of`: where it happened, or who answers for it now) and routine checks."""
    unit: Any = bindparam("of")
    cases = select(CASE_RECORD.c.stream).where((CASE_RECORD.c.unit == unit) | (CASE_RECORD.c.unit_now == unit))
    checks = select(ROUTINE_CHECK.c.stream).where(ROUTINE_CHECK.c.unit == unit)
    return union_all(cases, checks).order_by("stream")


def bodies_of_stream(dialect: str) -> ClauseElement:
    """The bodies of the entries of stream `of` after its version `after`."""
    wanted = (ENTRY.c.stream == bindparam("of"), ENTRY.c.version > bindparam("after"))
    return select(ENTRY.c.body).where(*wanted).order_by(ENTRY.c.version)


def rows_of_stream(dialect: str) -> ClauseElement:
    """Whole entries of stream `of` after number `after`."""
    wanted = (ENTRY.c.stream == bindparam("of"), ENTRY.c.number > bindparam("after"))
    return select(*ENTRY_COLUMNS).where(*wanted).order_by(ENTRY.c.version)


def tail() -> Any:
    """Whole entries after number `after`, however many."""
    return select(*ENTRY_COLUMNS).where(ENTRY.c.number > bindparam("after")).order_by(ENTRY.c.number)


def seals(dialect: str) -> ClauseElement:
    """Every seal in order: number, root, edge, note, made_at."""
    return select(SEAL.c.number, SEAL.c.root, SEAL.c.edge, SEAL.c.note, SEAL.c.made_at).order_by(SEAL.c.number)


def cosignatures(dialect: str) -> ClauseElement:
    """Every cosignature in the order of its seal: number, line."""
    return select(COSIGNATURE).order_by(COSIGNATURE.c.number, COSIGNATURE.c.line)


def seal_keys(dialect: str) -> ClauseElement:
    """Every key in the order it came: key, role, since, note."""
    return select(SEAL_KEY.c.key, SEAL_KEY.c.role, SEAL_KEY.c.since, SEAL_KEY.c.note).order_by(SEAL_KEY.c.position)


def upsert_assessment(dialect: str) -> ClauseElement:
    """Insert or replace the projection of an assessment."""
    return upsert(ASSESSMENT, dialect)


def upsert_case(dialect: str) -> ClauseElement:
    """Insert or replace the projection of a case."""
    return upsert(CASE_RECORD, dialect)


def upsert_routine_check(dialect: str) -> ClauseElement:
    """Insert or replace the projection of a routine check."""
    return upsert(ROUTINE_CHECK, dialect)


def set_assessment_due(dialect: str) -> ClauseElement:
    """Set `due` as the next due time of the assessment `of`."""
    return update(ASSESSMENT).where(ASSESSMENT.c.stream == bindparam("of")).values(next_due_at=bindparam("due"))


def set_check_due(dialect: str) -> ClauseElement:
    """Set `due` as the next due time of the routine check `of`."""
    return update(ROUTINE_CHECK).where(ROUTINE_CHECK.c.stream == bindparam("of")).values(next_due_at=bindparam("due"))


def insert_rulebook(dialect: str) -> ClauseElement:
    """Insert a rulebook unless its digest is there."""
    # Not ON CONFLICT: the guard against INSERT OR REPLACE is a trigger, and fires before the conflict is resolved.
    given = [bindparam(name, type_=String) for name in ("with_digest", "with_id", "source")]
    known = select(literal(1)).where(RULEBOOK.c.digest == given[0]).exists()
    return insert(RULEBOOK).from_select(["digest", "id", "source"], select(*given).where(~known))


def _in_order(table: Table, key: Any) -> ClauseElement:
    return select(table).where(key > bindparam("after")).order_by(key).limit(bindparam("batch"))
