"""The college of a year under any rulebook: departments of each of its kinds, and a person for each of its roles.

The role `unit` is that of a department itself, in every rulebook; so each department has one account with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from demo.sample import Sample, contact
from notifications.contacts import Contact
from states import policy
from states.assessment import Member
from states.records.roster import Unit
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, UNIT_ROLE, Actor, Opaque, Words

_DAY = timedelta(days=1)
_WEEKS_TO_OPEN = timedelta(weeks=6)
"""A year is opened so long before its first deadline, so that an occasion and the records come before it."""

_AFTER_THE_LAST_DAY = timedelta(days=150)
"""The tasks that follow from a result are due some weeks or months after the last stage."""


def units_of(rulebook: Rulebook, count: int, seed: int) -> list[Unit]:
    """`count` departments over the kinds of department of the rulebook, in turn."""
    random, kinds = Random(f"{seed}/units"), rulebook.unit_kind
    return [_unit(index, kinds[index % len(kinds)].key, rulebook, random) for index in range(count)]


class RulebookSample(Sample):
    """The year `year` of these departments: the people and the days that this rulebook has."""

    def __init__(
        self, units: Sequence[Unit], rulebook: Rulebook, year: int, seed: int, not_before: date = date.min
    ) -> None:
        """`not_before`: the year is opened on this day if the rulebook would open it earlier."""
        super().__init__(units, rulebook, year, seed)
        self._not_before = not_before

    def next_round(self) -> RulebookSample:
        """The first round after this one that can still be opened after the end of this one, in time for its steps."""
        begins, year = self.end.date() + _DAY, self.year
        while True:
            year += self.rulebook.period.years
            following = RulebookSample(self.units, self.rulebook, year, self.seed + 1, begins)
            if following.first_deadline > begins + _WEEKS_TO_OPEN:
                return following

    @property
    def office(self) -> Actor:
        """The person who opens the year."""
        roles, _ = policy.entitled_roles("open_year", None, None, self.rulebook)
        role = next((role for role in roles if role != CLOCK.role), "office")
        return Actor(account_of(role), role)

    def people(self) -> dict[str, Actor]:
        """Some people for each role but the clock's, and one account for each department."""
        roles = [role.key for role in self.rulebook.role if role.key not in (UNIT_ROLE, CLOCK.role)]
        numbers = range(1, max(2, self.rulebook.scoring.minimum_sheets) + 1)
        actors = [Actor(account_of(role, number), role) for role in roles for number in numbers]
        departments = [Actor(f"acct-{unit.unit}", UNIT_ROLE, unit.unit) for unit in self.units]
        return {actor.id: actor for actor in (*actors, *departments)}

    def contacts(self) -> list[Contact]:
        """A contact for each department, and for each role but the departments' own and the clock's."""
        own = [contact(f"{unit.unit}-1", (UNIT_ROLE,), unit.unit) for unit in self.units]
        roles = [role.key for role in self.rulebook.role if role.key not in (UNIT_ROLE, CLOCK.role)]
        return [*own, *(contact(account_of(role), (role,)) for role in roles)]

    @property
    def start(self) -> datetime:
        """The morning of the first day."""
        return self.at(self.first_day, 8 * 60)

    @property
    def end(self) -> datetime:
        """The evening of a day by which everything is done, tasks too."""
        return self.at(self.last_day + _AFTER_THE_LAST_DAY, 18 * 60)

    @property
    def first_day(self) -> date:
        """The day on which the rulebook opens a year, or the first of its occasions if that is earlier."""
        occasions = (
            f"{self.year + one.opens_year}-{one.opens}" for one in self.rulebook.occasion if one.opens is not None
        )
        opens = min(date.fromisoformat(day) for day in (f"{self.year}-{self.rulebook.open_on}", *occasions))
        return max(self._not_before, opens)

    @property
    def first_deadline(self) -> date:
        """The first deadline of a stage; without deadlines, the last day."""
        return min(self._deadlines(), default=self.last_day)

    @property
    def last_day(self) -> date:
        """The last deadline of a stage; without deadlines, half a year after the first day."""
        return max(self._deadlines(), default=self.first_day + timedelta(days=180))

    def at(self, day: date, minute: int) -> datetime:
        """The minute of a day, in the time zone of the rulebook."""
        return datetime.combine(day, time(0), self.zone) + timedelta(minutes=minute)

    def _deadlines(self) -> list[date]:
        return [
            date.fromisoformat(f"{self.year + stage.due_year}-{stage.due}")
            for stage in self.rulebook.stage
            if stage.due is not None
        ]


def account_of(role: str, number: int = 1) -> str:
    """The account of a person with this role."""
    return f"{role}-{number}".replace("_", "-")


def _unit(index: int, kind: str, rulebook: Rulebook, random: Random) -> Unit:
    id_ = f"u{index + 1:02}"
    title = next(one.title.zh for one in rulebook.unit_kind if one.key == kind)
    number = index // len(rulebook.unit_kind) + 1
    heads = tuple(
        Member(person=Opaque(f"p-{id_}-h{n}"), position=Words("正职")) for n in range(1, random.randint(2, 3))
    )
    members = tuple(
        Member(person=Opaque(f"p-{id_}-m{n}"), position=Words("班子成员")) for n in range(1, random.randint(3, 5))
    )
    return Unit(
        unit=Opaque(id_),
        title=Words(f"{title}（{number}）"),
        unit_kind=kind,
        heads=heads,
        members=members,
        staff=random.randint(12, 80),
    )
