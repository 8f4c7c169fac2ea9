"""The page of the places: settling with a tie, scoring again by the places, and who may see what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.web.display.highlights import GRADE_OPEN, highlights
from states.assessment import Assessment
from states.refusals import NotYours
from states.vocabulary import Words
from states.year.standings import Settle
from storage.database.database import Database
from tests.conftest import NewUrl
from tests.quota import GROUP, report_and_score, score, with_quota

from .test_api import submission, system
from .walk import text
from .web import Console, console, hidden, settle

QUOTA = with_quota()
PAGE, YEAR = "/standings/2026", "year/2026"


def settle_quota(url: str) -> None:
    settle(url, QUOTA)


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under the measure with a quota: two departments with 95 points each, one seat."""
    with Database.open(new_url(dialect, settle_quota)) as database, console(database, QUOTA) as made:
        for unit in ("u-1", "u-2"):
            report_and_score(made, unit, "95")
        yield made


def order(first: str, second: str) -> dict[str, str]:
    return {f"order.order.0.{first}": "1", f"order.order.0.{second}": "2", "reason": "按日常检查情况"}


def test_the_working_group_orders_a_tie_settles_and_scores_again_by_the_places(college: Console) -> None:
    group = college.sign_in("working_group")
    page = group.get(PAGE).text
    assert "并列第 1 名" in page
    answer = group.post(PAGE, data={**hidden(page, PAGE), "standing": "order", **order("u-2", "u-1")})
    assert answer.status_code == 303, answer.text
    page = group.get(answer.headers["location"]).text
    assert "“得分名次”已核定" in text(page)
    again = group.get(f"{PAGE}/score").text
    streams = ["assessment/2026/u-1", "assessment/2026/u-2"]
    checked = group.post(f"{PAGE}/score", data={**hidden(again), "unit": streams, "_do": "preview"})
    assert "优秀" in text(checked.text)
    answer = group.post(f"{PAGE}/score", data={**hidden(checked.text), "unit": streams, "_do": "confirm"})
    assert answer.status_code == 200, answer.text
    graded = {unit: college.assessment(unit).steps[-1].fact.results[0].grade for unit in ("u-1", "u-2")}  # type: ignore[attr-defined]
    assert graded == {"u-1": "pass", "u-2": "excellent"}
    assert "目前没有可以由您办理此事项的部门" in group.get(f"{PAGE}/score").text


@pytest.mark.one_database  # The roles come from the rulebook.
def test_a_tie_that_only_the_office_may_order_is_no_form_for_the_working_group(new_url: NewUrl) -> None:
    edition = with_quota(ask=("office",))
    url = new_url("sqlite", lambda url: settle(url, edition))
    with Database.open(url) as database, console(database, edition) as college:
        for unit in ("u-1", "u-2"):
            report_and_score(college, unit, "95")
        page = college.sign_in("working_group").get(PAGE).text
        assert "须由考核领导小组办公室（纪委办公室）排定先后并核定" in text(page)
        assert "order.order.0.u-1" not in page
        assert "order.order.0.u-1" in college.sign_in("office").get(PAGE).text
        with pytest.raises(NotYours):
            college.engine.submit(
                YEAR, Settle(standing="order", order=("u-2", "u-1"), reason=Words("日常")), GROUP, "s-1"
            )


def test_a_tie_without_an_order_is_refused_and_what_was_typed_stays(college: Console) -> None:
    group = college.sign_in("working_group")
    page = group.get(PAGE).text
    typed = {**order("u-1", "u-2"), "order.order.0.u-2": "", "reason": "按日常检查情况"}
    answer = group.post(PAGE, data={**hidden(page, PAGE), "standing": "order", **typed})
    assert answer.status_code == 409
    assert "并列者的先后次序" in answer.text
    assert 'value="按日常检查情况"' in answer.text
    assert 'name="order.order.0.u-1" value="1"' in answer.text


def test_before_anything_is_recorded_the_check_page_says_who_gets_the_seat(college: Console) -> None:
    group = college.sign_in("working_group")
    data = hidden(group.get(PAGE).text, PAGE) | {"standing": "order", **order("u-2", "u-1"), "_do": "preview"}
    answer = group.post(PAGE, data=data)
    assert "优秀名额：样例学院2" in text(answer.text)
    assert college.engine.state("year/2026").standings == {}  # type: ignore[union-attr]


def test_the_committee_sees_places_and_seats_and_that_they_must_be_settled_again(college: Console) -> None:
    committee = college.sign_in("committee")
    command = Settle(standing="order", order=("u-1", "u-2"), reason=Words("按日常检查情况"))
    college.engine.submit("year/2026", command, GROUP, "settle")
    for unit in ("u-1", "u-2"):
        score(college, unit)
    page = text(committee.get("/resolution/2026").text)
    assert "尚未核定" not in page
    assert "第 1 名，共 2 个；优秀名额" in page
    assert "第 2 名，共 2 个" in page
    # 95 points are enough: what is missing is a seat, and no points.
    assert "分到优秀" not in page
    college.case("u-1", outcome="gov_warning")
    score(college, "u-1")
    assert "“得分名次”尚未核定，或者核定之后结果有变化" in text(committee.get("/resolution/2026").text)


def test_only_who_assesses_or_decides_sees_the_places(college: Console) -> None:
    assert college.sign_in("unit-1").get(PAGE).status_code == 403
    page = text(college.sign_in("committee").get(PAGE).text)
    assert "样例学院1" in page
    assert "核定名次" not in page


def test_nobody_sees_the_place_of_their_own_department(college: Console) -> None:
    college.people({"group-2": ("working_group", "u-2")})
    page = text(college.sign_in("group-2").get(PAGE).text)
    assert "回避" in page


def test_a_system_settles_the_places_by_the_interface(college: Console) -> None:
    client = system(college, "working_group")
    command = {"standing": "order", "order": ["u-1", "u-2"], "reason": "按日常检查情况"}
    answer = client.post("/commands", json=submission("settle", command, stream="year/2026"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["kind"] == "StandingSettled"


@pytest.mark.one_database  # What is shown does not depend on the database.
def test_a_result_whose_grade_waits_for_a_place_is_one_for_the_committee_to_look_at(college: Console) -> None:
    """It cannot be approved yet, so nothing is ticked for it."""
    state, context, _ = college.engine.context("assessment/2026/u-1", GROUP)
    assert isinstance(state, Assessment)
    open_grade = next(one for one in highlights(state, context, None) if one.title == GRADE_OPEN)
    assert (open_grade.light, open_grade.text) == ("soon", QUOTA.rulebook.subject[0].title.text)
    paper = college.sign_in("committee").get("/resolution/2026").text
    assert "等次待定" in paper
    assert 'value="approve" checked' not in paper
