"""Reads a workbook (.xlsx) into cells of text. The file was inspected before (`documents/inspection.py`).

Numbers are what a person sees, not what the file holds: Excel stores 4.4 as 4.4000000000000004. A day is recognised by
the format of its cell, also in the formats of Chinese Excel and of WPS. Nothing is rounded and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, TypeGuard

from openpyxl import load_workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel
from openpyxl.worksheet.worksheet import Worksheet

from config.cells import Area, Cell, CellRow, CellSheet, Workbook
from documents.rejection import MAKE_SMALLER, Rejection

MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 20, 5_000, 100
"""Limits of a workbook; rows and columns in each sheet."""

# Built-in formats of days that openpyxl does not know: those of Chinese Excel (27–36, 50–58), and one that WPS writes
# (59). ECMA-376-1, 18.8.30 lists the first two for zh-cn.
_CHINESE_DAY_FORMATS = frozenset({*range(27, 37), *range(50, 60)})
_ZEROS = re.compile(r"0{2,15}")
"""A format that shows leading zeros: a staff number 0012 that was typed as a number."""


def read(data: bytes) -> Workbook:
    """The sheets of a workbook, in its order. Raises `Rejection` if it is larger than the limits."""
    # Read twice: the formulas as they were typed, and their last results. A file has both.
    typed = load_workbook(BytesIO(data), data_only=False, keep_links=False)
    results = load_workbook(BytesIO(data), data_only=True, keep_links=False)
    if len(typed.worksheets) > MAX_SHEETS:
        raise _too_large(
            f"有 {len(typed.worksheets)} 张工作表，最多 {MAX_SHEETS} 张", f"has more than {MAX_SHEETS} sheets"
        )
    counts_from_1904 = typed.epoch == CALENDAR_MAC_1904
    pairs = zip(typed.worksheets, results.worksheets, strict=True)
    return tuple(_sheet(sheet, result, counts_from_1904) for sheet, result in pairs)


def _too_large(zh: str, en: str) -> Rejection:
    return Rejection(zh, en, advice=MAKE_SMALLER)


def _sheet(sheet: Worksheet, results: Worksheet, counts_from_1904: bool) -> CellSheet:
    rows = tuple(_rows(sheet, results, counts_from_1904))
    merged = tuple(
        sorted(Area(one.min_row, one.min_col, one.max_row, one.max_col) for one in sheet.merged_cells.ranges)
    )
    return CellSheet(sheet.title, rows, merged, sheet.sheet_state != "visible")


def _rows(sheet: Worksheet, results: Worksheet, counts_from_1904: bool) -> Iterator[CellRow]:
    """The rows that are not empty. A format may reach to the last row of a sheet, so only cells with a value count."""
    by_row: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is None or cell.value == "":
            continue
        if row > MAX_ROWS or column > MAX_COLUMNS:
            raise _too_large(
                f"的工作表“{sheet.title}”超过 {MAX_ROWS} 行或 {MAX_COLUMNS} 列",
                f"has a sheet “{sheet.title}” of more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
            )
        by_row.setdefault(row, {})[column] = _cell(cell, results.cell(row, column).value, counts_from_1904)
    for number, cells in by_row.items():
        yield CellRow(number, cells)


def _cell(cell: ExcelCell, result: Any, counts_from_1904: bool) -> Cell:
    if cell.data_type == "f":
        return Cell("" if result is None else _text(result, cell, counts_from_1904), "formula")
    value = cell.value
    if cell.data_type == "e":
        return Cell(str(value), "error")
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE", "truth")
    text = _text(value, cell, counts_from_1904)
    if isinstance(value, (datetime, date, time)) or _is_day(cell, value):
        return Cell(text, "day")
    return Cell(text, "number" if isinstance(value, (int, float)) else "text")


def _is_day(cell: ExcelCell, value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and _format_id(cell) in _CHINESE_DAY_FORMATS


def _format_id(cell: ExcelCell) -> int:
    return int(cell._style.numFmtId) if cell.has_style else 0


def _text(value: object, cell: ExcelCell, counts_from_1904: bool) -> str:
    """What a person sees in the cell."""
    if _is_day(cell, value):
        value = from_excel(value, CALENDAR_MAC_1904) if counts_from_1904 else from_excel(value)
    if isinstance(value, datetime):
        # A day is a number of days; what floating point leaves of a second is no time of day.
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _digits(value, str(cell.number_format))
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _digits(value: float, number_format: str) -> str:
    """A number in plain digits. Excel keeps 15 digits, so what is behind them was never typed."""
    number = Decimal(f"{value:.15g}")
    text = f"{number.normalize():f}" if number else "0"
    if _ZEROS.fullmatch(number_format) and text.isdecimal():
        return text.zfill(len(number_format))
    return f"{number * 100:f}%".replace(".0%", "%") if number_format.endswith("%") else text
