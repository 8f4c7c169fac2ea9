"""An uploaded sheet again, to correct and upload: every row as it was typed, and what is wrong with it.

The wrong cells are red and have a comment, and a last column 错误说明 has everything that is wrong with a row. All rows
are there, also the right ones: somebody corrects this file and not the old one beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.cells import CellFault, CellRow
from states.vocabulary import Text

from .writing import ExcelColumn, ExcelTable, text_width

_FAULTS = Text(zh="错误说明", en="What is wrong")
_TITLE = Text(zh="请改正红色单元格后重新上传", en="Correct the red cells and upload this file again")
_NARROW, _WIDE, _MAX_NARROW = 16, 48, 24


def error_copy(
    sheet: str,
    heads: Mapping[int, str],
    rows: Sequence[CellRow],
    faults: Sequence[CellFault],
    language: str,
    key_head: str | None = None,
) -> ExcelTable:
    """The table of one sheet. `heads`: those of the columns to copy, by column; `key_head`: that of the hidden column.

    What is wrong with no row, such as a missing column, stands below the title. The column 错误说明 of an error copy that comes back is not copied.
    """
    heads = {column: head for column, head in sorted(heads.items()) if head not in (_FAULTS.zh, _FAULTS.en)}
    separator = "；" if language == "zh" else "; "
    copied: list[tuple[str, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    for index, row in enumerate(rows):
        own = [fault for fault in faults if fault.sheet == sheet and fault.row == row.number]
        sentences = {fault: fault.why.render(language) for fault in own}
        copied.append((*(row.text(column) for column in heads), separator.join(sentences.values())))
        marks |= {
            (index, list(heads).index(fault.column)): why
            for fault, why in sentences.items()
            if fault.column is not None and fault.column in heads
        }
    numbers = {row.number for row in rows}
    others = [one.why.render(language) for one in faults if one.sheet == sheet and one.row not in numbers]
    columns = [_column(head, [row.text(column) for row in rows], key_head) for column, head in heads.items()]
    return ExcelTable(
        name=sheet,
        title=_TITLE.render(language),
        subtitle=separator.join(others),
        columns=(*columns, ExcelColumn(title=_FAULTS.render(language), width=_WIDE)),
        rows=tuple(copied),
        faults=marks,
        is_open=True,
    )


def _column(head: str, texts: Sequence[str], key_head: str | None) -> ExcelColumn:
    widest = max(map(text_width, texts), default=0)
    return ExcelColumn(title=head, width=_WIDE if widest > _MAX_NARROW else _NARROW, is_key=head == key_head)
