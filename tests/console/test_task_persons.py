"""第九条2 in the console: whom a consequence concerns, asked for in its form, shown on the page to those who see results."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from .walk import ELEMENTS, HOME, send, step, text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

JANUARY = datetime(2027, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
FORM = f"{HOME}/complete_task"


@pytest.fixture
def failed(college: Console) -> Console:
    """A result of 不合格, circulated."""
    walk(college, until="score")
    step(college, "score", **{f"marks.{key}": "0" for key in ELEMENTS})
    step(college, "approve")
    step(college, "circulate")
    college.clock.at = JANUARY
    return college


def test_the_form_of_each_task_asks_for_the_persons_it_names(failed: Console) -> None:
    client = failed.sign_in("discipline")
    talk, held = (client.get(f"{FORM}?task={key}").text for key in ("talk", "responsibility"))
    assert 'name="exception.u-1-m1"' in talk
    assert 'name="measure.u-1-m1"' not in talk
    assert 'name="measure.u-1-m1"' in held
    assert 'name="person.0"' in held
    assert 'name="exception.u-1-m1"' not in held
    filed = failed.sign_in("organization").get(f"{FORM}?task=filed").text
    assert "涉及人员" not in filed


def test_responsibility_is_not_completed_by_a_date_alone_and_what_was_typed_stays(failed: Console) -> None:
    client = failed.sign_in("discipline")
    typed = {"task": "responsibility", "done_on": "2027-01-05", "person.0": "p-clerk"}
    refused = send(client, "complete_task", typed)
    assert refused.status_code == 409
    assert "只有日期不能办结" in refused.text
    assert 'value="p-clerk"' in refused.text
    done = send(client, "complete_task", {**typed, "measure.0": "批评教育", "measure.u-1-h1": "诫勉谈话"})
    assert done.status_code == 303
    page = text(client.get(HOME).text)
    assert "院长：诫勉谈话；其他人员：批评教育" in page


def test_the_unit_s_own_people_do_not_read_the_measure_against_one_of_them(failed: Console) -> None:
    typed = {"task": "responsibility", "done_on": "2027-01-05", "measure.u-1-h1": "诫勉谈话"}
    assert send(failed.sign_in("discipline"), "complete_task", typed).status_code == 303
    own = failed.sign_in("unit-1").get(HOME).text
    assert "追究相关责任人的责任" in own
    assert "诫勉谈话" not in own


def test_the_talk_is_completed_for_every_member_with_the_reason_where_one_is_not_concerned(failed: Console) -> None:
    typed = {"task": "talk", "done_on": "2027-01-05", "exception.u-1-m1": "十二月调入"}
    assert send(failed.sign_in("discipline"), "complete_task", typed).status_code == 303
    named = failed.assessment().task_persons["talk"]
    assert [(one.person, one.exception) for one in named] == [("u-1-h1", None), ("u-1-m1", "十二月调入")]


def test_the_awards_of_many_teams_are_cancelled_together_for_every_member(failed: Console) -> None:
    client = failed.sign_in("organization")
    page = client.get("/together/2026/complete_task").text
    assert 'name="persons"' not in page
    typed = {
        **hidden(page),
        "task": "awards_cancelled",
        "done_on": "2027-01-05",
        "unit": "assessment/2026/u-1",
        "_do": "confirm",
    }
    assert client.post("/together/2026/complete_task", data=typed).status_code in (200, 303)
    named = failed.assessment().task_persons.get("awards_cancelled", ())
    assert [one.person for one in named] == ["u-1-h1", "u-1-m1"]
