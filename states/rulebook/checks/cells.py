"""The cells of a table: each tested name cut at the numbers and words that the rows name, in every combination.

Within a cell every row answers alike, so one example for each cell asks the table everything that can happen. A cell
that holds no possible value is left out. The names are taken as independent of each other, except shares of one ballot:
so a table may be asked about a case that cannot happen, and never misses one that can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import NamedTuple

from msgspec import Struct

from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import plain, simplest
from states.rulebook.calculation.rows import Match, TableRow, Test
from states.vocabulary import Text

from .ballot_shares import SharesOfBallot
from .intervals import Interval
from .spans import Span

MOST_CELLS = 100_000


class TableOfRows(Struct, frozen=True, kw_only=True):
    """A table as the checks see it.

    - `location`: its own in the rulebook. `names`: those of its rows within it.
    - `match`: None if each row is asked by itself (limits). `is_closed`: whether some row must always hold.
    - `value`: the key of the value that a table of bands makes; empty for grades and limits.
    """

    location: str
    names: tuple[str, ...]
    rows: Sequence[TableRow]
    match: Match | None
    is_closed: bool = True
    value: str = ""

    def tests(self) -> dict[str, list[Test]]:
        """The tests by the name that they ask."""
        tests: dict[str, list[Test]] = {}
        for row in self.rows:
            for test in row.tests():
                tests.setdefault(test.of, []).append(test)
        return tests


class TableCell(NamedTuple):
    """One cell: an example of every name, in the form in which a row asks for values (`rows.Values`)."""

    examples: Mapping[str, ValueLine]

    def line(self, key: str) -> ValueLine:
        return self.examples[key]

    def word(self, key: str) -> str | None:
        return self.examples[key].word

    @property
    def text(self) -> Text:
        """The example point."""
        if not self.examples:
            return Text(zh="任何情形", en="any case")
        return Text(
            zh="，".join(f"{name} {_example(line, '不适用')}" for name, line in self.examples.items()),
            en=", ".join(f"{name} {_example(line, 'not applicable')}" for name, line in self.examples.items()),
        )


def _example(line: ValueLine, absent: str) -> str:
    if line.state == "absent":
        return f"= {absent}"
    return f"= {line.word if line.amount is None else plain(line.amount)}"


class AxisPart(NamedTuple):
    """One part of what a name can be, with an example of it. `interval`: None for a word, or if it is absent."""

    line: ValueLine
    interval: Interval | None = None


CellIndex = tuple[int, ...]
"""A cell by the number of its part on every axis."""


class Cells:
    """All cells of a table. They are counted, and asked for by their numbers, because there may be very many."""

    def __init__(self, axes: Mapping[str, tuple[AxisPart, ...]], shares: Sequence[SharesOfBallot]) -> None:
        self.axes, self.names = axes, tuple(axes)
        self.size = prod(len(parts) for parts in axes.values())
        self._shares = [(one, [n for n, name in enumerate(axes) if name in one.options]) for one in shares]
        self._possible: dict[tuple[int, CellIndex], dict[str, ValueLine] | None] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cells) and self.axes == other.axes and self._shares == other._shares

    __hash__ = None  # type: ignore[assignment]

    def every(self) -> Iterator[CellIndex]:
        """Every cell that is possible."""
        for cell in product(*(range(len(parts)) for parts in self.axes.values())):
            if not self._shares or all(self._of_shares(n, cell) is not None for n in range(len(self._shares))):
                yield cell

    def part(self, cell: CellIndex, name: str) -> AxisPart:
        return self.axes[name][cell[self.names.index(name)]]

    def example(self, cell: CellIndex, names: Sequence[str] | None = None) -> TableCell:
        """An example of a cell: of all names, or only of these."""
        lines = {name: self.part(cell, name).line for name in self.names}
        for number in range(len(self._shares)):
            lines.update(self._of_shares(number, cell) or {})
        return TableCell({name: line for name, line in lines.items() if names is None or name in names})

    def _of_shares(self, number: int, cell: CellIndex) -> dict[str, ValueLine] | None:
        """Examples of the shares of one ballot, together; None if no votes have them."""
        shares, axes = self._shares[number]
        key = (number, tuple(cell[axis] for axis in axes))
        if key not in self._possible:
            names = [self.names[axis] for axis in axes]
            self._possible[key] = _together(shares, {name: self.part(cell, name) for name in names})
        return self._possible[key]


def cells_of(table: TableOfRows, span: Callable[[str], Span], shares: Sequence[SharesOfBallot] = ()) -> Cells:
    axes = {name: axis(name, span(name), tests) for name, tests in table.tests().items()}
    return Cells(axes, [one for one in shares if len(one.options.keys() & axes.keys()) > 1])


def axis(name: str, span: Span, tests: Iterable[Test]) -> tuple[AxisPart, ...]:
    """The parts of what a name can be, between which the tests can tell a difference."""
    every = list(tests)
    parts = _words(name, span, every) if span.unit == "word" else _amounts(name, span, every)
    return (*parts, AxisPart(ValueLine(name, "absent"))) if span.may_be_absent else tuple(parts)


def bounds_of(test: Test) -> list[Fraction]:
    return [Fraction(b) for b in (test.at_least, test.above, test.at_most, test.below) if b is not None]


def _words(name: str, span: Span, tests: list[Test]) -> Iterator[AxisPart]:
    """One of the words between which no test tells a difference."""
    alike: dict[tuple[bool, ...], str] = {}
    for word in span.words:
        alike.setdefault(tuple(word in test.is_ for test in tests), word)
    for word in alike.values():
        yield AxisPart(ValueLine(name, "known", word=word))


def _amounts(name: str, span: Span, tests: list[Test]) -> Iterator[AxisPart]:
    cuts = sorted({bound for test in tests for bound in bounds_of(test)})
    below = None
    for cut in cuts:
        yield from _part(name, span, Interval(below, cut, True, True))
        yield from _part(name, span, Interval(cut, cut))
        below = cut
    yield from _part(name, span, Interval(below, None, True, True))


def _part(name: str, span: Span, interval: Interval) -> Iterator[AxisPart]:
    amount = span.example(interval)
    if amount is not None:
        yield AxisPart(ValueLine(name, "known", amount), interval)


def _together(shares: SharesOfBallot, parts: Mapping[str, AxisPart]) -> dict[str, ValueLine] | None:
    intervals = {name: part.interval for name, part in parts.items() if part.interval is not None}
    if not intervals:
        return {}
    # Without a vote that counts, no share of the ballot is there: they are absent all together.
    amounts = shares.examples(intervals) if len(intervals) == len(parts) else None
    return None if amounts is None else {n: ValueLine(n, "known", simplest(share)) for n, share in amounts.items()}
