"""Writes a table as a file for spreadsheets: an Excel workbook, or CSV in UTF-8 with the byte order mark.

A cell is a number or text. In CSV, a text that a spreadsheet would read as a formula gets an apostrophe before it
(CWE-1236), and every text is in quotes, so that a program that splits cells at semicolons does not split a text. In a
workbook a text is a text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from documents.sheets.writing import MAX_CELL, ColumnKind, ExcelColumn, ExcelTable, text_width, write
from documents.xml_text import readable
from states.vocabulary import Text

if TYPE_CHECKING:
    from starlette.responses import Response

    from console.web.request.page_request import PageRequest

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

CellValue = str | int | Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The first characters of a formula. Some spreadsheets also accept the full-width forms."""


def csv_file(head: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> bytes:
    """The bytes of the file: the head, then the rows."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_text(cell) if isinstance(cell, str) else cell for cell in row] for row in (head, *rows))
    return buffer.getvalue().encode("utf-8-sig")


def excel_file(title: str, head: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> bytes:
    """The bytes of the workbook: a title, the head, the rows. A text that no cell can hold is made readable.

    Somebody may have typed it to keep the table from being saved: the name at a sign-in, in the table of the auditor.
    """
    cells = [tuple(readable(cell, MAX_CELL) if isinstance(cell, str) else cell for cell in row) for row in rows]
    columns = tuple(
        ExcelColumn(
            title=name, width=_width(name, [row[index] for row in cells]), kind=_kind([row[index] for row in cells])
        )
        for index, name in enumerate(head)
    )
    return write([ExcelTable(name=title, title=title, columns=columns, rows=tuple(cells))])


def table_download(
    request: PageRequest, name: str, ending: str, title: Text, head: Sequence[str], rows: Iterable[Sequence[CellValue]]
) -> Response:
    """The table as a file to save; `ending` is `csv` or `xlsx`."""
    if ending == "xlsx":
        return request.answer.download(f"{name}.xlsx", excel_file(request.format.text(title), head, rows), EXCEL)
    return request.answer.download(f"{name}.csv", csv_file(head, rows), "text/csv; charset=utf-8")


def _width(head: str, cells: Sequence[CellValue]) -> int:
    """A width in which most cells stand on one line."""
    longest = max((text_width(str(cell)) for cell in (head, *cells)), default=8)
    return min(max(longest + 2, 8), 48)


def _kind(cells: Sequence[CellValue]) -> ColumnKind:
    numbers = [cell for cell in cells if not isinstance(cell, str)]
    return "number" if numbers and all(not isinstance(cell, str) or not cell for cell in cells) else "text"


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
