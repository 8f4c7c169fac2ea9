"""A table as a file that spreadsheets open: CSV in UTF-8, with the mark by which Excel knows it. Pure.

A cell is a number or text, and text stays text: what a spreadsheet would take for a formula gets an apostrophe before it
(CWE-1236). Every text is in quotes, so that a program that parts cells at semicolons finds no cell of its own in one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

Value = str | int | Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a formula begins; some spreadsheets take the wide form for the same."""


def sheet(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """The file: the head, then the rows."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_text(cell) if isinstance(cell, str) else cell for cell in row] for row in (head, *rows))
    return out.getvalue().encode("utf-8-sig")


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
