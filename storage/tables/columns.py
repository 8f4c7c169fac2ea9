"""What every table is made of: the metadata they are declared in, and the type of a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

METADATA: MetaData = SQLModel.metadata
"""The declared schema. A database has it once every migration has run (`tests/storage/test_schema.py`)."""


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class: what statements are written with."""
    return METADATA.tables[str(row.__tablename__)]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC, on both databases. Refuses a time without a time zone.

    SQLite has no such type: there it is text of one fixed width, so that the text sorts as the moments do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMP WITH TIME ZONE, or text on SQLite."""
        column = String() if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(column)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """The value as the driver takes it. ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds")[:26] + "Z" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The moment as read, aware, in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
