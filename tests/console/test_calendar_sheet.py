"""The days off of a year come in from a sheet as an office has it; every fault is at its cell, and nothing is half done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
from httpx2 import Client, Response

from storage import holidays
from workflow.calendar import working_days

from .walk import text
from .web import Console, hidden

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAYS = (
    ("日期", "是否放假", "备注"),
    (datetime(2027, 1, 1), "是", "元旦"),
    ("2027年2月6日 至 2027年2月12日", "放假", "春节"),
    ("2027-02-20", "上班", "春节调休"),
)
LISTS = (
    ("节日", "放假日期", "调休上班日期"),
    ("春节", "2027-02-06~2027-02-12", "2027-02-20"),
    ("元旦", date(2027, 1, 1), ""),
)


def workbook(*rows: Sequence[object]) -> bytes:
    book, made = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "放假"
    for row in (("2027 年放假安排",), *rows):
        sheet.append(list(row))
    book.save(made)
    return made.getvalue()


def send(client: Client, data: bytes, name: str = "放假.xlsx") -> Response:
    form = hidden(client.get("/calendar").text, "/calendar")
    return client.post("/calendar", data=form, files={"file": (name, data, EXCEL)})


@pytest.mark.parametrize("rows", [DAYS, LISTS], ids=["one row a day", "two lists"])
def test_a_sheet_of_days_off_becomes_the_calendar_of_its_year(
    college: Console, rows: Sequence[Sequence[object]]
) -> None:
    page = send(college.sign_in("office"), workbook(*rows))
    assert "2027 年放假安排，共 9 天" in text(page.text), text(page.text)[:900]
    days = working_days(college.database)
    assert [days.is_working(date(2027, 2, day)) for day in (4, 8, 12, 13, 15, 20)] == [True, False, False, False, True, True]  # fmt: skip
    assert not days.is_provisional(2027)
    assert college.replayed() == []


def test_every_fault_is_named_with_its_cell_and_nothing_is_imported(college: Console) -> None:
    rows = (
        *DAYS,
        ("2月21日", "上班", ""),
        ("2027-05-04", "不清楚", ""),
        ("", "放假", "国庆"),
        ("2027-10-01", "上班", ""),
        ("2027-02-08", "放假", ""),
        ("2029-10-01", "放假", ""),
        ("2027-10-07 至 2027-10-01", "放假", ""),
        ("2027-02-06 至 2027-02-12", "放假", "春节"),
        ("#N/A", "放假", ""),
    )
    page = send(college.sign_in("office"), workbook(*rows))
    assert page.status_code == 409
    found = text(page.text)
    assert "有 9 处要改" in found, found[:900]
    for said in (
        "第 6 行 A 列：“2月21日”：日期应形如 2026-11-20", "第 7 行 B 列：“不清楚”：应为“放假”或“上班”", "第 8 行 A 列：没有日期",
        "第 9 行 A 列：2027-10-01 是法定节假日", "第 10 行 A 列：2027-02-08 出现两次", "第 11 行 A 列：2029-10-01 不属于 2027 年",
        "第 12 行 A 列：“2027-10-07 至 2027-10-01”：起止日期应形如",
        "第 13 行 A 列：2027-02-06 出现两次", "第 14 行 A 列：单元格为 #N/A",
    ):  # fmt: skip
        assert f"工作表“放假”{said}" in found, said
    assert holidays.tables(college.database) == {}


@pytest.mark.one_database
def test_a_sheet_without_the_heads_and_a_file_that_is_none_are_refused_with_what_to_do(college: Console) -> None:
    client = college.sign_in("office")
    assert "表头应有“日期、放假或上班”" in send(client, workbook(("甲", "乙"), ("2027-01-01", "放假"))).text
    assert "未收下" in send(client, b"PK\x03\x04").text
    assert holidays.tables(college.database) == {}


@pytest.mark.one_database
def test_the_template_of_a_year_has_the_holidays_by_law_and_can_be_imported(college: Console) -> None:
    client = college.sign_in("office")
    page = send(client, client.get("/calendar/2027/template").content)
    assert "2027 年放假安排，共 13 天" in text(page.text), text(page.text)[:900]


def test_who_may_not_move_deadlines_imports_no_sheet(college: Console) -> None:
    client = college.sign_in("organization")
    form = hidden(client.get("/calendar").text, "/language")
    refused = client.post("/calendar", data=form, files={"file": ("放假.xlsx", workbook(*DAYS), EXCEL)})
    assert (refused.status_code, "“导入放假安排”不能由" in text(refused.text)) == (403, True), text(refused.text)[:500]
    assert holidays.tables(college.database) == {}
