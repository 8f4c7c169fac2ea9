"""When the post goes out: working days between two hours, and never earlier than it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from config.calendars import WorkingDays
from notifications.hours import SendingHours
from notifications.notices.notice import Notice
from notifications.send_times import send_time
from tests.states.law import BOUNDED

HOURS = SendingHours(time(9, 10), time(18), "Asia/Shanghai")
CHINA = ZoneInfo("Asia/Shanghai")
WORKED = WorkingDays().is_working

Is = Callable[[date], bool]


def here(*when: int) -> datetime:
    return datetime(*when, tzinfo=CHINA)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (here(2026, 11, 20, 9, 10), here(2026, 11, 20, 9, 10)),
        (here(2026, 11, 20, 17, 59), here(2026, 11, 20, 17, 59)),
        (here(2026, 11, 20, 0, 0), here(2026, 11, 20, 9, 10)),
        (here(2026, 11, 20, 9, 9), here(2026, 11, 20, 9, 10)),
        (here(2026, 11, 20, 18, 0), here(2026, 11, 23, 9, 10)),
        (here(2026, 11, 21, 10, 0), here(2026, 11, 23, 9, 10)),
        (here(2026, 11, 22, 3, 0), here(2026, 11, 23, 9, 10)),
        (here(2026, 9, 30, 20, 0), here(2026, 10, 8, 9, 10)),
        (here(2026, 1, 3, 12, 0), here(2026, 1, 4, 9, 10)),
    ],
    ids=str,
)
def test_a_message_goes_at_once_within_the_hours_and_else_in_the_next_working_morning(
    at: datetime, goes: datetime
) -> None:
    """Over a weekend, over the October holiday, and on a Sunday that is worked."""
    assert HOURS.next_opening(at, WORKED) == goes


DAYS = st.dates(date(2026, 1, 1), date(2027, 3, 1))


@st.composite
def calendars(draw: st.DrawFn) -> Is:
    """Which days of some weeks are worked: any at all, but one in every three weeks."""
    free = draw(st.frozensets(DAYS, max_size=60))
    week = draw(st.frozensets(st.integers(0, 6), max_size=6))
    return lambda day: day.toordinal() % 20 == 0 or (day not in free and day.weekday() not in week)


HOUR = st.times().map(lambda t: t.replace(second=0, microsecond=0, tzinfo=None))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 1), timezones=st.just(UTC))


@st.composite
def opening(draw: st.DrawFn) -> SendingHours:
    """Any two hours of a day, in zones with and without summer time."""
    opens, closes = sorted(draw(st.lists(HOUR, min_size=2, max_size=2, unique=True)))
    return SendingHours(
        opens, closes, draw(st.sampled_from(["Asia/Shanghai", "UTC", "Europe/Berlin", "Asia/Kathmandu"]))
    )


def open_at(hours: SendingHours, at: datetime, is_working: Is) -> bool:
    """Said again in other words than the code's."""
    civil = at.astimezone(ZoneInfo(hours.zone))
    return is_working(civil.date()) and hours.opens <= civil.time() < hours.closes


@given(opening(), MOMENTS, calendars())
@settings(BOUNDED, max_examples=150)
def test_a_message_goes_at_the_first_open_moment_from_now_on(hours: SendingHours, at: datetime, is_working: Is) -> None:
    """Not before now, within the hours, and nothing open in between."""
    goes = hours.next_opening(at, is_working)
    assert goes >= at
    # A time of day that summer time leaves out is none; the post then opens an hour off, once a year.
    if hours.zone != "Europe/Berlin":
        assert open_at(hours, goes, is_working)
    quarter = at
    while quarter < goes:
        assert not open_at(hours, quarter, is_working)
        quarter += timedelta(hours=1)


@given(opening(), MOMENTS, calendars())
@settings(BOUNDED, max_examples=100)
def test_what_is_held_is_held_until_one_moment_and_no_longer(hours: SendingHours, at: datetime, is_working: Is) -> None:
    """Asking again later in the same night gives the same morning; asking in the morning gives now."""
    goes = hours.next_opening(at, is_working)
    between = at + (goes - at) / 2
    assert hours.next_opening(between, is_working) in (goes, between)
    if hours.zone != "Europe/Berlin":
        assert hours.next_opening(goes, is_working) == goes


@given(opening(), MOMENTS, calendars())
@settings(BOUNDED, max_examples=100)
@example(HOURS, here(2026, 9, 30, 12), WORKED)
def test_the_posts_day_reaches_from_midnight_to_the_next_working_morning(
    hours: SendingHours, at: datetime, is_working: Is
) -> None:
    begins, ends = hours.day(at, is_working)
    zone = ZoneInfo(hours.zone)
    today, morning = at.astimezone(zone).date(), ends.astimezone(zone).date()
    assert begins <= at < ends
    assert (begins.astimezone(zone).date(), begins.astimezone(zone).time()) == (today, time(0))
    assert is_working(morning)
    assert not any(is_working(today + timedelta(n)) for n in range(1, (morning - today).days))
    if hours.zone != "Europe/Berlin":
        assert ends.astimezone(zone).time() == hours.opens


@given(MOMENTS, calendars())
@settings(BOUNDED, max_examples=60)
def test_two_messages_of_one_day_are_of_the_same_day_and_the_next_opening_is_of_another(
    at: datetime, is_working: Is
) -> None:
    begins, ends = HOURS.day(at, is_working)
    assert HOURS.day(begins, is_working) == (begins, ends)
    assert HOURS.day(ends, is_working)[0] > begins


MONDAY = here(2026, 11, 23, 9, 10)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (here(2026, 11, 20, 9), MONDAY),
        (here(2026, 11, 17, 12), MONDAY),
        (here(2026, 11, 23, 9), MONDAY),
        (here(2026, 11, 23, 12), here(2026, 11, 30, 9, 10)),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["overdue", "escalation", "deadline_moved", "routine_check"])
def test_what_is_overdue_for_weeks_and_what_asks_for_nothing_waits_for_the_letter_of_monday(
    kind: str, at: datetime, goes: datetime
) -> None:
    """So a reader has one letter a week of all that is overdue, however many departments and days it began on."""
    notice = Notice(kind, "office", "u-1", {}, due=date(2026, 11, 6), on_monday=True)
    assert send_time(notice, at, HOURS, WORKED) == goes
    assert send_time(replace(notice, on_monday=False), at, HOURS, WORKED) == HOURS.next_opening(at, WORKED)
