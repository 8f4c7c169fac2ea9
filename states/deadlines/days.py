"""Converts calendar dates to times: when a date begins in a rulebook's time zone, and when a fact took place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from states.vocabulary import Fact


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: str) -> datetime:
    """The time, in UTC, at which a day begins in the time zone. Raises OverflowError near the years 1 and 9999."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def happened_at(fact: Fact, zone: str) -> datetime | None:
    """The beginning of the day on which the fact took place; None if the fact has no day of its own."""
    # Papers may be entered late: a meeting may have taken place days before its entry.
    day_field: str = getattr(fact, "dated", "")
    return start_of_day(getattr(fact, day_field), zone) if day_field else None
