"""Sixty departments' self-report sheets, brought in by one person at once; and sheets that other programs have saved."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date

import msgspec
import pytest
from httpx2 import Client
from openpyxl.worksheet.worksheet import Worksheet

from console.web.credentials import set_passwords
from states.vocabulary import Words
from storage.database.database import Database
from tests.college import OFFICE, unit, weekdays
from tests.conftest import NewUrl
from workflow.year import open_year

from .foreign_workbook import INLINE, SHARED_1904, ForeignSheets, ForeignWriter, saved_by
from .test_score_file import (
    FIRST,
    KEYS,
    OWN,
    Edit,
    collect,
    download,
    drafted,
    fill,
    put,
    put_row,
    row_of,
    upload,
    with_points,
)
from .walk import ELEMENTS, text
from .web import PASSWORD, PEOPLE, Console, console

SIXTY = [f"u-{number}" for number in range(1, 61)]
AT_MOST = 60
"""Seconds for sixty sheets, on a machine that does other work too."""


def settle_sixty(url: str) -> None:
    """Make a college of sixty departments with an account each, and open its year."""
    people = {f"unit-{id_.removeprefix('u-')}": ("unit", id_) for id_ in SIXTY} | {"office": PEOPLE["office"]}
    units = [msgspec.structs.replace(unit(id_), title=Words(f"样例学院·{id_}")) for id_ in SIXTY]
    with Database.open(url) as database, console(database) as made:
        open_year(made.engine, 2026, units, OFFICE, weekdays)
        made.people(people)
        set_passwords(made.engine, people, PASSWORD)


@pytest.fixture
def sixty(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    with Database.open(new_url(dialect, settle_sixty)) as database, console(database) as made:
        yield made


def form_of(id_: str) -> str:
    return f"/assessments/2026/{id_}/submit_self_report"


def account_of(id_: str) -> str:
    return f"unit-{id_.removeprefix('u-')}"


def merge(sheet: Worksheet, column: int) -> None:
    row = row_of(sheet, KEYS[2])
    sheet.merge_cells(start_row=row, start_column=column, end_row=row + 1, end_column=column)


def add_row(sheet: Worksheet, column: int) -> None:
    sheet.insert_rows(5)
    put_row(sheet, 5, "a1-9.9.9", column)


def rename_head(sheet: Worksheet, column: int) -> None:
    sheet.cell(3, column).value = "分数"


TEN_FAULTS: dict[str, tuple[Edit, str]] = {
    "u-3": (put(99), "第 4 行 H 列：99 应在 0 至"),
    "u-9": (put(4.3), "第 4 行 H 列：4.3 应在 0 至"),
    "u-14": (put("4,5"), "第 4 行 H 列：“4,5”：逗号可能是小数点"),
    "u-20": (put("很好"), "第 4 行 H 列：“很好”：只填数字，不写单位"),
    "u-27": (put(0.9, "0%"), "第 4 行 H 列：“90%”是百分数，请填分数"),
    "u-33": (put(date(2026, 4, 5)), "第 4 行 H 列：被表格软件改成了日期（2026-04-05），请重新填数字"),
    "u-41": (put("=1+1"), "第 4 行 H 列：公式没有结果，请先用 WPS 或 Excel 打开保存一次"),
    "u-48": (merge, "第 6 行：单元格 H6:H7 已合并，请取消合并后逐行填写"),
    "u-55": (add_row, "第 5 行：认不出是哪个考核要素，请不要增加行或改动要素"),
    "u-60": (rename_head, "列：不是从本页下载的评分表，或者改动了表头"),
}
"""The planted faults, by department, and what is said of each."""


def test_sixty_sheets_are_brought_in_at_once_ten_faults_are_named_with_their_cells_and_fifty_are_filled(
    sixty: Console,
) -> None:
    clients: dict[str, Client] = {id_: sixty.sign_in(account_of(id_)) for id_ in SIXTY}
    files = []
    for id_ in SIXTY:
        change = TEN_FAULTS[id_][0] if id_ in TEN_FAULTS else None
        files.append((f"{id_}.xlsx", with_points(download(clients[id_], form_of(id_)), change)))
    start = time.monotonic()
    page = collect(sixty.sign_in("office"), files).text
    took = time.monotonic() - start
    assert "50 份已放入部门草稿；10 份有错，未放入" in text(page)
    said = dict(re.findall(r"<li><strong>样例学院·(u-\d+)</strong>(.*?)</ul></li>", page, re.DOTALL))
    assert set(said) == set(TEN_FAULTS)
    for id_, (_change, fault) in TEN_FAULTS.items():
        assert fault in said[id_], (id_, said[id_])
        assert said[id_].count("<li>") == 1, id_
    full = {f"self_scores.{key}": str(one.points) for key, one in ELEMENTS.items()}
    for id_ in SIXTY:
        expected = dict.fromkeys(full, "") if id_ in TEN_FAULTS else full
        assert drafted(clients[id_], form_of(id_)) == expected, id_
    assert took < AT_MOST, f"{took:.1f} s"


WRITERS = pytest.mark.parametrize("writer", [INLINE, SHARED_1904], ids=["inline", "shared-1904"])


@pytest.mark.one_database
@WRITERS
def test_a_sheet_that_another_program_has_saved_comes_back(college: Console, writer: ForeignWriter) -> None:
    client = college.sign_in("unit-1")
    page = upload(client, saved_by(writer, with_points(download(client), put("４．５"))))
    assert f"改动 {len(ELEMENTS)} 项" in page.text, text(page.text)[:600]
    fill(client, page.text)
    others = {f"self_scores.{key}": str(one.points) for key, one in ELEMENTS.items()}
    assert drafted(client) == {**others, f"self_scores.{FIRST}": "4.5"}


@pytest.mark.one_database
@WRITERS
def test_a_number_that_another_program_made_a_day_is_named_with_that_day_in_both_counts_of_days(
    college: Console, writer: ForeignWriter
) -> None:
    def make_day(sheets: ForeignSheets) -> None:
        next(iter(sheets.values()))[3][7] = date(2026, 4, 5)

    client = college.sign_in("unit-1")
    page = upload(client, saved_by(writer, with_points(download(client)), make_day))
    assert "第 4 行 H 列：被表格软件改成了日期（2026-04-05）" in text(page.text), text(page.text)[:600]
    assert set(drafted(client, OWN).values()) == {""}
