"""Finds the differences between the schema of a database and the schema that the migrations make.

Indexes, triggers and functions are compared by their definitions, tables, columns and keys with `storage/tables/`.
Surplus tables, columns and indexes are no differences, because they may be the operator's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec import Struct
from sqlalchemy import Connection, inspect

from storage.database.database import Database
from storage.tables.columns import METADATA

from . import postgres, sqlite

State = Literal["missing", "changed", "disabled", "surplus"]


class Difference(Struct, frozen=True, order=True):
    """An object of the schema that differs from what the migrations make. `kind`: `trigger`, `index`, `table` …"""

    kind: str
    name: str
    state: State


def differences(database: Database) -> list[Difference]:
    """Every difference, ordered by kind and name; empty if there is none."""
    catalogue = sqlite if database.dialect == "sqlite" else postgres
    expected = catalogue.expected_objects()
    with database.reading() as connection:
        result = {*_compare_objects(expected, catalogue.existing_objects(connection)), *_compare_tables(connection)}
        result |= {Difference(kind, name, state) for kind, name, state in catalogue.disabled_objects(connection)}
    missing_tables = {one.name for one in result if one.kind == "table" and one.state == "missing"}
    # A change of an object of a missing table is not reported, because the table is.
    return sorted(one for one in result if one.state == "missing" or one.name.split(".")[0] not in missing_tables)


def _compare_objects(
    expected: Mapping[tuple[str, str], str], existing: Mapping[tuple[str, str], str]
) -> Iterator[Difference]:
    """Compare objects by their definitions. A surplus index does no harm; a surplus trigger or rule may."""
    for (kind, name), definition in expected.items():
        if (kind, name) not in existing:
            yield Difference(kind, name, "missing")
        elif existing[kind, name] != definition:
            yield Difference(kind, name, "changed")
    for kind, name in existing.keys() - expected.keys():
        if kind in ("trigger", "rule"):
            yield Difference(kind, name, "surplus")


def _compare_tables(connection: Connection) -> Iterator[Difference]:
    """Compare tables, columns, unique constraints and keys with `storage/tables/`."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    for change in compare_metadata(context, METADATA):
        yield from _translate(change)
    inspector = inspect(connection)
    for name in METADATA.tables.keys() & set(inspector.get_table_names()):
        key = [column.name for column in METADATA.tables[name].primary_key.columns]
        if sorted(inspector.get_pk_constraint(name)["constrained_columns"]) != sorted(key):
            yield Difference("key", name, "changed")


def _translate(change: Any) -> Iterator[Difference]:
    """The differences for a change that Alembic suggests.

    It is a tuple that begins with an operation, or a list of them.
    """
    if isinstance(change, list):
        for one in change:
            yield from _translate(one)
        return
    operation, *rest = change
    if operation == "add_table":
        yield Difference("table", rest[0].name, "missing")
    elif operation in ("add_index", "add_constraint", "add_fk"):
        yield Difference(operation.removeprefix("add_"), str(rest[0].name or rest[0].table.name), "missing")
    elif operation == "add_column":
        yield Difference("column", f"{rest[1]}.{rest[2].name}", "missing")
    elif operation.startswith("modify_"):
        yield Difference("column", f"{rest[1]}.{rest[2]}", "changed")
    # Surplus tables and columns are allowed, because they may be the operator's own.
