"""结果运用: what follows from the results of a year, on one page."""

from __future__ import annotations

from .walk import day, send, text, walk
from .web import Console

FORM = 'href="/assessments/2026/u-1/complete_task?task=filed"'


def test_what_follows_is_listed_by_whom_until_when_and_with_its_form_for_whose_it_is(college: Console) -> None:
    assert "还没有后续事项" in college.sign_in("office").get("/tasks").text
    walk(college, until="complete_task")
    page = college.sign_in("organization").get("/tasks").text
    asked = "考核结果报学校党委组织部备案 第九条3 党委组织部、考核领导小组办公室（纪委办公室） 2027-01-14"
    assert asked in text(page)
    assert "剩 10 个工作日" in page
    assert FORM in page
    assert FORM not in college.sign_in("discipline").get("/tasks").text
    assert "没有待办的后续事项" in college.sign_in("discipline").get("/tasks/2026?only=mine").text


def test_a_task_that_is_late_says_so_and_one_that_is_done_is_put_away(college: Console) -> None:
    walk(college, until="complete_task")
    college.clock.at = day("02-26").replace(year=2027)
    assert "逾期" in text(college.sign_in("office").get("/tasks/2026").text)
    assert (
        send(
            college.sign_in("organization"), "complete_task", {"task": "filed", "done_on": "2027-02-26"}, {}
        ).status_code
        == 303
    )
    said = text(college.sign_in("office").get("/tasks/2026").text)
    assert "没有待办的后续事项" in said
    assert "已办 1 项" in said
