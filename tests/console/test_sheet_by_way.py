"""The score sheet of a measure with levels, counts and a form for every member of the team."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from httpx2 import Client

from storage.database.database import Database
from tests.conftest import NewUrl
from tests.entered import edition

from .walk import HOME, NO_REASONS, marks, send, text, walk
from .web import Console, console, settle

MEMBERS = {
    "marks.m-duty@u-1-h1": "20", "marks.m-talks@u-1-h1": "5", "levels.m-conduct@u-1-h1": "done",
    "marks.m-duty@u-1-m1": "12", "marks.m-talks@u-1-m1": "4", "levels.m-conduct@u-1-m1": "mostly",
}  # fmt: skip
REASONS = {"reasons.m-duty@u-1-m1": "两项任务延期", "reasons.m-conduct@u-1-m1": "报备迟了一次"}


def settle_members(url: str) -> None:
    settle(url, edition())


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under the measure with members' results, on each database."""
    with Database.open(new_url(dialect, settle_members)) as database, console(database, edition()) as made:
        yield made


@pytest.fixture
def assessor(college: Console) -> Client:
    walk(college, until="fill_sheet")
    return college.sign_in("assessor")


def test_a_level_is_a_choice_and_a_count_a_number_and_both_are_asked_of_every_member(assessor: Client) -> None:
    page = assessor.get(f"{HOME}/fill_sheet").text
    assert "<h3>班子成员：" in page
    for person in ("u-1-h1", "u-1-m1"):
        assert re.search(rf'<select id="marks.m-duty@{person}"', page)
        assert re.search(rf'<input id="marks.m-talks@{person}"', page)
        options = page.partition(f'<select id="levels.m-conduct@{person}"')[2].partition("</select>")[0]
        assert re.findall(r'value="([a-z-]+)"', options) == ["done", "mostly", "not-done"]
    assert "20 分：好" in page
    assert "还有 30 项未填" in text(page), "24 elements of the department, three of each of two members"


def test_a_sheet_with_levels_and_counts_is_recorded_and_agreed(college: Console, assessor: Client) -> None:
    answer = send(assessor, "fill_sheet", marks("marks") | NO_REASONS | MEMBERS | REASONS)
    assert answer.status_code == 303, text(answer.text)
    sheet = college.assessment().sheets["assessor"]
    assert sheet.levels == {"m-conduct@u-1-h1": "done", "m-conduct@u-1-m1": "mostly"}
    assert sheet.marks["m-talks@u-1-m1"] == 4
    assert "报备迟了一次" in sheet.reasons["m-conduct@u-1-m1"]
    page = college.sign_in("working_group").get(f"{HOME}/score").text
    row = page.partition('data-lost="levels.m-conduct@u-1-m1"')[0].rpartition("<tr>")[2]
    assert "基本完成" in row, "what the assessor chose is beside the choice"
    assert 'value="mostly" selected' in page, "on what all sheets agree is chosen"


def test_every_fault_of_a_level_or_a_count_stands_at_its_field_and_nothing_typed_is_lost(assessor: Client) -> None:
    wrong = MEMBERS | {
        "marks.m-duty@u-1-h1": "", "marks.m-talks@u-1-h1": "2.5", "levels.m-conduct@u-1-h1": "",
        "reasons.m-duty@u-1-m1": "",
    }  # fmt: skip
    answer = send(assessor, "fill_sheet", marks("marks") | NO_REASONS | wrong)
    assert answer.status_code in (400, 409, 422)
    for name in ("marks.m-duty@u-1-h1", "levels.m-conduct@u-1-h1", "reasons.m-duty@u-1-m1"):
        assert f'href="#{name}"' in answer.text, name
    assert 'value="2.5"' in answer.text
    assert "的得分" in text(answer.text)
