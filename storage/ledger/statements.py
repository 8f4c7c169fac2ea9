"""Builds the statements for the ledger's transaction, for its readers, and for the frequent queries of other modules.

Each is a function that takes the dialect's name, whether it uses the name or not. `Database.prepare` compiles its
result once and caches it by the function. (`select_head` and `select_tail` are executed uncompiled.) Names in a
docstring in backticks are parameters of the statement. A rare query is written in SQLModel or Core in the module that
needs it (`storage/database/rows.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    Select,
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
from storage.tables.projections import ASSESSMENT, RECORD, ROUTINE_CHECK
from storage.tables.seals import COSIGNATURE, SEAL, SEAL_KEY

ENTRY_COLUMNS = (ENTRY.c.number, ENTRY.c.stream, ENTRY.c.version, ENTRY.c.kind, ENTRY.c.body, ENTRY.c.digest)
"""The columns of a `chain.StoredEntry`."""


def select_head() -> Any:
    """The head: number, digest, recorded_at."""
    return select(HEAD.c.number, HEAD.c.digest, HEAD.c.recorded_at).where(HEAD.c.id == 1)


def head(dialect: str) -> ClauseElement:
    """The head, as last committed."""
    statement: ClauseElement = select_head()
    return statement


def lock_head(dialect: str) -> ClauseElement:
    """The head, locked until the transaction ends. On SQLite the lock is BEGIN IMMEDIATE, and this only reads."""
    statement: ClauseElement = select_head().with_for_update()
    return statement


def move_head(dialect: str) -> ClauseElement:
    """Set the head to `to_number`, `to_digest`, `to_recorded_at`."""
    # SQLAlchemy reserves the names of the columns, so a parameter of an UPDATE needs another name.
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in ("number", "digest", "recorded_at")}
    return update(HEAD).where(HEAD.c.id == 1).values(**values)


def insert_entry(dialect: str) -> ClauseElement:
    """Insert one entry."""
    return insert(ENTRY)


def insert_command(dialect: str) -> ClauseElement:
    """Insert the answer to a command."""
    return insert(COMMAND)


def answer(dialect: str) -> ClauseElement:
    """The row (id, first, last) of the command `command_id`."""
    return select(COMMAND).where(COMMAND.c.id == bindparam("command_id"))


def answers(dialect: str) -> ClauseElement:
    """The rows (id, first, last) of the commands `ids`. `ids` is an array, or on SQLite its JSON text."""
    if dialect == "sqlite":
        ids = func.json_each(bindparam("ids", type_=String)).table_valued("value")
        return select(COMMAND).where(COMMAND.c.id.in_(select(ids.c.value)))
    return select(COMMAND).where(COMMAND.c.id == any_(bindparam("ids", type_=ARRAY(String))))


def commands(dialect: str) -> ClauseElement:
    """At most `batch` rows of `command` after the id `after`, in order."""
    return _in_order(COMMAND, COMMAND.c.id)


def assessments(dialect: str) -> ClauseElement:
    """At most `batch` rows of `assessment` after the stream `after`, in order."""
    return _in_order(ASSESSMENT, ASSESSMENT.c.stream)


def active_assessments(dialect: str) -> ClauseElement:
    """Stream and version of the assessments of the year `year` that are not withdrawn."""
    conditions = (ASSESSMENT.c.year == bindparam("year"), ASSESSMENT.c.withdrawn.is_(false()))
    return select(ASSESSMENT.c.stream, ASSESSMENT.c.version).where(*conditions)


def last_projected_entry(dialect: str) -> ClauseElement:
    """The number of the last entry of any assessment, case or routine check; NULL if there is none."""
    tables = (ASSESSMENT, RECORD, ROUTINE_CHECK)
    last = union_all(*(select(func.max(table.c.number).label("number")) for table in tables)).subquery()
    return select(func.max(last.c.number))


def years(dialect: str) -> ClauseElement:
    """The years that have assessments, the last first."""
    return select(ASSESSMENT.c.year).distinct().order_by(ASSESSMENT.c.year.desc())


def records(dialect: str) -> ClauseElement:
    """At most `batch` rows of `record` after the stream `after`, in order."""
    return _in_order(RECORD, RECORD.c.stream)


def routine_checks(dialect: str) -> ClauseElement:
    """At most `batch` rows of `routine_check` after the stream `after`, in order."""
    return _in_order(ROUTINE_CHECK, ROUTINE_CHECK.c.stream)


def routine_check_units(dialect: str) -> ClauseElement:
    """Stream and department of every routine check, the latest first."""
    return _routine_check_units()


def pending_routine_check_units(dialect: str) -> ClauseElement:
    """The same of the checks for which the department or the office still has to act."""
    status = ROUTINE_CHECK.c.status
    return _routine_check_units().where((status == "open") | (status == "answered"))


def _routine_check_units() -> Select[Any]:
    columns = (ROUTINE_CHECK.c.stream, ROUTINE_CHECK.c.unit)
    return select(*columns).order_by(ROUTINE_CHECK.c.checked_on.desc(), ROUTINE_CHECK.c.stream)


def rows(dialect: str) -> ClauseElement:
    """At most `batch` entries after number `after` and up to number `last`, in order."""
    conditions = (ENTRY.c.number > bindparam("after"), ENTRY.c.number <= bindparam("last"))
    return select(*ENTRY_COLUMNS).where(*conditions).order_by(ENTRY.c.number).limit(bindparam("batch"))


def bodies_after(dialect: str) -> ClauseElement:
    """The bodies of all entries after number `after`, in order."""
    return select(ENTRY.c.body).where(ENTRY.c.number > bindparam("after")).order_by(ENTRY.c.number)


def body_of(dialect: str) -> ClauseElement:
    """The body of the entry `number`."""
    return select(ENTRY.c.body).where(ENTRY.c.number == bindparam("number"))


def due_streams(dialect: str) -> ClauseElement:
    """At most `batch` streams of assessments and routine checks that are due at `now`, the longest overdue first."""
    now = bindparam("now", type_=UtcDateTime)
    tables = (ASSESSMENT, ROUTINE_CHECK)
    due = union_all(*(select(t.c.stream, t.c.next_due_at).where(t.c.next_due_at <= now) for t in tables)).subquery()
    return select(due.c.stream).order_by(due.c.next_due_at, due.c.stream).limit(bindparam("batch"))


def records_of_unit(dialect: str) -> ClauseElement:
    """The streams of the cases, routine checks and other records of the department `unit`.

    A case or a record belongs to the department where it happened, and to the department that now answers for it.
    """
    unit: Any = bindparam("unit")
    records = select(RECORD.c.stream).where((RECORD.c.unit == unit) | (RECORD.c.unit_now == unit))
    checks = select(ROUTINE_CHECK.c.stream).where(ROUTINE_CHECK.c.unit == unit)
    return union_all(records, checks).order_by("stream")


def bodies_of_stream(dialect: str) -> ClauseElement:
    """The bodies of the entries of `stream` after its version `after`, in order."""
    conditions = (ENTRY.c.stream == bindparam("stream"), ENTRY.c.version > bindparam("after"))
    return select(ENTRY.c.body).where(*conditions).order_by(ENTRY.c.version)


def rows_of_stream(dialect: str) -> ClauseElement:
    """The entries of `stream` after number `after`, in order."""
    conditions = (ENTRY.c.stream == bindparam("stream"), ENTRY.c.number > bindparam("after"))
    return select(*ENTRY_COLUMNS).where(*conditions).order_by(ENTRY.c.version)


def select_tail() -> Any:
    """All entries after number `after`, in order."""
    return select(*ENTRY_COLUMNS).where(ENTRY.c.number > bindparam("after")).order_by(ENTRY.c.number)


def seals(dialect: str) -> ClauseElement:
    """Every seal (number, root, edge, note, made_at), in order."""
    return select(SEAL.c.number, SEAL.c.root, SEAL.c.edge, SEAL.c.note, SEAL.c.made_at).order_by(SEAL.c.number)


def cosignatures(dialect: str) -> ClauseElement:
    """Every cosignature (number, line), in the order of the seals."""
    return select(COSIGNATURE).order_by(COSIGNATURE.c.number, COSIGNATURE.c.line)


def seal_keys(dialect: str) -> ClauseElement:
    """Every key (key, role, since, note), in the order in which they were added."""
    return select(SEAL_KEY.c.key, SEAL_KEY.c.role, SEAL_KEY.c.since, SEAL_KEY.c.note).order_by(SEAL_KEY.c.position)


def upsert_assessment(dialect: str) -> ClauseElement:
    """Insert or replace the projection of an assessment."""
    return upsert(ASSESSMENT, dialect)


def upsert_record(dialect: str) -> ClauseElement:
    """Insert or replace the projection of a case or another record."""
    return upsert(RECORD, dialect)


def upsert_routine_check(dialect: str) -> ClauseElement:
    """Insert or replace the projection of a routine check."""
    return upsert(ROUTINE_CHECK, dialect)


def set_assessment_due(dialect: str) -> ClauseElement:
    """Set the next due time of the assessment `of_stream` to `due_at`."""
    of_stream = ASSESSMENT.c.stream == bindparam("of_stream")
    return update(ASSESSMENT).where(of_stream).values(next_due_at=bindparam("due_at"))


def set_check_due(dialect: str) -> ClauseElement:
    """Set the next due time of the routine check `of_stream` to `due_at`."""
    of_stream = ROUTINE_CHECK.c.stream == bindparam("of_stream")
    return update(ROUTINE_CHECK).where(of_stream).values(next_due_at=bindparam("due_at"))


def insert_rulebook(dialect: str) -> ClauseElement:
    """Insert the rulebook `with_digest`, `with_id`, `source`, unless a rulebook with this digest exists."""
    # Without ON CONFLICT: the guard against INSERT OR REPLACE is a trigger, and it fires before the conflict is
    # resolved.
    values = [bindparam(name, type_=String) for name in ("with_digest", "with_id", "source")]
    exists = select(literal(1)).where(RULEBOOK.c.digest == values[0]).exists()
    return insert(RULEBOOK).from_select(["digest", "id", "source"], select(*values).where(~exists))


def _in_order(table: Table, key: Any) -> ClauseElement:
    """At most `batch` rows of a table whose key comes after `after`, in the order of the key."""
    return select(table).where(key > bindparam("after")).order_by(key).limit(bindparam("batch"))
