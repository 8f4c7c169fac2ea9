"""Settles a standing of the year (核定名次): the order of all scored departments, with the seats of its quotas.

The person who settles it orders the ties at which a rule looks, and says why. Nobody of a tied department may. The
fact has everything that was compared and every place, so that a replay can settle it again and compare. A changed score
changes no place by itself: the standing is settled again, and a department whose place has changed is scored again.

Not here: the calculation (`states/result/places.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from states.context import Context
from states.guards import FaultCollector
from states.records.year import Progress, Year
from states.refusals import Incomplete, NothingToDo, NotKnown
from states.result import places
from states.rulebook.calculation.lines import Place
from states.rulebook.calculation.settling import Settlement, Tie
from states.rulebook.calculation.standings import Candidate, StandingKind
from states.vocabulary import Command, Stamp, Text, Words

from .year import YearFact, list_names


class SettleBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which standing, and the subjects of its ties, best first: departments, or `department@person`.

    `reason`: why in this order. It is needed where there is an order.
    """

    standing: str
    order: tuple[str, ...] = ()
    reason: Words | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The departments that are put in order: their people are recused."""
        return tuple(dict.fromkeys(id_.partition("@")[0] for id_ in self.order))


class Settle(Command, SettleBody, frozen=True, kw_only=True):
    """Settle a standing of the year."""


class StandingSettled(YearFact, SettleBody, frozen=True, kw_only=True):
    """The standing was settled. `places` is by the id of a candidate; None: it has no place."""

    candidates: tuple[Candidate, ...]
    places: dict[str, Place | None]

    def fold(self, state: Year, stamp: Stamp) -> Year:
        settlement = Settlement(
            candidates=self.candidates, order=self.order, places=self.places, ties=(), pending=(), unused=()
        )
        return replace(state, standings={**state.standings, self.standing: settlement})


def settle(state: Year, command: Settle, context: Context) -> StandingSettled:
    """The fact of the settling, with the places that come out."""
    standing = _standing(command, context)
    now = places.settle_now(standing, state, context.progress or (), context.rulebook, command.order)
    fact = StandingSettled(
        standing=command.standing,
        order=command.order,
        reason=command.reason,
        candidates=now.candidates,
        places=now.places,
    )
    check(state, fact, context)
    return fact


def check(state: Year, record: StandingSettled, context: Context) -> None:
    """Refuse to settle before every score is valid, with a tie that is not in order, or without a reason for an order.

    Refuse other candidates or places than the scores give, and to settle what has not changed.
    """
    standing = _standing(record, context)
    progress, clause = context.progress, standing.clause
    if progress is None:
        return
    _refuse_unready(standing, state, progress, context)
    now = places.settle_now(standing, state, progress, context.rulebook, record.order)
    if now.pending:
        units = _titles(now.pending, context)
        missing = Text(
            zh=f"可以比较的得分：{units.zh} 仍是待定", en=f"a score that can be compared: {units.en}, still open"
        )
        raise Incomplete(missing=missing, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("order"):
        _check_order(now, standing, context)
    with faults.at("reason"):
        if record.order and record.reason is None:
            raise Incomplete(missing=Text(zh="排定先后的理由", en="the reason for the order"), clause=clause)
    faults.end()
    if (record.candidates, record.places) != (now.candidates, now.places):
        raise Incomplete(missing=Text(zh="与得分一致的名次", en="places that agree with the scores"), clause=clause)
    before = state.standings.get(standing.key)
    if before is not None and (before.candidates, before.places) == (now.candidates, now.places):
        why = Text(zh="得分和名次都没有变化", en="neither the scores nor the places have changed")
        raise NothingToDo(act=context.rulebook.acts["settle"].title.text, why=why, clause=clause)


def tie_text(tie: Tie, context: Context) -> Text:
    """A tie in words: who has which place together."""
    names = _titles(tie.candidates, context)
    return Text(zh=f"{names.zh}（并列第 {tie.place} 名）", en=f"{names.en} (tied at place {tie.place})")


def _standing(record: SettleBody, context: Context) -> StandingKind:
    standing = context.rulebook.standings.get(record.standing)
    if standing is None:
        known = list_names(one.key for one in context.rulebook.standing)
        clause = context.rulebook.cited("settle")
        raise NotKnown(what=Text(zh="名次", en="standing"), value=record.standing, known=known, clause=clause)
    return standing


def _refuse_unready(standing: StandingKind, state: Year, progress: Sequence[Progress], context: Context) -> None:
    """Refuse to compare departments that are not scored, or whose scores are not valid any more."""
    units = places.unready(standing, state, progress, context.rulebook, context.roster)
    if units:
        names = _titles(units, context)
        missing = Text(
            zh=f"{len(units)} 个部门的有效得分：{names.zh}。名次须在各部门均已计分且得分有效后核定",
            en=f"a valid score of {len(units)} departments: {names.en}. "
            "Places are settled when every department is scored",
        )
        raise Incomplete(missing=missing, clause=standing.clause)


def _check_order(now: Settlement, standing: StandingKind, context: Context) -> None:
    """Refuse a tie without an order, and a name that no tie needs."""
    if now.ties:
        ties = [tie_text(tie, context) for tie in now.ties]
        missing = Text(
            zh=f"并列者的先后次序：{'；'.join(tie.zh for tie in ties)}",
            en=f"the order of those who are tied: {'; '.join(tie.en for tie in ties)}",
        )
        raise Incomplete(missing=missing, clause=standing.clause)
    if now.unused or len(set(now.order)) < len(now.order):
        repeated = [id_ for number, id_ in enumerate(now.order) if id_ in now.order[:number]]
        needed = [id_ for id_ in now.order if id_ not in now.unused]
        what = Text(zh="须排定先后的并列者", en="tied department that must be put in order")
        value = _titles(now.unused or repeated, context)
        raise NotKnown(what=what, value=value, known=_titles(needed, context), clause=standing.clause)


def _titles(ids: Iterable[str], context: Context) -> Text:
    """The departments, or persons of departments, as people call them."""
    roster = context.roster
    pairs = (id_.partition("@") for id_ in ids)
    return list_names(
        f"{roster.title(unit) if roster is not None else unit}{f' {person}' if person else ''}"
        for unit, _, person in pairs
    )
