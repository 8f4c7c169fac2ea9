"""Reviews in the console: the section on the page, the forms to ask and to decide, to-dos, entries, and the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler import rounds
from storage.database.database import Database
from tests.conftest import NewUrl
from tests.windows import edition
from workflow.calendar import working_days

from .test_api import submission, system
from .walk import ELEMENTS, HOME, send, step, text, walk
from .web import Console, console, settle

pytestmark = pytest.mark.one_database  # the stories hold on both (`tests/scheduler/test_window_stories.py`)

ASKED = {"window": "review", "asked_on": "2026-12-31", "reason": "测评票数有出入", "document": "申〔2026〕3号"}
STANDS = {"window": "review", "decision": "stands", "decided_on": "2026-12-31", "reason": "票数核对无误"}


def settle_windows(url: str) -> None:
    settle(url, edition())


def settle_windows_of_members(url: str) -> None:
    settle(url, edition(of_members=True))


@pytest.fixture
def failed(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """A result of 不合格, circulated on 30 December, under an edition with a review and an appeal."""
    with Database.open(new_url(dialect, settle_windows)) as database, console(database, edition()) as college:
        circulate_fail(college)
        yield college


@pytest.fixture
def with_members(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The same, with a window of each member."""
    url, own = new_url(dialect, settle_windows_of_members), edition(of_members=True)
    with Database.open(url) as database, console(database, own) as college:
        circulate_fail(college)
        yield college


def circulate_fail(college: Console) -> None:
    walk(college, until="score")
    step(college, "score", **{f"marks.{key}": "0" for key in ELEMENTS})
    step(college, "approve", grade="fail")
    step(college, "circulate")
    college.clock.at = datetime(2026, 12, 31, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    count(college)


def count(college: Console) -> None:
    """What the clock has to do now."""
    rounds.run(college.engine, college.clock.now(), working_days(college.database).is_working)


def ask(college: Console) -> None:
    answer = send(college.sign_in("unit-1"), "ask_review", ASKED)
    assert answer.status_code == 303, text(answer.text)
    count(college)


def test_the_department_reads_until_when_it_may_ask_and_asks(failed: Console) -> None:
    client = failed.sign_in("unit-1")
    page = client.get(HOME)
    section = text(page.text).partition("复核、申诉")[2]
    assert "可以提出 复核" in section
    assert "期限 2027-01-11" in section
    assert "尚未开放 申诉" in section
    assert "ask_review?window=review" in page.text
    assert "可以提出“复核”" in text(client.get("/").text)
    ask(failed)
    page = client.get(HOME)
    assert "已提出，待决定 复核" in text(page.text)
    assert "ask_review" not in page.text
    assert "测评票数有出入" in text(page.text), "the entry stands on the page"
    assert "可以提出“复核”" not in text(client.get("/").text)


def test_a_request_that_is_too_late_is_not_offered_and_refused_with_the_last_day(failed: Console) -> None:
    failed.clock.at = datetime(2027, 1, 12, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    client = failed.sign_in("unit-1")
    assert "已截止 复核" in text(client.get(HOME).text)
    assert "ask_review" not in client.get(HOME).text
    refused = send(client, "ask_review", {**ASKED, "asked_on": "2027-01-12"})
    assert refused.status_code == 409, text(refused.text)
    assert "2027-01-11" in text(refused.text)
    assert "附则三（一）" in text(refused.text)
    assert "测评票数有出入" in refused.text, "nothing typed is lost"


def test_the_decision_is_a_to_do_of_those_who_decide_and_shows_them_the_request(failed: Console) -> None:
    assert "作出复核或申诉决定" not in text(failed.sign_in("leading_group").get("/").text)
    ask(failed)
    client = failed.sign_in("leading_group")
    assert "作出复核或申诉决定" in text(client.get("/").text)
    tasks = client.get("/tasks/2026").text
    assert "复核决定" in text(tasks)
    assert "decide_review?window=review" in tasks
    form = client.get(f"{HOME}/decide_review?window=review").text
    assert "测评票数有出入" in text(form)
    assert "申〔2026〕3号" in text(form)
    assert '<option value="stands"' in form
    decided = send(client, "decide_review", STANDS)
    assert decided.status_code == 303, text(decided.text)
    section = text(client.get(HOME).text).partition("复核、申诉")[2]
    assert "维持原结果 2026-12-31" in section
    own = text(failed.sign_in("unit-1").get(HOME).text)
    assert "可以提出 申诉" in own
    assert "票数核对无误" in own


def test_a_decision_to_reopen_asks_the_committee_to_reopen_the_result(failed: Console) -> None:
    ask(failed)
    granted = send(failed.sign_in("leading_group"), "decide_review", {**STANDS, "decision": "reopen"})
    assert granted.status_code == 303, text(granted.text)
    committee = failed.sign_in("committee")
    assert "重新审议考核结果" in text(committee.get("/").text)
    reopened = send(
        committee, "reopen_result", {"resolution": "样例党字〔2026〕70号", "met_on": "2026-12-31", "reason": "漏计佐证"}
    )
    assert reopened.status_code == 303, text(reopened.text)
    assert "已决定 复核" not in text(committee.get(HOME).text)


def test_another_role_gets_no_form_and_reads_the_pages_in_english(failed: Console) -> None:
    assert failed.sign_in("office").get(f"{HOME}/ask_review").status_code == 403
    english = text(failed.sign_in("unit-1", "en").get(HOME).text)
    assert "open Review" in english
    assert "until" in english


def test_the_api_asks_and_decides_and_lists_the_windows(failed: Console) -> None:
    department, leaders = system(failed, "unit", unit="u-1"), system(failed, "leading_group")
    before = department.get("/assessments/2026/u-1").json()["windows"]
    assert [(one["window"], one["status"], one["due"]) for one in before] == [
        ("review", "open", "2027-01-11"),
        ("appeal", "waiting", None),
    ]
    answer = department.post("/commands", json=submission("ask_review", ASKED))
    assert answer.status_code in (200, 201), answer.json()
    answer = leaders.post("/commands", json=submission("decide_review", STANDS))
    assert answer.status_code in (200, 201), answer.json()
    review = department.get("/assessments/2026/u-1").json()["windows"][0]
    assert (review["status"], review["decision"], review["decided_on"]) == ("decided", "stands", "2026-12-31")


def test_the_state_at_a_moment_lists_the_review_and_its_decision(failed: Console) -> None:
    ask(failed)
    send(failed.sign_in("leading_group"), "decide_review", STANDS)
    page = text(failed.sign_in("committee").get("/audit/assessments/2026/u-1").text)
    assert "维持原结果" in page


def test_the_department_reads_nothing_of_the_window_of_a_member_in_which_others_ask(with_members: Console) -> None:
    organization, own = with_members.sign_in("organization"), with_members.sign_in("unit-1")
    assert "可以提出 本人复核（院长）" in text(organization.get(HOME).text)
    form = text(organization.get(f"{HOME}/ask_review").text)
    assert "本人复核（院长）" in form
    assert "本人复核" not in text(own.get(HOME).text)
    assert "本人复核" not in text(own.get(f"{HOME}/ask_review").text)
    request = {**ASKED, "window": "own@u-1-h1", "reason": "分管工作评价有误"}
    asked = send(organization, "ask_review", request)
    assert asked.status_code == 303, text(asked.text)
    assert "已提出，待决定 本人复核（院长）" in text(organization.get(HOME).text)
    page = text(own.get(HOME).text)
    assert "分管工作评价有误" not in page
    assert "本人复核" not in page
    listed = system(with_members, "unit", unit="u-1").get("/assessments/2026/u-1").json()
    assert [one["window"] for one in listed["windows"]] == ["review", "appeal"]
    assert "own@u-1-h1" not in listed["tasks"]
