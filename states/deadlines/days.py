"""Civil days in a rulebook's zone: when one begins, and when a fact says that it took place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from states.vocabulary import Fact


@lru_cache(maxsize=4096)
def begins(day: date, zone: str) -> datetime:
    """The moment a day begins there, in UTC. OverflowError at the ends of the calendar."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def happened_at(fact: Fact, zone: str) -> datetime | None:
    """When it took place, if the fact says the day: paper may be entered late. None: when it was recorded."""
    dated: str = getattr(fact, "dated", "")
    return begins(getattr(fact, dated), zone) if dated else None
