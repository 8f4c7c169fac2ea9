"""A figure of many measurements: the median, the quartiles and the extremes (`Spread`); also of ratios."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from msgspec import Struct


class Spread(Struct, frozen=True):
    """A median with its quartiles, the least and the greatest value, and the number of measurements (`of`)."""

    median: float
    low: float
    high: float
    least: float
    most: float
    of: int

    def say(self, digits: int = 2) -> str:
        """`0.61 (0.55-0.68)`: the median and the middle half."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}-{self.high:.{digits}f})"


def spread(measured: Sequence[float]) -> Spread:
    """The spread of these measurements; there must be at least one. One alone is its own quartiles."""
    low, high = (q[0], q[2]) if len(measured) > 1 and (q := quantiles(measured, n=4)) else (measured[0], measured[0])
    return Spread(median(measured), low, high, min(measured), max(measured), len(measured))


def ratios(of: Sequence[float], to: Sequence[float]) -> Spread:
    """The spread of `of` divided by `to`, pair by pair: 0.5 means that `to` takes twice the time."""
    return spread([a / b for a, b in zip(of, to, strict=True)])
