"""INSERT … ON CONFLICT: insert a row, or do what is said where its key exists. One statement.

A SELECT and an INSERT in turn would leave a gap between the look and the write, in which another process can write the
same key. SQLAlchemy has ON CONFLICT for each dialect apart, and no common form of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(table: Table, dialect: str) -> Insert:
    """Insert a row, or nothing where its key exists."""
    made: Insert = _insert(table, dialect).on_conflict_do_nothing()
    return made


def upsert(table: Table, dialect: str) -> Insert:
    """Insert a row, or replace the one with its primary key."""
    made = _insert(table, dialect)
    changed = {column.name: made.excluded[column.name] for column in table.c if not column.primary_key}
    replaced: Insert = made.on_conflict_do_update(index_elements=_keys(table), set_=changed)
    return replaced


def upsert_larger(table: Table, dialect: str, column: str) -> Insert:
    """Insert a row, or set this `column` of the one with its primary key, if the new value is larger than the row's."""
    made = _insert(table, dialect)
    larger = made.excluded[column]
    replaced: Insert = made.on_conflict_do_update(
        index_elements=_keys(table), set_={column: larger}, where=table.c[column] < larger
    )
    return replaced


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _insert(table: Table, dialect: str) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
