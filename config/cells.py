"""What is read from a workbook: sheets of rows of cells. A cell is the text that a person sees in it, with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from states.vocabulary import Text

CellKind = Literal["text", "number", "day", "formula", "truth", "error"]


class Cell(Struct, frozen=True):
    """One cell that is not empty.

    - `text`: a number in plain digits, a day as `2026-11-20`, a formula as its last result (empty if it has none).
    - `kind`: what the program that saved it took it for.
    """

    text: str
    kind: CellKind = "text"


class CellRow(Struct, frozen=True):
    """One row: its number in the sheet, from 1, and its cells by the number of their column, from 1."""

    number: int
    cells: dict[int, Cell]

    def text(self, column: int) -> str:
        """The text of a cell without white space around it; empty for an empty cell."""
        return self.cells[column].text.strip() if column in self.cells else ""


class Area(Struct, frozen=True, order=True):
    """A rectangle of cells, by the numbers of its first and last row and column, from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def name(self) -> str:
        """The name that a spreadsheet shows: `B2:B5`."""
        return f"{letters(self.first_column)}{self.first_row}:{letters(self.last_column)}{self.last_row}"

    def has_column_of(self, columns: Iterable[int]) -> bool:
        """Whether one of the columns passes through it."""
        return any(self.first_column <= column <= self.last_column for column in columns)


class CellSheet(Struct, frozen=True):
    """One sheet: its name, its rows that are not empty, and its merged cells."""

    name: str
    rows: tuple[CellRow, ...]
    merged: tuple[Area, ...] = ()
    is_hidden: bool = False


Workbook = tuple[CellSheet, ...]


def letters(column: int) -> str:
    """The letters of a column: 1 is A, 28 is AB."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class CellFault(Struct, frozen=True):
    """What is wrong with a cell, or with a row (`column` is None), and what to do. Rows and columns count from 1."""

    sheet: str
    row: int
    column: int | None
    why: Text

    @property
    def text(self) -> Text:
        """The whole sentence: 工作表“人员”第 3 行 B 列：没有姓名."""
        column = letters(self.column) if self.column is not None else ""
        zh = f"工作表“{self.sheet}”第 {self.row} 行" + (f" {column} 列" if column else "")
        en = f"Sheet “{self.sheet}”, row {self.row}" + (f", column {column}" if column else "")
        return Text(zh=f"{zh}：{self.why.zh}", en=f"{en}: {self.why.en}")
