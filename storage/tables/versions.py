"""The versions of tables that processes keep in memory (`storage/table_cache.py`)."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from .columns import table_of


class TableVersionRow(SQLModel, table=True):
    """The present version of a table: a random text. Triggers write another one with every change of the table."""

    __tablename__ = "table_version"

    name: str = Field(primary_key=True)
    version: str


TABLE_VERSION = table_of(TableVersionRow)
