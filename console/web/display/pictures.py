"""Computes the positions of bars and points in a picture. Without side effects; `templates/pictures.html` draws it.

Every number is printed in its part, and the description of the picture for screen readers has it too. So no table
repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from states.vocabulary import Text

WIDTH, HEIGHT, MARGIN = 360, 180, 24
"""The size and margin of a picture, in SVG units. It is narrow enough for a telephone."""


class BarPart(Struct, frozen=True):
    """One part of a bar: its key, its count, its left edge and its width."""

    key: str
    count: int
    x: float
    width: float


class Bar(Struct, frozen=True):
    """A bar as wide as the picture, whatever its total: readers compare the shares of its parts."""

    title: Text
    total: int
    parts: tuple[BarPart, ...]

    @property
    def has_no_grade(self) -> bool:
        """Whether it has a part for results without a grade (待定)."""
        return self.count("") > 0

    def count(self, key: str) -> int:
        """The count of one part; 0 if the bar has no such part."""
        return next((part.count for part in self.parts if part.key == key), 0)


class Point(Struct, frozen=True):
    """The score of one year, with its position."""

    x: float
    y: float
    year: int
    score: Decimal


class ScoreCourse(Struct, frozen=True):
    """Scores over the years. `levels` are the lines at which grades begin: (height, title)."""

    points: tuple[Point, ...]
    levels: tuple[tuple[float, Text], ...]


def bar(title: Text, counts: Mapping[str, int], keys: Iterable[str]) -> Bar:
    """A bar of these counts, with its parts in the order of `keys`. Parts of 0 are left out."""
    total, x, parts = sum(counts.values()), 0.0, []
    for key in keys:
        if counts.get(key):
            width = round(WIDTH * counts[key] / total, 2)
            parts.append(BarPart(key, counts[key], round(x, 2), width))
            x += width
    return Bar(title, total, tuple(parts))


def course(scores: Sequence[tuple[int, Decimal]], levels: Iterable[tuple[Decimal, Text]]) -> ScoreCourse:
    """A picture of one score per year, the earliest first.

    The axis begins about ten points below the lowest score or level, and ends at 100.
    """
    levels = list(levels)
    lowest = min([score for _, score in scores] + [level for level, _ in levels if level], default=Decimal(60))
    floor = max(int(lowest) // 10 * 10 - 10, 0)

    def height(score: Decimal) -> float:
        return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (float(score) - floor) / (100 - floor), 2)

    step = (WIDTH - 3 * MARGIN) / max(len(scores), 1)
    points = tuple(
        Point(round(MARGIN + (index + 0.5) * step, 2), height(s), year, s) for index, (year, s) in enumerate(scores)
    )
    return ScoreCourse(points, tuple((height(level), title) for level, title in levels if level >= floor))
