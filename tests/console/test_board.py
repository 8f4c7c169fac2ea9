"""考核总览 and 批量办理: many assessments at once."""

from __future__ import annotations

import re

from states.deadlines import MoveDeadline
from states.vocabulary import Words

from .walk import day, text, walk
from .web import OFFICE, Console, hidden


def lights(page: str, unit: str) -> list[str]:
    """The lights of a unit's row, in the order of its stages."""
    row = next(row for row in page.split("<tr>") if f">{unit}</a>" in row)
    return re.findall(r'class="light (\w+)"', row)


def test_the_board_shows_each_stage_by_a_shape_a_word_and_the_working_days_left(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    page = college.sign_in("office").get("/board").text
    assert lights(page, "样例学院1") == ["done", "done", "soon", *["wait"] * 7]
    assert lights(page, "样例学院2")[0] == "late"
    assert "剩 1 天" in page
    assert "逾期 7 天" in page


def test_the_filters_are_links(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("11-27")
    client = college.sign_in("office")
    problems = client.get("/board/2026?only=problems").text
    assert "样例学院2" in problems
    assert "样例学院1" not in problems
    at = client.get("/board/2026?stage=ballot").text
    assert "样例学院1" in at
    assert "样例学院2" not in at
    assert 'href="/board/2026?only=problems&amp;stage=ballot"' in at
    assert "没有符合筛选条件的部门" in client.get("/board/2026?kind=support&stage=ballot").text


def test_a_year_nobody_opened_is_an_empty_board(college: Console) -> None:
    assert "没有符合筛选条件的部门" in college.sign_in("office").get("/board/2031").text


def test_the_preview_says_what_moves_what_is_refused_and_who_is_told_and_writes_nothing(college: Console) -> None:
    walk(college, until="circulate")
    college.clock.at = day("12-30")
    client = college.sign_in("office")
    path = "/together/2026/circulate"
    form = hidden(client.get(path).text)
    head = college.engine.ledger.head()
    typed = {"document": "样例党字〔2026〕60号", "circulated_on": "2026-12-30", "unit": "assessment/2026/u-1"}
    page = client.post(path, data={**form, **typed, "_do": "preview"})
    assert page.status_code == 200
    said = text(page.text)
    assert "将办理 1 个部门，0 个不能办理" in said
    assert "组织部" in said.partition("将通知")[2]
    assert college.engine.ledger.head() == head
    done = client.post(path, data={**hidden(page.text), **typed, "_do": "confirm"})
    assert "办理 1 个部门，退回 0 个" in text(done.text)
    assert college.assessment().stage == "circulated"


def test_what_changed_since_the_preview_is_refused_and_the_rest_is_done(college: Console) -> None:
    client = college.sign_in("office")
    path = "/together/2026/move_deadline"
    form = hidden(client.get(path).text)
    college.engine.submit(
        "assessment/2026/u-2", MoveDeadline(stage="scoring", due=day("12-22").date(), reason=Words("调整")), OFFICE, "m"
    )
    typed = {"stage": "scoring", "due": "2026-12-23", "reason": "统一调整"}
    units = ["assessment/2026/u-1", "assessment/2026/u-2"]
    done = client.post(path, data={**form, **typed, "unit": units, "_do": "confirm"})
    assert "办理 1 个部门，退回 1 个" in text(done.text)
    assert "已有更新" in text(done.text)


def test_nobody_chosen_is_told_so(college: Console) -> None:
    client = college.sign_in("office")
    path = "/together/2026/move_deadline"
    answer = client.post(path, data={**hidden(client.get(path).text), "_do": "preview"})
    assert answer.status_code == 409
    assert "没有选择部门" in answer.text
