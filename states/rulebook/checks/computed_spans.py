"""The span of a value that is made of others, by its way: sum, combination, quotient, bands, and how many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from math import prod

from msgspec.structs import replace

from states.rulebook.calculation.computed_values import Band, BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from states.rulebook.calculation.numbers import simplest
from states.rulebook.calculation.values import NamedValue

from .intervals import End, Interval
from .spans import ABSENT, Span, Unit, added, highest, lowest, scaled, span_of_choices, union
from .way_spans import NOTHING, SpanScope, span_of_way


def worth_span(item: NamedValue, span: Span) -> Span:
    """What an item adds to the part above it."""
    if item.weight is None or not item.points:
        return span
    return scaled(span, Fraction(item.weight) / Fraction(item.points))


@span_of_way.register(SumValue)
def _sum(value: SumValue, scope: SpanScope) -> Span:
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
    if value.rescale and any(_may_leave_out(item, scope) for item in within):
        parts = [_rescaled(within, scope)]
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


def _may_leave_out(item: NamedValue, scope: SpanScope) -> bool:
    """Whether an item, or a part of it for which it does not make up itself, may be absent."""
    if scope.span(item.key).may_be_absent:
        return True
    return _is_open(item) and any(_may_leave_out(part, scope) for part in item.parts() if not part.beside)


def _is_open(item: NamedValue) -> bool:
    """Whether it is a sum of items that does not make up for what is left out: the sum above it does."""
    return isinstance(item, SumValue) and bool(item.item) and not item.rescale


def _rescaled(items: list[NamedValue], scope: SpanScope) -> Span:
    """A sum of which some parts may be left out, in proportion to the full mark of all.

    That is a mean of the parts' shares of their full marks: never below the least share, nor above the greatest.
    """
    full = sum((Fraction(item.full_mark or 0) for item in items), NOTHING)
    shares = [scaled(share, full) for item in items for share in _shares(item, scope)]
    return Span(low=lowest(s.low for s in shares), high=highest(s.high for s in shares), even=False)


def _shares(item: NamedValue, scope: SpanScope) -> Iterator[Span]:
    """The shares of their full marks that an item, or the items below it, can have."""
    if isinstance(item, SumValue) and _is_open(item) and _may_leave_out(item, scope):
        is_plain = not item.start and (item.decimals, item.min, item.max) == (None, None, None)
        if not is_plain or any(part.beside for part in item.item):
            yield Span()
            return
        for part in item.item:
            yield from _shares(part, scope)
    elif full := item.full_mark:
        yield scaled(worth_span(item, scope.span(item.key)), 1 / Fraction(full))


@span_of_way.register(TakeValue)
def _take(value: TakeValue, scope: SpanScope) -> Span:
    if value.over is not None:
        return _taken_over(value, scope.span(f"{value.over}:{value.of[0]}"))
    spans = [scope.span(key) for key in value.of]
    if len(spans) == 1:
        return spans[0]
    are_fixed = not value.drop and not any(span.may_be_absent for span in spans)
    may_be_absent = all(span.may_be_absent for span in spans)
    if value.take == "product":
        # What is dropped is no factor, as if it were absent.
        factors = [replace(span, may_be_absent=span.may_be_absent or bool(value.drop)) for span in spans]
        return replace(_product(factors), may_be_absent=may_be_absent)
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


@span_of_way.register(RatioValue)
def _ratio(value: RatioValue, scope: SpanScope) -> Span:
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


@span_of_way.register(BandsValue)
def _bands(value: BandsValue, scope: SpanScope) -> Span:
    points = [row.points for row in value.row if row.points is not None]
    spans = [span_of_choices(points)] if points else []
    return union(spans + [_of_band(row, row.of, scope) for row in value.row if row.of is not None])


def _of_band(row: Band, of: str, scope: SpanScope) -> Span:
    """What a band gives that gives another value. If it tests that value, it is not absent when the band is reached."""
    span = scope.span(of)
    return replace(span, may_be_absent=span.may_be_absent and all(test.of != of for test in row.when))


@span_of_way.register(HowManyValue)
def _how_many(value: HowManyValue, scope: SpanScope) -> Span:
    most = len(value.of) if value.under is None else len(list(scope.plan.values[value.under].ends()))
    return span_of_choices((Decimal(number) for number in range(most + 1)), "count")
