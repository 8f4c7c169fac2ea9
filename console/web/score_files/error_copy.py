"""The uploaded score sheet again, with all its rows, the wrong cells in red, and a last column that says what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from config.cells import CellFault, CellSheet, Workbook
from documents.sheets.writing import HIDDEN_SHEET, ExcelColumn, ExcelTable, write
from states.vocabulary import Text

from .origin import Origin
from .writing import KEY_HEAD, Layout

FAULTS_HEAD = Text(zh="错误说明", en="What is wrong")
_TITLE = Text(zh="请改正红色单元格后重新上传", en="Correct the red cells and upload this file again")
_WIDTH, _WIDE, _LONG = 14, 48, 12


def write_error_copy(workbook: Workbook, faults: Sequence[CellFault], origin: Origin, layout: Layout) -> bytes:
    """The workbook. Its cells have the text that was typed, so that nothing is lost."""
    sheets = [sheet for sheet in workbook if sheet.name != HIDDEN_SHEET]
    tables = [_copy(sheet, [one for one in faults if one.sheet == sheet.name], layout) for sheet in sheets]
    return write(tables, origin.fields())


def _copy(sheet: CellSheet, faults: Sequence[CellFault], layout: Layout) -> ExcelTable:
    titles = {layout.points.zh, layout.points.en}
    head = next((row for row in sheet.rows if titles & {row.text(column) for column in row.cells}), None)
    if head is None:
        return ExcelTable(name=sheet.name, title=layout.say(_TITLE), columns=(ExcelColumn(title=layout.say(FAULTS_HEAD), width=_WIDE),),
                     rows=tuple((one.text.render(layout.language),) for one in faults))  # fmt: skip
    heads = {
        column: head.text(column)
        for column in sorted(head.cells)
        if head.text(column) not in (FAULTS_HEAD.zh, FAULTS_HEAD.en)
    }
    rows, marks = [], {}
    for index, row in enumerate(row for row in sheet.rows if row.number > head.number):
        own = [one for one in faults if one.row == row.number]
        rows.append(
            (*(row.text(column) for column in heads), "；".join(one.why.render(layout.language) for one in own))
        )
        for one in own:
            if one.column in heads:
                marks[index, list(heads).index(one.column)] = one.why.render(layout.language)
    widest = {
        column: max((len(row.text(column)) for row in sheet.rows if row.number > head.number), default=0)
        for column in heads
    }
    columns = (
        *(ExcelColumn(title=title, width=_WIDE if widest[column] > _LONG else _WIDTH, is_key=title == KEY_HEAD) for column, title in heads.items()),
        ExcelColumn(title=layout.say(FAULTS_HEAD), width=_WIDE),
    )  # fmt: skip
    return ExcelTable(
        name=sheet.name, title=layout.say(_TITLE), columns=columns, rows=tuple(rows), faults=marks, is_open=True
    )
