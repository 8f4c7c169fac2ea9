"""考核总览 and 批量办理: many assessments at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from config.calendars import Day, Table
from console.visit import Visit
from states.deadlines import MoveDeadline
from states.roster import RenameUnit
from states.vocabulary import Words
from workflow.calendar import adopt

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
    assert "还没有生效，请核对后确认" in said
    assert "不能办理" not in said
    assert "样例学院1" in said.partition("通报 1 个")[2]
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


def test_a_row_is_drawn_once_until_its_assessment_its_unit_or_the_day_is_another(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then at once: nobody is shown the board of yesterday, nor one row of it."""
    drawn: list[str] = []
    piece = Visit.piece

    def noted(visit: Visit, template: str, **values: Any) -> Markup:
        drawn.append(values["unit"] if template == "board_row.html" else "")
        return piece(visit, template, **values)

    def look(visitor: TestClient) -> tuple[str, list[str]]:
        drawn.clear()
        page = visitor.get("/board").text
        return page, sorted(filter(None, drawn))

    monkeypatch.setattr(Visit, "piece", noted)
    client, english = college.sign_in("office"), college.sign_in("committee", "en")
    page, first = look(client)
    assert first == ["样例学院1", "样例学院2"]
    assert look(client)[1] == look(college.sign_in("working_group"))[1] == []
    assert look(english)[1] == first
    college.engine.submit(
        "assessment/2026/u-2",
        MoveDeadline(stage="self_report", due=day("11-19").date(), reason=Words("调整")),
        OFFICE,
        "m",
    )
    moved, again = look(client)
    assert again == ["样例学院2"]
    assert moved != page
    college.engine.submit(
        "roster",
        RenameUnit(unit="u-1", title=Words("改名学院"), since=day("11-02").date(), reason=Words("更名")),
        OFFICE,
        "r",
    )
    assert look(client)[1] == ["改名学院"]
    college.clock.at = day("11-03")
    tomorrow = college.sign_in("office")
    assert look(tomorrow)[1] == ["改名学院", "样例学院2"]
    adopt(college.engine, Table(year=2026, days=(Day(date=day("11-04").date(), isOffDay=True),)), OFFICE)
    assert look(tomorrow)[1] == ["改名学院", "样例学院2"]
