"""Builds INSERT … ON CONFLICT statements: they insert a row. If its key exists, they keep the old row or replace it.

The functions only return a statement, and the caller executes it. Between a SELECT and an INSERT, another process could
write the same key. SQLAlchemy has ON CONFLICT for each dialect, but no common form of it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(table: Table, dialect: str) -> Insert:
    """The statement that inserts a row, or does nothing if a row with the same key exists."""
    statement: Insert = _insert(table, dialect).on_conflict_do_nothing()
    return statement


def upsert(table: Table, dialect: str) -> Insert:
    """The statement that inserts a row, or replaces every other column of the row with the same primary key."""
    insert = _insert(table, dialect)
    new_values = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    statement: Insert = insert.on_conflict_do_update(index_elements=_keys(table), set_=new_values)
    return statement


def upsert_maximum(table: Table, dialect: str, column: str) -> Insert:
    """The statement that inserts a row, or raises `column` of the row with the same primary key. It never lowers it."""
    insert = _insert(table, dialect)
    new_value = insert.excluded[column]
    statement: Insert = insert.on_conflict_do_update(
        index_elements=_keys(table), set_={column: new_value}, where=table.c[column] < new_value
    )
    return statement


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _insert(table: Table, dialect: str) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
