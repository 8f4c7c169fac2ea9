"""The forms for numbers of other offices, for what a role judges, and for items that do not apply."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl
from tests.entered import edition

from .walk import HOME, send, text, walk
from .web import Console, console, settle


def settle_reports(url: str) -> None:
    settle(url, edition())


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under a measure that reads other offices' numbers, on each database."""
    with Database.open(new_url(dialect, settle_reports)) as database, console(database, edition()) as made:
        walk(made, until="record_meeting")
        yield made


def test_a_role_sees_the_values_that_it_reports_and_no_others(college: Console) -> None:
    page = college.sign_in("organization").get(f"{HOME}/report_values").text
    assert 'name="numbers.survey"' in page
    assert 'name="levels.view"' not in page
    page = college.sign_in("committee").get(f"{HOME}/report_values").text
    assert '<select id="levels.view"' in page
    assert 'name="reasons.view"' in page
    assert "survey" not in page


def test_a_number_is_reported_shown_and_corrected(college: Console) -> None:
    client = college.sign_in("organization")
    answer = send(client, "report_values", {"numbers.survey": "101"})
    assert answer.status_code == 409
    assert 'href="#numbers.survey"' in answer.text
    assert 'value="101"' in answer.text, "nothing typed is lost"
    for number in ("88.5", "91"):
        assert send(client, "report_values", {"numbers.survey": number}).status_code == 303
    assert college.assessment().reported.numbers["survey"] == 91
    page = client.get(f"{HOME}/report_values").text
    assert '<td data-label="已报送">91</td>' in page


def test_a_judgement_needs_a_reason(college: Console) -> None:
    client = college.sign_in("committee")
    answer = send(client, "report_values", {"levels.view": "mostly"})
    assert answer.status_code == 409
    assert "党委评价的理由" in text(answer.text)
    typed = {"levels.view": "mostly", "reasons.view": "两项重点任务延期"}
    assert send(client, "report_values", typed).status_code == 303
    assert "报送数据" not in college.sign_in("unit-1").get(HOME).text, "the department does not read judgements"
    reported = college.assessment().reported
    assert (reported.levels, reported.reasons) == ({"view": "mostly"}, {"view": "两项重点任务延期"})


def test_an_item_is_declared_not_to_apply_and_restored(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get(f"{HOME}/waive_item").text
    assert 'value="m-talks@u-1-m1"' in page
    assert 'value="m-duty@u-1-m1"' not in page, "an item that must apply is not offered"
    typed = {"item": "m-talks@u-1-m1", "reason": "当年未分管人员"}
    assert send(client, "waive_item", typed).status_code == 303
    assert college.assessment().absent == {"m-talks@u-1-m1"}
    assert 'value="m-talks@u-1-m1"' not in client.get(f"{HOME}/waive_item").text
    answer = send(client, "restore_item", {"item": "m-talks@u-1-m1", "reason": "补登记"})
    assert answer.status_code == 303
    assert college.assessment().absent == frozenset()
