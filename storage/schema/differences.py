"""The differences between the schema of a database and the one that the migrations make."""

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
    """Every difference, by kind and name; empty if there is none."""
    own = sqlite if database.dialect == "sqlite" else postgres
    wanted = own.wanted()
    with database.reading() as connection:
        found = {*_of(wanted, own.present(connection)), *_declared(connection)}
        found |= {Difference(kind, name, state) for kind, name, state in own.switches(connection)}
    named = {(one.kind, one.name) for one in found if one.kind == "table" and one.state == "missing"}
    # The objects of a missing table are missing with it, and not reported again.
    return sorted(one for one in found if one.state == "missing" or ("table", one.name.split(".")[0]) not in named)


def _of(wanted: Mapping[tuple[str, str], str], present: Mapping[tuple[str, str], str]) -> Iterator[Difference]:
    """Compare objects by definition. A surplus index does no harm; a surplus trigger or rule may."""
    for (kind, name), definition in wanted.items():
        if (kind, name) not in present:
            yield Difference(kind, name, "missing")
        elif present[kind, name] != definition:
            yield Difference(kind, name, "changed")
    for kind, name in present.keys() - wanted.keys():
        if kind in ("trigger", "rule"):
            yield Difference(kind, name, "surplus")


def _declared(connection: Connection) -> Iterator[Difference]:
    """Compare tables, columns, uniqueness and keys with `storage/tables/`."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    for one in compare_metadata(context, METADATA):
        yield from _named(one)
    inspector = inspect(connection)
    for name in METADATA.tables.keys() & set(inspector.get_table_names()):
        key = [column.name for column in METADATA.tables[name].primary_key.columns]
        if sorted(inspector.get_pk_constraint(name)["constrained_columns"]) != sorted(key):
            yield Difference("key", name, "changed")


def _named(one: Any) -> Iterator[Difference]:
    """Alembic's differences as ours.

    Alembic's is a tuple that begins with the change to make, or a list of such tuples.
    """
    if isinstance(one, list):
        for each in one:
            yield from _named(each)
        return
    deed, *rest = one
    if deed == "add_table":
        yield Difference("table", rest[0].name, "missing")
    elif deed in ("add_index", "add_constraint", "add_fk"):
        yield Difference(deed.removeprefix("add_"), str(rest[0].name or rest[0].table.name), "missing")
    elif deed == "add_column":
        yield Difference("column", f"{rest[1]}.{rest[2].name}", "missing")
    elif deed.startswith("modify_"):
        yield Difference("column", f"{rest[1]}.{rest[2]}", "changed")
    # Surplus tables and columns are allowed: they may be the operator's own.
