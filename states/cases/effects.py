"""The effects of cases on one department's result in one year: deductions, vetoes, flags (待定), and repeats.

They are computed from the rulebook's mapping table each time (附件1、2 第5项; 第八条（三）2), without side effects. The order of
the cases, and of the sanctions in a case, makes no difference. Also here: `Effects`, which has the effects of
judgements and of routine checks too. Not here: how those are computed (`vetoes.py`, `routine_check.py`), and the
result, which `result.py` adds up.

A sanction counts in one year only. Within a year a case counts once, at its heaviest sanction (by the reading
`deduction_unit`, each person in it counts once). So a year's result never depends on a sanction that took effect after
that year. The reading `later_sanction` says how it depends on earlier years.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

from msgspec import Struct

from states.assessment import Marks
from states.records.case import Case, Sanction
from states.rulebook.types import Effect, Rulebook, Standing


class Deducted(Struct, frozen=True, forbid_unknown_fields=True):
    """One deduction: the case, the person whose sanction decided it, the outcome, the tier, and this year's points.

    `points` are fewer than the points of the tier if the same case already cost the rest in an earlier year.
    `instead_of` is the heavier outcome that was replaced (F6).
    """

    case: str
    person: str
    outcome: str
    tier: str
    points: Decimal
    instead_of: str | None = None


class Vetoed(Struct, frozen=True, forbid_unknown_fields=True):
    """One veto: from a case (then `case` and `outcome` are set), or from a judgement recorded in the assessment."""

    id: str
    ground: str
    case: str | None = None
    outcome: str | None = None
    since: date | None = None
    instead_of: str | None = None


class Flag(Struct, frozen=True, forbid_unknown_fields=True):
    """待定: a case that does not count yet, with the reason.

    `pending`: the case is not closed. `committee`: only the committee can judge it. `successor`: its department was
    split, and nobody has recorded which successor answers for it.
    """

    case: str
    outcome: str
    why: Literal["pending", "committee", "successor"]
    instead_of: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a later record of the case will settle it. A question for the committee is not open in this sense."""
        return self.why != "committee"


class Repeat(Struct, frozen=True, forbid_unknown_fields=True):
    """A sanction of this year without a further effect: the same case had at least this effect in an earlier year."""

    case: str
    outcome: str
    effect: Literal["deduct", "veto"]


CaseEffect = Deducted | Vetoed | Flag | Repeat


class Checked(Struct, frozen=True, forbid_unknown_fields=True):
    """A routine check as it was when the result was computed: its day, elements, status, and its points (often 0)."""

    check: str
    checked_on: date
    elements: tuple[str, ...]
    status: Literal["open", "noted", "answered", "accepted", "withdrawn"]
    points: Decimal


class Effects(Struct, frozen=True, forbid_unknown_fields=True):
    """All effects of cases, judgements and routine checks on one department's result in one year."""

    deductions: tuple[Deducted, ...] = ()
    vetoes: tuple[Vetoed, ...] = ()
    flags: tuple[Flag, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    checks: tuple[Checked, ...] = ()

    @property
    def parts(self) -> tuple[CaseEffect, ...]:
        return (*self.deductions, *self.vetoes, *self.flags, *self.repeats)

    @property
    def cases(self) -> tuple[str, ...]:
        """The id of every case that has an effect, without repetition, in order."""
        return tuple(dict.fromkeys(part.case for part in self.parts if part.case is not None))


class CountedSanction(Struct, frozen=True):
    """One sanction with its effect, tier, points, year (None: it has no date), and the version that recorded it."""

    sanction: Sanction
    effect: Effect
    tier: str | None
    points: Decimal
    weight: int
    year: int | None
    version: int

    def counts_in(self, year: int) -> bool:
        """Whether it counts in `year`. Without a date it counts in every year.

        An open case (待定) counts as open in its own year and in every later year.
        """
        if self.year is None:
            return True
        return self.year <= year if self.effect == "pending" else self.year == year

    def follows(self, other: CountedSanction) -> bool:
        """Whether `other` is of an earlier year, and was on record when this one was recorded."""
        # Both conditions are needed, so that a new sanction never improves a result. A sanction that becomes known late
        # counts in its own year. It changes nothing in the later year, whose result was made without it
        # (docs/decisions/0020-later-sanctions.md).
        is_later_year = None not in (self.year, other.year) and (other.year or 0) < (self.year or 0)
        return is_later_year and other.version <= self.version


def effect_of(sanction: Sanction, rulebook: Rulebook) -> tuple[Effect, str | None]:
    """The effect of a sanction by the mapping table, and its deduction tier (None without a deduction)."""
    outcome = rulebook.outcomes.get(sanction.outcome)
    # The outcome was recorded under another edition, and this edition does not list it: the committee decides.
    if outcome is None:
        return "committee", None
    if sanction.instead_of is not None and rulebook.readings["substituted_sanction"].value == "committee":
        return "committee", None
    if is_party_cadre(sanction.standing, rulebook):
        return outcome.cadre, outcome.cadre_deduction
    # 附件1 5.1：本学院教职员工、党员干部. A student is not a member of staff.
    if sanction.standing in ("student", "student_member"):
        return "none", None
    return outcome.other, outcome.other_deduction


def is_party_cadre(standing: Standing, rulebook: Rulebook) -> bool:
    """F1: 党员干部 means "Party member or cadre" (the stricter reading) or "Party member and cadre"."""
    if rulebook.readings["party_cadre"].value == "party_and_cadre":
        return standing == "party_cadre"
    return standing not in ("staff", "student")


def responsible_unit(case: Case, rulebook: Rulebook) -> str:
    """F12: the id of the department for which a case counts."""
    at_act, now = case.units
    return now if rulebook.readings["attribution"].value == "unit_now" else at_act


def effects_of_cases(
    cases: Iterable[Case], unit: str, year: int, rulebook: Rulebook, ground: str, marks: Marks | None = None
) -> Effects:
    """The effects of `cases` on the department `unit` in `year`.

    `ground` is the key of the veto ground that a case can meet. `marks` are the points of the elements; only F9 uses
    them.
    """
    in_force = (c for c in cases if not c.rescinded and c.body is not None and responsible_unit(c, rulebook) == unit)
    ordered = sorted(in_force, key=lambda c: c.id)
    parts = [part for case in ordered for part in _effects_of(case, year, rulebook, ground, marks)]
    return Effects(_of_type(parts, Deducted), _of_type(parts, Vetoed), _of_type(parts, Flag), _of_type(parts, Repeat))


P = TypeVar("P", Deducted, Vetoed, Flag, Repeat)


def _of_type(parts: list[CaseEffect], kind: type[P]) -> tuple[P, ...]:
    return tuple(part for part in parts if isinstance(part, kind))


def _effects_of(case: Case, year: int, rulebook: Rulebook, ground: str, marks: Marks | None) -> Iterator[CaseEffect]:
    """The effects of one case: flags, then the veto or its repeat, then the deductions or repeats."""
    # A veto removes no deduction, because a veto is not one of the tiers of item 5. So the score stays visible under a
    # veto, and a heavier sanction cannot raise the score.
    counted_sanctions = _counted_sanctions(case, rulebook)
    if case.is_unassigned and rulebook.readings["attribution"].value == "unit_now":
        unassigned = (c for c in counted_sanctions if c.effect != "none" and c.counts_in(year))
        yield from (Flag(case.id, c.sanction.outcome, "successor", c.sanction.instead_of) for c in unassigned)
        return
    for counted_sanction in counted_sanctions:
        if counted_sanction.effect in ("committee", "pending") and counted_sanction.counts_in(year):
            yield Flag(
                case.id,
                counted_sanction.sanction.outcome,
                counted_sanction.effect,
                counted_sanction.sanction.instead_of,
            )
    yield from _veto(case, [c for c in counted_sanctions if c.effect == "veto"], year, rulebook, ground)
    if not _already_lost(case, rulebook, marks):
        yield from _deductions(case, [c for c in counted_sanctions if c.effect == "deduct"], year, rulebook)


def _counted_sanctions(case: Case, rulebook: Rulebook) -> list[CountedSanction]:
    """Every sanction of the case with its effect, heaviest first."""
    assert case.body is not None
    counted_sanctions = [
        _with_effect(case, s, v, rulebook) for s, v in zip(case.body.sanctions, case.versions, strict=True)
    ]
    return sorted(
        counted_sanctions, key=lambda c: (-c.points, -c.weight, c.sanction.person, c.sanction.effective_on or date.max)
    )


def _with_effect(case: Case, sanction: Sanction, version: int, rulebook: Rulebook) -> CountedSanction:
    effect, tier = effect_of(sanction, rulebook)
    points = rulebook.deductions[tier].points if tier else Decimal(0)
    outcome = rulebook.outcomes.get(sanction.outcome)
    weight = outcome.weight if outcome else 0
    return CountedSanction(sanction, effect, tier, points, weight, _year(case, sanction, rulebook), version)


def _year(case: Case, sanction: Sanction, rulebook: Rulebook) -> int | None:
    """F4: the year in which a sanction counts: that of its own day or of the day of the act (reading `case_year`).

    If that day is missing (an open case), the other of the two days decides. None if both are missing: then the
    sanction counts in every year.
    """
    acted_on, effective_on = case.body.acted_on if case.body else None, sanction.effective_on
    by_act = rulebook.readings["case_year"].value == "act"
    day = (acted_on or effective_on) if by_act else (effective_on or acted_on)
    return day.year if day else None


def _veto(
    case: Case, sanctions: list[CountedSanction], year: int, rulebook: Rulebook, ground: str
) -> Iterator[CaseEffect]:
    """The veto of the case in a year, from the heaviest of the year's `sanctions` that veto; or a `Repeat`."""
    in_year = [c for c in sanctions if c.counts_in(year)]
    effective = [
        c for c in in_year if rulebook.readings["later_sanction"].value != "once" or not _earlier(c, sanctions)
    ]
    for heaviest in effective[:1]:
        s = heaviest.sanction
        yield Vetoed(case.stream, ground, case.id, s.outcome, s.effective_on, s.instead_of)
    if in_year and not effective:
        yield Repeat(case.id, in_year[0].sanction.outcome, "veto")


def _deductions(case: Case, sanctions: list[CountedSanction], year: int, rulebook: Rulebook) -> Iterator[CaseEffect]:
    """F2, F3: the deductions of a case in a year: one for the case, for each person, or for each sanction."""
    groups: defaultdict[str, list[CountedSanction]] = defaultdict(list)
    for index, counted_sanction in enumerate(sanctions):
        groups[_group(index, counted_sanction, rulebook)].append(counted_sanction)
    for _, group in sorted(groups.items()):
        costs = [(_cost(c, group, rulebook), c) for c in group if c.counts_in(year)]
        if not costs:
            continue
        cost, heaviest = max(costs, key=lambda pair: pair[0])
        s = heaviest.sanction
        if cost and heaviest.tier is not None:
            yield Deducted(case.id, s.person, s.outcome, heaviest.tier, cost, s.instead_of)
        else:
            yield Repeat(case.id, s.outcome, "deduct")


def _group(index: int, counted_sanction: CountedSanction, rulebook: Rulebook) -> str:
    """The key of the group that counts once: all sanctions of the case, those of one person, or a single sanction."""
    if rulebook.readings["deduction_unit"].value == "case":
        return ""
    return (
        counted_sanction.sanction.person
        if rulebook.readings["concurrent_sanctions"].value == "heaviest"
        else str(index)
    )


def _cost(counted_sanction: CountedSanction, group: list[CountedSanction], rulebook: Rulebook) -> Decimal:
    """The points that a sanction costs in its year, reduced for earlier years as `later_sanction` says."""
    reading, earlier = rulebook.readings["later_sanction"].value, _earlier(counted_sanction, group)
    if reading == "whole" or not earlier:
        return counted_sanction.points
    if reading == "once":
        return Decimal(0)
    return max(counted_sanction.points - max(c.points for c in earlier), Decimal(0))


def _earlier(counted_sanction: CountedSanction, group: list[CountedSanction]) -> list[CountedSanction]:
    """The sanctions of an earlier year that `counted_sanction` follows."""
    return [other for other in group if counted_sanction.follows(other)]


def _already_lost(case: Case, rulebook: Rulebook, marks: Marks | None) -> bool:
    """F9, reading "once": whether an element that the case names got 0 points. Then the case deducts nothing more."""
    if rulebook.readings["double_loss"].value == "both" or marks is None or case.body is None:
        return False
    return any(marks.get(element) == 0 for element in case.body.elements)
