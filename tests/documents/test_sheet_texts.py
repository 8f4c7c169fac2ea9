"""Any text in a cell of a workbook that the program writes: another program reads it as it is, or it is refused."""

from __future__ import annotations

import re
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.sheets.writing import ExcelColumn, ExcelTable, UnfitCell, write

UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold."""
ANY_TEXT = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from("=+-@'\"|\t\n\r\v\x00\x7f_x0041&<>]{}\u202e\u2028\ufeff\ufffe\ud800😀𠮷"), max_size=40
)


def as_said(text: str) -> str:
    """A text with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def workbook(text: str) -> bytes:
    columns = (ExcelColumn(title="部门"), ExcelColumn(title="备注", is_input=True))
    return write([ExcelTable(name="表", title=text, subtitle=text, columns=columns, rows=((text, "a"), ("b", text)), notes=(text,))])  # fmt: skip


@given(ANY_TEXT)
def test_any_text_is_read_by_another_program_as_it_is_or_refused(text: str) -> None:
    try:
        data = workbook(text)
    except UnfitCell:
        assert UNFIT.search(text)
        return
    assert not UNFIT.search(text)
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    for row, column in ((1, 1), (2, 1), (4, 1), (5, 2), (6, 1)):
        cell = sheet.cell(row, column)
        assert (cell.value or "") == as_said(text)
        assert cell.data_type in ("s", "n"), "no formula"
        assert cell.value is None or cell.data_type == "s"


@pytest.mark.parametrize("value", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "http://example.invalid/", "1", "TRUE", "#N/A", "字" * 32_767])  # fmt: skip
def test_what_a_program_would_take_for_something_else_stays_text(value: str) -> None:
    cell = openpyxl.load_workbook(BytesIO(workbook(value))).worksheets[0].cell(4, 1)
    assert (cell.value, cell.data_type, cell.hyperlink) == (value, "s", None)


@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b", "字" * 32_768])
def test_what_no_cell_can_hold_is_refused_with_the_column_and_not_cut_off(value: str) -> None:
    with pytest.raises(UnfitCell) as refused:
        write([ExcelTable(name="表", title="题", columns=(ExcelColumn(title="备注"),), rows=((value,),))])
    assert "“备注”中有不能写入 Excel 单元格的内容（控制字符，或超过 32767 字）" in refused.value.render("zh")
