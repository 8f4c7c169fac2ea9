"""The new calculation gives what the old one gives: 10,000 random assessments of the shipped measure under random readings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from states.assessment import Marks
from states.cases import effects as old
from states.records.case import Case, CaseBody, Sanction
from states.result import result as old_result
from states.rulebook.calculation.lines import CountedLine, Inputs, Judgement, RecordLine
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.choices import Reading, meanings, put_in
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque

from .converted import STANDINGS, converted
from .law import ELSEWHERE, RAW, RULEBOOK, UNIT
from .law import rulebook as rulebook_under

YEAR = 2026
NEW = converted(RAW)
CHOICES: dict[str, list[Any]] = {
    **{key: list(reading.alternatives) for key, reading in RULEBOOK.readings.items()},
    "deduction_cap": ["none", Decimal(5), Decimal(10)],
    "routine_check_points": ["none", Decimal("1.5")],
}


def rules_under(choices: dict[str, Any]) -> ResultRules:
    readings = {reading["key"]: Reading.model_validate(reading) for reading in NEW["reading"]}
    return ResultRules.model_validate(put_in(NEW, meanings(readings, choices)).data)


class Drawn:
    """One random assessment."""

    def __init__(self, random: random.Random, rulebook: Rulebook) -> None:
        self.random = random
        self.unit_kind = random.choice(list(rulebook.forms_by_kind))
        table = rulebook.forms_by_kind[self.unit_kind]
        self.marks: Marks = {}
        for key, element in table.elements.items():
            full = random.random() < 0.7
            self.marks[key] = element.points if full else Decimal(random.randrange(int(element.points * 2) + 1)) / 2
        self.cases = [self._case(f"c-{n}", list(table.elements)) for n in range(random.choice((0, 0, 1, 1, 2, 3)))]
        self.judged = [g.key for g in rulebook.veto_ground if g.how == "judged" and random.random() < 0.05]
        self.checks = tuple(
            old.Checked(f"r-{n}", self._day(), (), random.choice(("open", "noted", "answered", "accepted")), Decimal(0))
            for n in range(random.choice((0, 0, 0, 1, 2)))
        )
        self.late = {check.check for check in self.checks if random.random() < 0.4}

    def _day(self) -> date:
        return date(2024, 6, 1) + timedelta(days=self.random.randrange(365 * 4))

    def _case(self, id_: str, elements: list[str]) -> Case:
        r = self.random
        sanctions = tuple(
            Sanction(
                person=Opaque(f"p-{r.randrange(3)}"),
                standing=r.choice(list(STANDINGS)),  # type: ignore[arg-type]
                outcome=r.choice([*RULEBOOK.outcomes, "of-another-edition"]),
                effective_on=self._day() if r.random() < 0.9 else None,
                instead_of="dismissal" if r.random() < 0.05 else None,
            )
            for _ in range(r.randint(1, 4))
        )
        body = CaseBody(
            unit=Opaque(r.choice((UNIT, UNIT, ELSEWHERE))),
            unit_now=r.choice((None, None, Opaque(UNIT), Opaque(ELSEWHERE))),
            acted_on=self._day() if r.random() < 0.8 else None,
            elements=tuple(r.sample(elements, r.randrange(3))),
            sanctions=sanctions,
        )
        return Case(
            stream=f"case/{id_}", version=4, body=body, versions=tuple(r.randint(1, 4) for _ in sanctions),
            is_unassigned=r.random() < 0.05, rescinded=r.random() < 0.05,
        )  # fmt: skip

    def old(self, rulebook: Rulebook) -> old_result.Result:
        ground = next(g.key for g in rulebook.veto_ground if g.how == "case")
        of_cases = old.effects_of_cases(self.cases, UNIT, YEAR, rulebook, ground, self.marks)
        judged = tuple(old.Vetoed(f"judged/{n}", key) for n, key in enumerate(self.judged))
        cost = rulebook.readings["routine_check_points"].amount
        checks = tuple(
            old.Checked(c.check, c.checked_on, c.elements, c.status, cost if c.check in self.late else Decimal(0))
            for c in self.checks
        )
        effects = old.Effects(of_cases.deductions, of_cases.vetoes + judged, of_cases.flags, of_cases.repeats, checks)
        return old_result.compute(self.marks, effects, rulebook)

    def new(self, rules: ResultRules) -> Reckoned:
        return rules.plans[self.unit_kind].reckon(self.inputs())[0]

    def inputs(self) -> Inputs:
        judgements = tuple(Judgement(id=f"judged/{n}", finding=key) for n, key in enumerate(self.judged))
        return Inputs(
            unit=UNIT, unit_kind=self.unit_kind, year=YEAR, marks=self.marks, judgements=judgements,
            records=tuple(line for case in self.cases for line in lines_of(case)) + tuple(self._check_lines()),
        )  # fmt: skip

    def _check_lines(self) -> Iterable[RecordLine]:
        for check in self.checks:
            status = "late" if check.check in self.late else check.status
            yield RecordLine(
                record=check.check, kind="routine_check", unit=UNIT, unit_now=UNIT, fields={"status": status},
                acted_on=date(YEAR, 1, 1),
            )  # fmt: skip


def lines_of(case: Case) -> Iterable[RecordLine]:
    if case.body is None or case.rescinded:
        return
    at_act, now = case.units
    for sanction, version in zip(case.body.sanctions, case.versions, strict=True):
        yield RecordLine(
            record=case.id, kind="case", person=sanction.person, unit=at_act, unit_now=now,
            fields={"outcome": sanction.outcome, "standing": sanction.standing},
            acted_on=case.body.acted_on, effective_on=sanction.effective_on, emptied=case.body.elements, version=version,
            replaced={"outcome": sanction.instead_of} if sanction.instead_of else {}, is_unassigned=case.is_unassigned,
        )  # fmt: skip


def of(counted: Iterable[CountedLine], *effects: str) -> list[tuple[Any, ...]]:
    return [
        (c.line.record, c.line.fields["outcome"], c.line.replaced.get("outcome"), c.effect)
        for c in counted
        if c.effect in effects
    ]


@pytest.mark.parametrize("seed", range(10))
def test_the_new_calculation_gives_what_the_old_one_gives(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(10):
        choices = {key: draw.choice(values) for key, values in CHOICES.items()}
        rulebook, rules = rulebook_under(**choices), rules_under(choices)
        for _ in range(100):
            drawn = Drawn(draw, rulebook)
            was, now = drawn.old(rulebook), drawn.new(rules)
            assert now.decision is not None
            counted = now.line("item-5").counted
            deductions = [
                (c.line.record, c.line.person, c.line.fields["outcome"], -c.points)
                for c in counted
                if c.effect == "points"
            ]
            assert deductions == [(d.case, d.person, d.outcome, d.points) for d in was.effects.deductions]
            assert of(counted, "pending", "committee", "successor") == [
                (f.case, f.outcome, f.instead_of, f.why) for f in was.effects.flags
            ]
            raised = [c.line.record for c in counted if c.effect == "raises"]
            assert raised == [v.case for v in was.effects.vetoes if v.case]
            repeats = [(c.line.record, c.line.fields["outcome"]) for c in counted if c.effect == "repeat"]
            assert repeats == [(r.case, r.outcome) for r in was.effects.repeats]
            assert now.total.amount == was.score
            assert (now.decision.grade, bool(now.decision.limits)) == (was.grade, was.cause == "veto")
            deducted = -(now.line("item-5").amount or 0) - (now.line("routine-checks").amount or 0)
            assert deducted == was.deducted
