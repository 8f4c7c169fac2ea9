"""等次: where the team and its members are graded too, the approval names every grade, to who decides and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from states.refusals import Refusal
from states.stages.approval import Approve, Approved
from states.vocabulary import Actor, Words
from storage.database.database import Database
from tests.conftest import NewUrl
from tests.members import edition, scored

from .test_api import submission, system
from .walk import HOME, day, send, step, text
from .web import Console, console, hidden, settle

HEAD, OTHER = "班子成员：院长", "班子成员：副院长"
GRADES = {"unit": "excellent", "member@u-1-h1": "able", "member@u-1-m1": "unable"}
STREAM = "assessment/2026/u-1"


def settle_members(url: str) -> None:
    settle(url, edition())


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """One result before the committee: the department excellent, the head able, the other member not able."""
    with Database.open(new_url(dialect, settle_members)) as database, console(database, edition()) as made:
        scored(made)
        made.clock.at = day("12-25")
        yield made


def test_the_form_and_its_check_page_name_every_grade_and_exactly_these_are_approved(college: Console) -> None:
    client = college.sign_in("committee")
    page = client.get(f"{HOME}/approve").text
    assert {name: value for name, value in hidden(page).items() if name.startswith("grades.")} == {
        f"grades.{id_}": grade for id_, grade in GRADES.items()
    }
    form = text(page).partition("审定等次")[2]
    assert f"{HEAD} 称职，30 分" in form
    assert f"{OTHER} 不称职，20 分" in form
    typed = {**hidden(page), "resolution": "样例党字〔2026〕50号", "met_on": "2026-12-24"}
    check = text(client.post(f"{HOME}/approve", data={**typed, "_do": "preview"}).text)
    for said in (f"{HEAD} 称职", f"{OTHER} 不称职", "班子 优秀"):
        assert said in check.partition("审定等次")[2], said
    assert send(client, "approve", typed).status_code == 303
    approved = college.assessment().fact(Approved)
    assert approved is not None
    assert approved.grades == GRADES
    assert college.replayed() == []


@pytest.mark.one_database
def test_one_resolution_for_all_names_every_grade_in_its_table_and_on_its_check_page(college: Console) -> None:
    client = college.sign_in("committee")
    page = client.get("/resolution/2026").text
    row = text(f"<main{page.partition('<main')[2]}").partition("决定")[2]
    assert f"{HEAD} 称职 30 分" in row
    assert f"{OTHER} 不称职 20 分" in row
    typed = {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-25", f"do-{STREAM}": "approve"}
    check = text(client.post("/resolution/2026", data={**hidden(page), **typed, "_do": "preview"}).text)
    assert "样例学院1 优秀，100 分" in check
    assert f"{HEAD} 称职，30 分" in check
    assert f"{OTHER} 不称职，20 分" in check
    done = text(client.post("/resolution/2026", data={**hidden(page), **typed, "_do": "confirm"}).text)
    assert f"{OTHER} 不称职" in done.partition("本年度已审定")[2]
    approved = college.assessment().fact(Approved)
    assert approved is not None
    assert approved.grades == GRADES
    english = text(college.sign_in("committee", "en").get("/resolution/2026").text)
    assert "院长 Able 30 points" in english.partition("Approved this year")[2]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("grades", "said"),
    [
        ({**GRADES, "member@u-1-m1": "able"}, "班子成员（副院长）的等次"),
        ({"unit": "excellent", "member@u-1-h1": "able"}, "班子成员（副院长）的等次"),
        ({**GRADES, "member@u-9": "able"}, "班子成员（u-9）的等次"),
        ({}, "领导班子的等次"),
    ],
    ids=["another", "missing", "nobody", "none"],
)
def test_another_grade_of_a_member_is_not_approved_nor_is_one_left_out(
    college: Console, grades: dict[str, str], said: str
) -> None:
    command = Approve(resolution=Words("党字1号"), met_on=day("12-24").date(), grades=grades)
    with pytest.raises(Refusal) as refused:
        college.engine.submit(STREAM, command, Actor("committee", "committee"), "approve-1")
    assert said in refused.value.render("zh")
    assert college.assessment().fact(Approved) is None


@pytest.mark.one_database
def test_a_system_approves_with_the_grades_of_all(college: Console) -> None:
    client, resolution = system(college, "committee"), {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-24"}
    short = submission("approve", {**resolution, "grades": {"unit": "excellent"}})
    assert "班子成员（院长）的等次" in client.post("/commands", json=short).json()["detail"]
    assert client.post("/commands", json=submission("approve", {**resolution, "grades": GRADES})).status_code == 200
    assert college.assessment().stage == "approval"


@pytest.mark.one_database
def test_nobody_but_who_decides_reads_in_the_entries_how_a_member_was_graded(college: Console) -> None:
    step(college, "approve")
    step(college, "circulate")
    grade = re.compile("(?<!不)称职|不称职")
    for account, reads in {"committee": True, "office": True, "working_group": True, "organization": False,
                           "discipline": False, "assessor": False, "unit-1": False, "leading_group": True}.items():  # fmt: skip
        page = text(college.sign_in(account).get(HOME).text)
        assert bool(grade.search(page)) == reads, account
        assert "优秀" in page, account
