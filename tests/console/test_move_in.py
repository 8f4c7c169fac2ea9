"""An office uploads its sheets, looks at what would change, and moves in: real files, every fault with its cell."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from time import perf_counter

import openpyxl
import pytest
from httpx2 import Client, Response

from audit.reader import DatabaseReader
from audit.replay import replay
from config.cells import Workbook
from documents.sheets.reading import read
from storage import people
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.storage.raw import everything

from .web import Console, hidden

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOVE_IN = "/people/move-in"
HEADS = ("序号", "姓名", "职工号", "所在部门", "行政职务", "班子", "政治面貌", "手机号码", "系统角色", "备注")


@pytest.fixture
def locked(college: Console, tmp_path: Path) -> Console:
    """The college with the vault's key."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    return college


def workbook(*rows: tuple[object, ...], title: str = "2026 年教职工名册") -> bytes:
    """A sheet as the personnel office has it: a title, the heads, the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "教职工"
    sheet.append([title])
    for row in rows:
        sheet.append(list(row))
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def person(number: int, unit: str, post: str, team: str = "", roles: str = "", phone: str = "") -> tuple[object, ...]:
    return (number, f"样例·{number:04}", number, unit, post, team, "中共党员", phone, roles, "人事处核")


SMALL = (
    HEADS, person(1, "样例机电学院", "院长", "正职", phone="139 0000 0001"),
    person(2, "样例机电学院", "副院长", "副职", "被考核部门"), person(3, "样例后勤处", "处长", "正职"),
)  # fmt: skip


def upload(client: Client, data: bytes, name: str = "名册.xlsx") -> Response:
    form = hidden(client.get(MOVE_IN).text, MOVE_IN)
    return client.post(MOVE_IN, data=form, files={"file": (name, data, EXCEL)}, follow_redirects=True)


def confirm(client: Client, page: str, **more: str) -> Response:
    form = hidden(page, f"{MOVE_IN}/plan")
    chosen = dict(re.findall(r'<select name="(kind:[^"]+)".*?<option value="([^"]+)" selected', page))
    return client.post(f"{MOVE_IN}/plan", data={**form, **chosen, "_do": "carry_out", **more}, follow_redirects=True)


def cells(data: bytes) -> list[list[str]]:
    """The rows of the first sheet, read by another library than wrote them."""
    sheet = openpyxl.load_workbook(BytesIO(data)).worksheets[0]
    return [[str(value or "") for value in row] for row in sheet.iter_rows(values_only=True)]


def test_a_sheet_of_the_personnel_office_becomes_departments_teams_and_people(locked: Console) -> None:
    office = locked.sign_in("office")
    preview = upload(office, workbook(*SMALL))
    assert "将新增部门 2 个" in preview.text
    assert "新增人员 3 名" in preview.text
    assert "2 个部门的类别是按名称判断的" in preview.text
    done = confirm(office, preview.text)
    assert "已搬入：部门 2 个、人员 3 名" in done.text
    unit = next(one for one in locked.engine.roster().current() if one.title == "样例机电学院")
    known = people.people(locked.database)
    assert [(known[one.person].name, one.position) for one in unit.heads] == [("样例·0001", "院长")]
    assert known[unit.heads[0].person].phone == "13900000001"
    assert [one.roles for one in known.values() if one.name == "样例·0002"] == [("unit",)]
    assert not replay(DatabaseReader(locked.database)).defects


def test_nothing_of_a_person_is_in_the_files_of_the_database_not_even_while_the_sheet_waits(locked: Console) -> None:
    office = locked.sign_in("office")
    preview = upload(office, workbook(*SMALL))
    assert "样例·0001".encode() not in everything(locked.database)
    confirm(office, preview.text)
    assert not [word for word in ("样例·0001", "13900000001") if word.encode() in everything(locked.database)]


def test_every_fault_has_its_cell_and_the_copy_has_every_row_and_comes_back_corrected(locked: Console) -> None:
    office = locked.sign_in("office")
    wrong = (HEADS, *SMALL[1:], person(4, "样例机电学员", "教师"), person(5, "样例后勤处", "", "正职", "厂长"))
    preview = upload(office, workbook(*wrong))
    assert "有 3 处要改，尚未写入任何内容" in preview.text
    assert "工作表“教职工”第 6 行 D 列：“样例机电学员”没有主要负责人" in preview.text
    assert "是否应为“样例机电学院”？" in preview.text
    assert "第 7 行 E 列：样例·0005列为班子成员，须填职务" in preview.text
    assert "没有角色“厂长”" in preview.text
    assert '_do" value="carry_out"' not in preview.text
    copy = office.get(f"{MOVE_IN}/faults").content
    rows = cells(copy)
    assert rows[2][-1] == "错误说明"
    assert len(rows) == 3 + 5
    assert "是否应为“样例机电学院”" in rows[6][-1]
    assert rows[3][-1] == ""
    book = openpyxl.load_workbook(BytesIO(copy))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[3]]
    sheet.cell(7, heads.index("部门") + 1).value = "样例机电学院"
    sheet.cell(8, heads.index("职务") + 1).value = "副处长"
    sheet.cell(8, heads.index("系统角色") + 1).value = None
    saved = BytesIO()
    book.save(saved)
    corrected = upload(office, saved.getvalue())
    assert "新增人员 5 名" in corrected.text
    assert "已搬入：部门 2 个、人员 5 名" in confirm(office, corrected.text).text


@pytest.mark.parametrize(
    ("language", "names", "said"),
    [("zh", ["部门", "人员", "示例"], "与现有名册、人员一致"), ("en", ["Departments", "People", "Example"], "Everything is known already")],
)  # fmt: skip
def test_the_template_comes_back_with_what_is_known_and_says_nothing_changes(
    locked: Console, language: str, names: list[str], said: str
) -> None:
    office = locked.sign_in("office")
    confirm(office, upload(office, workbook(*SMALL)).text)
    office = locked.sign_in("office", language)
    template = office.get(f"{MOVE_IN}/template").content
    book: Workbook = read(template)
    assert [sheet.name for sheet in book] == names
    again = upload(office, template)
    assert said in again.text, re.sub(r"<[^>]+>|\s+", " ", again.text)[:1500]


def test_a_head_that_is_not_known_is_asked_once_and_known_the_next_time(locked: Console) -> None:
    office = locked.sign_in("office")
    heads = tuple("本人称呼" if head == "姓名" else head for head in HEADS)
    preview = upload(office, workbook(heads, *SMALL[1:]))
    assert "找不到“姓名”列" in preview.text
    asked = office.post(
        f"{MOVE_IN}/plan",
        data={**hidden(preview.text, f"{MOVE_IN}/plan"), "column:本人称呼": "name", "_do": "look"},
    )
    assert "新增人员 3 名" in asked.text
    confirm(office, asked.text)
    assert "与现有名册、人员一致" in upload(office, workbook(heads, *SMALL[1:])).text


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("名册.xlsx", b"", "是空的"), ("名册.docx", b"PK\x03\x04", "未收下"), ("名册.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "未收下"),
     ("名册.csv", "姓名,部门,职务\n样例·甲,样例处,处长\n".encode("gb18030"), "新增人员 1 名"),
     ("名册.csv", "甲\n乙\n".encode(), "没有认出表格")],
)  # fmt: skip
def test_a_file_of_another_kind_is_told_what_to_do(locked: Console, name: str, data: bytes, said: str) -> None:
    assert said in upload(locked.sign_in("office"), data, name).text


def test_only_the_office_moves_in_and_only_three_roles_see_people(locked: Console) -> None:
    assert 'type="file"' not in locked.sign_in("security_admin").get(MOVE_IN).text
    assert locked.sign_in("assessor").get("/people").status_code == 403
    assert locked.sign_in("unit-1").get("/people").status_code == 403
    assert locked.sign_in("security_admin").get("/people").status_code == 200


def test_sixty_departments_and_four_hundred_people_come_in_at_once(locked: Console) -> None:
    titles = [f"样例第{n:02}学院" for n in range(1, 31)] + [f"样例第{n:02}处" for n in range(31, 61)]
    rows = []
    for number in range(1, 401):
        title, place = titles[(number - 1) % 60], (number - 1) // 60
        kind = "院长" if title.endswith("学院") else "处长"
        post, team = (kind, "正职") if place == 0 else (f"副{kind}", "副职") if place < 3 else ("职员", "")
        rows.append(person(number, title, post, team))
    office = locked.sign_in("office")
    began = perf_counter()
    preview = upload(office, workbook(HEADS, *rows))
    done = confirm(office, preview.text)
    perf_counter() - began
    assert "已搬入：部门 60 个、人员 400 名" in done.text
    assert len(people.people(locked.database)) == 400
    assert len(locked.engine.roster().current()) == 62
