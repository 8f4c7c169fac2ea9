"""Several cases come in from one sheet: people by name, options by title, every fault at its cell, nothing half done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from httpx2 import Client, Response

from audit.reader import DatabaseReader
from audit.replay import replay
from documents.sheets.reading import read
from states.records.case import Case
from states.streams import ROSTER
from states.vocabulary import Opaque, Words
from states.year.roster import RenameUnit
from storage import queries
from storage.ledger.chain import decode
from storage.master_key import MasterKey
from storage.people import Person
from storage.vault.vault import use_key
from tests.college import OFFICE
from tests.storage.raw import everything
from workflow.engine import Accepted
from workflow.people import store_people

from .test_deputies import lent
from .walk import text
from .web import Console, hidden

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "/cases/sheet"
HEADS = ("序号", "案件序号", "姓名", "工号", "部门", "违纪时间", "人员身份", "处理结果", "处分日期", "处分文号", "备注")
PEOPLE = (
    Person(id=Opaque("p-aaaa"), name="样例·0001", staff_number="1", unit="u-1"),
    Person(id=Opaque("p-bbbb"), name="样例·0002", staff_number="2", unit="u-1"),
    Person(id=Opaque("p-cccc"), name="样例·0003", staff_number="3", unit="u-2"),
    Person(id=Opaque("p-dddd"), name="样例·0003", staff_number="4", unit="u-2"),
)
ROWS = (
    (1, "甲", "样例·0001", "", "样例学院1", "2026-05-10", "党员干部", "党内警告", "2026-10-20", "纪字〔2026〕3号", "略"),
    (2, "甲", "样例·0002", "", "", "", "党员干部", "党内严重警告", "2026-10-20", "纪字〔2026〕3号", ""),
    (3, "", "", 4, "样例学院2", "", "党员干部", "党内警告", "2026年9月1日", "纪字〔2026〕5号", ""),
)  # fmt: skip


@pytest.fixture
def informed(college: Console, tmp_path: Path) -> Console:
    """The college with a directory of four people, two of one name."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    store_people(college.engine, PEOPLE, OFFICE)
    return college


def workbook(*rows: Sequence[object], heads: Sequence[str] = HEADS) -> bytes:
    book, made = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "处分"
    for row in (("2026 年党纪政务处分情况表",), heads, *rows):
        sheet.append(list(row))
    book.save(made)
    return made.getvalue()


def upload(client: Client, data: bytes) -> Response:
    form = hidden(client.get(SHEET).text, SHEET)
    return client.post(SHEET, data=form, files={"file": ("处分.xlsx", data, EXCEL)}, follow_redirects=True)


def record(client: Client, page: str, **more: str) -> Response:
    form = hidden(page, f"{SHEET}/plan")
    return client.post(f"{SHEET}/plan", data={**form, "_do": "carry_out", **more}, follow_redirects=True)


def cases(college: Console) -> list[Case]:
    states = [college.engine.state(row.stream) for row in queries.all_cases(college.database)]
    return [state for state in states if isinstance(state, Case)]


def test_the_rows_of_a_sheet_become_cases_with_the_ids_of_people_and_no_name_in_the_ledger(informed: Console) -> None:
    client = informed.sign_in("discipline")
    preview = upload(client, workbook(*ROWS))
    assert "将登记 2 件案件" in preview.text, text(preview.text)[:900]
    assert "样例·0002" in preview.text
    assert cases(informed) == []
    done = record(client, preview.text)
    assert "已登记案件 2 件" in done.text, text(done.text)[:900]
    first, second = sorted((one.body for one in cases(informed) if one.body), key=lambda body: body.unit)
    assert (first.unit, str(first.acted_on), [one.person for one in first.sanctions]) == ("u-1", "2026-05-10", ["p-aaaa", "p-bbbb"])  # fmt: skip
    assert [one.fields for one in first.sanctions] == [
        {"standing": "party_cadre", "outcome": "party_warning"}, {"standing": "party_cadre", "outcome": "party_serious_warning"},
    ]  # fmt: skip
    assert (second.unit, second.sanctions[0].person, str(second.sanctions[0].effective_on)) == ("u-2", "p-dddd", "2026-09-01")  # fmt: skip
    assert "样例·0001".encode() not in everything(informed.database)
    assert replay(DatabaseReader(informed.database)).defects == ()


def test_the_same_file_again_records_nothing_and_one_more_row_records_that_one(informed: Console) -> None:
    client = informed.sign_in("discipline")
    record(client, upload(client, workbook(*ROWS)).text)
    again = upload(client, workbook(*ROWS))
    assert "2 件都已登记过" in again.text
    more = (
        *ROWS,
        (4, "", "样例·0002", 2, "样例学院1", "", "党员干部", "党内警告", "2026-10-21", "纪字〔2026〕9号", ""),
    )
    preview = upload(client, workbook(*more))
    assert "将登记 1 件案件" in preview.text
    assert "另有 2 件已登记过" in preview.text
    page = preview.text
    record(client, page)
    assert record(client, page).status_code == 200
    assert len(cases(informed)) == 3


FAULTS: list[tuple[tuple[int, int, object], str]] = [
    ((0, 2, "样例·九九"), "第 3 行 C 列：人员名册中没有“样例·九九”。请核对姓名"),
    ((0, 2, "wangwu"), "第 3 行 C 列：人员名册中没有“wangwu”。请核对姓名"),
    ((2, 3, ""), "第 5 行 C 列：未填写姓名"),
    ((2, 3, 77), "第 5 行 D 列：人员名册中没有工号 77"),
    ((0, 3, 2), "第 3 行 D 列：工号 2 不是样例·0001的"),
    ((0, 4, "样例学院l"), "第 3 行 E 列：“样例学院l”：名册中没有这个部门；是否为“样例学院"),
    ((1, 4, "样例学院2"), "第 4 行 E 列：与第 3 行不同，而案件序号相同"),
    ((0, 5, "5月10日"), "第 3 行 F 列：“5月10日”：日期应形如 2026-11-20"),
    ((0, 5, "2026-12-31"), "第 3 行 F 列"),
    ((0, 6, "皇帝"), "第 3 行 G 列：“皇帝”：不在所列选项之中，可填：党员干部"),
    ((2, 7, ""), "第 5 行 H 列：没有"),
    ((0, 8, ""), "第 3 行 I 列：缺少生效日期"),
    ((1, 8, "2026-05-01"), "第 4 行 I 列"),
    ((1, 9, ""), "第 4 行 J 列：缺少文号"),
    ((2, 4, "#N/A"), "第 5 行 E 列：单元格为 #N/A"),
    ((2, 7, "#N/A"), "第 5 行 H 列：单元格为 #N/A"),
]


@pytest.mark.one_database
@pytest.mark.parametrize(("change", "said"), FAULTS)
def test_a_fault_is_named_with_its_cell_and_no_case_is_recorded(
    informed: Console, change: tuple[int, int, object], said: str
) -> None:
    rows = [list(row) for row in ROWS]
    rows[change[0]][change[1]] = change[2]
    client = informed.sign_in("discipline")
    page = upload(client, workbook(*rows))
    assert f"工作表“处分”{said}" in text(page.text), text(page.text)[:1200]
    assert "有 1 处要改" in text(page.text), text(page.text)[:1200]
    assert 'value="carry_out"' not in page.text
    record(client, page.text)
    assert cases(informed) == []


def test_all_faults_are_there_at_once_and_the_marked_copy_can_be_corrected_and_uploaded(informed: Console) -> None:
    rows = [list(row) for row in ROWS]
    rows[0][2], rows[1][9], rows[2][6] = "样例·0003", "", "皇帝"
    client = informed.sign_in("discipline")
    page = text(upload(client, workbook(*rows)).text)
    assert "有 3 处要改" in page, page[:900]
    copy = read(client.get(f"{SHEET}/faults").content)
    assert any("不在所列选项之中" in row.text(column) for row in copy[0].rows for column in row.cells)
    book = openpyxl.load_workbook(BytesIO(client.get(f"{SHEET}/faults").content))
    sheet = book.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[3]}
    sheet.cell(4, heads["姓名"]).value = "样例·0001"
    sheet.cell(5, heads["文号"]).value = "纪字〔2026〕3号"
    sheet.cell(6, heads["人员身份"]).value = "党员干部"
    made = BytesIO()
    book.save(made)
    assert "将登记 2 件案件" in upload(client, made.getvalue()).text


def test_two_people_of_one_name_in_a_department_need_the_staff_number(informed: Console) -> None:
    row = (1, "", "样例·0003", "", "样例学院2", "", "党员干部", "党内警告", "2026-09-01", "纪字〔2026〕5号", "")
    page = upload(informed.sign_in("discipline"), workbook(row))
    sentence = "第 3 行 C 列：有 2 人同名“样例·0003”，请写明是哪一位：样例·0003（p-cccc）、样例·0003（p-dddd）；也可在“工号”列填工号"
    assert sentence in text(page.text), text(page.text)[:900]


@pytest.mark.one_database
@pytest.mark.parametrize("cells", [("样 例·0001", ""), ("p-aaaa", ""), ("", 1), ("样例·0001", 1), ("p-aaaa", 1)])
def test_a_person_is_found_by_name_id_or_staff_number(informed: Console, cells: tuple[str, object]) -> None:
    row = (1, "", *cells, "样例学院1", "", "党员干部", "党内警告", "2026-09-01", "纪字〔2026〕5号", "")
    client = informed.sign_in("discipline")
    record(client, upload(client, workbook(row)).text)
    (case,) = cases(informed)
    assert case.body is not None
    assert [one.person for one in case.body.sanctions] == ["p-aaaa"]


@pytest.fixture
def renamed(informed: Console) -> Console:
    """The first department has another name since autumn; the second has that former name."""
    for unit, title, day in (("u-1", "样例新学院", "2026-09-01"), ("u-2", "样例学院1", "2026-10-01")):
        command = RenameUnit(
            unit=Opaque(unit), title=Words(title), since=date.fromisoformat(day), reason=Words("机构调整")
        )
        assert isinstance(informed.engine.submit(ROSTER, command, OFFICE, f"rename-{unit}"), Accepted)
    return informed


@pytest.mark.parametrize(
    ("name", "unit"), [("样例新学院", "u-1"), ("样例学院2", "u-2"), ("样例新学院（u-1）", "u-1"), ("样例学院1(u-2)", "u-2")]
)  # fmt: skip
def test_a_department_is_found_by_each_name_that_it_had(renamed: Console, name: str, unit: str) -> None:
    row = (1, "", "样例·0001", "", name, "", "党员干部", "党内警告", "2026-09-01", "纪字〔2026〕5号", "")
    client = renamed.sign_in("discipline")
    record(client, upload(client, workbook(row)).text)
    assert [case.body.unit for case in cases(renamed) if case.body] == [unit]


def test_a_name_that_two_departments_had_is_unclear_and_both_are_named(renamed: Console) -> None:
    row = (1, "", "样例·0001", "", "样例学院1", "", "党员干部", "党内警告", "2026-09-01", "纪字〔2026〕5号", "")
    page = text(upload(renamed.sign_in("discipline"), workbook(row)).text)
    sentence = (
        "第 3 行 E 列：“样例学院1”：有 2 个部门现用或用过这个名称，请写明是哪一个：样例新学院（u-1）、样例学院1（u-2）"
    )
    assert sentence in page, page[:900]


@pytest.mark.one_database
def test_a_head_that_somebody_chose_once_is_known_the_next_time(informed: Console) -> None:
    client = informed.sign_in("discipline")
    heads = tuple("何人" if head == "姓名" else head for head in HEADS)
    page = upload(client, workbook(*ROWS, heads=heads)).text
    assert "找不到“姓名”列" in page
    page = record(client, page, **{"column:何人": "person", "_do": "look"}).text
    assert "将登记 2 件案件" in page
    record(client, page)
    assert "2 件都已登记过" in upload(client, workbook(*ROWS, heads=heads)).text


def test_somebody_of_the_department_records_no_case_of_it_and_the_others_read_no_sheet(informed: Console) -> None:
    informed.people({"discipline-u1": ("discipline", "u-1")})
    client = informed.sign_in("discipline-u1")
    page = upload(client, workbook(*ROWS))
    assert re.search(r"第 3 行.*回避", text(page.text)), text(page.text)[:900]
    record(client, page.text)
    assert cases(informed) == []
    assert informed.sign_in("unit-1").get(SHEET).status_code == 403


def test_a_deputy_of_two_people_records_cases_for_the_one_whose_department_they_are_not_about(
    informed: Console,
) -> None:
    informed.people({"a-ours": ("discipline", "u-1"), "b-other": ("discipline", "u-3"), "deputy": ("assessor", None)})
    lent(informed, "a-ours", "deputy", "discipline")
    client = lent(informed, "b-other", "deputy", "discipline")
    preview = upload(client, workbook(*ROWS))
    assert "将登记 2 件案件" in preview.text, text(preview.text)[:900]
    record(client, preview.text)
    ledger = informed.engine.ledger
    entries = [decode(row[4]) for row in ledger.rows(ledger.head().number - 2)]
    # u-1 is the department of the one principal; u-2 is that of none, so the first principal is named.
    assert {(entry.actor, entry.principal) for entry in entries} == {("deputy", "b-other"), ("deputy", "a-ours")}
    assert informed.replayed() == []


@pytest.mark.one_database
def test_the_template_has_a_column_for_each_field_of_the_rulebook_and_is_read(informed: Console) -> None:
    client = informed.sign_in("discipline")
    book = openpyxl.load_workbook(BytesIO(client.get(f"{SHEET}/template").content))
    sheet = book["案件"]
    heads = {str(cell.value): cell.column for cell in sheet[3]}
    for head, value in {
        "姓名": "样例·0001", "发生时所在部门": "样例学院1", "人员身份": "党员干部", "处理结果": "党内警告", "生效日期": "2026-10-20",
        "文号": "纪字〔2026〕3号",
    }.items():  # fmt: skip
        sheet.cell(4, heads[head]).value = value
    made = BytesIO()
    book.save(made)
    assert "将登记 1 件案件" in upload(client, made.getvalue()).text
