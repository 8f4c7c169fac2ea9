"""The tables of the console as workbooks: what the page has, numbers as numbers, text never as a formula."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest

from console.web.display.spreadsheets import excel_file
from documents.sheets.writing import ExcelColumn, ExcelTable, write

from .walk import walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(data: bytes) -> list[tuple[object, ...]]:
    """The head and the rows below it."""
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    return list(sheet.iter_rows(3, values_only=True))


@pytest.mark.parametrize(
    ("account", "path"),
    [("office", "/board/2026.xlsx"), ("committee", "/results/2026.xlsx"), ("office", "/deliveries.xlsx"), ("discipline", "/cases.xlsx"),
     ("audit_admin", "/audit.xlsx")],
)  # fmt: skip
def test_a_table_is_a_workbook_to_save_and_the_log_says_so(college: Console, account: str, path: str) -> None:
    walk(college, until="circulate")
    answer = college.sign_in(account).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == EXCEL
    assert all(cell is not None for cell in rows(answer.content)[0])
    assert "exported" in college.events(account)


def test_board_and_results_have_the_same_cells_as_their_csv(college: Console) -> None:
    walk(college, until="circulate")
    client = college.sign_in("committee")
    for path in ("/board/2026", "/results/2026"):
        text = client.get(f"{path}.csv").content.decode("utf-8-sig")
        plain = [[cell.lstrip("'") for cell in row] for row in csv.reader(StringIO(text, newline=""))]
        excel = [
            ["" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row]
            for row in rows(client.get(f"{path}.xlsx").content)
        ]
        assert excel == plain


def test_a_text_that_begins_like_a_formula_stays_a_text() -> None:
    data = excel_file("表", ["部门", "扣分"], [["=1+1", 2], ["@SUM(A1)", 3]])
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    assert [sheet.cell(4, 1).value, sheet.cell(4, 1).data_type] == ["=1+1", "s"]
    assert [row[1] for row in rows(data)[1:]] == [2, 3]


def test_any_titles_make_sheets_that_excel_opens() -> None:
    """A department's name may have a colon or a stroke, and two names may be alike in their first 31 characters."""
    titles = ["Evidence 2026: Arts/Music [old]", "'quoted'", "样" * 40, "样" * 41, "History", "_kaohe", "::", "a", "A"]
    tables = [ExcelTable(name=title, title=title, columns=(ExcelColumn(title="部门"),)) for title in titles]
    sheets = openpyxl.load_workbook(BytesIO(write(tables, {"key": "1"}))).worksheets
    names = [sheet.title for sheet in sheets[:-1]]
    assert names == [
        "Evidence 2026 ArtsMusic old", "quoted", "样" * 31, "样" * 27 + " 4", "History 5", "_kaohe 6", "7", "a", "A 9",
    ]  # fmt: skip
    assert [sheet["A1"].value for sheet in sheets[:-1]] == titles


@pytest.mark.parametrize(
    ("choices", "is_list"),
    [
        (("甲" * 254,), True), (("甲" * 127, "乙" * 127), True), (("甲" * 128, "乙" * 127), False), (("甲" * 256,), False),
        (("甲, 乙", "丙"), False), ((), False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("in_column", [True, False])
def test_a_cell_has_a_list_of_choices_only_if_excel_takes_the_list(
    choices: tuple[str, ...], is_list: bool, in_column: bool
) -> None:
    """Excel takes 255 characters, and divides a list at its commas."""
    column = ExcelColumn(title="类别", choices=choices if in_column else (), note="请选择", is_input=True)
    single = {} if in_column else {(0, 0): choices}
    table = ExcelTable(name="表", title="表", columns=(column,), rows=(("",),), choices=single)
    sheet = openpyxl.load_workbook(BytesIO(write([table]))).active
    assert sheet is not None
    lists = [one.formula1 for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert lists == ([f'"{",".join(choices)}"'] if is_list else [])


def test_a_text_that_no_cell_can_hold_does_not_keep_a_table_from_being_saved() -> None:
    made = rows(excel_file("表", ["名称"], [["a\x00b\ud800"], ["字" * 40_000], ["一\r\n二"]]))
    assert made[1:] == [("a\ufffdb\ufffd",), ("字" * 32_766 + "…",), ("一\n二",)]
