"""The state of an assessment year, its planned on-site visits, and the progress of its assessments."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.settling import Settlement
from states.vocabulary import Opaque, Words


class Inspector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of the sub-group that visits a department: the account, and its department on the day of the plan.

    The department is recorded so that a replay decides about recusal (F16) by it, even if the account moved later.
    """

    account: Opaque
    unit: Opaque | None = None


class Visit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The planned visit to one department. `begins` and `ends` are HH:MM in the rulebook's zone.

    `contact` is the account of one of the inspectors. `day_off` is the reason for a visit on a day off; None on a
    working day.
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
        """The aware datetime of a time (HH:MM) on the day of the visit."""
        return datetime.combine(self.day, time.fromisoformat(clock_time), ZoneInfo(zone))


class Progress(Struct, frozen=True):
    """The progress of one assessment, for the acts of its year: department, stage, open tasks.

    - `inputs`: those of its score, which the standings compare; None if it must be scored.
    - `changed`: what is noted as changed since the score. Of an approved result nothing: it is valid until it is
      reopened.
    """

    unit: str
    stage: str
    tasks: tuple[str, ...]
    inputs: Inputs | None = None
    changed: tuple[str, ...] = ()
    is_approved: bool = False


class Year(Struct, frozen=True):
    """The present state of a year.

    - `closed`: the time of the closing. `visits`: the planned visits, by department.
    - `standings`: how each standing was last settled, by its key.
    """

    stream: str = ""
    version: int = 0
    year: int = 0
    units: tuple[str, ...] = ()
    due: dict[str, date] = {}
    closed: datetime | None = None
    visits: dict[str, Visit] = {}
    standings: dict[str, Settlement] = {}
