"""Civil days as times: when a day begins in a rulebook's time zone, and on which day a fact took place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from states.vocabulary import Fact


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: str) -> datetime:
    """When the day begins in the time zone, in UTC. Raises OverflowError at the ends of the calendar."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def happened_at(fact: Fact, zone: str) -> datetime | None:
    """When the fact took place, if it names the day. None: nothing but the time of its entry is known."""
    # Paper may be entered late, so a meeting may have been held days before its entry.
    dated: str = getattr(fact, "dated", "")
    return start_of_day(getattr(fact, dated), zone) if dated else None
