"""Working days: the vectors of the State Council's notices, and weekends only where no notice is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.calendars import WorkingDays

DAYS = WorkingDays()


def first_from(day: date, step: int = 1) -> date:
    while not DAYS.is_working(day):
        day += timedelta(step)
    return day


def after(day: date, count: int) -> date:
    """The `count`th working day after `day`."""
    for _ in range(count):
        day = first_from(day + timedelta(1))
    return day


@pytest.mark.parametrize(
    ("day", "rolled"),
    [(date(2022, 12, 31), date(2023, 1, 3)), (date(2023, 12, 31), date(2024, 1, 2))],
    ids=str,
)
def test_a_deadline_on_a_free_day_rolls_to_the_first_working_day_after(day: date, rolled: date) -> None:
    assert first_from(day) == rolled


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2021, 12, 27), 5, date(2022, 1, 4)),
        (date(2025, 12, 26), 5, date(2026, 1, 5)),
        (date(2022, 1, 28), 3, date(2022, 2, 7)),
        (date(2021, 9, 17), 3, date(2021, 9, 23)),
    ],
    ids=str,
)
def test_a_period_in_working_days_ends_where_the_notices_put_it(start: date, count: int, end: date) -> None:
    assert after(start, count) == end


def test_a_moved_weekend_is_worked() -> None:
    assert DAYS.is_working(date(2022, 1, 29))
    assert DAYS.is_working(date(2022, 1, 30))
    assert DAYS.is_working(date(2026, 1, 4))


def test_a_december_day_may_be_free_by_the_next_year_s_notice() -> None:
    assert not DAYS.is_working(date(2022, 12, 31))


def test_a_year_without_a_notice_is_provisional_and_only_its_weekends_are_free() -> None:
    assert DAYS.is_provisional(2099)
    assert DAYS.is_working(date(2099, 10, 1))
    assert not DAYS.is_working(date(2099, 10, 3))


@pytest.mark.parametrize("year", range(2004, 2027))
def test_a_year_the_package_knows_is_not_provisional(year: int) -> None:
    assert not DAYS.is_provisional(year)
    assert not DAYS.is_working(date(year, 1, 1))
