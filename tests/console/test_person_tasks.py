"""Tasks of persons in the console: called by their posts, moved and completed, and hidden from the department's own people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl
from tests.person_tasks import edition

from .test_api import system
from .walk import ELEMENTS, HOME, send, step, text, walk
from .web import Console, console, settle

pytestmark = pytest.mark.one_database  # the stories hold on both (`tests/scheduler/test_task_stories.py`)

JANUARY = datetime(2027, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
STATEMENT = "提交书面检查（院长）"


def settle_tasks(url: str) -> None:
    settle(url, edition())


@pytest.fixture
def failed(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """A result of 不合格, circulated, under an edition with tasks of each member."""
    with Database.open(new_url(dialect, settle_tasks)) as database, console(database, edition()) as college:
        walk(college, until="score")
        step(college, "score", **{f"marks.{key}": "0" for key in ELEMENTS})
        step(college, "approve")
        step(college, "circulate")
        college.clock.at = JANUARY
        yield college


def test_a_task_of_a_person_stands_with_the_post_and_one_that_waits_has_no_link(failed: Console) -> None:
    page = failed.sign_in("organization").get(HOME).text
    assert f"待办 {STATEMENT}" in text(page)
    assert "等待 约谈（院长）" in text(page)
    assert "complete_task?task=statement%40u-1-h1" in page or "complete_task?task=statement@u-1-h1" in page
    assert "task=talk" not in page
    assert "取消评优资格 · 至 2027-12" in text(page)


def test_a_task_of_a_person_is_completed_and_the_next_one_can_be_done(failed: Console) -> None:
    client = failed.sign_in("organization")
    done = send(client, "complete_task", {"task": "statement@u-1-h1", "done_on": "2027-01-05"})
    assert done.status_code == 303, text(done.text)
    page = text(client.get(HOME).text)
    assert f"已办 {STATEMENT}" in page
    assert "待办 约谈（院长）" in page
    assert "约谈（院长）" in text(client.get("/tasks/2026").text)


def test_the_department_s_own_people_read_nothing_of_a_task_of_a_person(failed: Console) -> None:
    done = {"task": "statement@u-1-h1", "done_on": "2027-01-05"}
    assert send(failed.sign_in("organization"), "complete_task", done).status_code == 303
    page = text(failed.sign_in("unit-1").get(HOME).text)
    assert "结果备案" in page
    assert "书面检查" not in page
    assert "书面检查（院长）" in text(failed.sign_in("office").get(HOME).text).partition("结果运用事项")[2]
    own = system(failed, "unit", unit="u-1").get("/assessments/2026/u-1").json()
    assert set(own["tasks"]) == {"filed", "no_awards"}
    everything = system(failed, "office").get("/assessments/2026/u-1").json()
    assert "statement@u-1-h1" in everything["tasks"]


def test_the_office_moves_the_deadline_of_a_task_on_its_form(failed: Console) -> None:
    client = failed.sign_in("office")
    typed = {"stage": "filed", "due": "2027-02-10", "reason": "寒假期间暂停办理"}
    assert send(client, "move_deadline", typed).status_code == 303
    assert "结果备案 · 期限 2027-02-10" in text(client.get(HOME).text)
