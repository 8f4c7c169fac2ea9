"""A score sheet as an Excel file: filled in offline, read back into the draft, and every mistake named with its cell."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path

import msgspec
import openpyxl
import pytest
from httpx2 import Client, Response
from openpyxl.worksheet.worksheet import Worksheet

from config.cells import Workbook
from console.score_files.origin import origin_in
from documents.sheets.reading import read
from documents.sheets.writing import ExcelColumn, ExcelTable, write

from .walk import ELEMENTS, HOME, send, text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # the draft is the same table as that of any form

OWN, SHEET = f"{HOME}/submit_self_report", f"{HOME}/fill_sheet"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEYS = list(ELEMENTS)
FIRST = KEYS[0]


def download(client: Client, path: str = OWN) -> bytes:
    answer = client.get(f"{path}/file/download")
    assert answer.status_code == 200, text(answer.text)[:300]
    return answer.content


def upload(client: Client, data: bytes, path: str = OWN, name: str = "自评表.xlsx") -> Response:
    form = hidden(client.get(f"{path}/file").text, f"{path}/file")
    return client.post(f"{path}/file", data=form, files={"file": (name, data, EXCEL)}, follow_redirects=True)


def fill(client: Client, page: str, path: str = OWN) -> Response:
    form = hidden(page, f"{path}/file")
    return client.post(f"{path}/file", data={**form, "_do": "fill"}, follow_redirects=True)


@contextmanager
def edited(data: bytes) -> Iterator[tuple[Worksheet, BytesIO]]:
    """The first sheet of a file, to change; the changed file is in the buffer afterwards."""
    book, made = openpyxl.load_workbook(BytesIO(data)), BytesIO()
    yield book.worksheets[0], made
    book.save(made)


def heads(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[3] if cell.value}  # type: ignore[misc]


def points_of(sheet: Worksheet) -> int:
    """The column of points: the first one that people fill in."""
    return next(cell.column for cell in sheet[4] if not cell.protection.locked)  # type: ignore[return-value]


def row_of(sheet: Worksheet, key: str) -> int:
    return next(row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value == key)


def with_points(data: bytes, change: Callable[[Worksheet, int], None] | None = None) -> bytes:
    """The file with full points everywhere; `change` gets the sheet and the column of points afterwards."""
    with edited(data) as (sheet, made):
        column = points_of(sheet)
        for key, element in ELEMENTS.items():
            sheet.cell(row_of(sheet, key), column).value = float(element.points or 0)
        if change is not None:
            change(sheet, column)
    return made.getvalue()


def drafted(client: Client, path: str = OWN) -> dict[str, str]:
    """What the form has in its fields."""
    page = client.get(path).text
    return dict(re.findall(r'<input id="((?:self_scores|marks)\.[^"]+)"[^>]*?value="([^"]*)"', page))


def test_a_sheet_filled_in_offline_is_looked_at_and_fills_the_draft_and_nothing_is_submitted(college: Console) -> None:
    client = college.sign_in("unit-1")
    page = upload(client, with_points(download(client)))
    assert f"改动 {len(ELEMENTS)} 项" in page.text
    assert "填入后合计 100 分；未填 0 项" in page.text
    fill(client, page.text)
    assert drafted(client) == {f"self_scores.{key}": str(one.points) for key, one in ELEMENTS.items()}
    assert college.assessment().step("self_report") is None


def test_an_assessors_sheet_has_the_own_points_beside_it_and_brings_the_reasons_back(college: Console) -> None:
    walk(college, until="fill_sheet")
    client = college.sign_in("assessor")
    data = download(client, SHEET)
    with edited(data) as (sheet, made):
        found, row = heads(sheet), row_of(sheet, FIRST)
        assert sheet.cell(row, next(n for head, n in found.items() if "自评" in head)).value == ELEMENTS[FIRST].points
        sheet.cell(row, points_of(sheet)).value = 5
        sheet.cell(row, found["扣分理由"]).value = "少一次专题研究"
    page = upload(client, made.getvalue(), SHEET)
    assert "改动 1 项" in page.text, text(page.text)[:800]
    assert "少一次专题研究</textarea>" in fill(client, page.text, SHEET).text
    assert drafted(client, SHEET)[f"marks.{FIRST}"] == "5"


def test_the_cells_to_fill_in_are_unlocked_the_others_locked_and_the_key_is_hidden(college: Console) -> None:
    book = openpyxl.load_workbook(BytesIO(download(college.sign_in("unit-1"))))
    sheet = book.worksheets[0]
    points = points_of(sheet)
    row = row_of(sheet, FIRST)
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert not sheet.cell(row, points).protection.locked
    assert sheet.cell(row, points - 1).protection.locked
    assert sheet.column_dimensions["A"].hidden
    assert book["_kaohe"].sheet_state == "veryHidden"
    rule = next(
        one for one in sheet.data_validations.dataValidation if points in [area.min_col for area in one.sqref.ranges]
    )
    assert "ISNUMBER" in rule.formula1
    assert "ROUND" in rule.formula1
    formulas = [str(sheet.cell(row, points).value) for row in range(row, sheet.max_row + 1)]
    assert [formula.count("SUM(") for formula in formulas if formula.startswith("=")] == [1]


Edit = Callable[[Worksheet, int], None]


def put(value: object, number_format: str = "") -> Edit:
    def change(sheet: Worksheet, column: int) -> None:
        cell = sheet.cell(row_of(sheet, FIRST), column)
        cell.value = value  # type: ignore[assignment]
        if number_format:
            cell.number_format = number_format

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("4,5"), "逗号可能是小数点"),
        (put("1e1"), "应为数字"),
        (put(0.9, "0%"), "是百分数，请填分数"),
        (put(date(2026, 4, 5)), "被表格软件改成了日期（2026-04-05）"),
        (put(True), "“TRUE”不是数字"),
        (put("#N/A"), "不是数字"),
        (put("=1+1"), "公式没有结果"),
        (put(99), "应在 0 至"),
        (put(4.3), "以 0.5 为单位"),
        (put(-1), "应在 0 至"),
        (put("4.5分"), "只填数字，不写单位"),
        (put("很好"), "只填数字，不写单位"),
        (lambda sheet, column: sheet.merge_cells(start_row=4, start_column=column, end_row=5, end_column=column), "已合并"),
        (lambda sheet, column: sheet.insert_rows(5) or put_row(sheet, 5, "a1-9.9.9", column), "认不出是哪个考核要素"),
        (lambda sheet, column: put_row(sheet, 5, FIRST, column), "是同一个考核要素"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_cell_and_nothing_is_filled_in(college: Console, change: Edit, said: str) -> None:
    client = college.sign_in("unit-1")
    page = upload(client, with_points(download(client), change))
    assert said in page.text, text(page.text)[:600]
    assert re.search(r"工作表“[^”]+”第 \d+ 行", page.text)
    assert set(drafted(client).values()) == {""}
    copy: Workbook = read(client.get(f"{OWN}/file/faults").content)
    assert any("错误说明" in row.text(column) for row in copy[0].rows for column in row.cells)


def put_row(sheet: Worksheet, row: int, key: str, column: int) -> None:
    sheet.cell(row, 1).value = key
    sheet.cell(row, column).value = 1


@pytest.mark.parametrize(
    ("value", "taken", "said"),
    [("４．５", "4.5", "是文字格式，按 4.5 读取"), (" 4.5 ", "4.5", "是文字格式"), (4.4999999999999998, "4.5", ""), (4.0, "4", "")],
)  # fmt: skip
def test_what_a_program_makes_of_a_number_is_read_as_it_was_meant(
    college: Console, value: object, taken: str, said: str
) -> None:
    client = college.sign_in("unit-1")
    page = upload(client, with_points(download(client), put(value)))
    assert said in page.text
    fill(client, page.text)
    assert drafted(client)[f"self_scores.{FIRST}"] == taken


def test_rows_that_were_sorted_hidden_or_deleted_are_found_by_their_key_and_an_empty_one_is_not_zero(
    college: Console,
) -> None:
    client = college.sign_in("unit-1")

    def shuffle(sheet: Worksheet, column: int) -> None:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(4, 3 + len(ELEMENTS))]
        for number, row in enumerate(reversed(rows), 4):
            for place, value in enumerate(row, 1):
                sheet.cell(number, place).value = value
        sheet.row_dimensions[5].hidden = True
        sheet.cell(row_of(sheet, KEYS[1]), column).value = None

    page = upload(client, with_points(download(client), shuffle))
    fill(client, page.text)
    found = drafted(client)
    assert found[f"self_scores.{FIRST}"] == str(ELEMENTS[FIRST].points)
    assert found[f"self_scores.{KEYS[1]}"] == ""


def test_a_file_of_another_year_department_or_form_is_told_apart(college: Console) -> None:
    other = download(college.sign_in("unit-2"), "/assessments/2026/u-2/submit_self_report")
    page = upload(college.sign_in("unit-1"), with_points(other))
    assert page.status_code == 409
    assert "这份文件不是本表：它是 “样例学院2” 的" in text(page.text), text(page.text)[:400]


def test_a_copy_in_a_new_workbook_is_recognised_by_its_elements(college: Console) -> None:
    client = college.sign_in("unit-1")
    old = openpyxl.load_workbook(BytesIO(with_points(download(client)))).worksheets[0]
    book, made = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in old.iter_rows(3, 3 + len(ELEMENTS), values_only=True):
        sheet.append(list(row[1:]))  # without the hidden key
    book.save(made)
    page = upload(client, made.getvalue())
    assert "按考核要素认行" in page.text, text(page.text)[:800]
    fill(client, page.text)
    assert drafted(client)[f"self_scores.{FIRST}"] == str(ELEMENTS[FIRST].points)


def test_a_file_that_is_older_than_the_assessment_says_so_and_overwrites_nothing_by_itself(college: Console) -> None:
    data = with_points(download(college.sign_in("unit-1")))
    walk(college, until="record_meeting")
    assert send(college.sign_in("office"), "return_self_report", {"reason": "附件不全"}).status_code == 303
    page = upload(college.sign_in("unit-1"), data)
    assert "此后有更新，请逐项核对" in page.text, text(page.text)[:500]


def test_a_file_made_in_one_language_is_read_in_the_other(college: Console) -> None:
    data = with_points(download(college.sign_in("unit-1")))
    client = college.sign_in("unit-1", "en")
    page = upload(client, data)
    assert f"{len(ELEMENTS)} entries change" in page.text, text(page.text)[:400]


def test_a_long_element_has_as_many_lines_as_it_needs(college: Console) -> None:
    sheet = openpyxl.load_workbook(BytesIO(download(college.sign_in("unit-1")))).worksheets[0]
    heights = {row: sheet.row_dimensions[row].height for row in range(4, 4 + len(ELEMENTS))}
    assert set(heights.values()) == {
        33,
        48,
    }  # two lines for the short ones, because of the section; three for the longest


def test_the_same_form_gives_the_same_bytes(college: Console) -> None:
    client = college.sign_in("unit-1")
    assert download(client) == download(client)


def collect(client: Client, files: list[tuple[str, bytes]]) -> Response:
    form = hidden(client.get("/sheets").text, "/sheets")
    return client.post("/sheets", data=form, files=[("files", (name, data, EXCEL)) for name, data in files])


def test_the_office_collects_sheets_of_departments_and_each_fault_of_each_file_is_named(college: Console) -> None:
    own = with_points(download(college.sign_in("unit-1")))
    other_path = "/assessments/2026/u-2/submit_self_report"
    other = with_points(download(college.sign_in("unit-2"), other_path), put(99))
    page = text(
        collect(college.sign_in("office"), [("一.xlsx", own), ("二.xlsx", other), ("三.xlsx", b"PK\x03\x04")]).text
    )
    assert "1 份已放入部门草稿；2 份有错，未放入" in page
    assert "99 应在 0 至" in page
    assert "三.xlsx" in page
    assert drafted(college.sign_in("unit-1"))[f"self_scores.{FIRST}"] == str(ELEMENTS[FIRST].points)
    assert set(drafted(college.sign_in("unit-2"), other_path).values()) == {""}
    assert college.assessment().step("self_report") is None


@pytest.mark.parametrize("stream", ["roster", "assessment/2026/u-2", "assessment/2030/u-1", "../x"])
def test_a_file_that_names_another_stream_than_one_of_its_department_fills_nothing(
    college: Console, stream: str
) -> None:
    real = origin_in(read(download(college.sign_in("unit-1"))))
    assert real is not None
    sheet = ExcelTable(name="表", title="表", columns=(ExcelColumn(title="表"),))
    forged = write([sheet], msgspec.structs.replace(real, stream=stream).fields())
    page = text(collect(college.sign_in("office"), [("一.xlsx", forged)]).text)
    assert "0 份已放入部门草稿；1 份有错，未放入" in page
    assert "该部门没有这次考核" in page


def test_a_draft_that_the_department_began_itself_is_not_replaced(college: Console) -> None:
    client = college.sign_in("unit-1")
    data = with_points(download(client))
    form = hidden(client.get(OWN).text)
    client.post(OWN, data={**form, f"self_scores.{FIRST}": "1", "_do": "draft"})
    assert "部门自己已填了草稿，未覆盖" in collect(college.sign_in("office"), [("一.xlsx", data)]).text
    assert drafted(client)[f"self_scores.{FIRST}"] == "1"


@pytest.fixture
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice is not installed")
    return found


def test_a_file_that_libreoffice_opened_and_saved_comes_back(college: Console, soffice: str, tmp_path: Path) -> None:
    client = college.sign_in("unit-1")
    file = tmp_path / "sheet.xlsx"
    file.write_bytes(with_points(download(client), put("=2.5+2")))
    out = tmp_path / "out"
    subprocess.run(
        [soffice, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(file)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    page = upload(client, (out / "sheet.xlsx").read_bytes())
    assert "是公式，取其结果 4.5" in page.text, text(page.text)[:800]
    fill(client, page.text)
    assert drafted(client)[f"self_scores.{FIRST}"] == "4.5"
