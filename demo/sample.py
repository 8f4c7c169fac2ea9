"""The sample college in one year: its people with their contacts and roles, and its dates. Nothing is read or written.

Not here: the departments (`college.py`) and the events of the year (`department_year.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from notifications.contacts import Contact
from states.records.roster import Unit
from states.rulebook.types import Rulebook
from states.vocabulary import Actor

from .college import OFFICES
from .turns import Turn

ROLES = ("office", "working_group", "committee", "leading_group", "organization", "discipline")
"""The roles that receive letters, besides the departments."""

ENGLISH = "leading-group-1"
"""The account that reads English. All others read Chinese."""


class Sample:
    """The year `year` of these departments under one rulebook. The same `seed` gives the same events."""

    def __init__(
        self, units: Sequence[Unit], rulebook: Rulebook, year: int, seed: int, ahead: timedelta = timedelta(0)
    ) -> None:
        """`ahead`: all days of the year are so much earlier."""
        self.units = units
        self.rulebook = rulebook
        self.year = year
        self.seed = seed
        self.zone = ZoneInfo(rulebook.timezone)
        self._ahead = ahead
        self._offices = [unit.unit for unit in units if unit.title in OFFICES] or [units[0].unit]
        self.late_unit = units[Turn.BASIC] if len(units) > Turn.BASIC else None

    def earlier(self, ahead: timedelta) -> Sample:
        """The same year with all its days earlier by `ahead`."""
        return Sample(self.units, self.rulebook, self.year, self.seed, ahead)

    @property
    def office(self) -> Actor:
        """The coordinator, in 纪委办公室."""
        return Actor("office-1", "office", self._offices[-1])

    def contacts(self) -> list[Contact]:
        """A contact for each department and for each of `ROLES`. The addresses are at a domain that cannot exist."""
        units = [contact(f"{unit.unit}-1", ("unit",), unit.unit) for unit in self.units]
        return [*units, *(contact(f"{role}-1".replace("_", "-"), (role,)) for role in ROLES)]

    def people(self) -> dict[str, Actor]:
        """Everybody who acts in the year, by account. Each department has one account."""
        actors = [
            self.office,
            Actor("office-2", "office"),
            Actor("recorder-1", "working_group"),
            *(Actor(f"assessor-{n}", "assessor", office) for n, office in enumerate(self._offices, 1)),
            Actor("assessor-8", "assessor"),
            Actor("assessor-9", "assessor"),
            Actor("committee-1", "committee"),
            Actor("leading-group-1", "leading_group"),
            Actor("organization-1", "organization"),
            Actor("discipline-1", "discipline"),
            Actor("discipline-2", "discipline"),
            *(Actor(f"acct-{unit.unit}", "unit", unit.unit) for unit in self.units),
        ]
        return {actor.id: actor for actor in actors}

    def judges(self, unit: str) -> list[Actor]:
        """Three assessors who are not members of this department (F16)."""
        assessors = [Actor(f"assessor-{n}", "assessor", office) for n, office in enumerate(self._offices, 1)]
        assessors += [Actor(f"assessor-{n}", "assessor") for n in (8, 9)]
        return [assessor for assessor in assessors if assessor.unit != unit][:3]

    @property
    def start(self) -> datetime:
        return self.moment("10-08", 8)

    @property
    def end(self) -> datetime:
        return self.moment("+02-28", 18)

    def moment(self, day: str, hour: int) -> datetime:
        """The hour of a day, which is written as in `day`. Aware, in the time zone of the rulebook."""
        return datetime.combine(self.day(day), datetime.min.time(), self.zone) + timedelta(hours=hour)

    def day(self, day: str) -> date:
        """The date of `MM-DD` in the assessed year, or of `+MM-DD` in the year after."""
        return date.fromisoformat(f"{self.year + day.startswith('+')}-{day.removeprefix('+')}") - self._ahead


def contact(account: str, roles: tuple[str, ...], unit: str | None = None) -> Contact:
    language: Literal["zh", "en"] = "en" if account == ENGLISH else "zh"
    return Contact(account=account, roles=roles, unit=unit, language=language, email=f"{account}@college.invalid")
