"""A span: what a value can be, before any fact is known. It says too much rather than too little, and misses nothing.

Spans of single ways are in `way_spans.py`. Whether a value is pending is not in it: before it is entered every value
is, and no check hangs on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from states.rulebook.calculation.numbers import Amount, RoundingMode, plain, round_to, simplest

from .intervals import End, Interval

Unit = Literal["points", "count", "share", "word"]
"""What a number counts. A `share` is a part of a whole, in per cent or not; it is no number of points."""

_FINE = 12
"""The most decimals of an example: bounds of a rulebook are never closer than 10 to the power of minus this."""


class Span(Struct, frozen=True, kw_only=True):
    """What a value can be: an amount from `low` to `high`, or one of `words`, or absent.

    - `grain`: every amount is a multiple of it; None for a quotient. `choices`: the amounts, if they are few.
    - `even`: the amount always comes out as a decimal.
    """

    low: End = None
    high: End = None
    grain: Fraction | None = None
    choices: tuple[Fraction, ...] = ()
    unit: Unit = "points"
    even: bool = True
    may_be_absent: bool = False
    words: tuple[str, ...] = ()

    def example(self, interval: Interval) -> Amount | None:
        """A possible amount within the interval, with as few decimals as can be; None: there is none."""
        inside = Interval(self.low, self.high).within(interval)
        if inside.is_empty:
            return None
        if self.choices:
            return next((simplest(choice) for choice in self.choices if inside.includes(choice)), None)
        if self.grain is None and inside.low is not None and inside.low == inside.high:
            return simplest(inside.low)
        grains = [self.grain] if self.grain else [Fraction(1, 10**decimals) for decimals in range(_FINE)]
        multiples = (_multiple(grain, inside) for grain in grains)
        return next((simplest(multiple) for multiple in multiples if inside.includes(multiple)), None)


ABSENT = Span(low=Fraction(1), high=Fraction(0), may_be_absent=True)
"""Of a value that is always absent: no amount is possible."""

WORD = Span(unit="word")
COUNT = Span(low=Fraction(0), grain=Fraction(1), unit="count")


def span_of_choices(choices: Iterable[Amount], unit: Unit = "points", *, may_be_absent: bool = False) -> Span:
    amounts = tuple(sorted({Fraction(choice) for choice in choices}))
    return Span(
        low=amounts[0], high=amounts[-1], grain=common_grain(*amounts), choices=amounts, unit=unit,
        may_be_absent=may_be_absent,
    )  # fmt: skip


def union(spans: Sequence[Span]) -> Span:
    """What one of several values can be."""
    is_listed = all(span.choices for span in spans)
    return Span(
        low=lowest(span.low for span in spans),
        high=highest(span.high for span in spans),
        grain=shared_grain(spans),
        choices=tuple(sorted({choice for span in spans for choice in span.choices})) if is_listed else (),
        unit=spans[0].unit,
        even=all(span.even for span in spans),
        may_be_absent=any(span.may_be_absent for span in spans),
        words=tuple(dict.fromkeys(word for span in spans for word in span.words)),
    )


def scaled(span: Span, factor: Fraction, unit: Unit = "points") -> Span:
    """The span times a factor."""
    ends = (_times(span.low, factor), _times(span.high, factor))
    low, high = ends if factor >= 0 else (ends[1], ends[0])
    return replace(
        span, low=low, high=high, unit=unit, choices=tuple(sorted(choice * factor for choice in span.choices)),
        grain=None if span.grain is None else abs(span.grain * factor), even=span.even and is_decimal(factor),
    )  # fmt: skip


def rounded(span: Span, decimals: int, mode: RoundingMode) -> Span:
    def round_end(end: End) -> End:
        return None if end is None else Fraction(round_to(simplest(end), decimals, mode))

    fine = Fraction(1, 10**decimals)
    is_coarser = span.grain is not None and (span.grain / fine).denominator == 1
    choices = tuple(sorted({Fraction(round_to(simplest(choice), decimals, mode)) for choice in span.choices}))
    return replace(
        span, low=round_end(span.low), high=round_end(span.high), grain=span.grain if is_coarser else fine,
        choices=choices, even=True,
    )  # fmt: skip


def clamped(span: Span, least: Decimal | None, most: Decimal | None) -> Span:
    """The span within bounds. A bound that takes effect is a possible amount of its own."""
    low, high = (None if end is None else Fraction(end) for end in (least, most))

    def clamp(amount: Fraction) -> Fraction:
        amount = amount if low is None else max(amount, low)
        return amount if high is None else min(amount, high)

    if low is not None and (span.low is None or span.low < low):
        span = replace(span, low=low, grain=None if span.grain is None else common_grain(span.grain, low))
    if high is not None and (span.high is None or span.high > high):
        span = replace(span, high=high, grain=None if span.grain is None else common_grain(span.grain, high))
    return replace(
        span, low=None if span.low is None else clamp(span.low), high=None if span.high is None else clamp(span.high),
        choices=tuple(sorted({clamp(choice) for choice in span.choices})),
    )  # fmt: skip


def added(spans: Iterable[Span], start: Decimal = Decimal(0)) -> Span:
    """What a sum of several values and a number can be."""
    first = Fraction(start)
    every = list(spans)
    lows, highs = [span.low for span in every], [span.high for span in every]
    return Span(
        low=None if None in lows else sum((low for low in lows if low is not None), first),
        high=None if None in highs else sum((high for high in highs if high is not None), first),
        grain=common_grain(grain, first) if (grain := shared_grain(every)) is not None else None,
        even=all(span.even for span in every),
    )


def common_grain(*amounts: Fraction) -> Fraction:
    """The greatest number of which all these are multiples; 1 if all are 0."""
    denominator = lcm(*(amount.denominator for amount in amounts))
    return Fraction(gcd(*(int(amount * denominator) for amount in amounts)), denominator) or Fraction(1)


def shared_grain(spans: Iterable[Span]) -> Fraction | None:
    grains = [span.grain for span in spans]
    return None if None in grains else common_grain(*(grain for grain in grains if grain is not None))


def lowest(ends: Iterable[End]) -> End:
    every = list(ends)
    return None if None in every else min(end for end in every if end is not None)


def highest(ends: Iterable[End]) -> End:
    every = list(ends)
    return None if None in every else max(end for end in every if end is not None)


def plain_of(number: Fraction) -> str:
    """The number for people."""
    return plain(simplest(number))


def is_decimal(number: Fraction) -> bool:
    """Whether the number has finitely many decimals."""
    return isinstance(simplest(number), Decimal)


def _times(end: End, factor: Fraction) -> End:
    return Fraction(0) if not factor else None if end is None else end * factor


def _multiple(grain: Fraction, interval: Interval) -> Fraction:
    """A multiple of `grain`: the first above the low end of the interval, or else the last below its high end."""
    if interval.low is not None:
        low = interval.low / grain
        return (floor(low) + 1 if interval.is_low_open else ceil(low)) * grain
    if interval.high is not None:
        high = interval.high / grain
        return (ceil(high) - 1 if interval.is_high_open else floor(high)) * grain
    return Fraction(0)
