"""The clocks: aware, UTC, and the virtual one moves only when told, and only forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from config.clock import RunningClock, SystemClock, VirtualClock

NOON = datetime(2021, 12, 1, 12, tzinfo=UTC)


def test_the_machine_s_time_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_virtual_clock_stands_still_until_it_is_advanced() -> None:
    clock = VirtualClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance_to(NOON + timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)


def test_a_virtual_clock_tells_shanghai_time_in_utc() -> None:
    clock = VirtualClock(NOON.astimezone(timezone(timedelta(hours=8))))
    assert (clock.now().hour, clock.now().tzinfo) == (12, UTC)


def test_a_moment_without_its_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without its time zone"):
        VirtualClock(datetime(2021, 12, 1))
    with pytest.raises(ValueError, match="without its time zone"):
        VirtualClock(NOON).advance_to(datetime(2021, 12, 2))


def test_a_virtual_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        VirtualClock(NOON).advance_to(NOON - timedelta(seconds=1))


def test_a_running_clock_goes_on_from_where_it_was_set() -> None:
    before = SystemClock().now()
    clock = RunningClock(NOON)
    first, second = clock.now(), clock.now()
    passed = SystemClock().now() - before
    assert NOON <= first <= second <= NOON + passed


def test_a_running_clock_is_set_to_a_moment_with_its_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        RunningClock(datetime(2027, 12, 17, 10))
