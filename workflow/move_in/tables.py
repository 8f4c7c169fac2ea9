"""Finds the tables of departments and of people in a workbook, by the heads of their columns.

A table may begin below a title, and a workbook may have other sheets. Nothing is read of the rows yet (`lines.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from config.cells import Area, CellRow, CellSheet, Workbook

from .heads import HEADS, TableKind, known_column

MAX_ROWS_ABOVE = 10
"""The rows at the beginning of a sheet among which the heads are looked for."""
EXAMPLE_SHEETS = frozenset({"示例", "填写说明", "example", "_kaohe"})
"""The sheets of our template that have nothing to bring in."""


class UnknownHead(Struct, frozen=True):
    """A column whose head is not known: its number, its head, and its first value, so that a person recognises it."""

    column: int
    head: str
    example: str


class FoundTable(Struct, frozen=True):
    """A table in a sheet.

    - `columns`: the number of each known column, by key. `unknown`: the other columns that have a head.
    - `missing`: the required columns that no head names; then the rows cannot be read yet.
    - `rows`: the rows below the heads. `merged`: the merged cells of the sheet.
    """

    kind: TableKind
    sheet: str
    head_row: int
    columns: Mapping[str, int]
    unknown: tuple[UnknownHead, ...]
    missing: tuple[str, ...]
    rows: tuple[CellRow, ...]
    merged: tuple[Area, ...] = ()

    def heads(self, language: str) -> dict[int, str]:
        """The head of each column by its number: our title of a known column, the sheet's own head of another."""
        known = {column: HEADS[self.kind][key].title.render(language) for key, column in self.columns.items()}
        return known | {one.column: one.head for one in self.unknown}


def find_tables(workbook: Workbook, remembered: Mapping[str, str]) -> list[FoundTable]:
    """The tables of a workbook, those of departments first: they say which departments people can belong to."""
    sheets = [one for one in workbook if not one.is_hidden and one.name.strip().casefold() not in EXAMPLE_SHEETS]
    tables = [table for sheet in sheets if (table := _table_in(sheet, remembered)) is not None]
    return sorted(tables, key=lambda table: table.kind != "units")


def _table_in(sheet: CellSheet, remembered: Mapping[str, str]) -> FoundTable | None:
    """The table in a sheet: below the row of heads that names most; None if no row names two columns."""
    kinds: tuple[TableKind, ...] = ("people", "units")
    candidates = [
        _table_below(sheet, index, kind, remembered)
        for index, row in enumerate(sheet.rows)
        if row.number <= MAX_ROWS_ABOVE
        for kind in kinds
    ]
    # One known word alone is more likely a title than the head of a table.
    tables = [one for one in candidates if len(one.columns) > 1 or (not one.missing and not one.unknown)]
    return max(tables, key=lambda table: (not table.missing, len(table.columns)), default=None)


def _table_below(sheet: CellSheet, index: int, kind: TableKind, remembered: Mapping[str, str]) -> FoundTable:
    """The table of a kind, if its heads are in this row."""
    row, below = sheet.rows[index], sheet.rows[index + 1 :]
    columns: dict[str, int] = {}
    others: list[int] = []
    for column in sorted(row.cells):
        key = known_column(kind, row.text(column), remembered)
        if key is None or key in columns:
            others.append(column)
        else:
            columns[key] = column
    unknown = tuple(UnknownHead(one, row.text(one), _first_value(below, one)) for one in others if row.text(one))
    missing = tuple(key for key, head in HEADS[kind].items() if head.is_required and key not in columns)
    return FoundTable(kind, sheet.name, row.number, columns, unknown, missing, below, sheet.merged)


def _first_value(rows: Iterable[CellRow], column: int) -> str:
    return next((row.text(column) for row in rows if row.text(column)), "")
