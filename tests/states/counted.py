"""What the rulebook makes of cases in one year of one department: what it counts, the result, and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from states.assessment import Marks
from states.explanation import explain_inputs
from states.records.case import Case
from states.result.basis import counted_lines
from states.result.inputs import lines_of_case
from states.result.result import Result, results_of
from states.rulebook.calculation.lines import CountedLine, Inputs, Judgement, RecordLine
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook

from .law import RULEBOOK, UNIT, YEAR


class Deduction(NamedTuple):
    case: str
    person: str
    outcome: str
    points: Decimal
    instead_of: str | None


class Raised(NamedTuple):
    id: str
    finding: str
    outcome: str
    since: date | None


class Flag(NamedTuple):
    case: str
    outcome: str
    why: str
    instead_of: str | None


class Repeat(NamedTuple):
    case: str
    outcome: str
    effect: str


FULL = {kind: {key: one.points for key, one in form.elements.items()} for kind, form in RULEBOOK.forms_by_kind.items()}


@dataclass(frozen=True)
class Made:
    """What these inputs make under this rulebook."""

    inputs: Inputs
    rulebook: Rulebook = RULEBOOK
    reasons: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def counted(self) -> list[CountedLine]:
        return [one for _, _, one in counted_lines(self.inputs, self.rulebook)]

    @property
    def deductions(self) -> list[Deduction]:
        return [
            Deduction(c.line.record, c.line.person, c.line.fields["outcome"], -c.points, c.line.replaced.get("outcome"))
            for c in self.counted
            if c.effect == "points" and c.line.kind == "case"
        ]

    @property
    def vetoes(self) -> list[Raised]:
        return [
            Raised(f"case/{c.line.record}", c.raises, c.line.fields["outcome"], c.line.effective_on)
            for c in self.counted
            if c.effect == "raises"
        ]

    @property
    def flags(self) -> list[Flag]:
        return [
            Flag(c.line.record, c.line.fields["outcome"], c.effect, c.line.replaced.get("outcome"))
            for c in self.counted
            if c.effect in ("pending", "committee", "successor")
        ]

    @property
    def repeats(self) -> list[Repeat]:
        return [
            Repeat(c.line.record, c.line.fields["outcome"], {"points": "deduct", "raises": "veto"}[c.repeats])
            for c in self.counted
            if c.effect == "repeat"
        ]

    @cached_property
    def result(self) -> Result:
        return results_of(self.inputs, self.rulebook)[0]

    @cached_property
    def lines(self) -> list[ExplainedLine]:
        return explain_inputs(self.inputs, self.rulebook, self.reasons)

    def at(self, location: str) -> ExplainedLine:
        """The line at a location."""
        (line,) = [line for line in self.lines if line.location == location]
        return line

    def below(self, location: str) -> list[ExplainedLine]:
        """The lines of the records below a value."""
        return [line for line in self.lines if line.location.startswith(f"{location}/")]


def made_of(
    *cases: Case, marks: Marks | None = None, judged: Iterable[str] = (), year: int = YEAR, unit: str = UNIT,
    kind: str = "college", under: Rulebook = RULEBOOK, records: Iterable[RecordLine] = (),
    reasons: Mapping[str, str] | None = None,
) -> Made:  # fmt: skip
    """What these cases make. Without marks, every element has its full points."""
    lines = (
        line
        for case in sorted(cases, key=lambda one: one.id)
        if not case.rescinded
        for line in lines_of_case(case, under)
    )
    return Made(
        Inputs(
            unit=unit, unit_kind=kind, year=year, marks=FULL[kind] if marks is None else marks,
            records=(*lines, *records),
            judgements=tuple(Judgement(id=f"judged/{n}", finding=key) for n, key in enumerate(judged, 4)),
        ),
        under,
        reasons or {},
    )  # fmt: skip
