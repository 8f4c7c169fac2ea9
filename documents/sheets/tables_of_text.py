"""Reads a table in a text file (.csv): one sheet, its cells as they are written. Commas, semicolons or tabs divide them."""

from __future__ import annotations

import csv
from io import StringIO

from config.cells import Cell, CellRow, CellSheet, Workbook
from config.texts import UnreadableText, text_of
from documents.rejection import MAKE_SMALLER, OPEN_AND_SAVE, Rejection

MAX_ROWS, MAX_COLUMNS = 5_000, 100
"""Limits of a table, as of a sheet (`reading.py`)."""


def read(data: bytes) -> Workbook:
    """The table as a workbook of one sheet. Raises `Rejection` if it is no text, or larger than the limits."""
    try:
        text = text_of(data, "csv")
    except UnreadableText as error:
        raise Rejection("不是可读的文本", "is no text that can be read", advice=OPEN_AND_SAVE) from error
    first = text.partition("\n")[0]
    divider = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(StringIO(text), delimiter=divider, strict=True))
    except csv.Error as error:
        raise Rejection("引号不成对", "has a quotation mark without its pair", advice=OPEN_AND_SAVE) from error
    if len(lines) > MAX_ROWS or any(len(line) > MAX_COLUMNS for line in lines):
        raise Rejection(
            f"超过 {MAX_ROWS} 行或 {MAX_COLUMNS} 列",
            f"has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
            advice=MAKE_SMALLER,
        )
    rows = (
        CellRow(number, {column: Cell(value) for column, value in enumerate(line, 1) if value.strip()})
        for number, line in enumerate(lines, 1)
    )
    return (CellSheet("CSV", tuple(row for row in rows if row.cells)),)
