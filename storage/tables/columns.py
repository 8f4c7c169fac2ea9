"""Shared by all tables: their metadata, the Core table of a row class, and the column type for a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

METADATA: MetaData = SQLModel.metadata
"""The declared schema. After all migrations a database has this schema (`tests/storage/test_schema.py`)."""


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class, for statements."""
    return METADATA.tables[str(row.__tablename__)]


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, on both databases. It refuses a time without a time zone.

    SQLite has no such type. There it is text of a fixed width, so that the text sorts in the order of the times.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE, or text on SQLite."""
        column = String() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(column)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """The value for the driver. Raises ValueError for a time without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds")[:26] + "Z" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The time that was read, in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
