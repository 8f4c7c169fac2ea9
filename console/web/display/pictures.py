"""Where the bars and points of a picture lie. Pure: numbers in, places out; `templates/pictures.html` draws them.

Every number is printed in its part and read out by the picture's description; no table says it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from states.vocabulary import Text

WIDTH, HEIGHT, EDGE = 360, 180, 24
"""The picture's own units: narrow enough to be read on a telephone."""


class BarPart(Struct, frozen=True):
    """One part of a bar: what of, how many, from where, how wide."""

    key: str
    count: int
    x: float
    width: float


class Bar(Struct, frozen=True):
    """A whole and its parts, as wide as the picture: what is compared is the share."""

    title: Text
    total: int
    parts: tuple[BarPart, ...]

    def count(self, key: str) -> int:
        """How many of one part; 0 where there is none."""
        return next((part.count for part in self.parts if part.key == key), 0)


class Point(Struct, frozen=True):
    """One score in its year."""

    x: float
    y: float
    year: int
    score: Decimal


class ScoreCourse(Struct, frozen=True):
    """Scores over the years, and the lines a grade begins at: (height, title)."""

    points: tuple[Point, ...]
    levels: tuple[tuple[float, Text], ...]


def bar(title: Text, counts: Mapping[str, int], keys: Iterable[str]) -> Bar:
    """A bar of these counts, its parts in the order of `keys`; those that are 0 are left out."""
    total, x, parts = sum(counts.values()), 0.0, []
    for key in keys:
        if counts.get(key):
            width = round(WIDTH * counts[key] / total, 2)
            parts.append(BarPart(key, counts[key], round(x, 2), width))
            x += width
    return Bar(title, total, tuple(parts))


def course(scores: Sequence[tuple[int, Decimal]], levels: Iterable[tuple[Decimal, Text]]) -> ScoreCourse:
    """Scores, one a year, the earliest first, from ten below the least of them (or of the levels) up to a hundred."""
    levels = list(levels)
    least = min([score for _, score in scores] + [level for level, _ in levels if level], default=Decimal(60))
    floor = max(int(least) // 10 * 10 - 10, 0)

    def height(score: Decimal) -> float:
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (float(score) - floor) / (100 - floor), 2)

    step = (WIDTH - 3 * EDGE) / max(len(scores), 1)
    points = tuple(Point(round(EDGE + (at + 0.5) * step, 2), height(s), year, s) for at, (year, s) in enumerate(scores))
    return ScoreCourse(points, tuple((height(level), title) for level, title in levels if level >= floor))
