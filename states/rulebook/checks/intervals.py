"""An interval of numbers, with or without its ends."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

End = Fraction | None
"""The end of an interval; None: it goes on without end."""


class Interval(NamedTuple):
    """From `low` to `high`. An open end does not belong to it."""

    low: End = None
    high: End = None
    is_low_open: bool = False
    is_high_open: bool = False

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.is_low_open or self.is_high_open))

    def includes(self, number: Fraction) -> bool:
        is_above = self.low is None or number > self.low or (number == self.low and not self.is_low_open)
        is_below = self.high is None or number < self.high or (number == self.high and not self.is_high_open)
        return is_above and is_below

    def within(self, other: Interval) -> Interval:
        """The part that both have."""
        low, is_low_open = self.low, self.is_low_open
        if other.low is not None and (low is None or (other.low, other.is_low_open) > (low, is_low_open)):
            low, is_low_open = other.low, other.is_low_open
        high, is_high_open = self.high, self.is_high_open
        if other.high is not None and (high is None or (other.high, not other.is_high_open) < (high, not is_high_open)):
            high, is_high_open = other.high, other.is_high_open
        return Interval(low, high, is_low_open, is_high_open)


def sum_of(intervals: Iterable[Interval]) -> Interval:
    """Where the sum of one number of each interval lies."""
    every = list(intervals)
    lows = [interval.low for interval in every if interval.low is not None]
    highs = [interval.high for interval in every if interval.high is not None]
    return Interval(
        sum(lows, Fraction(0)) if len(lows) == len(every) else None,
        sum(highs, Fraction(0)) if len(highs) == len(every) else None,
        any(interval.is_low_open for interval in every),
        any(interval.is_high_open for interval in every),
    )
