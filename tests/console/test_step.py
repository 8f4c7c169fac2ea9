"""The form, the page and the entry of a step of which the rulebook alone says what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx2 import Client

from scenarios.variant import StoryChanges, variant_of
from storage.database.database import Database
from tests.college import EDITION
from tests.conftest import NewUrl

from .test_api import problem, submission, system
from .walk import FILE, HOME, day, marks, send
from .web import Console, console, settle

_STEP = {"kind": "step", "clause": "第六条"}
STEPS = variant_of(
    EDITION,
    StoryChanges(
        stages=("opening", "opening_talk", "self_report", "receipt", "scoring", "approval", "circulation"),
        new_stages=(
            {**_STEP, "key": "opening_talk", "title": {"zh": "启动谈话", "en": "Opening talk"}, "by": ["office"]},
            {**_STEP, "key": "receipt", "title": {"zh": "回执确认", "en": "Receipt"}, "by": ["unit"]},
        ),
    ),
    "steps",
)
"""The shipped measure with two steps and few other stages."""
TYPED = {"done_on": "2026-11-03", "summary": "已说明考核要求", "participants": "u-1-h1"}


def settle_steps(url: str) -> None:
    settle(url, STEPS)


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under the measure with two steps, on each database."""
    with Database.open(new_url(dialect, settle_steps)) as database, console(database, STEPS) as made:
        made.clock.at = day("11-04")
        yield made


@pytest.fixture
def office(college: Console) -> Client:
    return college.sign_in("office")


def _talk(office: Client) -> str:
    answer = send(office, "take_step", TYPED, {"record": FILE})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_step_has_the_title_of_its_stage_on_its_form_on_the_page_and_in_its_entry(
    college: Console, office: Client
) -> None:
    assert f'href="{HOME}/take_step">启动谈话</a>' in office.get(HOME).text
    form = office.get(f"{HOME}/take_step").text
    assert "<h1>启动谈话" in form
    assert "第六条" in form
    assert 'name="step"' not in form
    page = office.get(_talk(office)).text
    assert "已办理：启动谈话。" in page
    entry = page.partition('id="record"')[2] or page
    assert "report.pdf" in entry
    assert "已说明考核要求" in entry
    assert "院长" in entry
    state = college.assessment()
    assert state.stage == "opening_talk"
    assert college.replayed() == []


def test_all_faults_of_a_step_are_told_at_once_and_nothing_typed_is_lost(office: Client) -> None:
    answer = send(office, "take_step", {**TYPED, "done_on": "", "summary": ""})
    assert answer.status_code == 409
    assert {f'id="{name}-wrong"' in answer.text for name in ("done_on", "summary", "record")} == {True}
    assert 'value="u-1-h1" checked' in answer.text
    early = send(office, "take_step", {**TYPED, "done_on": "2026-11-20"}, {"record": FILE})
    assert early.status_code == 409
    assert "启动谈话" in early.text
    assert 'value="2026-11-20"' in early.text


def test_a_step_is_checked_before_it_is_recorded(office: Client) -> None:
    page = send(office, "take_step", {**TYPED, "_do": "submit"}, {"record": FILE}, _do="submit").text
    assert "<h1>" in page
    assert "启动谈话" in page
    assert "已说明考核要求" in page


def test_a_step_of_the_department_is_for_the_department(college: Console, office: Client) -> None:
    _talk(office)
    unit = college.sign_in("unit-1")
    send(unit, "submit_self_report", marks("self_scores"), {"report": FILE})
    assert office.get(f"{HOME}/take_step").status_code == 403
    assert college.sign_in("unit-2").get(f"{HOME}/take_step").status_code == 403
    assert "<h1>回执确认" in unit.get(f"{HOME}/take_step").text
    answer = send(unit, "take_step", {"done_on": "2026-11-04", "summary": "已核对"}, {"record": FILE})
    assert answer.status_code == 303, answer.text
    assert college.assessment().stage == "receipt"
    page = unit.get(HOME).text
    assert "启动谈话" in page
    assert "回执确认" in page


def test_the_draft_of_one_step_is_not_in_the_form_of_another(college: Console, office: Client) -> None:
    colleague = college.sign_in("unit-1")
    send(office, "take_step", {**TYPED, "summary": "启动谈话的草稿"}, _do="draft")
    assert "启动谈话的草稿" in office.get(f"{HOME}/take_step").text
    _talk(office)
    send(colleague, "submit_self_report", marks("self_scores"), {"report": FILE})
    assert "启动谈话的草稿" not in colleague.get(f"{HOME}/take_step").text


def test_a_step_that_was_undone_comes_back_with_what_was_typed(college: Console, office: Client) -> None:
    _talk(office)
    send(office, "undo_step", {"reason": "日期有误"})
    form = office.get(f"{HOME}/take_step").text
    assert "已说明考核要求" in form
    assert 'value="u-1-h1" checked' in form
    assert 'value="2026-11-03"' in form
    assert "日期有误" in form


def test_the_board_and_the_deadlines_have_the_step_by_its_key(office: Client) -> None:
    board = office.get("/board/2026").text
    assert "启动谈话" in board
    assert "stage=opening_talk" in board
    assert (
        "样例学院1" in office.get("/board/2026?stage=opening_talk").text
        or "u-1" in office.get("/board/2026?stage=opening_talk").text
    )


def test_the_auditor_reads_the_title_of_the_step_at_its_entry(college: Console, office: Client) -> None:
    _talk(office)
    assert "启动谈话" in college.sign_in("audit_admin").get("/audit/assessments/2026/u-1").text


def test_a_step_is_recorded_by_another_system_under_the_key_of_its_stage(college: Console) -> None:
    caller = system(college, "office")
    asked = caller.get("/assessments/2026/u-1").json()
    assert (asked["next"]["act"], asked["next"]["title"]) == ("take_step", "启动谈话")
    record = {"sha256": "ab" * 32, "size": 9, "media_type": "application/pdf"}
    command = {"step": "opening_talk", "done_on": "2026-11-03", "record": record, "summary": "已说明考核要求"}
    wrong = {**command, "step": "receipt", "done_on": "2026-12-24"}
    told = problem(caller.post("/commands", json=submission("take_step", wrong)), 403, "NotYours")
    assert "回执确认" in told["detail"]
    answer = caller.post("/commands", json=submission("take_step", command))
    assert answer.status_code < 300, answer.text
    steps = caller.get("/assessments/2026/u-1").json()["steps"]
    assert [step["stage"] for step in steps] == ["opening", "opening_talk"]
