"""One assessment year as it is now, with the plan of its on-site round, and where each of its assessments is."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.vocabulary import Opaque, Words


class Inspector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the sub-group: the account, and the unit it belonged to when the visit was planned. Every replay judges recusal by that unit."""

    account: Opaque
    unit: Opaque | None = None


class Visit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One unit's visit. `begins` and `ends` are HH:MM in the rulebook's zone; `contact` is one of the `inspectors`.

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
        """Whether both are under way at some moment."""
        return self.day == other.day and self.begins < other.ends and other.begins < self.ends

    def moment(self, clock_time: str, zone: str) -> datetime:
        """A time of its day, with the zone."""
        return datetime.combine(self.day, time.fromisoformat(clock_time), ZoneInfo(zone))


class Progress(Struct, frozen=True):
    """What counts of an assessment when its year is closed: whose it is, where it stands, its tasks not done yet."""

    unit: str
    stage: str
    tasks: tuple[str, ...]


class Year(Struct, frozen=True):
    """The year as it stands now. `closed` is when the closing was recorded; `visits` the plan of the on-site round, by unit."""

    stream: str = ""
    version: int = 0
    year: int = 0
    units: tuple[str, ...] = ()
    due: dict[str, date] = {}
    closed: datetime | None = None
    visits: dict[str, Visit] = {}
