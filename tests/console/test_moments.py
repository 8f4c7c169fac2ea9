"""任一时刻: an assessment as it stood, each value with its entry, by a position one can cite; and the difference of two moments."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from .auditors import move_deadline, visible_html, words
from .walk import walk
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both


def test_each_value_is_as_it_was_then_and_names_the_entry_that_set_it(college: Console) -> None:
    first = move_deadline(college, "u-1", date(2026, 11, 28))
    second = move_deadline(college, "u-1", date(2026, 11, 29))
    client = college.sign_in("audit_admin")
    for number, day in ((first, "2026-11-28"), (second, "2026-11-29")):
        page = client.get(f"/audit/assessments/2026/u-1?as_of={number}").text
        (row,) = (one for one in visible_html(page).split("<tr") if ">召开会议<" in one)
        assert f">{day}</td>" in row
        assert f'href="/audit/entries/{number}"' in row
        assert f"截至第 {number} 号" in words(page)


def test_a_slider_and_buttons_lead_to_the_entries_of_the_unit_without_javascript(college: Console) -> None:
    first = move_deadline(college, "u-1", date(2026, 11, 28))
    move_deadline(college, "u-2", date(2026, 11, 28))
    second = move_deadline(college, "u-1", date(2026, 11, 29))
    client = college.sign_in("audit_admin")
    path = "/audit/assessments/2026/u-1"
    page = client.get(f"{path}?as_of={first}").text
    assert f'href="{path}?as_of={second}" rel="next"' in page
    assert re.search(r'<input type="range"[^>]* min="1" max="3" value="2"', page)
    assert client.get(f"{path}?version=3").headers["location"] == f"{path}?as_of={second}"
    # Between two entries of the unit it stands as after the first of them.
    assert f"截至第 {first} 号" in words(client.get(f"{path}?as_of={second - 1}").text)


def test_a_day_is_meant_to_its_end_and_before_the_first_entry_there_was_nothing(college: Console) -> None:
    number = move_deadline(college, "u-1", date(2026, 11, 28))
    college.clock.at += timedelta(days=2)
    move_deadline(college, "u-1", date(2026, 11, 29))
    client, path = college.sign_in("discipline"), "/audit/assessments/2026/u-1"
    assert f"截至第 {number} 号" in words(client.get(f"{path}?as_of=2026-11-03").text)
    answer = client.get(f"{path}?as_of=2026-11-01")
    assert answer.status_code == 409
    assert "在所指时刻还没有任何记录" in answer.text
    for nonsense in ("9999-12-31", "yesterday", "12:00", "-1"):
        assert client.get(f"{path}?as_of={nonsense}").status_code in (200, 409)
    assert client.get("/audit/assessments/2031/u-1").status_code == 409


def test_what_changed_between_two_moments_is_told_by_department_with_its_entry(college: Console) -> None:
    before = college.engine.ledger.head().number
    first = move_deadline(college, "u-1", date(2026, 11, 28))
    move_deadline(college, "u-2", date(2026, 11, 30))
    last = move_deadline(college, "u-1", date(2026, 11, 29))
    client = college.sign_in("audit_admin")
    page = client.get(f"/audit/difference?year=2026&unit=&first={before}&last={last}").text
    assert "2 个部门有变化" in page
    (row,) = (one for one in visible_html(page).split("<tr") if ">召开会议<" in one and "2026-11-29" in one)
    assert f'href="/audit/entries/{last}"' in row
    one = client.get(f"/audit/difference?year=2026&unit=u-1&first={before}&last={first}").text
    assert "1 个部门有变化" in one
    assert "2026-11-28" in one
    assert "2026-11-29" not in one.partition("<table")[2]
    # The other way round it is the same two moments.
    assert (
        f"第 {before} 号之后，至第 {last} 号"
        in client.get(f"/audit/difference?year=2026&first={last}&last={before}").text
    )
    assert "没有变化" in client.get(f"/audit/difference?year=2026&first={last}&last={last}").text


def test_a_value_that_changed_later_says_by_which_entry_and_what_it_is_now(college: Console) -> None:
    first = move_deadline(college, "u-1", date(2026, 11, 28))
    client, path = college.sign_in("audit_admin"), "/audit/assessments/2026/u-1"
    assert "没有改动" in words(client.get(f"{path}?as_of={first}").text)
    second = move_deadline(college, "u-1", date(2026, 11, 29))
    page = client.get(f"{path}?as_of={first}").text
    assert "1 处后来改了" in words(page)
    (row,) = (one for one in page.split("<tr") if ">召开会议<" in one)
    assert f"第 {second} 号 改为 2026-11-29" in words(row)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_moment_and_a_difference_speak_the_forms_titles_and_no_key(college: Console, language: str) -> None:
    """A key of a field, a path or an id is behind “看原文” only."""
    before = college.engine.ledger.head().number
    walk(college, until="circulate")
    client = college.sign_in("audit_admin", language)
    for path in ("/audit/assessments/2026/u-1", f"/audit/difference?year=2026&unit=&first={before}"):
        said = re.sub(r"样例·\w+", "", words(visible_html(client.get(path).text).partition("<main")[2]))
        assert ("会议记录" if language == "zh" else "Minutes") in said
        assert ("外出挂职") in said
        assert (
            re.findall(r"\b[a-z]+_[a-z_]+\b|\bu-1\b|\bp-\w+|a1-\d|\bmeeting_held\b|\w+\.\w+\.\w*[a-z]\w*", said) == []
        )
