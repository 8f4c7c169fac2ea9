"""Working days: the vectors of the State Council's notices; weekends and the holidays by law where no notice is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from chinese_calendar.constants import holidays  # type: ignore[import-untyped]

from config.calendars import CalendarFault, WorkingDays, parse_table
from config.statutory import lunar_holidays, statutory_holidays

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


def test_a_year_without_a_notice_is_provisional_and_its_weekends_and_thirteen_holidays_are_free() -> None:
    for year in range(2027, 2101):
        every = [date(year, 1, 1) + timedelta(n) for n in range(366) if (date(year, 1, 1) + timedelta(n)).year == year]
        free = {day for day in every if not DAYS.is_working(day)}
        assert DAYS.is_provisional(year)
        assert free == {day for day in every if day.weekday() >= 5} | statutory_holidays(year)
        *_, moon = lunar_holidays(year)
        twice = (10, 1) <= (moon.month, moon.day) <= (10, 3)
        assert len(statutory_holidays(year)) == 13 - twice, year


def test_the_fixed_days_of_a_year_that_is_not_known_yet_are_off() -> None:
    """2028: 除夕 on 25 January, 清明 on 4 April, 端午 on 28 May, 中秋 on 3 October, which is a holiday twice and no day more."""
    off = "01-01 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-28 10-01 10-02 10-03"
    assert [f"{day:%m-%d}" for day in sorted(statutory_holidays(2028))] == off.split()


def test_after_the_table_of_the_lunar_calendar_the_solar_holidays_are_still_off() -> None:
    assert not DAYS.is_working(date(2101, 10, 1))
    assert len(statutory_holidays(2101)) == 6


@pytest.mark.parametrize("year", range(2004, 2027))
def test_the_lunar_days_are_those_of_every_notice_since_2004(year: int) -> None:
    """清明, 端午 and 中秋 are holidays since 2008, 除夕 was none in 2014 and 2024; 初一 to 初三 always were."""
    eve, *spring, clear, boat, moon = lunar_holidays(year)
    named = dict.fromkeys(spring, "Spring Festival")
    if year >= 2008:
        named |= {clear: "Tomb-sweeping Day", boat: "Dragon Boat Festival", moon: "Mid-autumn Festival"}
        named |= {} if year in (2014, 2024) else {eve: "Spring Festival"}
    shared = {moon: "National Day"} if year in (2012, 2015, 2020, 2023) else {}
    for day, name in named.items():
        # The package leaves a holiday on a weekend out where the notice moved nothing.
        assert holidays.get(day, "weekend") in (name, shared.get(day), "weekend" if day.weekday() >= 5 else name), day


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_thirteen_days_are_off_in_every_notice_since_the_regulation(year: int) -> None:
    assert len(statutory_holidays(year)) == 13
    assert statutory_holidays(year) <= set(holidays)


def test_a_table_that_calls_a_holiday_by_law_a_day_of_work_is_refused() -> None:
    days = b'[{"date": "2027-05-03", "isOffDay": true}, {"date": "2027-05-02", "isOffDay": false}]'
    with pytest.raises(CalendarFault) as fault:
        parse_table(b'{"year": 2027, "days": ' + days + b"}", "2027.json")
    assert "2027-05-02 是法定节假日" in fault.value.render("zh")


def test_a_table_that_does_not_name_a_holiday_by_law_does_not_make_it_a_day_of_work() -> None:
    short = parse_table(b'{"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": true}]}', "2027.json")
    assert not WorkingDays([short]).is_working(date(2027, 10, 1))


@pytest.mark.parametrize("year", range(2004, 2027))
def test_a_year_the_package_knows_is_not_provisional(year: int) -> None:
    assert not DAYS.is_provisional(year)
    assert not DAYS.is_working(date(year, 1, 1))
