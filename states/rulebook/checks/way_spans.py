"""The span of a value that is entered or read, by its way: what it can be, before any fact is known.

One function for each way, and not a method of its class: a result never asks for a span, and all of them side by side
show that every way says its unit, its grain and whether it may be absent. Values made of others: `computed_spans.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch
from typing import Protocol

from msgspec.structs import replace

from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.numbers import simplest
from states.rulebook.calculation.plan import GRADE, SubjectPlan
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.values import NamedValue

from .intervals import End
from .known_names import KnownNames
from .spans import COUNT, WORD, Span, Unit, added, clamped, common_grain, is_decimal, scaled, span_of_choices

NOTHING = Fraction(0)


class SpanScope(Protocol):
    """What a way may ask: the spans of other values of its subject, and the rules around them."""

    @property
    def plan(self) -> SubjectPlan: ...

    @property
    def rules(self) -> ResultRules: ...

    @property
    def known(self) -> KnownNames: ...

    def span(self, name: str) -> Span: ...


@singledispatch
def span_of_way(value: NamedValue, scope: SpanScope) -> Span:
    """What a value can be by its own way, before rounding and bounds."""
    raise NotImplementedError(type(value))


@span_of_way.register(MarkValue)
def _mark(value: MarkValue, scope: SpanScope) -> Span:
    if value.among:
        return span_of_choices((level.points for level in value.among), may_be_absent=value.may_be_absent)
    step = Fraction(value.step or scope.known.step)
    return Span(low=NOTHING, high=Fraction(value.points), grain=step, may_be_absent=value.may_be_absent)


@span_of_way.register(LevelValue)
def _level(value: LevelValue, scope: SpanScope) -> Span:
    return replace(WORD, words=scope.rules.level_words[value.among], may_be_absent=value.may_be_absent)


@span_of_way.register(PerValue)
def _per(value: PerValue, scope: SpanScope) -> Span:
    entered = Span(low=NOTHING, may_be_absent=value.may_be_absent)
    number = entered if value.of is None else scope.span(value.of)
    units = sorted(_units(value, number), key=lambda end: (end is None, end or NOTHING))
    every = Fraction(value.every)
    # By proportion the units go by the number's own grain, and with a threshold also by that of the threshold.
    parts = [Fraction(part) for part in (value.below, value.above) if part is not None]
    of_number = None if number.grain is None else common_grain(number.grain, *parts) / every
    grain = of_number if value.part == "any" else Fraction(1)
    is_even = value.part != "any" or (number.even and is_decimal(1 / every))
    span = Span(low=units[0], high=units[1], grain=grain, even=is_even, may_be_absent=number.may_be_absent)
    return replace(added([scaled(span, Fraction(value.each))], value.start), may_be_absent=number.may_be_absent)


def _units(value: PerValue, number: Span) -> Iterator[End]:
    """How many units count at the least and at the greatest number."""
    for end, is_endless in ((number.low, value.below is not None), (number.high, value.below is None)):
        if end is not None:
            yield Fraction(value.units(simplest(end)))
        else:
            yield None if is_endless else NOTHING


@span_of_way.register(GivenValue)
def _given_value(value: GivenValue, scope: SpanScope) -> Span:
    high = None if value.points is None else Fraction(value.points)
    low = None if value.below_zero else NOTHING
    return Span(low=low, high=high, grain=Fraction(value.step), may_be_absent=value.may_be_absent)


@span_of_way.register(VoteValue)
def _vote(value: VoteValue, scope: SpanScope) -> Span:
    points = [Fraction(number) for number in scope.rules.ballots[value.ballot].points.values()]
    ends = (NOTHING, Fraction(value.times)) if value.share_of else (min(points), max(points))
    unit: Unit = "share" if value.share_of else "points"
    return Span(low=ends[0], high=ends[1], unit=unit, even=False, may_be_absent=value.may_be_absent)


@span_of_way.register(LadderValue)
def _ladder(value: LadderValue, scope: SpanScope) -> Span:
    """Nobody knows how many lines there are: points in either direction add up without end."""
    rows = scope.rules.ladders[value.ladder].row
    amounts = [Fraction(row.points) for row in rows if row.points is not None]
    amounts += [-Fraction(row.costs) for row in rows if row.costs is not None]
    amounts += [Fraction(end) for row in rows for end in row.between or ()]
    each = [Fraction(row.each) for row in rows if row.each is not None]
    is_free = bool(each) or any(row.between is not None for row in rows)
    made = Span(
        low=None if any(amount < 0 for amount in amounts + each) else NOTHING,
        high=None if any(amount > 0 for amount in amounts + each) else NOTHING,
        grain=None if is_free or not amounts else common_grain(*amounts),
    )
    return made if value.cap is None else clamped(made, -value.cap, value.cap)


@span_of_way.register(FindingValue)
def _finding(value: FindingValue, scope: SpanScope) -> Span:
    return COUNT


@span_of_way.register(EarlierValue)
def _earlier(value: EarlierValue, scope: SpanScope) -> Span:
    if value.of == GRADE:
        return replace(scope.span(GRADE), may_be_absent=True)
    if value.back is not None and value.of in scope.plan.values:
        span = scope.span(value.of)
        if value.points is not None and (span.low is None or span.high is None):
            span = replace(span, low=NOTHING, high=Fraction(value.points))
        return replace(span, grain=None, choices=(), even=True, may_be_absent=True)
    # An occasion has a form of its own, which is not known here: of it only the full mark is.
    low, high = (NOTHING, Fraction(value.points)) if value.points is not None else (None, None)
    return Span(low=low, high=high, may_be_absent=True)


@span_of_way.register(PlaceValue)
def _place(value: PlaceValue, scope: SpanScope) -> Span:
    if value.give == "seat":
        return span_of_choices((Decimal(0), Decimal(1)), "count", may_be_absent=True)
    if value.give == "best":
        return replace(scope.span(scope.rules.standings[value.standing].of), may_be_absent=True)
    return replace(COUNT, low=Fraction(1), may_be_absent=True)
