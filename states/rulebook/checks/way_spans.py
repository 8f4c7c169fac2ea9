"""The span of a value, by its way: what it can be, before any fact is known.

One function for each way, and not a method of its class: a result never asks for a span, and all of them side by side
show that every way says its unit, its grain and whether it may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch
from math import prod

from msgspec.structs import replace

from states.rulebook.calculation.computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from states.rulebook.calculation.entered_values import GivenValue, LevelValue, MarkValue, PerValue
from states.rulebook.calculation.numbers import simplest
from states.rulebook.calculation.plan import GRADE, Plan, SubjectPlan
from states.rulebook.calculation.read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.values import NamedValue

from .intervals import End, Interval
from .known_names import KnownNames
from .spans import (
    ABSENT,
    COUNT,
    WORD,
    Span,
    Unit,
    added,
    clamped,
    common_grain,
    highest,
    is_decimal,
    lowest,
    rounded,
    scaled,
    span_of_choices,
    union,
)

NOTHING = Fraction(0)


class PlanSpans:
    """The spans of all values of one kind of department. It needs a plan in which every name is there."""

    def __init__(self, rules: ResultRules, unit_kind: str, plan: Plan, known: KnownNames) -> None:
        self.rules, self.unit_kind, self.plan, self.known = rules, unit_kind, plan, known
        self.subjects = {key: SubjectSpans(self, subject) for key, subject in plan.subjects.items()}


class SubjectSpans:
    """The spans of one subject's values, and of what they may name of others."""

    def __init__(self, whole: PlanSpans, plan: SubjectPlan) -> None:
        self.whole, self.plan = whole, plan
        self._spans: dict[str, Span] = {}

    def span(self, name: str) -> Span:
        """The span of what a name stands for: a value, `grade`, `unit_kind`, `who:value`, `subject.value`."""
        if name not in self._spans:
            self._spans[name] = self._make(name)
        return self._spans[name]

    def _make(self, name: str) -> Span:
        if name == "unit_kind":
            return replace(WORD, words=(self.whole.unit_kind,))
        if name in self.plan.values:
            value = self.plan.values[name]
            span = span_of_way(value, self)
            if value.decimals is not None:
                span = rounded(span, value.decimals, value.rounding)
            return clamped(span, value.min, value.max)
        if name == GRADE:
            return replace(WORD, words=tuple(self.plan.scale.grades) if self.plan.scale else ())
        nodes = self.whole.plan.nodes(self.plan, name)
        return union([self.whole.subjects[node.subject].span(node.key) for node in nodes])


def worth_span(item: NamedValue, span: Span) -> Span:
    """What an item adds to the part above it."""
    if item.weight is None or not item.points:
        return span
    return scaled(span, Fraction(item.weight) / Fraction(item.points))


def full_mark(item: NamedValue) -> Decimal | None:
    """What an item is worth at most in the part above; None if it does not say so."""
    return item.points if item.weight is None else item.weight


@singledispatch
def span_of_way(value: NamedValue, scope: SubjectSpans) -> Span:
    """What a value can be by its own way, before rounding and bounds."""
    raise NotImplementedError(type(value))


@span_of_way.register
def _mark(value: MarkValue, scope: SubjectSpans) -> Span:
    if value.among:
        return span_of_choices((level.points for level in value.among), may_be_absent=value.may_be_absent)
    step = Fraction(value.step or scope.whole.known.step)
    return Span(low=NOTHING, high=Fraction(value.points), grain=step, may_be_absent=value.may_be_absent)


@span_of_way.register
def _level(value: LevelValue, scope: SubjectSpans) -> Span:
    return replace(WORD, words=scope.whole.rules.words[value.among], may_be_absent=value.may_be_absent)


@span_of_way.register
def _per(value: PerValue, scope: SubjectSpans) -> Span:
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


@span_of_way.register
def _given(value: GivenValue, scope: SubjectSpans) -> Span:
    high = None if value.points is None else Fraction(value.points)
    return Span(low=NOTHING, high=high, grain=Fraction(value.step), may_be_absent=value.may_be_absent)


@span_of_way.register
def _vote(value: VoteValue, scope: SubjectSpans) -> Span:
    points = [Fraction(number) for number in scope.whole.plan.ballots[value.ballot].points.values()]
    ends = (NOTHING, Fraction(value.times)) if value.share_of else (min(points), max(points))
    unit: Unit = "share" if value.share_of else "points"
    return Span(low=ends[0], high=ends[1], unit=unit, even=False, may_be_absent=value.may_be_absent)


@span_of_way.register
def _ladder(value: LadderValue, scope: SubjectSpans) -> Span:
    """Nobody knows how many lines there are: points in either direction add up without end."""
    rows = scope.whole.plan.ladders[value.ladder].row
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


@span_of_way.register
def _finding(value: FindingValue, scope: SubjectSpans) -> Span:
    return COUNT


@span_of_way.register
def _earlier(value: EarlierValue, scope: SubjectSpans) -> Span:
    if value.of == GRADE:
        return replace(scope.span(GRADE), may_be_absent=True)
    if value.back is not None and value.of in scope.plan.values:
        return replace(scope.span(value.of), grain=None, choices=(), even=True, may_be_absent=True)
    # An occasion has a form of its own, which is not known here: of it only the full mark is.
    low, high = (NOTHING, Fraction(value.points)) if value.points is not None else (None, None)
    return Span(low=low, high=high, may_be_absent=True)


@span_of_way.register
def _place(value: PlaceValue, scope: SubjectSpans) -> Span:
    if value.give == "seat":
        return span_of_choices((Decimal(0), Decimal(1)), "count", may_be_absent=True)
    if value.give == "best":
        return replace(scope.span(scope.whole.plan.standings[value.standing].of), may_be_absent=True)
    return replace(COUNT, low=Fraction(1), may_be_absent=True)


@span_of_way.register
def _sum(value: SumValue, scope: SubjectSpans) -> Span:
    if value.of:
        of = [scope.span(key) for key in value.of]
        made = added([_or_nothing(span) for span in of], value.start)
        return replace(made, unit=_unit_of(of), may_be_absent=all(span.may_be_absent for span in of))
    spans = {item.key: scope.span(item.key) for item in value.item}
    # A word adds nothing. An item without a number is as good as absent.
    items = [item for item in value.item if spans[item.key].unit != "word"]
    worths = {item.key: worth_span(item, spans[item.key]) for item in items}
    within = [item for item in items if not item.beside]
    beside = [_or_nothing(worths[item.key]) for item in items if item.beside]
    if not within and any(not item.beside for item in value.item):
        return ABSENT
    parts = [worths[item.key] for item in within]
    may_be_absent = bool(parts) and all(part.may_be_absent for part in parts)
    if value.rescale and any(part.may_be_absent for part in parts):
        parts = [_rescaled([(full_mark(item), worths[item.key]) for item in within])]
    made = added([*(_or_nothing(part) for part in parts), *beside], value.start)
    return replace(made, unit=_unit_of(worths.values()), may_be_absent=may_be_absent)


def _unit_of(spans: Iterable[Span]) -> Unit:
    """The unit of a sum: that of its parts, if they have the same."""
    units = {span.unit for span in spans} - {"word"}
    return units.pop() if len(units) == 1 else "points"


def _or_nothing(span: Span) -> Span:
    """What it adds: 0 if it is absent."""
    if not span.may_be_absent:
        return span
    low = None if span.low is None else min(span.low, NOTHING)
    high = None if span.high is None else max(span.high, NOTHING)
    return replace(span, low=low, high=high)


def _rescaled(parts: list[tuple[Decimal | None, Span]]) -> Span:
    """A sum of which some parts may be left out, in proportion to the full mark of all.

    That is a mean of the parts' shares of their full marks: never below the least share, nor above the greatest.
    """
    fulls = [(Fraction(full or 0), span) for full, span in parts]
    full = sum((full for full, _ in fulls), NOTHING)
    shares = [scaled(span, full / part) for part, span in fulls if part]
    return Span(low=lowest(s.low for s in shares), high=highest(s.high for s in shares), even=False)


@span_of_way.register
def _take(value: TakeValue, scope: SubjectSpans) -> Span:
    if value.over is not None:
        return _taken_over(value, scope.span(f"{value.over}:{value.of[0]}"))
    spans = [scope.span(key) for key in value.of]
    if len(spans) == 1:
        return spans[0]
    are_fixed = not value.drop and not any(span.may_be_absent for span in spans)
    may_be_absent = all(span.may_be_absent for span in spans)
    if value.take == "product":
        return replace(_product(spans), may_be_absent=may_be_absent)
    if value.take == "mean" and are_fixed:
        return replace(scaled(added(spans), Fraction(1, len(spans))), unit=spans[0].unit)
    if value.take == "mean":
        return replace(union(spans), grain=None, choices=(), even=False, may_be_absent=may_be_absent)
    made = replace(union(spans), choices=(), may_be_absent=may_be_absent)
    if not are_fixed:
        return made
    if value.take == "min":
        highs = [span.high for span in spans if span.high is not None]
        return replace(made, high=min(highs, default=None))
    lows = [span.low for span in spans if span.low is not None]
    return replace(made, low=max(lows, default=None))


def _taken_over(value: TakeValue, span: Span) -> Span:
    """Over persons nobody knows how many there are; of a team without such persons it is absent."""
    if value.take == "product":
        return Span(even=span.even, unit=span.unit, may_be_absent=True)
    if value.take == "mean":
        return replace(span, grain=None, choices=(), even=False, may_be_absent=True)
    return replace(span, may_be_absent=True)


def _product(spans: list[Span]) -> Span:
    ones = [_or_one(span) for span in spans]
    grains = [span.grain for span in ones]
    even = all(span.even for span in ones)
    grain = None if None in grains else prod((one for one in grains if one is not None), start=Fraction(1))
    lows = [span.low for span in ones]
    if any(low is None or low < 0 for low in lows):
        return Span(grain=grain, even=even)
    highs = [span.high for span in ones]
    high = None if None in highs else prod((high for high in highs if high is not None), start=Fraction(1))
    low = prod((low for low in lows if low is not None), start=Fraction(1))
    return Span(low=low, high=high, grain=grain, even=even)


def _or_one(span: Span) -> Span:
    """Its factor: 1 if it is absent."""
    return union([span, span_of_choices([Decimal(1)])]) if span.may_be_absent else span


@span_of_way.register
def _ratio(value: RatioValue, scope: SubjectSpans) -> Span:
    above, below = scope.span(value.of), scope.span(value.by)
    low, high = _quotient(above, below)
    made = scaled(Span(low=low, high=high, even=False), Fraction(value.times))
    is_share = value.times in (1, 100) and value.points is None
    may_be_zero = below.example(Interval(NOTHING, NOTHING)) is not None
    is_absent = above.may_be_absent or below.may_be_absent or may_be_zero
    return replace(made, unit="share" if is_share else "points", may_be_absent=is_absent)


def _quotient(above: Span, below: Span) -> tuple[End, End]:
    if above.low is None or above.low < 0 or below.low is None or below.low < 0:
        return None, None
    least = below.example(Interval(NOTHING, None, True)) if not below.low and below.grain else simplest(below.low)
    low = NOTHING if below.high is None or not below.high else above.low / below.high
    return low, None if above.high is None or not least else above.high / Fraction(least)


@span_of_way.register
def _bands(value: BandsValue, scope: SubjectSpans) -> Span:
    points = [row.points for row in value.row if row.points is not None]
    spans = [span_of_choices(points)] if points else []
    return union(spans + [scope.span(row.of) for row in value.row if row.of is not None])


@span_of_way.register
def _how_many(value: HowManyValue, scope: SubjectSpans) -> Span:
    most = len(value.of) if value.under is None else len(list(scope.plan.values[value.under].ends()))
    return span_of_choices((Decimal(number) for number in range(most + 1)), "count")
