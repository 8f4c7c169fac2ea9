"""Writes a table as a file for spreadsheets: CSV in UTF-8 with the byte order mark, by which Excel recognises UTF-8.

A cell is a number or text. A text that a spreadsheet would read as a formula gets an apostrophe before it (CWE-1236).
Every text is in quotes, so that a program that splits cells at semicolons does not split a text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

CellValue = str | int | Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The first characters of a formula. Some spreadsheets also accept the full-width forms."""


def csv_file(head: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> bytes:
    """The bytes of the file: the head, then the rows."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_text(cell) if isinstance(cell, str) else cell for cell in row] for row in (head, *rows))
    return buffer.getvalue().encode("utf-8-sig")


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
