"""Finds tables in a workbook by the heads of their columns, and reads their rows, with every fault at its cell.

A table may begin below a title, and a workbook may have other sheets. Not here: which columns there are, and what a row
means (`workflow/move_in/`, `console/web/sheet_imports/`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from states.vocabulary import Text

from . import typed
from .cells import Area, CellFault, CellRow, CellSheet, Workbook

MAX_ROWS_ABOVE = 10
"""The rows at the beginning of a sheet among which the heads are looked for."""
EXAMPLE_SHEETS = frozenset({"示例", "填写说明", "example", "_kaohe"})
"""The sheets of our templates that have nothing to bring in."""

Value = TypeVar("Value")


class Head(Struct, frozen=True):
    """A column: its title, the other names under which it is known, and whether a table of this kind must have it."""

    title: Text
    names: tuple[str, ...] = ()
    is_required: bool = False


Heads = Mapping[str, Head]
"""The columns of one kind of table, by key."""


class UnknownHead(Struct, frozen=True):
    """A column whose head is not known: its number, its head, and its first value, so that a person recognises it."""

    column: int
    head: str
    example: str


class FoundTable(Struct, frozen=True):
    """A table in a sheet.

    - `known`: the columns of its kind. `columns`: the number of each that it has, by key. `unknown`: the other columns
      that have a head.
    - `missing`: the required columns that no head names; then the rows cannot be read yet.
    - `rows`: the rows below the heads. `merged`: the merged cells of the sheet.
    """

    kind: str
    known: Heads
    sheet: str
    head_row: int
    columns: Mapping[str, int]
    unknown: tuple[UnknownHead, ...]
    missing: tuple[str, ...]
    rows: tuple[CellRow, ...]
    merged: tuple[Area, ...] = ()

    def heads(self, language: str) -> dict[int, str]:
        """The head of each column by its number: our title of a known column, the sheet's own head of another."""
        known = {column: self.known[key].title.render(language) for key, column in self.columns.items()}
        return known | {one.column: one.head for one in self.unknown}


def plain_head(head: str) -> str:
    """A head without white space, brackets with remarks, and marks: `姓 名*` and `姓名（必填）` are `姓名`."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", head)).casefold()
    return re.sub(r"\(.*?\)|[*:]", "", plain)


def find_tables(workbook: Workbook, kinds: Mapping[str, Heads], remembered: Mapping[str, str]) -> list[FoundTable]:
    """The tables of a workbook, in the order of `kinds`.

    `remembered`: keys that somebody chose for other heads, by the plain head.
    """
    finder = _TableFinder(kinds, remembered)
    sheets = [one for one in workbook if not one.is_hidden and one.name.strip().casefold() not in EXAMPLE_SHEETS]
    tables = [table for sheet in sheets if (table := finder.table_in(sheet)) is not None]
    return sorted(tables, key=lambda table: list(kinds).index(table.kind))


class _TableFinder:
    def __init__(self, kinds: Mapping[str, Heads], remembered: Mapping[str, str]) -> None:
        self._kinds = kinds
        self._keys = {kind: _by_name(heads) | dict(remembered) for kind, heads in kinds.items()}

    def table_in(self, sheet: CellSheet) -> FoundTable | None:
        """The table in a sheet: below the row of heads that names most; None if no row names two columns."""
        candidates = [
            self._table_below(sheet, index, kind)
            for index, row in enumerate(sheet.rows)
            if row.number <= MAX_ROWS_ABOVE
            for kind in reversed(list(self._kinds))
        ]
        # One known word alone is more likely a title than the head of a table.
        tables = [one for one in candidates if len(one.columns) > 1 or (not one.missing and not one.unknown)]
        return max(tables, key=lambda table: (not table.missing, len(table.columns)), default=None)

    def _table_below(self, sheet: CellSheet, index: int, kind: str) -> FoundTable:
        """The table of a kind, if its heads are in this row."""
        row, below, heads = sheet.rows[index], sheet.rows[index + 1 :], self._kinds[kind]
        columns: dict[str, int] = {}
        others: list[int] = []
        for column in sorted(row.cells):
            # A head that was chosen for another kind of table means nothing here.
            key = self._keys[kind].get(plain_head(row.text(column)), "")
            if key not in heads or key in columns:
                others.append(column)
            else:
                columns[key] = column
        unknown = tuple(UnknownHead(one, row.text(one), _first_value(below, one)) for one in others if row.text(one))
        missing = tuple(key for key, head in heads.items() if head.is_required and key not in columns)
        return FoundTable(kind, heads, sheet.name, row.number, columns, unknown, missing, below, sheet.merged)


def _by_name(heads: Heads) -> dict[str, str]:
    return {
        plain_head(name): key for key, head in heads.items() for name in (head.title.zh, head.title.en, *head.names)
    }


def _first_value(rows: Iterable[CellRow], column: int) -> str:
    return next((row.text(column) for row in rows if row.text(column)), "")


class SheetRow:
    """Reads the cells of one row. A cell that cannot be read is a fault, and its value is the given default.

    A cell has one fault: once something is wrong with it, what follows from that is not said too.
    `missing`: the fault of an empty cell; None if it may be empty.
    """

    def __init__(self, table: FoundTable, row: CellRow, faults: list[CellFault]) -> None:
        self.table, self.row, self._faults = table, row, faults
        self._faulty: set[str] = set()

    def text(self, key: str) -> str:
        column = self.table.columns.get(key)
        cell = self.row.cells.get(column) if column is not None else None
        if cell is None:
            return ""
        if cell.kind == "error" or (cell.kind == "formula" and not cell.text):
            zh = f"单元格为 {cell.text}" if cell.text else "公式没有结果，请先用 WPS 或 Excel 打开保存一次"
            en = f"the cell is {cell.text}" if cell.text else "the formula has no result: open and save the file first"
            self.fault(key, Text(zh=zh, en=en))
            return ""
        return " ".join(cell.text.split())

    def word(self, key: str, most: int, missing: Text | None = None) -> str:
        """A text of at most `most` characters."""
        text = self._text(key, missing)
        if len(text) > most:
            self.fault(key, Text(zh=f"超过 {most} 个字", en=f"it has more than {most} characters"))
            return ""
        return text

    def read(self, key: str, read: Callable[[str], Value], default: Value, missing: Text | None = None) -> Value:
        text = self._text(key, missing)
        if not text:
            return default
        try:
            return read(text)
        except typed.Unclear as error:
            self.fault(key, Text(zh=f"“{text}”：{error.why.zh}", en=f"“{text}”: {error.why.en}"))
            return default

    def _text(self, key: str, missing: Text | None) -> str:
        text = self.text(key)
        if missing is not None and not text:
            self.fault(key, missing)
        return text

    def fault(self, key: str, why: Text) -> None:
        """Add a fault of a cell, unless it has one."""
        if key not in self._faulty:
            self._faulty.add(key)
            self._faults.append(CellFault(self.table.sheet, self.row.number, self.table.columns.get(key), why))

    def is_faulty(self, *keys: str) -> bool:
        """Whether one of these cells has a fault."""
        return not self._faulty.isdisjoint(keys)


def rows_of(table: FoundTable, faults: list[CellFault]) -> Iterator[SheetRow]:
    """The rows of a table that have something. The faults of the table, and of each cell that is read, are added."""
    faults += _faults_of(table)
    for row in table.rows if not table.missing else ():
        reader = SheetRow(table, row, faults)
        if not _is_no_line(reader):
            yield reader


def _faults_of(table: FoundTable) -> Iterator[CellFault]:
    for key in table.missing:
        title = table.known[key].title
        why = Text(
            zh=f"找不到“{title.zh}”列，请指明是哪一列，或改表头后再上传",
            en=f"there is no column “{title.en}”: say which column it is, or change the head and upload it again",
        )
        yield CellFault(table.sheet, table.head_row, None, why)
    for area in table.merged:
        if not table.missing and area.last_row > table.head_row and area.has_column_of(table.columns.values()):
            name = area.name
            why = Text(
                zh=f"单元格 {name} 已合并，无法判断各行的内容；请取消合并，每行都填写",
                en=f"the cells {name} are merged, so the rows cannot be told apart: unmerge them and fill in each row",
            )
            yield CellFault(table.sheet, max(area.first_row, table.head_row + 1), None, why)


def _is_no_line(reader: SheetRow) -> bool:
    """Whether a row has nothing in the known columns, or is a sum (合计) or a remark (注：…) below the table."""
    columns = reader.table.columns.values()
    if not any(reader.row.text(column) for column in columns):
        return True
    first = next(reader.row.text(column) for column in sorted(reader.row.cells) if reader.row.text(column))
    return bool(re.match(r"(合\s*计|总\s*计|小\s*计|注[:：]|备注[:：]|填表人|制表)", first))
