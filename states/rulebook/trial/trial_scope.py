"""What is tried: the rules for one kind of department, in the round or at an occasion, and a team without names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.plan import Plan, SubjectPlan, persons
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.sentences.names import OutsideTitles
from states.vocabulary import Text

OTHERS = {
    "person-a": Text("人员甲", "Person A"),
    "person-b": Text("人员乙", "Person B"),
    "person-c": Text("人员丙", "Person C"),
}
"""Persons who are not of the team, for the lines of records."""


class TrialTeam(Struct, frozen=True):
    """The ids of the heads and of the other members, with their titles."""

    head_count: int
    member_count: int

    @property
    def heads(self) -> dict[str, Text]:
        return {f"head-{n}": Text(f"正职{n}", f"Head {n}") for n in range(1, self.head_count + 1)}

    @property
    def members(self) -> dict[str, Text]:
        return {f"member-{n}": Text(f"成员{n}", f"Member {n}") for n in range(1, self.member_count + 1)}

    @property
    def everybody(self) -> dict[str, Text]:
        """The team and the others."""
        return {**self.heads, **self.members, **OTHERS}


class TrialScope(Struct, frozen=True, kw_only=True):
    """What is tried: the rules, the kind of department, the round (or an occasion), the team, and the year.

    `uses`: the readings by where they stand. `step`: of marks. `record_rows`: how many rows each kind of record has.
    """

    rules: ResultRules
    unit_kind: str
    year: int
    team: TrialTeam
    occasion: str | None = None
    outside: OutsideTitles = OutsideTitles()
    uses: Mapping[str, str] = {}
    step: Decimal | None = None
    record_rows: Mapping[str, int] = {}

    @property
    def kind(self) -> str:
        """The kind of department as a form names it, with its occasion: `faculty@midyear`."""
        return f"{self.unit_kind}@{self.occasion}" if self.occasion is not None else self.unit_kind

    @property
    def plan(self) -> Plan:
        plans = self.rules.plans if self.occasion is None else self.rules.occasion_plans[self.occasion]
        return plans[self.unit_kind]

    @property
    def subjects(self) -> Iterator[tuple[SubjectPlan, str, Text]]:
        """Each subject with its values, the id of its person ("" for the department), and its title."""
        inputs = Inputs(
            unit="", unit_kind=self.unit_kind, year=self.year,
            heads=tuple(self.team.heads), members=tuple(self.team.members),
        )  # fmt: skip
        for plan in self.plan.subjects.values():
            title = plan.subject.title.text
            for person in persons(plan.subject, inputs):
                who = self.team.everybody[person] if person else None
                of_person = Text(f"{title.zh}：{who.zh}", f"{title.en}: {who.en}") if who else title
                yield plan, person, of_person

    @property
    def has_persons(self) -> bool:
        """Whether any subject is a person of the team."""
        return any(plan.subject.is_ not in ("unit", "team") for plan in self.plan.subjects.values())

    def under(self, rules: ResultRules, uses: Mapping[str, str]) -> TrialScope:
        """The same trial by other rules, with their readings."""
        return replace(self, rules=rules, uses=uses)
