"""A disciplinary case on record, and what it does to a unit's result.

A case is facts only: who (an opaque id and a standing), what outcome, effective when, by which document.
No narrative. Revisions and rescission are new facts; what a case does is read off the rulebook's mapping
table each time it is asked (annexes 1 and 2, item 5; 第八条（三）2; docs/rulebook.md, the eighteen readings).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict, replace

from .assessment import Marks
from .context import Context
from .guards import happened
from .opening import Reason
from .refusals import Incomplete, NothingToDo, NotKnown
from .rulebook import Effect, Rulebook
from .vocabulary import Command, Fact, Opaque, Stamp, Words

Standing = Literal["party_cadre", "party_member", "cadre", "staff"]
"""党员干部 · 党员 who is no cadre · cadre who is no Party member · everybody else."""


class Sanction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome for one person. `effective_on` and `document` are absent only while the case is open.

    `instead_of` names the heavier outcome this one was given in place of (F6).
    """

    person: Opaque
    standing: Standing
    outcome: str
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None


class CaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case: the unit at the time of the act, the unit now if it is another, the act's day, its sanctions.

    `elements` are the elements that already lost their points to this case (F9).
    """

    unit: Opaque
    unit_now: Opaque | None = None
    acted_on: date | None = None
    elements: tuple[str, ...] = ()
    sanctions: tuple[Sanction, ...]


class RecordCase(Command, CaseBody, frozen=True, kw_only=True):
    """Put a case on record."""


class ReviseCase(Command, CaseBody, frozen=True, kw_only=True):
    """Put a changed outcome on record (复审、复核、结案)."""

    reason: Words


class RescindCase(Command, Reason, frozen=True, kw_only=True):
    """Put on record that the case no longer stands."""

    document: Words


class Case(Struct, frozen=True, kw_only=True):
    """A case as it stands now. `recorded_by` recorded it first, `revised_by` changed it."""

    stream: str = ""
    version: int = 0
    number: int = 0
    recorded_by: str = ""
    revised_by: tuple[str, ...] = ()
    rescinded: bool = False
    body: CaseBody | None = None

    @property
    def id(self) -> str:
        return self.stream.removeprefix("case/")

    @property
    def recorders(self) -> set[str]:
        """Everybody who had a hand in what is on record."""
        return {self.recorded_by, *self.revised_by}

    @property
    def units(self) -> tuple[str, ...]:
        """The unit at the time of the act, and the unit now; none before the case is recorded."""
        return (self.body.unit, self.body.unit_now or self.body.unit) if self.body else ()


class CaseFact(Fact, frozen=True, kw_only=True):
    """A fact of a case's stream."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        raise NotImplementedError


class CaseRecorded(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The case was put on record."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(state, body=CaseBody(**asdict(self)), recorded_by=stamp.actor)


class CaseRevised(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The case's outcome changed."""

    reason: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        fields = {k: v for k, v in asdict(self).items() if k != "reason"}
        return replace(state, body=CaseBody(**fields), revised_by=(*state.revised_by, stamp.actor))


class CaseRescinded(CaseFact, Reason, frozen=True, kw_only=True):
    """The case no longer stands."""

    document: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(state, rescinded=True)


def fold(state: Case, fact: CaseFact, stamp: Stamp) -> Case:
    """The case after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version, number=stamp.number)


def after(state: Case, record: object) -> Case:
    """The case as it would stand after a revision or a rescission."""
    if isinstance(record, CaseBody):
        return replace(state, body=record)
    return replace(state, rescinded=True)


def check(state: Case, record: CaseBody, context: Context) -> None:
    """Every sanction names a known outcome; one that has taken effect has its day and its document."""
    rulebook, clause = context.rulebook, context.rulebook.veto_clause
    if not record.sanctions:
        raise Incomplete(missing="处理结果 / outcome", clause=clause)
    if record.acted_on is not None:
        happened("行为日期 / day of the act", record.acted_on, context, clause)
    elements = {key for table in rulebook.table for key in table.elements}
    unknown = [key for key in record.elements if key not in elements]
    if unknown:
        raise NotKnown(what="要素 / element", value=", ".join(unknown), known=", ".join(elements), clause=clause)
    for sanction in record.sanctions:
        for key in filter(None, (sanction.outcome, sanction.instead_of)):
            if key not in rulebook.outcomes:
                raise NotKnown(what="处理结果 / outcome", value=key, known=", ".join(rulebook.outcomes), clause=clause)
        if sanction.effective_on is not None:
            happened("生效日期 / effective date", sanction.effective_on, context, clause)
        if effect_of(sanction, rulebook)[0] != "pending" and None in (sanction.effective_on, sanction.document):
            raise Incomplete(missing="生效日期和文号 / effective date and document number", clause=clause)


def check_revision(state: Case, record: CaseBody, context: Context) -> None:
    """A case that stands gets another outcome."""
    check_rescission(state, record, context)
    check(state, record, context)


def check_rescission(state: Case, record: object, context: Context) -> None:
    """A case is rescinded once, and not revised after; what comes to light later is a case of its own."""
    if state.rescinded:
        raise NothingToDo(
            act=f"案件 {state.id} / case {state.id}", why="案件已撤销 / the case is rescinded",
            clause=context.rulebook.veto_clause,
        )  # fmt: skip


class Deducted(Struct, frozen=True, forbid_unknown_fields=True):
    """One deduction: the case, whose sanction decided it, its outcome, the tier and the points it costs."""

    case: str
    person: str
    outcome: str
    tier: str
    points: Decimal


class Vetoed(Struct, frozen=True, forbid_unknown_fields=True):
    """One veto: a case's (`case` and `outcome`), or a judgement recorded in the assessment itself."""

    id: str
    ground: str
    case: str | None = None
    outcome: str | None = None
    since: date | None = None


class Flag(Struct, frozen=True, forbid_unknown_fields=True):
    """待定: a case that is open (`pending`), or whose effect only the committee can say (`committee`)."""

    case: str
    outcome: str
    why: Literal["pending", "committee"]


class Effects(Struct, frozen=True, forbid_unknown_fields=True):
    """All that cases and judgements do to one unit's result in one year."""

    deductions: tuple[Deducted, ...] = ()
    vetoes: tuple[Vetoed, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def cases(self) -> tuple[str, ...]:
        """Every case named, once, in order."""
        named: list[Deducted | Vetoed | Flag] = [*self.deductions, *self.vetoes, *self.flags]
        return tuple(dict.fromkeys(x.case for x in named if x.case is not None))


def effect_of(sanction: Sanction, rulebook: Rulebook) -> tuple[Effect, str | None]:
    """What a sanction does by the mapping table: its effect, and the deduction tier if it deducts."""
    outcome, settings = rulebook.outcomes.get(sanction.outcome), rulebook.settings
    if outcome is None:  # recorded under another edition: this one does not list it, so the committee says
        return "committee", None
    if sanction.instead_of is not None and settings.substituted_sanction.value == "committee":
        return "committee", None
    if is_party_cadre(sanction.standing, rulebook):
        return outcome.cadre, outcome.cadre_deduction
    return outcome.other, outcome.other_deduction


def is_party_cadre(standing: Standing, rulebook: Rulebook) -> bool:
    """F1: 党员干部 reads "Party member or cadre" (stricter) or "Party member and cadre"."""
    if rulebook.settings.party_cadre.value == "party_and_cadre":
        return standing == "party_cadre"
    return standing != "staff"


def effects(
    cases: Iterable[Case], unit: str, year: int, rulebook: Rulebook, ground: str, marks: Marks | None = None
) -> Effects:
    """What `cases` do to `unit` in `year`. `ground` is the veto ground cases fall under; pure, order-free."""
    deductions: list[Deducted] = []
    vetoes: list[Vetoed] = []
    flags: list[Flag] = []
    for case in sorted(cases, key=lambda c: c.id):
        if case.rescinded or case.body is None or attributed(case, rulebook) != unit:
            continue
        for sanction in _deciding(case.body, rulebook):
            if _year(sanction, case.body, rulebook) not in (year, None):
                continue
            effect, tier = effect_of(sanction, rulebook)
            if effect == "veto":
                vetoes.append(Vetoed(f"case/{case.id}", ground, case.id, sanction.outcome, sanction.effective_on))
            elif effect == "deduct" and tier is not None and not _already_lost(case.body, rulebook, marks):
                deductions.append(_deducted(case, sanction, tier, rulebook))
            elif effect in ("committee", "pending"):
                flags.append(Flag(case.id, sanction.outcome, effect))
    return Effects(tuple(deductions), _once(vetoes), tuple(flags))


def attributed(case: Case, rulebook: Rulebook) -> str:
    """F12: the unit a case counts for."""
    at_act, now = case.units
    return now if rulebook.settings.attribution.value == "unit_now" else at_act


def _deciding(body: CaseBody, rulebook: Rulebook) -> Iterator[Sanction]:
    """The sanctions that count: F3 within a person, F2 within the case; flags always.

    What vetoes stands on no tier of item 5, so it takes none away: a case that vetoes still costs what the heaviest of
    its other outcomes costs. F4: it counts in one year, that of its heaviest outcome.
    """
    counting = [s for s in body.sanctions if effect_of(s, rulebook)[0] in ("veto", "deduct")]
    yield from (s for s in body.sanctions if effect_of(s, rulebook)[0] in ("committee", "pending"))
    if rulebook.settings.concurrent_sanctions.value == "heaviest":
        counting = _heaviest(counting, rulebook, by_person=True)
    if rulebook.settings.deduction_unit.value == "case":
        years = {_year(s, body, rulebook) for s in _heaviest(counting, rulebook, by_person=False)}
        together = [s for s in counting if _year(s, body, rulebook) in years]
        for effect in ("veto", "deduct"):
            alike = [s for s in together if effect_of(s, rulebook)[0] == effect]
            yield from _heaviest(alike, rulebook, by_person=False)
        return
    yield from counting


def _heaviest(sanctions: list[Sanction], rulebook: Rulebook, *, by_person: bool) -> list[Sanction]:
    best: dict[str, Sanction] = {}
    for sanction in sanctions:
        group = sanction.person if by_person else ""
        held = best.get(group)
        if held is None or _weight(sanction, rulebook) > _weight(held, rulebook):
            best[group] = sanction
    return list(best.values())


def _weight(sanction: Sanction, rulebook: Rulebook) -> tuple[bool, Decimal, int]:
    """A veto outweighs any deduction; then the points; then the outcome's place on the ladder."""
    effect, tier = effect_of(sanction, rulebook)
    points = rulebook.deductions[tier].points if tier else Decimal(0)
    return effect == "veto", points, rulebook.outcomes[sanction.outcome].weight


def _year(sanction: Sanction, body: CaseBody, rulebook: Rulebook) -> int | None:
    """F4: the year a sanction counts in; None (any) while nothing has taken effect."""
    if rulebook.settings.case_year.value == "act" and body.acted_on is not None:
        return body.acted_on.year
    return sanction.effective_on.year if sanction.effective_on else None


def _already_lost(body: CaseBody, rulebook: Rulebook, marks: Marks | None) -> bool:
    """F9 "once": an element named by the case that got nothing has paid for the case."""
    if rulebook.settings.double_loss.value == "both" or marks is None:
        return False
    return any(marks.get(element) == 0 for element in body.elements)


def _deducted(case: Case, sanction: Sanction, tier: str, rulebook: Rulebook) -> Deducted:
    return Deducted(case.id, sanction.person, sanction.outcome, tier, rulebook.deductions[tier].points)


def _once(vetoes: list[Vetoed]) -> tuple[Vetoed, ...]:
    """One veto per case, however many sanctions would each raise it."""
    return tuple({v.id: v for v in reversed(vetoes)}.values())[::-1]
