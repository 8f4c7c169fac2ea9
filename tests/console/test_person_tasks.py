"""Tasks of persons in the console: called by their posts, moved and completed, and hidden from the department's own people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from notifications.letter_text import write_letter
from notifications.notices.notice import notice_from_json
from notifications.post import Post
from notifications.post_settings import PostSettings
from scheduler import rounds
from states.vocabulary import Actor, Opaque
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.people import Person
from storage.post import deliveries
from storage.vault.vault import use_key
from tests.college import OFFICE, Silent
from tests.conftest import NewUrl
from tests.person_tasks import edition
from tests.scheduler.running_college import HOURS
from workflow.calendar import working_days
from workflow.people import erase_person, store_people

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


def test_the_inbox_and_the_pages_name_the_person_of_a_task_and_a_letter_has_the_post(
    failed: Console, tmp_path: Path
) -> None:
    use_key(failed.database, MasterKey.create(tmp_path / "vault.key"))
    store_people(failed.engine, [Person(id=Opaque("u-1-h1"), name="样例·零一", unit="u-1")], OFFICE)
    rounds.run(failed.engine, failed.clock.now(), working_days(failed.database).is_working)
    post = Post(failed.engine.ledger, {}, PostSettings(hours=HOURS, is_working=lambda _: True), Silent())
    post.gather(failed.clock.at)
    client = failed.sign_in("organization")
    assert "提交书面检查（样例·零一 院长）" in text(client.get("/inbox").text)
    for page in (HOME, "/tasks/2026"):
        assert "提交书面检查（样例·零一 院长）" in text(client.get(page).text), page
    stored = [one for one in deliveries.search(failed.database, limit=1000) if "提交书面检查" in one.notice]
    assert stored
    assert not [one for one in stored if "样例·零一" in one.notice]
    letter = write_letter([notice_from_json(one.notice) for one in stored], "zh").body
    assert "提交书面检查（院长）" in letter
    assert "样例·零一" not in letter
    listed = text(failed.sign_in("office").get("/deliveries").text)
    assert "提交书面检查（院长）" in listed
    assert "样例·零一" not in listed
    assert "样例·零一" not in system(failed, "office").get("/assessments/2026/u-1").text, "programs have ids"
    erase_person(failed.engine, "u-1-h1", Actor("security_admin", "security_admin"))
    for page in ("/inbox", HOME, "/tasks/2026"):
        said = text(client.get(page).text)
        assert "提交书面检查（〔已删除〕 院长）" in said, page
        assert "样例·零一" not in said
    assert "(［erased］ 院长)".translate(str.maketrans("［］", "[]")) in text(
        failed.sign_in("organization", "en").get("/inbox").text
    )
