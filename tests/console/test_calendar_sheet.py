"""The days off of a year come in from a sheet as an office has it; every fault is at its cell, and nothing is half done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
from httpx2 import Client, Response

from config.calendars import HolidayTable, HolidayTableDay, decode_tables, encode_table
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
    """The page that says what the file would change."""
    form = hidden(client.get("/calendar").text, "/calendar")
    return client.post("/calendar", data=form, files={"file": (name, data, EXCEL)}, follow_redirects=True)


def confirm(client: Client, plan: Response, **more: str) -> Response:
    form = hidden(plan.text, "/calendar/plan")
    return client.post("/calendar/plan", data={**form, "_do": "carry_out", **more}, follow_redirects=True)


def changes(plan: Response) -> list[list[str]]:
    """The rows of the table of days that change."""
    body = plan.text.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.sub("<[^>]+>", " ", row).split() for row in body.split("</tr>")]
    return [row for row in rows if row]


@pytest.mark.parametrize("rows", [DAYS, LISTS], ids=["one row a day", "two lists"])
def test_a_sheet_of_days_off_becomes_the_calendar_of_its_year(
    college: Console, rows: Sequence[Sequence[object]]
) -> None:
    client = college.sign_in("office")
    plan = send(client, workbook(*rows))
    assert "2027 年放假安排：新增 9 天、改动 0 天、取消 0 天；不变 0 天" in text(plan.text), text(plan.text)[:900]
    assert holidays.tables(college.database) == {}
    page = confirm(client, plan)
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
    client = college.sign_in("office")
    page = send(client, workbook(*rows))
    found = text(page.text)
    assert "有 9 处要改" in found, found[:900]
    for said in (
        "第 6 行 A 列：“2月21日”：日期应形如 2026-11-20", "第 7 行 B 列：“不清楚”：应为“放假”或“上班”", "第 8 行 A 列：没有日期",
        "第 9 行 A 列：2027-10-01 是法定节假日", "第 10 行 A 列：2027-02-08 出现两次", "第 11 行 A 列：2029-10-01 不属于 2027 年",
        "第 12 行 A 列：“2027-10-07 至 2027-10-01”：起止日期应形如",
        "第 13 行 A 列：2027-02-06 出现两次", "第 14 行 A 列：单元格为 #N/A",
    ):  # fmt: skip
        assert f"工作表“放假”{said}" in found, said
    confirm(client, page)
    assert holidays.tables(college.database) == {}


@pytest.mark.one_database
def test_a_sheet_without_the_heads_and_a_file_that_is_none_are_refused_with_what_to_do(college: Console) -> None:
    client = college.sign_in("office")
    page = send(client, workbook(("甲", "乙"), ("2027-01-01", "放假")))
    assert "没有认出表格" in page.text
    assert "日期、放假或上班" in page.text
    assert client.post("/calendar/plan", data={**hidden(page.text), "_do": "carry_out"}).status_code == 409
    assert "表头下没有任何日期" in send(client, workbook(DAYS[0])).text
    assert "未收下" in send(client, b"PK\x03\x04").text
    assert holidays.tables(college.database) == {}


@pytest.mark.one_database
def test_the_template_of_a_year_has_the_holidays_by_law_and_can_be_imported(college: Console) -> None:
    client = college.sign_in("office")
    page = confirm(client, send(client, client.get("/calendar/2027/template").content))
    assert "2027 年放假安排，共 13 天" in text(page.text), text(page.text)[:900]


def test_who_may_not_move_deadlines_imports_no_sheet(college: Console) -> None:
    client = college.sign_in("organization")
    form = hidden(client.get("/calendar").text, "/language")
    refused = client.post("/calendar", data=form, files={"file": ("放假.xlsx", workbook(*DAYS), EXCEL)})
    assert (refused.status_code, "“导入放假安排”不能由" in text(refused.text)) == (403, True), text(refused.text)[:500]
    assert holidays.tables(college.database) == {}


def test_the_plan_names_each_day_that_is_new_changes_or_goes_and_the_same_file_again_changes_nothing(
    college: Console,
) -> None:
    client = college.sign_in("office")
    confirm(client, send(client, workbook(*DAYS)))
    corrected = (
        DAYS[0], ("2027-01-01", "放假", "元旦"), ("2027-02-05 至 2027-02-11", "放假", "春节"), ("2027-02-27", "上班", "春节调休"),
    )  # fmt: skip
    plan = send(client, workbook(*corrected))
    assert "2027 年放假安排：新增 2 天、改动 0 天、取消 2 天；不变 7 天" in text(plan.text), text(plan.text)[:900]
    assert changes(plan) == [
        ["2027-02-05", "未列", "放假", "春节"], ["2027-02-12", "放假", "未列", "春节"], ["2027-02-20", "上班", "未列", "春节调休"],
        ["2027-02-27", "未列", "上班", "春节调休"],
    ]  # fmt: skip
    confirm(client, plan)
    days = working_days(college.database)
    assert [days.is_working(date(2027, 2, day)) for day in (5, 12, 20, 27)] == [False, True, False, True]
    again = send(client, workbook(*corrected))
    assert "2027 年放假安排与现有的一致" in again.text
    assert 'value="carry_out"' not in again.text
    assert college.replayed() == []


def test_a_day_of_the_other_kind_is_a_change_and_a_saturday_that_is_no_longer_listed_is_none(college: Console) -> None:
    client = college.sign_in("office")
    confirm(client, send(client, workbook(*DAYS)))
    other = (DAYS[0], ("2027-01-01", "放假", ""), ("2027-02-07 至 2027-02-12", "放假", ""), ("2027-02-20", "放假", ""))
    plan = send(client, workbook(*other))
    assert changes(plan) == [["2027-02-20", "上班", "放假", "—"]]


def test_a_sheet_of_a_year_that_the_program_knows_is_compared_with_its_notice(college: Console) -> None:
    plan = send(college.sign_in("office"), workbook(DAYS[0], ("2026-01-01 至 2026-01-05", "放假", "元旦")))
    assert changes(plan)[0:2] == [["2026-01-04", "上班", "放假", "元旦"], ["2026-01-05", "未列", "放假", "元旦"]]


def test_the_plan_says_which_deadlines_would_move_and_the_import_moves_them(college: Console) -> None:
    """The notice of a year may make days off of the December before, in which deadlines are."""
    client = college.sign_in("office")
    due = college.engine.state("year/2026").due  # type: ignore[union-attr]
    (stage, day), *_ = [(key, day) for key, day in due.items() if day.month == 12 and day.weekday() < 4]
    plan = send(client, workbook(DAYS[0], DAYS[1], (day, "放假", "调休")))
    assert f"{day} → " in plan.text, text(plan.text)[:900]
    assert college.engine.state("year/2026").due[stage] == day  # type: ignore[union-attr]
    done = confirm(client, plan)
    assert "随之调整的期限：0 项" not in text(done.text)
    assert college.engine.state("year/2026").due[stage] != day  # type: ignore[union-attr]
    assert college.replayed() == []


def test_the_marked_copy_has_every_row_and_what_is_wrong_and_can_be_corrected_and_uploaded(college: Console) -> None:
    client = college.sign_in("office")
    send(client, workbook(*DAYS, ("2027-05-04", "不清楚", "")))
    book = openpyxl.load_workbook(BytesIO(client.get("/calendar/faults").content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[3]] == ["日期", "放假或上班", "备注", "错误说明"]
    assert [row[0].value for row in sheet.iter_rows(min_row=4)] == [
        "2027-01-01", "2027年2月6日 至 2027年2月12日", "2027-02-20", "2027-05-04",
    ]  # fmt: skip
    assert "应为“放假”或“上班”" in str(sheet["D7"].value)
    sheet["B7"].value = "放假"
    made = BytesIO()
    book.save(made)
    assert "新增 10 天" in send(client, made.getvalue()).text


def test_a_head_that_somebody_chose_is_known_the_next_time(college: Console) -> None:
    client = college.sign_in("office")
    strange = workbook(("日期", "安排情况", "备注"), *DAYS[1:])
    plan = send(client, strange)
    assert "找不到“放假或上班”列" in plan.text
    plan = confirm(client, plan, **{"column:安排情况": "off", "_do": "look"})
    assert "新增 9 天" in plan.text
    confirm(client, plan)
    assert "与现有的一致" in send(client, strange).text


@pytest.mark.one_database
def test_a_table_in_the_published_format_is_looked_at_too_and_keeps_its_notices(college: Console) -> None:
    client = college.sign_in("office")
    table = HolidayTable(
        2027, (HolidayTableDay(date(2027, 1, 1), True, "元旦"),), ("https://www.gov.cn/zhengce/2027.htm",)
    )
    plan = send(client, encode_table(table).encode(), "2027.json")
    assert changes(plan) == [["2027-01-01", "未列", "放假", "元旦"]]
    assert holidays.tables(college.database) == {}
    confirm(client, plan)
    assert decode_tables(holidays.tables(college.database).values()) == [table]
