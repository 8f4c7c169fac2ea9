"""考核: the page of an assessment and the form of each of its acts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Client

from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted

from .walk import ELEMENTS, FILE, HOME, RULEBOOK, STEPS, day, marks, send, step, text, walk
from .web import Console, hidden


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_whole_assessment_goes_through_the_forms(college: Console, language: str) -> None:
    walk(college, language=language)
    state = college.assessment()
    assert (state.stage, state.tasks["filed"] is not None) == ("circulation", True)
    page = college.sign_in("office", language).get(HOME)
    assert page.status_code == 200
    if language == "en":
        said = re.sub(
            r"（|）|样例\S*|中文|院长|副院长|第\S+|附件\S+|廉政文化品牌|自评|考核|属实|外出挂职", "", text(page.text)
        )
        assert re.findall("[一-龥]+", said) == []


@pytest.mark.parametrize(
    "act", ["submit_self_report", "record_meeting", "record_ballot", "review_documents", "score", "complete_task"]
)
def test_an_empty_form_is_refused_with_everything_that_is_missing(college: Console, act: str) -> None:
    account = next(who for who, _, name, _, _ in STEPS if name == act)
    walk(college, until=act)
    client = college.sign_in(account)
    version = college.assessment().version
    answer = send(client, act, {})
    assert answer.status_code == 409
    assert "处需要更正" in answer.text
    assert college.assessment().version == version


def test_a_refused_form_comes_back_as_it_was_filled_in(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-26")
    typed = dict(STEPS[1][3]) | {"present": "21"}
    answer = send(college.sign_in("working_group"), "record_meeting", typed, {"minutes": FILE})
    assert answer.status_code == 409
    assert "实到 21 &gt; 应到 20" in answer.text
    for value in ('value="2026-11-26"', 'value="21"', 'value="外出挂职"', "report.pdf"):
        assert value in answer.text


def test_a_file_taken_with_a_refused_form_need_not_be_chosen_again(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-26")
    client, typed = college.sign_in("working_group"), dict(STEPS[1][3])
    answer = send(client, "record_meeting", typed | {"present": "21"}, {"minutes": FILE})
    done = client.post(f"{HOME}/record_meeting", data={**hidden(answer.text), **typed, "_do": "confirm"})
    assert done.status_code == 303
    assert college.assessment().stage == "meeting"


def test_a_hostile_file_is_refused_in_the_form(college: Console) -> None:
    college.clock.at = day("11-19")
    file = ("report.docm", b"PK\3\4", "application/octet-stream")
    answer = send(college.sign_in("unit-1"), "submit_self_report", marks("self_scores"), {"report": file})
    assert answer.status_code == 409
    assert "是“docm”类文件，不能上传" in answer.text
    assert college.assessment().stage == "opening"


def test_a_draft_is_there_again_and_gone_once_it_is_handed_in(college: Console) -> None:
    college.clock.at = day("11-18")
    key = next(iter(ELEMENTS))
    saved = send(
        college.sign_in("unit-1"), "submit_self_report", {f"self_scores.{key}": "3.5"}, {"report": FILE}, _do="draft"
    )
    assert saved.status_code == 303
    page = college.sign_in("unit-1").get(f"{HOME}/submit_self_report").text
    assert 'value="3.5"' in page
    assert "report.pdf" in page
    assert "已恢复您 2026-11-18 10:00 暂存的内容" in page
    assert 'value="3.5"' not in college.sign_in("office").get(f"{HOME}/submit_self_report").text
    walk(college, until="record_meeting")
    assert "暂存的内容" not in college.sign_in("unit-1").get(f"{HOME}/submit_self_report").text


def keeps(client: Client, shown: str, typed: Mapping[str, str], seen: str) -> Any:
    """What the page sends by itself after a pause."""
    data = {**hidden(shown), **typed, "_do": "keep", "seen": seen}
    return client.post(f"{HOME}/submit_self_report", data=data)


def test_what_is_typed_is_kept_by_itself_and_says_when(college: Console) -> None:
    college.clock.at = day("11-18")
    client, key = college.sign_in("unit-1"), f"self_scores.{next(iter(ELEMENTS))}"
    shown = client.get(f"{HOME}/submit_self_report").text
    first = keeps(client, shown, {key: "3"}, "").json()
    assert first["said"] == "已保存 10:00"
    college.clock.at += timedelta(minutes=1)
    again = keeps(client, shown, {key: "3.5"}, first["seen"]).json()
    assert again["said"] == "已保存 10:01"
    page = client.get(f"{HOME}/submit_self_report").text
    assert 'value="3.5"' in page
    assert f'data-seen="{again["seen"]}"' in page


def test_what_another_window_saved_or_handed_in_is_not_overwritten_unasked(college: Console) -> None:
    college.clock.at = day("11-18")
    client, key = college.sign_in("unit-1"), f"self_scores.{next(iter(ELEMENTS))}"
    shown = client.get(f"{HOME}/submit_self_report").text
    first = keeps(client, shown, {key: "3"}, "").json()
    college.clock.at += timedelta(minutes=1)
    other = keeps(client, shown, {key: "1"}, "")
    assert other.status_code == 409
    assert other.json()["seen"] == ""
    assert "在别的窗口另有暂存" in other.json()["said"]
    assert 'value="3"' in client.get(f"{HOME}/submit_self_report").text
    step(college, "submit_self_report")
    late = keeps(college.sign_in("unit-1"), shown, {key: "2"}, first["seen"])
    assert late.status_code in (403, 409)
    assert "暂存的内容" not in college.sign_in("unit-1").get(f"{HOME}/submit_self_report").text


def test_what_is_typed_is_kept_even_where_the_assessment_has_moved_on_and_says_so(college: Console) -> None:
    college.clock.at = day("11-18")
    client, key = college.sign_in("unit-1"), f"self_scores.{next(iter(ELEMENTS))}"
    shown = client.get(f"{HOME}/submit_self_report").text
    send(college.sign_in("office"), "move_deadline", {"reason": "调整", "stage": "scoring", "due": "2026-12-22"})
    assert "本考核已有更新" in keeps(client, shown, {key: "3"}, "").json()["said"]
    assert 'value="3"' in client.get(f"{HOME}/submit_self_report").text


def test_nobody_names_a_document_somebody_else_handed_in(college: Console) -> None:
    walk(college, until="record_meeting")
    report = college.assessment().fact(SelfReportSubmitted).report  # type: ignore[union-attr]
    college.clock.at = day("11-26")
    forged = dict(STEPS[1][3]) | {"file-minutes": f"{report.sha256}.1.x.pdf"}
    answer = send(college.sign_in("working_group"), "record_meeting", forged)
    assert answer.status_code == 409
    assert "请重新上传" in answer.text


def test_a_document_is_downloaded_as_an_attachment_by_whom_the_assessment_is_for(college: Console) -> None:
    walk(college, until="record_meeting")
    report = college.assessment().fact(SelfReportSubmitted).report  # type: ignore[union-attr]
    path = f"{HOME}/documents/{report.sha256}"
    answer = college.sign_in("unit-1").get(path)
    assert (answer.status_code, answer.content) == (200, FILE[1])
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert college.sign_in("unit-2").get(path).status_code == 403
    elsewhere = path.replace("u-1", "u-2")
    assert college.sign_in("office").get(elsewhere).status_code == 409


def test_the_unit_sees_neither_sheets_nor_score_before_it_is_circulated(college: Console) -> None:
    walk(college, until="circulate")
    shown = text(college.sign_in("unit-1").get(HOME).text)
    assert "填写评分表" not in shown
    assert "这个结果是怎样得出的" not in shown
    assert "优秀" not in shown
    assert "优秀" in text(college.sign_in("committee").get(HOME).text)
    walk_rest = [step for step in STEPS if step[2] == "circulate"]
    college.clock.at = day("12-30")
    send(college.sign_in("office"), "circulate", walk_rest[0][3])
    assert "优秀" in text(college.sign_in("unit-1").get(HOME).text)


def test_the_page_says_who_did_what_when_and_until_when_the_next_is_due(college: Console) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("11-27")
    shown = text(college.sign_in("working_group").get(HOME).text)
    assert "样例·working_group" in shown
    assert "应到人数 20" in shown
    assert "2026-12-02 ，还剩 3 个工作日" in shown


def test_the_last_step_is_undone_with_a_reason(college: Console) -> None:
    walk(college, until="record_ballot")
    client = college.sign_in("working_group")
    assert "将撤回已办的“召开会议”" in client.get(f"{HOME}/undo_step").text
    assert send(client, "undo_step", {"reason": "日期有误"}).status_code == 303
    assert college.assessment().stage == "self_report"


def test_a_form_of_yesterday_is_refused_and_keeps_what_was_typed(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-26")
    client = college.sign_in("working_group")
    form = hidden(client.get(f"{HOME}/record_meeting").text)
    send(college.sign_in("office"), "move_deadline", {"reason": "调整", "stage": "scoring", "due": "2026-12-22"})
    answer = client.post(f"{HOME}/record_meeting", data={**form, **STEPS[1][3]}, files={"minutes": FILE})
    assert answer.status_code == 409
    assert "您填写期间" in answer.text
    assert 'value="外出挂职"' in answer.text
    again = {**hidden(answer.text), **STEPS[1][3]}
    assert client.post(f"{HOME}/record_meeting", data=again).status_code == 303


def test_the_agreed_sheet_shows_every_assessors_points_beside_the_units_own(college: Console) -> None:
    walk(college, until="score")
    page = college.sign_in("working_group").get(f"{HOME}/score").text
    shown = text(page)
    assert "样例·assessor" in shown
    assert "自评" in shown
    _, _, branch = RULEBOOK.forms_by_kind["college"].sections[0][1]
    assert f"1.3 {branch.part.title.zh}" in shown, "the indicator over its elements"
    assert "各表不一" not in shown
    assert college.assessment().fact(Scored) is None


def test_an_assessment_that_was_never_opened_says_so(college: Console) -> None:
    answer = college.sign_in("office").get("/assessments/2025/u-1")
    assert answer.status_code == 409
    assert "没有 2025/u-1 的记录" in answer.text


def test_the_agreed_sheet_says_where_the_assessors_differ_and_fills_in_where_they_agree(college: Console) -> None:
    walk(college, until="fill_sheet")
    step(college, "fill_sheet", "assessor")
    step(
        college, "fill_sheet", "working_group", **{"marks.a1-1.1.1": "3", "reasons.a1-1.1.1": "学习记录少 3 次 / 需补"}
    )
    page = college.sign_in("working_group").get(f"{HOME}/score").text
    assert text(page).count("各表不一") == 1
    assert "1.1.1" in text(page).partition("各表不一：3–5，须商定")[0][-250:]
    assert re.search(r'name="marks.a1-1.1.1"[^>]* value=""', page)
    assert "佐证不足；学习记录少 3 次 / 需补" in page, "both assessors' reasons, once each"
    assert re.search(r'name="reasons.a1-1.2.1"[^>]*>佐证不足<', page), "a reason all share is not said twice"
