"""The shipped rulebook gives what a second reckoning gives: 10,000 random assessments under random readings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from states.assessment import Assessment, Marks, ScoreSheet, Veto
from states.context import Context
from states.records.case import Case, CaseBody, Sanction
from states.records.routine_check import Findings, RoutineCheck
from states.result.inputs import inputs_of
from states.rulebook.calculation.lines import CountedLine, Inputs
from states.rulebook.calculation.numbers import total
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.types import Rulebook
from states.vocabulary import Actor, Opaque, Words

from .law import ELSEWHERE, RULEBOOK, UNIT
from .law import rulebook as rulebook_under
from .second_reckoning import Part, SecondReckoning

YEAR = 2026
STANDINGS = ("party_cadre", "party_member", "cadre", "staff", "student_member", "student")
CHOICES: dict[str, list[Any]] = {
    **{key: list(reading.alternatives) for key, reading in RULEBOOK.readings.items()},
    "deduction_cap": ["none", Decimal(5), Decimal(10)],
    "routine_check_points": ["none", Decimal("1.5")],
}


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
        self.judged = [g.key for g in rulebook.findings.values() if g.by and random.random() < 0.05]
        self.checks = tuple(self._check(f"r-{n}") for n in range(random.choice((0, 0, 0, 1, 2))))

    def _day(self) -> date:
        return date(2024, 6, 1) + timedelta(days=self.random.randrange(365 * 4))

    def _case(self, id_: str, elements: list[str]) -> Case:
        r = self.random
        sanctions = tuple(
            Sanction(
                person=Opaque(f"p-{r.randrange(3)}"),
                fields={
                    "standing": r.choice(list(STANDINGS)),
                    "outcome": r.choice([*RULEBOOK.records["case"].first.options, "of-another-edition"]),
                },
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

    def _check(self, id_: str) -> RoutineCheck:
        r = self.random
        findings = Findings(
            checked_on=date(r.choice((YEAR - 1, YEAR)), 3, 1), checked_by=("office-3",),
            elements=(), observation=Words("缺少记录"),
        )  # fmt: skip
        status = r.choice(("open", "noted", "answered", "accepted"))
        due = date(YEAR, 6, 1) if r.random() < 0.5 else date(YEAR + 1, 6, 1)
        accepted_on = date(YEAR, 5, 1) if status == "accepted" else None
        return RoutineCheck(
            stream=f"routine_check/{id_}", version=1, unit=UNIT, findings=findings, status=status, due=due,
            accepted_on=accepted_on,
        )  # fmt: skip

    @property
    def state(self) -> Assessment:
        vetoes = tuple(Veto(f"judged/{n}", key, "office-1") for n, key in enumerate(self.judged))
        return Assessment(unit=UNIT, unit_kind=self.unit_kind, year=YEAR, vetoes=vetoes)

    def context(self, rulebook: Rulebook = RULEBOOK) -> Context:
        now, actor = datetime(YEAR, 12, 18, 2, tzinfo=UTC), Actor("office-1", "office")
        cases, checks = tuple(self.cases), self.checks
        return Context(rulebook=rulebook, actor=actor, now=now, today=now.date(), cases=cases, checks=checks)

    def second(self, choices: dict[str, Any]) -> tuple[Decimal, str, bool, list[Part]]:
        readings = {key: reading.value for key, reading in RULEBOOK.readings.items()} | choices
        late = len(self.late)
        return SecondReckoning(readings, UNIT, YEAR).result(self.marks, self.cases, late, bool(self.judged))

    def reckoned(self, rules: ResultRules) -> Reckoned:
        return rules.plans[self.unit_kind].reckon(self.inputs())[0]

    @property
    def late(self) -> list[str]:
        """The checks whose finding was not put right in time."""
        return [check.id for check in self.checks if check.is_late(self.context().today, ZoneInfo("Asia/Shanghai"))]

    def inputs(self) -> Inputs:
        return inputs_of(self.state, ScoreSheet(marks=self.marks), self.context())


KINDS = {"points": "deduct", "raises": "veto", "repeat": "repeat"}


def parts_of(counted: Iterable[CountedLine]) -> list[Part]:
    return [
        Part(
            KINDS.get(c.effect, c.effect), c.line.record, c.line.person, c.line.fields["outcome"],
            c.line.replaced.get("outcome"), int(-c.points),
        )
        for c in counted
        if c.effect != "none"
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_the_rulebook_gives_what_the_second_reckoning_gives(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(10):
        choices = {key: draw.choice(values) for key, values in CHOICES.items()}
        rulebook = rulebook_under(**choices)
        for _ in range(100):
            drawn = Drawn(draw, rulebook)
            (score, grade, is_vetoed, parts), reckoned = drawn.second(choices), drawn.reckoned(rulebook)
            assert reckoned.decision is not None
            assert parts_of(reckoned.line("item-5").counted) == parts
            assert reckoned.total.amount == score
            assert (reckoned.decision.grade, bool(reckoned.decision.limits)) == (grade, is_vetoed)


def test_every_sum_is_what_the_lines_below_it_add_up_to() -> None:
    draw = random.Random(11)
    for _ in range(200):
        total_line = Drawn(draw, RULEBOOK).reckoned(RULEBOOK).total
        sums = [line for line in total_line.tree() if line.parts]
        assert len(sums) >= 12, "the total, and every part of the form"
        for line in sums:
            made = line.amount if line.raw is None else line.raw
            assert total(part.amount for part in line.parts if part.amount is not None) == made


def test_a_form_without_one_mark_is_pending_and_so_is_every_part_above_the_mark() -> None:
    drawn = Drawn(random.Random(11), RULEBOOK)
    missing = next(iter(drawn.marks))
    del drawn.marks[missing]
    [plan] = RULEBOOK.plans[drawn.unit_kind].subjects.values()
    assert plan.form is not None
    above = [item.key for item in plan.form.items.values() if missing in {part.key for part in item.tree()}]
    pending = [line.at for line in drawn.reckoned(RULEBOOK).total.tree() if line.state == "pending"]
    assert pending == ["total", *above]
