"""What cases do to one unit's result in one year: deductions, vetoes, and marks of what is not decided (待定).

Read off the rulebook's mapping table each time it is asked (附件1、2 第5项; 第八条（三）2). Not the result: `result.py`
adds it up. Pure. The order of the cases, and of the sanctions in a case, changes nothing.

A sanction counts in one year, its own. Within a year a case (or a person in it, as the reading says) counts once, at
its heaviest. A year therefore never depends on what took effect after it. How it depends on earlier years is the
reading `later_sanction`.
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
    """One deduction: the case, the person whose sanction decided it, the outcome, the tier, and the points it costs in this year.

    `points` are fewer than the tier's where the case cost an earlier year the rest. `instead_of` is the heavier outcome (F6).
    """

    case: str
    person: str
    outcome: str
    tier: str
    points: Decimal
    instead_of: str | None = None


class Vetoed(Struct, frozen=True, forbid_unknown_fields=True):
    """One veto: a case's (`case` and `outcome`), or a judgement recorded in the assessment itself."""

    id: str
    ground: str
    case: str | None = None
    outcome: str | None = None
    since: date | None = None
    instead_of: str | None = None


class Flag(Struct, frozen=True, forbid_unknown_fields=True):
    """待定: a case that is open (`pending`), that only the committee can judge (`committee`), or that waits for a unit.

    `successor`: its unit was split, and nobody has said yet which one took it over.
    """

    case: str
    outcome: str
    why: Literal["pending", "committee", "successor"]
    instead_of: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for what will be put on record, and for no judgement."""
        return self.why != "committee"


class Repeat(Struct, frozen=True, forbid_unknown_fields=True):
    """A sanction of this year that adds nothing, because an earlier year had as much from the same case."""

    case: str
    outcome: str
    effect: Literal["deduct", "veto"]


Part = Deducted | Vetoed | Flag | Repeat


class Checked(Struct, frozen=True, forbid_unknown_fields=True):
    """A routine check as it stood when the result was computed: its day, its elements, its status, what it costs (mostly nothing)."""

    check: str
    checked_on: date
    elements: tuple[str, ...]
    status: Literal["open", "noted", "answered", "accepted", "withdrawn"]
    points: Decimal


class Effects(Struct, frozen=True, forbid_unknown_fields=True):
    """All that cases, judgements and routine checks do to one unit's result in one year."""

    deductions: tuple[Deducted, ...] = ()
    vetoes: tuple[Vetoed, ...] = ()
    flags: tuple[Flag, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    checks: tuple[Checked, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.deductions, *self.vetoes, *self.flags, *self.repeats)

    @property
    def cases(self) -> tuple[str, ...]:
        """Every case named, once, in order."""
        return tuple(dict.fromkeys(part.case for part in self.parts if part.case is not None))


class Count(Struct, frozen=True):
    """One sanction as it counts: its effect, tier and points, its year (None: not dated), and the version that recorded it."""

    sanction: Sanction
    effect: Effect
    tier: str | None
    points: Decimal
    weight: int
    year: int | None
    version: int

    def of(self, year: int) -> bool:
        """Whether it counts in `year`. 待定: an open case is open in every year from its own."""
        if self.year is None:
            return True
        return self.year <= year if self.effect == "pending" else self.year == year

    def follows(self, other: Count) -> bool:
        """Whether `other` is of an earlier year and was on record when this one was recorded.

        Both, so that bad news makes nothing better: a sanction that comes to light late costs its own year and leaves
        the later year, whose result was earned without it, as it is (docs/decisions/0020-later-sanctions.md).
        """
        years = None not in (self.year, other.year) and (other.year or 0) < (self.year or 0)
        return years and other.version <= self.version


def effect_of(sanction: Sanction, rulebook: Rulebook) -> tuple[Effect, str | None]:
    """What a sanction does by the mapping table: its effect, and the deduction tier if it deducts."""
    outcome, settings = rulebook.outcomes.get(sanction.outcome), rulebook.settings
    if outcome is None:  # recorded under another edition: this one does not list it, so the committee says
        return "committee", None
    if sanction.instead_of is not None and settings.substituted_sanction.value == "committee":
        return "committee", None
    if is_party_cadre(sanction.standing, rulebook):
        return outcome.cadre, outcome.cadre_deduction
    # 附件1 5.1：本学院教职员工、党员干部. A student is no member of staff.
    if sanction.standing in ("student", "student_member"):
        return "none", None
    return outcome.other, outcome.other_deduction


def is_party_cadre(standing: Standing, rulebook: Rulebook) -> bool:
    """F1: 党员干部 reads "Party member or cadre" (stricter) or "Party member and cadre"."""
    if rulebook.settings.party_cadre.value == "party_and_cadre":
        return standing == "party_cadre"
    return standing not in ("staff", "student")


def attributed(case: Case, rulebook: Rulebook) -> str:
    """F12: the unit a case counts for."""
    at_act, now = case.units
    return now if rulebook.settings.attribution.value == "unit_now" else at_act


def effects(
    cases: Iterable[Case], unit: str, year: int, rulebook: Rulebook, ground: str, marks: Marks | None = None
) -> Effects:
    """What `cases` do to `unit` in `year`. `ground` is the veto ground cases fall under."""
    mine = (c for c in cases if not c.rescinded and c.body is not None and attributed(c, rulebook) == unit)
    parts = [part for case in sorted(mine, key=lambda c: c.id) for part in _of(case, year, rulebook, ground, marks)]
    return Effects(_all(parts, Deducted), _all(parts, Vetoed), _all(parts, Flag), _all(parts, Repeat))


P = TypeVar("P", Deducted, Vetoed, Flag, Repeat)


def _all(parts: list[Part], kind: type[P]) -> tuple[P, ...]:
    return tuple(part for part in parts if isinstance(part, kind))


def _of(case: Case, year: int, rulebook: Rulebook, ground: str, marks: Marks | None) -> Iterator[Part]:
    """What one case does: marks, then the veto, then the deductions.

    A veto has no tier of item 5, so it removes no deduction: the score stays visible under a veto, and a heavier
    sanction does not raise it.
    """
    counts = _counts(case, rulebook)
    if case.is_unassigned and rulebook.settings.attribution.value == "unit_now":
        open_ones = (c for c in counts if c.effect != "none" and c.of(year))
        yield from (Flag(case.id, c.sanction.outcome, "successor", c.sanction.instead_of) for c in open_ones)
        return
    for one in counts:
        if one.effect in ("committee", "pending") and one.of(year):
            yield Flag(case.id, one.sanction.outcome, one.effect, one.sanction.instead_of)
    yield from _veto(case, [c for c in counts if c.effect == "veto"], year, rulebook, ground)
    if not _already_lost(case, rulebook, marks):
        yield from _deductions(case, [c for c in counts if c.effect == "deduct"], year, rulebook)


def _counts(case: Case, rulebook: Rulebook) -> list[Count]:
    """Every sanction of the case as it counts, heaviest first."""
    assert case.body is not None
    counts = [_count(case, s, v, rulebook) for s, v in zip(case.body.sanctions, case.versions, strict=True)]
    return sorted(counts, key=lambda c: (-c.points, -c.weight, c.sanction.person, c.sanction.effective_on or date.max))


def _count(case: Case, sanction: Sanction, version: int, rulebook: Rulebook) -> Count:
    effect, tier = effect_of(sanction, rulebook)
    points = rulebook.deductions[tier].points if tier else Decimal(0)
    outcome = rulebook.outcomes.get(sanction.outcome)
    weight = outcome.weight if outcome else 0
    return Count(sanction, effect, tier, points, weight, _year(case, sanction, rulebook), version)


def _year(case: Case, sanction: Sanction, rulebook: Rulebook) -> int | None:
    """F4: the year a sanction counts in; of an open case without a day, that of the act; None (any) if that has none either.

    No case is open in a year before the act.
    """
    acted_on, took_effect = case.body.acted_on if case.body else None, sanction.effective_on
    by_act = rulebook.settings.case_year.value == "act"
    day = (acted_on or took_effect) if by_act else (took_effect or acted_on)
    return day.year if day else None


def _veto(case: Case, vetoing: list[Count], year: int, rulebook: Rulebook, ground: str) -> Iterator[Part]:
    """One veto of the case in a year, by the heaviest sanction of that year."""
    own = [c for c in vetoing if c.of(year)]
    fresh = [c for c in own if rulebook.settings.later_sanction.value != "once" or not _before(c, vetoing)]
    for one in fresh[:1]:
        s = one.sanction
        yield Vetoed(case.stream, ground, case.id, s.outcome, s.effective_on, s.instead_of)
    if own and not fresh:
        yield Repeat(case.id, own[0].sanction.outcome, "veto")


def _deductions(case: Case, deducting: list[Count], year: int, rulebook: Rulebook) -> Iterator[Part]:
    """F2, F3: one deduction of the case (or of each person, or each sanction) in a year."""
    groups: defaultdict[str, list[Count]] = defaultdict(list)
    for at, count in enumerate(deducting):
        groups[_group(at, count, rulebook)].append(count)
    for _, group in sorted(groups.items()):
        own = [(_cost(c, group, rulebook), c) for c in group if c.of(year)]
        if not own:
            continue
        cost, one = max(own, key=lambda pair: pair[0])
        s = one.sanction
        if cost and one.tier is not None:
            yield Deducted(case.id, s.person, s.outcome, one.tier, cost, s.instead_of)
        else:
            yield Repeat(case.id, s.outcome, "deduct")


def _group(at: int, count: Count, rulebook: Rulebook) -> str:
    """The key of what counts once: the case, or a person in it, or each sanction by itself."""
    settings = rulebook.settings
    if settings.deduction_unit.value == "case":
        return ""
    return count.sanction.person if settings.concurrent_sanctions.value == "heaviest" else str(at)


def _cost(count: Count, group: list[Count], rulebook: Rulebook) -> Decimal:
    """What a sanction costs in its year, less what the reading takes off for earlier years."""
    reading, before = rulebook.settings.later_sanction.value, _before(count, group)
    if reading == "whole" or not before:
        return count.points
    if reading == "once":
        return Decimal(0)
    return max(count.points - max(c.points for c in before), Decimal(0))


def _before(count: Count, group: list[Count]) -> list[Count]:
    return [other for other in group if count.follows(other)]


def _already_lost(case: Case, rulebook: Rulebook, marks: Marks | None) -> bool:
    """F9 "once": an element named by the case that got nothing has paid for the case."""
    if rulebook.settings.double_loss.value == "both" or marks is None or case.body is None:
        return False
    return any(marks.get(element) == 0 for element in case.body.elements)
