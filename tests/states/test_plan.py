"""Deadlines that leave time: which are too near, and what is proposed in their place."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.deadlines.dates import add_working_days, deadlines_too_near, default_deadlines, feasible_deadlines
from states.stages.deadline_checks import past_deadlines

from .law import BOUNDED, DUE, LATE, OFFICE, RULEBOOK, World, opening, refused

NOTICE = RULEBOOK.notice_days


def working(day: date) -> bool:
    return day.weekday() < 5


def test_working_days_are_counted_over_weekends_both_ways() -> None:
    friday = date(2026, 11, 20)
    assert add_working_days(friday, 1, working) == date(2026, 11, 23)
    assert add_working_days(friday, -5, working) == date(2026, 11, 13)
    assert add_working_days(date(2026, 11, 21), -1, working) == friday
    assert add_working_days(friday, 0, working) == friday


def test_dates_that_leave_time_are_proposed_as_they_are() -> None:
    assert feasible_deadlines(DUE, date(2026, 11, 2), RULEBOOK, working) == DUE
    assert deadlines_too_near(DUE, date(2026, 11, 2), RULEBOOK, working) == {}


def test_a_year_opened_in_december_is_given_new_dates_that_keep_their_order_and_their_distance() -> None:
    made = feasible_deadlines(DUE, date(2026, 12, 10), RULEBOOK, working)
    assert made["self_report"] == date(2026, 12, 17)
    assert made["meeting"] == date(2026, 12, 24)
    assert made["democratic_evaluation"] == made["meeting"]
    assert made["interviews"] == date(2026, 12, 29)


@BOUNDED
@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_what_is_proposed_is_never_too_near_never_out_of_order_and_never_before_the_usual_date(today: date) -> None:
    usual = default_deadlines(RULEBOOK, 2026, working)
    made = feasible_deadlines(usual, today, RULEBOOK, working)
    assert made.keys() == usual.keys()
    assert all(made[a] <= made[b] for a, b in pairwise(made))
    assert all(made[stage] >= usual[stage] for stage in usual)
    assert deadlines_too_near(made, today, RULEBOOK, working) == {}
    assert past_deadlines(made, today) == {}
    if not deadlines_too_near(usual, today, RULEBOOK, working):
        assert made == usual


@pytest.mark.parametrize("days", [0, 1, 15])
def test_nothing_is_opened_with_a_deadline_that_is_past_and_every_past_one_is_named(days: int) -> None:
    today = DUE["meeting"] + timedelta(days=days)
    world = World().on(today)
    late = [stage for stage in DUE if DUE[stage] < today]
    said = refused(world, opening(), OFFICE, "PastDue", *(DUE[stage] for stage in late))
    assert said is None or all(RULEBOOK.stages[s].title.zh in str(said) for s in late)
    assert world.do(opening(due=LATE), OFFICE).state.stage == "opening"
