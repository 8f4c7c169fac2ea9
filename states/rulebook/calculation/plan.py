"""A plan: the rules of all values of all subjects of one kind of department. No value needs itself.

So the plan keeps no order of them: each is made when it is first asked for. `Plan.reckon` makes the results of one
assessment. They depend on its inputs alone. `Plan.scopes` gives the subjects themselves to those who ask for single
values: standings, tasks, explanations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from states.rulebook.parts import Misfit, Misfits

from .forms import TOTAL, BallotKind, ScoreForm, Subject
from .ladders import Ladder
from .lines import CountedLine, Inputs, ValueLine
from .periods import Period
from .read_values import FindingValue, LadderValue, PlaceValue
from .record_kinds import RecordKind
from .scales import GradeDecision, Scale
from .standings import StandingKind
from .values import Maker, NamedValue

GRADE = "grade"
SUBJECTS_OVER: Mapping[str, tuple[str, ...]] = {
    "head": ("each_head", "each_member"),
    "member": ("each_other", "each_member"),
    "team": ("each_head", "each_other", "each_member"),
}
"""The kinds of subject whose values are read `over` the heads, the other members, or the whole team."""
WORD_NAMES = ("unit_kind",)
"""The words that are facts. Every other name that a test asks for is a value or a grade, and is made."""


class Reckoned(Struct, frozen=True):
    """The result of one subject.

    - `person`: the id of the person; empty for the department or its team.
    - `total`: its line is absent if the subject has no form.
    - `decision`: the decision on its grade. None: it has no scale.
    - `lines`: every line that was asked for, by key: the values beside the form, and those of the form that others
      read.
    - `counted`: by ladder, what it made of the record lines. Only the ladders that were asked are there.
    """

    subject: str
    person: str
    total: ValueLine
    decision: GradeDecision | None
    lines: dict[str, ValueLine]
    counted: dict[str, tuple[CountedLine, ...]] = {}

    def line(self, key: str) -> ValueLine:
        """The line of any value that was made. Raises KeyError if there is none with this key."""
        if key in self.lines:
            return self.lines[key]
        line = next((line for line in self.total.tree() if line.at == key), None)
        if line is None:
            raise KeyError(key)
        return line


class SubjectPlan(NamedTuple):
    """One subject of a kind of department: its form and its scale (None: it has none), and its values by key.

    `of_other_kinds`: the values that only other kinds of department have. Here they do not apply (`kind_values.py`).
    """

    subject: Subject
    form: ScoreForm | None
    values: dict[str, NamedValue]
    scale: Scale | None
    of_other_kinds: Mapping[str, NamedValue] = MappingProxyType({})


class ValueNode(NamedTuple):
    """A value, or the grade, of a subject."""

    subject: str
    key: str


class Plan:
    """The subjects of one kind of department with the rules of all their values.

    `raising`: the ladders that raise a finding, by its key. `makers`: what makes each value, by subject and key. Raises
    `Misfits` if a value needs itself.
    """

    def __init__(
        self,
        subjects: Sequence[SubjectPlan],
        ladders: Mapping[str, Ladder],
        records: Mapping[str, RecordKind],
        ballots: Mapping[str, BallotKind],
        period: Period,
        standings: Mapping[str, StandingKind],
    ) -> None:
        self.subjects = {plan.subject.key: plan for plan in subjects}
        self.ladders, self.records, self.ballots, self.period = ladders, records, ballots, period
        self.standings = standings
        self.raising = {
            finding: tuple(key for key, ladder in ladders.items() if any(row.raises == finding for row in ladder.row))
            for finding in {row.raises for ladder in ladders.values() for row in ladder.row if row.raises is not None}
        }
        self._refuse_circles()
        self.makers: dict[str, dict[str, Maker]] = {
            key: {name: value.maker for name, value in plan.values.items()} for key, plan in self.subjects.items()
        }

    def _refuse_circles(self) -> None:
        """Raise `Misfits` if a value or a grade needs itself. So each can be made when it is first asked for."""
        graph: dict[ValueNode, set[ValueNode]] = {}
        for plan in self.subjects.values():
            for key, value in plan.values.items():
                graph[ValueNode(plan.subject.key, key)] = {
                    node
                    for need in self._needs(plan, value)
                    if need not in WORD_NAMES
                    for node in self.nodes(plan, need)
                }
            if plan.scale is not None:
                tests = (test.of for row in plan.scale.rows() for test in row.tests())
                graph[ValueNode(plan.subject.key, GRADE)] = {
                    node for of in tests if of not in WORD_NAMES for node in self.nodes(plan, of)
                }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            path = " → ".join(node.key for node in error.args[1])
            raise Misfits(Misfit("value", f"循环引用：{path}", f"needs itself: {path}")) from None

    def _needs(self, plan: SubjectPlan, value: NamedValue) -> Iterator[str]:
        """The names of what must be known before a value is. A place needs all that its standing compares."""
        yield from value.needs()
        yield from self.compared_by(plan, value)

    def compared_by(self, plan: SubjectPlan, value: NamedValue) -> Iterator[str]:
        """What the standing of a place compares; nothing of any other value."""
        if isinstance(value, PlaceValue) and value.standing in self.standings:
            needs = self.standings[value.standing].needs()
            yield from (need for need in needs if need in plan.values or need == GRADE)

    @cached_property
    def is_of_persons(self) -> bool:
        """Whether a result is of one person: of each head, or of each member."""
        return any(plan.subject.is_.startswith("each_") for plan in self.subjects.values())

    def ladders_of(self, plan: SubjectPlan) -> tuple[str, ...]:
        """The keys of the ladders that the values of a subject read, for points or for findings."""
        keys = (
            (value.ladder,) if isinstance(value, LadderValue) else self.raising.get(value.key, ())
            for value in plan.values.values()
            if isinstance(value, LadderValue | FindingValue)
        )
        return tuple(dict.fromkeys(key for of_value in keys for key in of_value))

    def nodes(self, plan: SubjectPlan, need: str) -> list[ValueNode]:
        """The values or grades that a name stands for: one of the same subject; by `subject.key` one of another subject.

        By `who:key` those of the heads, the other members, or the whole team.
        """
        who, colon, key = need.partition(":")
        if colon:
            others = (other for other in self.subjects.values() if other.subject.is_ in SUBJECTS_OVER[who])
            return [ValueNode(other.subject.key, key) for other in others if key in other.values]
        if need in plan.values or need in plan.of_other_kinds or need == GRADE:
            return [ValueNode(plan.subject.key, need)]
        other, _, key = need.partition(".")
        return [ValueNode(other, key)]

    def reckon(self, inputs: Inputs) -> list[Reckoned]:
        """The result of every subject, in the order of the rulebook; of a subject of members, one for each of them."""
        return [scope.reckoned() for scope in self.scopes(inputs)]

    def scopes(self, inputs: Inputs) -> list[SubjectScope]:
        """Every subject with these inputs, in the order of `reckon`. None of their values is made yet."""
        scopes: dict[str, list[SubjectScope]] = {}
        for key, plan in self.subjects.items():
            scopes[key] = [SubjectScope(self, plan, inputs, person, scopes) for person in persons(plan.subject, inputs)]
        return list(chain.from_iterable(scopes.values()))


def persons(subject: Subject, inputs: Inputs) -> tuple[str, ...]:
    """The persons of a subject; one empty id for the department and for its team."""
    match subject.is_:
        case "each_head":
            return inputs.heads
        case "each_other":
            return inputs.members
        case "each_member":
            return (*inputs.heads, *inputs.members)
        case _:
            return ("",)


class SubjectScope:
    """One subject of one assessment while its values are made (`values.Scope`).

    `plan` has its own rules, `whole` those of all subjects. A value is made when it is first asked for, and kept. This
    ends, because no value needs itself (`Plan`).
    """

    __slots__ = ("_counted", "_decision", "_lines", "_makers", "_scopes", "inputs", "person", "plan", "whole")

    def __init__(
        self, whole: Plan, plan: SubjectPlan, inputs: Inputs, person: str, scopes: Mapping[str, list[SubjectScope]]
    ) -> None:
        self.whole, self.plan, self.inputs, self.person = whole, plan, inputs, person
        self._makers = whole.makers[plan.subject.key]
        self._lines: dict[str, ValueLine] = {}
        self._decision: GradeDecision | None = None
        self._scopes = scopes
        self._counted: dict[str, tuple[CountedLine, ...]] = {}

    def reckoned(self) -> Reckoned:
        return Reckoned(self.plan.subject.key, self.person, self.total, self.decision, self._lines, self._counted)

    @property
    def total(self) -> ValueLine:
        """What the form adds up to. Absent where nothing gives points."""
        return self.line(TOTAL) if self.plan.form is not None else ValueLine(TOTAL, "absent")

    @property
    def decision(self) -> GradeDecision | None:
        if self._decision is None and self.plan.scale is not None:
            name = f"{self.plan.subject.key}@{self.person}" if self.person else self.plan.subject.key
            self._decision = self.plan.scale.decide(self, self.inputs.grades.get(name))
        return self._decision

    def line(self, key: str) -> ValueLine:
        line = self._lines.get(key)
        if line is None:
            make = self._makers.get(key)
            line = self._lines[key] = make(self) if make is not None else self._line_of_other(key)
        return line

    def _line_of_other(self, key: str) -> ValueLine:
        """The line of `subject.key`, a value or grade of the department or the team; or of a value of other kinds."""
        if key in self.plan.of_other_kinds:
            return ValueLine(key, "absent")
        other, _, of_other = key.partition(".")
        scope = self._scopes[other][0]
        if of_other == GRADE:
            return _grade_line(key, scope.decision)
        return replace(scope.line(of_other), at=key)

    def word(self, key: str) -> str | None:
        if key == "unit_kind":
            return self.inputs.unit_kind
        return self.decision.grade if self.decision else None

    def lines_of(self, who: str, key: str) -> list[ValueLine]:
        wanted = {"head": self.inputs.heads, "member": self.inputs.members}.get(who)
        return [
            replace(scope.line(key), at=f"{scope.plan.subject.key}.{key}@{scope.person}")
            for scopes in self._scopes.values()
            for scope in scopes
            if scope.person and key in scope.plan.values and (wanted is None or scope.person in wanted)
        ]

    def ends(self, key: str) -> list[ValueLine]:
        return [self.line(end.key) for end in self.plan.values[key].ends()]

    def counted(self, ladder: str) -> tuple[CountedLine, ...]:
        counted = self._counted.get(ladder)
        if counted is None:
            counted = self._counted[ladder] = self._count(self.whole.ladders[ladder])
        return counted

    def _count(self, ladder: Ladder) -> tuple[CountedLine, ...]:
        inputs = self.inputs
        if not inputs.records:
            return ()
        records = [line for line in inputs.records if not self.person or line.person == self.person]
        emptied = [key for key, points in inputs.marks.items() if not points]
        round_of = partial(self.whole.period.rounds_from, inputs.year)
        return ladder.count(self.whole.records[ladder.record], records, inputs.unit, round_of, emptied)

    def raised(self, finding: str) -> tuple[CountedLine, ...]:
        ladders = self.whole.raising.get(finding, ())
        return tuple([line for key in ladders for line in self.counted(key) if line.raises == finding])

    def options(self, ballot: str) -> BallotKind:
        return self.whole.ballots[ballot]


def _grade_line(key: str, decision: GradeDecision | None) -> ValueLine:
    if decision is None or decision.grade is None:
        return ValueLine(key, "pending")
    return ValueLine(key, "known", word=decision.grade)
