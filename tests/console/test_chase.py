"""催办 on the pages: one button on the board, the page of an assessment and a year's deadlines; who is asked sees by whom."""

from __future__ import annotations

import re
from datetime import timedelta

from config.rulebooks import DEFAULT_EDITION_ID, parse_edition, shipped_editions
from states.cases.case import RecordCase
from states.deadlines.chase import Chased, items_to_chase
from states.records.case import Sanction
from states.vocabulary import Opaque
from storage.database.database import Database
from storage.ledger.facts import fact_of
from tests.college import OFFICE

from .test_board import row
from .walk import HOME, day, text, walk
from .web import Console, console, hidden, settle

REASON = "会议已经排定"
OTHER = "/assessments/2026/u-2"


def chases(college: Console, unit: str = "u-1") -> list[Chased]:
    facts = map(fact_of, college.engine.ledger.stream(f"assessment/2026/{unit}"))
    return [fact for fact in facts if isinstance(fact, Chased)]


def test_one_press_on_the_page_of_an_assessment_asks_those_who_must_act_with_the_reason(college: Console) -> None:
    college.clock.at = day("11-16")
    office = college.sign_in("office")
    page = office.get(HOME).text
    form = hidden(page, f"{HOME}/chase")
    answer = office.post(f"{HOME}/chase", data={**form, "reason": REASON})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?done=chase")
    assert [(one.stage, one.reason, one.to) for one in chases(college)] == [("self_report", REASON, ("unit",))]
    shown = text(office.get(f"{HOME}?done=chase").text)
    assert f"催办 样例·office 2026-11-16 10:00：{REASON}" in shown
    assert "/chase" not in office.get(HOME).text.replace(f'"{HOME}/chase"', "")
    assert f'action="{HOME}/chase"' not in office.get(HOME).text, "it is chased once a day"


def test_a_second_press_of_the_day_says_when_it_was_and_by_whom_and_loses_no_word(college: Console) -> None:
    college.clock.at = day("11-16")
    leader = college.sign_in("leading_group")
    before = hidden(leader.get(HOME).text, f"{HOME}/chase")
    office = college.sign_in("office")
    office.post(f"{HOME}/chase", data=hidden(office.get(HOME).text, f"{HOME}/chase"))
    answer = leader.post(f"{HOME}/chase", data={**before, "reason": REASON})
    assert answer.status_code == 409
    assert "“自查自评”今天已催办过：考核领导小组办公室（纪委办公室）于 10:00 催办" in text(answer.text)
    assert REASON in answer.text
    assert len(chases(college)) == 1


def test_the_department_sees_the_chase_on_its_first_page_until_it_has_acted(college: Console) -> None:
    college.clock.at = day("11-16")
    office = college.sign_in("office")
    office.post(f"{HOME}/chase", data={**hidden(office.get(HOME).text, f"{HOME}/chase"), "reason": REASON})
    unit = college.sign_in("unit-1")
    assert f"催办 样例·office 2026-11-16 10:00：{REASON}" in text(unit.get("/").text)
    walk(college, until="record_meeting")
    assert REASON not in text(college.sign_in("unit-1").get("/").text)


def test_a_to_do_list_says_who_chased_it_and_when(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-24")
    office = college.sign_in("office")
    office.post(f"{HOME}/chase", data=hidden(office.get(HOME).text, f"{HOME}/chase"))
    assert "催办 样例·office 2026-11-24 10:00" in text(college.sign_in("working_group").get("/").text)


def test_the_board_has_a_button_in_each_late_row_and_comes_back_to_the_same_board(college: Console) -> None:
    college.clock.at = day("12-10")
    office = college.sign_in("office")
    page = office.get("/board/2026?only=late").text
    assert f'formaction="{OTHER}/chase" name="stage" value="self_report"' in row(page, "样例学院2")
    form = hidden(page, "/together/2026/chase")
    answer = office.post(f"{OTHER}/chase", data={**form, "stage": "self_report"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/board/2026?only=late&chased=")
    board = office.get(answer.headers["location"]).text
    assert "已催办：样例学院2" in text(board)
    assert "今天已催办" in row(board, "样例学院2")
    assert "<button" not in row(board, "样例学院2")
    assert len(chases(college, "u-2")) == 1


def test_the_board_has_no_button_where_a_late_step_waits_for_a_case(url: str) -> None:
    reading = 'key = "open_cases"\nvalue = '
    text_of_edition = shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8")
    edition = parse_edition(text_of_edition.replace(f'{reading}"mark"', f'{reading}"block"').encode(), "block.toml")
    settle(url, edition)
    with Database.open(url) as database, console(database, edition) as college:
        walk(college, until="score")
        college.clock.at = day("12-31")
        office = college.sign_in("office")
        button = f'formaction="{HOME}/chase" name="stage" value="scoring"'
        assert button in row(office.get("/board/2026").text, "样例学院1")
        fields = {"outcome": "under_investigation", "standing": "party_cadre"}
        command = RecordCase(unit=Opaque("u-1"), sanctions=(Sanction(person=Opaque("p-1"), fields=fields),))
        college.engine.submit("case/c-1", command, OFFICE, "case")
        late = row(office.get("/board/2026").text, "样例学院1")
        assert "逾期" in late
        assert "<button" not in late
        page = office.get("/together/2026/chase").text
        assert ("样例学院1" in page, "样例学院2" in page) == (False, True)


def test_a_second_late_task_has_a_button_after_the_first_was_chased(college: Console) -> None:
    walk(college, until="complete_task")
    college.clock.at = day("12-31") + timedelta(days=400)
    office = college.sign_in("office")
    board = office.get("/board/2026").text
    state = college.assessment()
    keys = list(items_to_chase(state, college.engine.context(state.stream, OFFICE)[1]))
    for key in keys:
        assert f'name="stage" value="{key}"' in row(board, "样例学院1")
        form = hidden(board, "/together/2026/chase")
        board = office.get(office.post(f"{HOME}/chase", data={**form, "stage": key}).headers["location"]).text
    assert "今天已催办" in row(board, "样例学院1")
    assert [one.stage for one in chases(college)] == keys


def test_the_button_comes_back_to_no_other_place_than_the_board(college: Console) -> None:
    college.clock.at = day("12-10")
    office = college.sign_in("office")
    form = hidden(office.get("/board/2026").text, "/together/2026/chase")
    answer = office.post(f"{OTHER}/chase", data={**form, "stage": "self_report", "back": "//elsewhere.example/board/"})
    assert answer.headers["location"] == f"{OTHER}?done=chase"


def test_who_may_not_chase_has_no_button_and_is_refused(college: Console) -> None:
    college.clock.at = day("12-10")
    assessor = college.sign_in("assessor")
    for path in ("/board/2026", HOME):
        assert "chase" not in assessor.get(path).text.replace(
            'id="chase" method="post" action="/together/2026/chase"', ""
        )
    form = hidden(assessor.get("/account").text)
    answer = assessor.post(f"{HOME}/chase", data={**form, "stage": "self_report"})
    assert answer.status_code == 403
    assert chases(college) == []


def test_the_deadlines_of_a_year_lead_to_those_at_a_step_and_the_bulk_page_chases_the_ticked(college: Console) -> None:
    college.clock.at = day("12-10")
    office = college.sign_in("office")
    (link,) = re.findall(r'href="(/together/2026/chase\?[^"]*)"', office.get("/years/2026/deadlines").text)
    page = office.get(link.replace("&amp;", "&")).text
    assert len(re.findall(r'name="unit" value="[^"]*"[^>]*checked', page)) == 2
    data = {**hidden(page), "unit": "assessment/2026/u-2", "reason": REASON}
    check = office.post("/together/2026/chase", data={**data, "_do": "preview"}).text
    assert "样例学院2 自查自评" in text(check)
    assert chases(college, "u-2") == []
    done = office.post("/together/2026/chase", data={**data, **hidden(check), "_do": "confirm"})
    assert done.status_code == 200
    assert [one.reason for one in chases(college, "u-2")] == [REASON]
    assert chases(college) == []


def test_the_bulk_page_ticks_what_is_late_and_nothing_else_by_itself(college: Console) -> None:
    college.clock.at = day("11-16")
    page = college.sign_in("office").get("/together/2026/chase").text
    assert 'name="unit"' in page
    assert not re.search(r'name="unit" value="[^"]*"[^>]*checked', page)
    walk(college, until="record_meeting")
    college.clock.at = day("11-24")
    page = college.sign_in("office").get("/together/2026/chase").text
    assert re.findall(r'name="unit" value="([^"]*)"[^>]*checked', page) == ["assessment/2026/u-2"]


def test_the_entries_of_an_assessment_name_the_chase_in_words(college: Console) -> None:
    college.clock.at = day("11-16")
    office = college.sign_in("office")
    office.post(f"{HOME}/chase", data={**hidden(office.get(HOME).text, f"{HOME}/chase"), "reason": REASON})
    page = text(office.get(HOME).text).partition("办理记录")[2]
    assert f"步骤或事项 自查自评 理由 {REASON} 催办对象 被考核部门 期限 2026-11-20" in page


def test_the_department_does_not_read_that_others_were_chased_nor_why(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-24")
    office = college.sign_in("office")
    office.post(f"{HOME}/chase", data={**hidden(office.get(HOME).text, f"{HOME}/chase"), "reason": REASON})
    assert REASON in office.get(HOME).text
    assert REASON not in college.sign_in("unit-1").get(HOME).text
