"""The people, each in one encrypted text that can be erased; and what the heads of an office's sheets mean."""

from __future__ import annotations

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from .columns import table_of


class PersonRow(SQLModel, table=True):
    """A person, by an id that the program gave. `details` is a JSON object, encrypted; None: they were erased."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    details: str | None = Field(default=None, sa_type=Text)


class ColumnHeadRow(SQLModel, table=True):
    """The key of the column that a head means in the sheets of a form (`config/tables.py`), chosen by a person."""

    __tablename__ = "column_head"

    form: str = Field(primary_key=True)
    head: str = Field(primary_key=True)
    key: str


PERSON, COLUMN_HEAD = table_of(PersonRow), table_of(ColumnHeadRow)
