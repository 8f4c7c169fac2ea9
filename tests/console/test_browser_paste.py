"""Counts that are pasted from Excel into the table of a democratic evaluation, in a real browser, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl

from .test_browser import Site, served, visitor
from .walk import COUNTED, HOME, PEOPLE, day, walk
from .web import console, settle

COLUMNS = list(COUNTED)
FIRST = "ballot.team.issued"
WHOLE = "19\t19\t19\t１８\t1\t0\t0"
PASTE = """([name, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const field = document.getElementsByName(name)[0];
  field.focus();
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def site(new_url: NewUrl) -> Iterator[Site]:
    """A small college of which one department is to be evaluated."""
    with Database.open(new_url("sqlite", settle)) as database, console(database) as made, served(made) as site:
        walk(made, until="record_ballot")
        made.clock.at = day("11-27")
        yield site


@pytest.fixture
def form(chromium: Any, site: Site) -> Any:
    """The form of the democratic evaluation, in a browser."""
    page = visitor(chromium, site, "working_group", locale="zh-CN")
    page.goto(f"{site.url}{HOME}/record_ballot")
    return page


def cells(form: Any) -> list[list[str]]:
    """What is in the cells of the table, row by row."""
    return [[form.locator(f"[name='ballot.{who}.{column}']").input_value() for column in COLUMNS] for who in PEOPLE]


def sentence(form: Any) -> str:
    return str(form.locator("[role=status]:not([data-kept])").inner_text())


def test_a_block_from_excel_fills_the_cells_from_where_it_is_pasted_and_is_submitted(form: Any, site: Site) -> None:
    assert form.get_by_text("可以从 Excel 或 WPS 复制一行或几行票数").is_visible()
    form.evaluate(PASTE, [FIRST, "\r\n".join([WHOLE] * 3) + "\r\n"])
    assert cells(form) == [WHOLE.split("\t")] * 3
    assert sentence(form) == "已填入 3 行、21 格，请核对。"
    form.fill("[name=held_on]", "2026-11-26")
    form.locator("button[value=submit]").click()
    form.locator("button[value=confirm]").click()
    form.wait_for_url("**done=record_ballot")
    assert site.console.assessment().stage == "democratic_evaluation"


def test_a_row_fills_its_cells_alone_and_the_draft_is_saved_with_them(form: Any) -> None:
    form.evaluate(PASTE, ["ballot.u-1-h1.valid", "19\t12 票\t7.0"])
    filled = cells(form)
    assert (filled[0], filled[2]) == ([""] * 7, [""] * 7)
    assert filled[1] == ["", "", "19", "12 票", "7.0", "", ""]
    form.locator("[data-kept]:not(:empty)").wait_for()
    form.reload()
    assert cells(form)[1] == ["", "", "19", "12 票", "7.0", "", ""]


@pytest.mark.parametrize(
    ("name", "pasted", "why"),
    [
        (FIRST, f"{WHOLE}\t0", "粘贴的第 1 行有 8 个数，从这一格起只有 7 格"),
        ("ballot.u-1-h1.issued", "\n".join([WHOLE] * 3), "粘贴的内容有 3 行，从这一行起只有 2 行"),
        (FIRST, "领导班子\t19\t19", "粘贴的第 1 行第 1 个“领导班子”不是整数"),
        (FIRST, f"{WHOLE}\n19\t18.5", "粘贴的第 2 行第 2 个“18.5”不是整数"),
        (FIRST, "19\t\t19", "粘贴的第 1 行第 2 个是空的"),
        (FIRST, "19\t-1", "粘贴的第 1 行第 2 个“-1”不是整数"),
    ],
)
def test_a_block_that_does_not_fit_or_is_no_number_fills_nothing_and_says_why(
    form: Any, name: str, pasted: str, why: str
) -> None:
    form.fill(f"[name='{FIRST}']", "5")
    before = cells(form)
    form.evaluate(PASTE, [name, pasted])
    assert cells(form) == before
    assert sentence(form) == f"{why}。一格也没有填入，请只复制票数，从对应的一格粘贴。"


def test_one_number_is_pasted_as_the_browser_does(form: Any) -> None:
    form.context.grant_permissions(["clipboard-read", "clipboard-write"])
    form.evaluate("() => navigator.clipboard.writeText('23')")
    form.focus(f"[name='{FIRST}']")
    form.keyboard.press("Control+V")
    assert cells(form)[0] == ["23", *[""] * 6]
    assert not form.locator("[role=status]:not([data-kept])").is_visible()


def test_without_javascript_the_block_stays_in_its_cell_and_is_refused_there(chromium: Any, site: Site) -> None:
    page = visitor(chromium, site, "working_group", locale="zh-CN", java_script_enabled=False)
    page.goto(f"{site.url}{HOME}/record_ballot")
    assert not page.get_by_text("可以从 Excel 或 WPS 复制").is_visible()
    for who in PEOPLE:
        for column in COLUMNS:
            page.fill(f"[name='ballot.{who}.{column}']", COUNTED[column])
    page.fill(f"[name='{FIRST}']", WHOLE)
    page.fill("[name=held_on]", "2026-11-26")
    page.locator("button[value=submit]").click()
    assert page.locator(f"[id='{FIRST}-wrong']").inner_text().startswith("发出票数不合要求：应为整数，如 12")
    assert page.locator(f"[name='{FIRST}']").input_value() == WHOLE
