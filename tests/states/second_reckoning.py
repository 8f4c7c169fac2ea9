"""A second reckoning of the shipped measure, written by hand from its text: what a department's result must be.

It shares nothing with the rulebook's values and rows but the marks, the cases and the checks. `test_yardstick.py`
compares the two on random assessments under random readings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from states.assessment import Marks
from states.records.case import Case, Sanction

TIERS = {"": 0, "reminder_talk": 2, "circulated_criticism": 4, "admonition": 6, "sanction": 8}
"""附件1、2 5.1: 提醒谈话、通报批评、诫勉谈话及……处分的，每起分别减2、4、6、8分。"""

OUTCOMES: dict[str, tuple[int, str, str, str, str]] = {
    "duty_talk": (0, "none", "", "none", ""),
    "letter_inquiry": (10, "none", "", "none", ""),
    "warning_talk": (20, "none", "", "none", ""),
    "criticism_education": (30, "none", "", "none", ""),
    "ordered_inspection": (40, "none", "", "none", ""),
    "reminder_talk": (50, "deduct", "reminder_talk", "deduct", "reminder_talk"),
    "circulated_criticism": (60, "deduct", "circulated_criticism", "deduct", "circulated_criticism"),
    "admonition": (70, "deduct", "admonition", "deduct", "admonition"),
    "suspension": (80, "committee", "", "committee", ""),
    "transfer": (90, "committee", "", "committee", ""),
    "ordered_resignation": (100, "committee", "", "committee", ""),
    "office_removal": (110, "committee", "", "committee", ""),
    "rank_reduction": (120, "committee", "", "committee", ""),
    "gov_warning": (130, "deduct", "sanction", "deduct", "sanction"),
    "party_warning": (140, "deduct", "sanction", "deduct", "sanction"),
    "demerit": (150, "deduct", "sanction", "deduct", "sanction"),
    "party_serious_warning": (160, "deduct", "sanction", "deduct", "sanction"),
    "major_demerit": (170, "deduct", "sanction", "deduct", "sanction"),
    "under_investigation": (180, "pending", "", "pending", ""),
    "retention": (190, "pending", "", "pending", ""),
    "coercive_measures": (200, "pending", "", "pending", ""),
    "criminal_judgment": (210, "pending", "", "pending", ""),
    "lower_post_grade": (220, "veto", "", "deduct", "sanction"),
    "demotion": (230, "veto", "", "deduct", "sanction"),
    "party_post_removal": (240, "veto", "", "committee", ""),
    "post_removal": (250, "veto", "", "deduct", "sanction"),
    "party_probation": (260, "veto", "", "committee", ""),
    "party_expulsion": (270, "veto", "", "committee", ""),
    "dismissal": (280, "veto", "", "committee", ""),
}  # fmt: skip
"""By outcome: its weight; what follows for 党员干部, with the tier; and for other members of staff (domain facts, F)."""


class Part(NamedTuple):
    """One deduction, veto, flag or repeat: the case, the person, the outcome, its heavier one, and the points."""

    kind: str
    case: str
    person: str
    outcome: str
    instead_of: str | None
    points: int = 0


class One(NamedTuple):
    sanction: Sanction
    effect: str
    points: int
    weight: int
    year: int | None
    version: int

    def counts_in(self, year: int) -> bool:
        if self.year is None:
            return True
        return self.year <= year if self.effect == "pending" else self.year == year

    def follows(self, other: One) -> bool:
        is_later = self.year is not None and other.year is not None and other.year < self.year
        return is_later and other.version <= self.version


@dataclass(frozen=True)
class SecondReckoning:
    """The result of one department in one year under these readings, by the key of the reading."""

    readings: Mapping[str, Any]
    unit: str
    year: int

    def result(
        self, marks: Marks, cases: Iterable[Case], late_checks: int, is_judged: bool
    ) -> tuple[Decimal, str, bool, list[Part]]:
        """The score, the grade, whether a veto decided it, and the parts case by case."""
        parts = [part for case in sorted(cases, key=lambda case: case.id) for part in self._of_case(case, marks)]
        cost = Decimal(sum(part.points for part in parts if part.kind == "deduct"))
        cap = self.readings["deduction_cap"]
        if isinstance(cap, Decimal):
            cost = min(cost, cap)
        per_check = self.readings["routine_check_points"]
        cost += late_checks * (per_check if isinstance(per_check, Decimal) else 0)
        score = max(sum(marks.values(), Decimal(0)) - cost, Decimal(0))
        is_vetoed = is_judged or any(part.kind == "veto" for part in parts)
        return score, "fail" if is_vetoed else self._grade(score), is_vetoed, parts

    def _grade(self, score: Decimal) -> str:
        if self.readings["rounding"] == "before_grade":
            score = score.quantize(Decimal(1), ROUND_HALF_UP)
        return "excellent" if score >= 90 else "pass" if score >= 70 else "basic" if score >= 60 else "fail"

    def _of_case(self, case: Case, marks: Marks) -> Iterator[Part]:
        if case.rescinded or case.body is None:
            return
        at_act, now = case.units
        by_now = self.readings["attribution"] == "unit_now"
        if (now if by_now else at_act) != self.unit:
            return
        pairs = zip(case.body.sanctions, case.versions, strict=True)
        every = sorted((self._read(case, sanction, version) for sanction, version in pairs), key=_heaviest_first)
        if by_now and case.is_unassigned:
            yield from (
                _part("successor", case, one) for one in every if one.effect != "none" and one.counts_in(self.year)
            )
            return
        for one in every:
            if one.effect in ("pending", "committee") and one.counts_in(self.year):
                yield _part(one.effect, case, one)
        yield from self._veto(case, [one for one in every if one.effect == "veto"])
        once = self.readings["double_loss"] == "once"
        if not (once and any(marks.get(element) == 0 for element in case.body.elements)):
            yield from self._deductions(case, [one for one in every if one.effect == "deduct"])

    def _read(self, case: Case, sanction: Sanction, version: int) -> One:
        weight = OUTCOMES[sanction.fields["outcome"]][0] if sanction.fields["outcome"] in OUTCOMES else 0
        effect, tier = self._effect(sanction)
        acted_on, effective_on = (case.body.acted_on if case.body else None), sanction.effective_on
        days = (acted_on, effective_on) if self.readings["case_year"] == "act" else (effective_on, acted_on)
        day = days[0] or days[1]
        return One(sanction, effect, TIERS[tier], weight, day.year if day else None, version)

    def _effect(self, sanction: Sanction) -> tuple[str, str]:
        if sanction.fields["outcome"] not in OUTCOMES:
            return "committee", ""
        if sanction.instead_of is not None and self.readings["substituted_sanction"] == "committee":
            return "committee", ""
        _, cadre, cadre_tier, other, other_tier = OUTCOMES[sanction.fields["outcome"]]
        narrow = self.readings["party_cadre"] == "party_and_cadre"
        is_cadre = (
            sanction.fields["standing"] == "party_cadre"
            if narrow
            else sanction.fields["standing"] not in ("staff", "student")
        )
        if is_cadre:
            return cadre, cadre_tier
        return ("none", "") if sanction.fields["standing"] in ("student", "student_member") else (other, other_tier)

    def _veto(self, case: Case, vetoes: list[One]) -> Iterator[Part]:
        in_year = [one for one in vetoes if one.counts_in(self.year)]
        once = self.readings["later_sanction"] == "once"
        fresh = [one for one in in_year if not (once and any(one.follows(other) for other in vetoes))]
        if fresh:
            yield _part("veto", case, fresh[0])
        elif in_year:
            yield _part("repeat", case, in_year[0])

    def _deductions(self, case: Case, ones: list[One]) -> Iterator[Part]:
        groups: defaultdict[str, list[One]] = defaultdict(list)
        for index, one in enumerate(ones):
            groups[self._group(index, one)].append(one)
        for _, group in sorted(groups.items()):
            costs = [(self._cost(one, group), one) for one in group if one.counts_in(self.year)]
            if costs:
                cost, heaviest = max(costs, key=lambda pair: pair[0])
                yield _part("deduct" if cost else "repeat", case, heaviest, cost)

    def _group(self, index: int, one: One) -> str:
        if self.readings["deduction_unit"] == "case":
            return ""
        return one.sanction.person if self.readings["concurrent_sanctions"] == "heaviest" else str(index)

    def _cost(self, one: One, group: list[One]) -> int:
        earlier = [other.points for other in group if one.follows(other)]
        reading = self.readings["later_sanction"]
        if reading == "whole" or not earlier:
            return one.points
        return 0 if reading == "once" else max(one.points - max(earlier), 0)


def _heaviest_first(one: One) -> tuple[Any, ...]:
    sanction = one.sanction
    return (
        -one.points,
        -one.weight,
        sanction.person,
        sanction.effective_on or date.max,
        sanction.fields["outcome"],
        sanction.fields["standing"],
    )


def _part(kind: str, case: Case, one: One, points: int = 0) -> Part:
    return Part(kind, case.id, one.sanction.person, one.sanction.fields["outcome"], one.sanction.instead_of, points)
