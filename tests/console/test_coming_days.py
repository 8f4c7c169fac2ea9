"""The strip of coming days on the first page."""

from __future__ import annotations

import re
from datetime import date

import pytest

from console.web.display.coming_days import DAY_COUNT, OpenDeadline, coming_days
from states.vocabulary import Text

from .walk import day, text
from .web import Console

TITLE = Text(zh="召开会议", en="meeting")


def deadline(due: date, still: int = 3) -> OpenDeadline:
    return OpenDeadline(due, TITLE, still, "/board/2026")


def is_working(one: date) -> bool:
    return one.weekday() < 5


def test_the_strip_has_four_weeks_of_working_days_and_a_day_off_only_where_something_is_due() -> None:
    sunday = date(2026, 11, 15)
    days = coming_days(date(2026, 11, 9), [deadline(sunday)], is_working, date(2026, 11, 12))
    assert len(days) == DAY_COUNT
    assert days[0].day == date(2026, 11, 5), "two working days before today"
    assert [one.day for one in days if not is_working(one.day)] == [sunday]
    assert [one.is_today for one in days].index(True) == 2


def test_what_is_past_or_done_everywhere_is_not_in_it_and_what_is_near_is_marked() -> None:
    today, near = date(2026, 11, 9), date(2026, 11, 12)
    asked = [deadline(date(2026, 11, 6)), deadline(near), deadline(date(2026, 11, 20)), deadline(date(2026, 11, 18), 0)]
    days = coming_days(today, asked, is_working, near)
    assert [(one.day.day, one.is_soon) for one in days if one.deadlines] == [(12, True), (20, False)]
    assert coming_days(today, asked[:1], is_working, near) == (), "nothing is due"


@pytest.mark.one_database
def test_the_coordinator_sees_the_coming_deadlines_of_the_year_and_a_unit_does_not(college: Console) -> None:
    college.clock.at = day("11-18")
    page = college.sign_in("office").get("/").text
    strip = page.partition('<ol class="days"')[2].partition("</ol>")[0]
    found = re.findall(r'href="(/board/2026\?stage=\w+)"', strip)
    assert found[0] == "/board/2026?stage=self_report"
    assert "自查自评 2 未办" in text(f"<main>{strip}")
    assert 'class="due soon"' in strip
    assert '<ol class="days"' not in college.sign_in("unit-1").get("/").text
