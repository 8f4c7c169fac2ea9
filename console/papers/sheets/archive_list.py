"""归档目录: what a year has for the archive, one row for each piece (件), with the columns of DA/T 22-2015.

The archive gives the number of the fonds (全宗号) and the code of the office; both are left to be written in. Not here:
the sheet has no row for what the vault has, which is not archived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable
from workflow.papers.archive import ArchivePiece, archive_code, numbered, pieces_of
from workflow.papers.sources import YearSource

from .parts import Columns, Row, of_year
from .source import PaperSheets, SheetReader

_COLUMNS: Columns = {
    "number": ExcelColumn(title="序号", width=5, kind="number"),
    "code": ExcelColumn(title="档号", width=26, is_input=True),
    "document": ExcelColumn(title="文号", width=9, is_input=True),
    "author": ExcelColumn(title="责任者", width=13, is_input=True),
    "title": ExcelColumn(title="题名", width=33),
    "day": ExcelColumn(title="日期", width=10, is_input=True),
    "secrecy": ExcelColumn(title="密级", width=5, is_input=True),
    "pages": ExcelColumn(title="页数", width=5, kind="number", is_input=True),
    "retention": ExcelColumn(title="保管期限", width=9),
    "remark": ExcelColumn(title="备注", width=7, is_input=True),
}
_NOTE = "注：档号中的全宗号（□□□□）和机构代码（□□）由档案部门给定；页数、密级由归档人填写。"


def archive_list(one: YearSource, _reader: SheetReader) -> PaperSheets:
    return PaperSheets((archive_table(one, numbered(pieces_of(one))),))


def archive_table(
    one: YearSource, pieces: Iterable[tuple[int, ArchivePiece]], fonds: str = "", office: str = ""
) -> ExcelTable:
    """The catalogue of these pieces, each with its number (件号). `fonds`, `office`: the numbers that the archive gave (全宗号、机构代码)."""
    rows = archive_rows(pieces, one.year.year, fonds, office)
    return of_year("archive-list", one, _COLUMNS, rows, notes=() if fonds and office else (_NOTE,))


def archive_rows(
    pieces: Iterable[tuple[int, ArchivePiece]], year: int, fonds: str = "", office: str = ""
) -> Iterator[Row]:
    """The rows of these pieces, each with its number in its period of retention (件号)."""
    for place, (number, one) in enumerate(pieces, 1):
        row: dict[str, CellValue] = {
            "number": place,
            "code": archive_code(number, one, year, fonds, office),
            "document": one.document_number,
            "author": one.author,
            "title": one.title,
            "day": one.day.strftime("%Y%m%d") if one.day is not None else "",
            "retention": one.retention,
            "remark": one.remark,
        }
        yield row
