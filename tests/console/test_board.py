"""考核总览 and 批量办理: many assessments at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx2 import Client
from markupsafe import Markup

from config.calendars import HolidayTable, HolidayTableDay
from console.web.request.answer import ResponseFactory
from states.deadlines.reminders import MoveDeadline
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import Words
from states.year.roster import RenameUnit
from storage.database.database import Database
from tests.college import OFFICE
from tests.conftest import NewUrl
from workflow.calendar import import_table

from .test_browser import served, visitor
from .walk import day, text, walk
from .web import Console, console, hidden, settle

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both


def row(page: str, unit: str) -> str:
    """The line of a unit."""
    return next(row for row in page.split("<tr>") if f">{unit}</a>" in row).partition("</tr>")[0]


def lights(page: str, unit: str) -> list[str]:
    """The lights of a unit's row, in the order of its stages; one that covers several is there as often."""
    found = re.findall(r'<td class="(\w+)"(?: colspan="(\d+)")?>', row(page, unit))
    return [light for light, span in found for _ in range(int(span or 1))]


def named(page: str) -> list[str]:
    """The units on the board, in their order."""
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page)


def test_the_board_shows_each_stage_by_a_shape_a_word_and_the_working_days_left(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    page = college.sign_in("office").get("/board").text
    assert lights(page, "样例学院1")[:10] == ["done", "done", "soon", *["wait"] * 7]
    assert lights(page, "样例学院2")[0] == "late"
    assert "剩 1 天" in page
    assert "逾期 7 天" in page


def test_a_row_has_one_red_and_what_waits_for_it_is_one_grey_cell_that_says_for_what(college: Console) -> None:
    """Nobody is late with a meeting that could not be held (第七条: the order of the steps)."""
    college.clock.at = day("12-10")
    found = row(college.sign_in("office").get("/board").text, "样例学院2")
    assert re.findall(r'<td class="(late|blocked)"(?: colspan="(\d)")?>', found) == [("late", ""), ("blocked", "3")]
    assert "受阻，等第 1 步" in found
    assert found.count("逾期 14 天") == 2, "in its cell, and beside the name on a phone"


def test_over_each_step_stands_how_many_are_past_it_and_at_it(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    said = text(college.sign_in("office").get("/board").text)
    assert "1 自查自评 11-20 已到期 1 已办 1 在办" in said
    assert "3 民主测评 12-02 剩 1 天 0 已办 1 在办" in said
    assert "2 个部门中， 1 个逾期 ，1 个要留意。" in said


def test_the_filters_are_links(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("11-27")
    client = college.sign_in("office")
    assert named(client.get("/board/2026?only=late").text) == ["样例学院2"]
    at = client.get("/board/2026?stage=democratic_evaluation").text
    assert named(at) == ["样例学院1"]
    assert 'href="/board/2026?only=late&amp;stage=democratic_evaluation"' in at
    assert "没有符合筛选条件的部门" in client.get("/board/2026?kind=support&stage=democratic_evaluation").text


def test_a_unit_is_found_by_a_part_of_its_name_and_what_was_typed_stays(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/board/2026", params={"q": "学院2"}).text
    assert named(page) == ["样例学院2"]
    assert 'name="q" value="学院2"' in page
    assert "没有符合筛选条件的部门" in client.get("/board/2026", params={"q": '"><b>'}).text


def test_the_board_is_ordered_by_lateness_where_asked_to(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("12-01")
    client = college.sign_in("office")
    assert named(client.get("/board").text) == ["样例学院1", "样例学院2"]
    page = client.get("/board/2026?sort=late").text
    assert named(page) == ["样例学院2", "样例学院1"]
    assert 'class="group"' not in page


def test_what_was_sent_back_is_brown_and_not_late(college: Console) -> None:
    walk(college, until="record_meeting")
    college.engine.submit("assessment/2026/u-1", ReturnSelfReport(reason=Words("补佐证")), OFFICE, "back")
    assert lights(college.sign_in("office").get("/board").text, "样例学院1")[0] == "back"


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
    assert "通报 1 个。" in text(done.text)
    assert college.assessment().stage == "circulation"


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
    assert "期限 1 个；不能办理 1 个" in text(done.text)
    assert "您填写期间" in text(done.text)


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
    fragment = ResponseFactory.fragment

    def noted(answer: ResponseFactory, template: str, **values: Any) -> Markup:
        drawn.append(values["unit_title"] if template == "board_row.html" else "")
        return fragment(answer, template, **values)

    def look(visitor: Client) -> tuple[str, list[str]]:
        drawn.clear()
        page = visitor.get("/board").text
        return page, sorted(filter(None, drawn))

    monkeypatch.setattr(ResponseFactory, "fragment", noted)
    client, english = college.sign_in("office"), college.sign_in("committee", "en")
    page, first = look(client)
    assert first == ["样例学院1", "样例学院2"]
    assert look(client)[1] == look(college.sign_in("leading_group"))[1] == []
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
    import_table(
        college.engine,
        HolidayTable(year=2026, days=(HolidayTableDay(date=day("11-04").date(), isOffDay=True),)),
        OFFICE,
    )
    assert look(tomorrow)[1] == ["改名学院", "样例学院2"]


def test_sixty_departments_print_on_one_sheet_of_a3(chromium: Any, new_url: NewUrl) -> None:
    """The rows of two departments, thirty times over, in three bands: what a college of sixty prints."""
    with Database.open(new_url("sqlite", settle)) as database, console(database) as made, served(made) as site:
        page = visitor(chromium, site, "office", locale="zh-CN")
        page.goto(f"{site.url}/board")
        page.evaluate("""() => {
            const body = document.querySelector(".board tbody"), [band, ...rows] = body.children;
            for (let n = 1; n < 30; n++) { if (n % 10 === 0) body.append(band.cloneNode(true)); for (const row of rows) body.append(row.cloneNode(true)); }
        }""")
        assert page.locator(".board tbody tr:not(.group)").count() == 60
        printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert re.search(rb"/MediaBox \[0 0 119\d[.\d]* 84\d", printed), "A3, lying"
