"""One assessment year as it is now, the plan of its on-site round, and the progress of its assessments."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.vocabulary import Opaque, Words


class Inspector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of the sub-group: the account, and its department on the day of the plan.

    The department is recorded so that a replay judges recusal (F16) by it, whatever the account moves to later.
    """

    account: Opaque
    unit: Opaque | None = None


class Visit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The visit to one department. `begins` and `ends` are HH:MM in the rulebook's zone; `contact` is an inspector.

    `day_off` is the reason for a visit on a day off; None on a working day.
    """

    unit: Opaque
    day: date
    begins: str
    ends: str
    place: Words
    group: Words
    inspectors: tuple[Inspector, ...]
    contact: Opaque
    day_off: Words | None = None

    def overlaps(self, other: Visit) -> bool:
        """Whether the two visits overlap in time."""
        return self.day == other.day and self.begins < other.ends and other.begins < self.ends

    def moment(self, clock_time: str, zone: str) -> datetime:
        """A time of its day (HH:MM) as an aware datetime."""
        return datetime.combine(self.day, time.fromisoformat(clock_time), ZoneInfo(zone))


class Progress(Struct, frozen=True):
    """What matters of an assessment when its year is closed: its department, its stage, its open tasks."""

    unit: str
    stage: str
    tasks: tuple[str, ...]


class Year(Struct, frozen=True):
    """The year as it is now. `closed`: when the closing was recorded. `visits`: the planned ones, by department."""

    stream: str = ""
    version: int = 0
    year: int = 0
    units: tuple[str, ...] = ()
    due: dict[str, date] = {}
    closed: datetime | None = None
    visits: dict[str, Visit] = {}
