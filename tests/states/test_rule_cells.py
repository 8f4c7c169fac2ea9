"""The cell check against every possible case: for random tables, and for the shares of random votes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import pytest

from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import simplest
from states.rulebook.calculation.rows import TableRow, Test
from states.rulebook.checks.ballot_shares import SharesOfBallot
from states.rulebook.checks.cells import TableCell, TableOfRows, cells_of
from states.rulebook.checks.intervals import Interval
from states.rulebook.checks.spans import Span, span_of_choices
from states.rulebook.checks.table_checks import TableAnswers

LEVELS = ("best", "middle", "worst")
SPANS = {
    "halves": Span(low=Fraction(0), high=Fraction(3), grain=Fraction(1, 2)),
    "levels": span_of_choices([Decimal(0), Decimal(2), Decimal(3)], may_be_absent=True),
    "word": Span(unit="word", words=LEVELS),
}


def every_line(name: str) -> Iterator[ValueLine]:
    span = SPANS[name]
    if span.unit == "word":
        yield from (ValueLine(name, "known", word=word) for word in span.words)
        return
    amounts = span.choices or [Fraction(number, 2) for number in range(7)]
    yield from (ValueLine(name, "known", simplest(amount)) for amount in amounts)
    if span.may_be_absent:
        yield ValueLine(name, "absent")


def some_test(draw: random.Random) -> Test:
    name = draw.choice(list(SPANS))
    if name == "word":
        return Test.model_validate({"of": name, "is": draw.sample(LEVELS, draw.randint(1, 2))})
    # By quarters, so that a bound may lie where the value never is; and beyond its ends.
    low, high = (Decimal(draw.randrange(-2, 16)) / 4 for _ in range(2))
    bounds = {draw.choice(("at_least", "above")): low, draw.choice(("at_most", "below")): high}
    kept = draw.sample(sorted(bounds), draw.randint(1, 2))
    return Test.model_validate({"of": name, **{key: bounds[key] for key in kept}})


def some_table(draw: random.Random) -> TableOfRows:
    rows = [
        TableRow(
            when=tuple(some_test(draw) for _ in range(draw.randint(0, 2))),
            any=tuple((some_test(draw),) for _ in range(draw.choice((0, 0, 2)))),
            clause="-",
        )
        for _ in range(draw.randint(1, 4))
    ]
    return TableOfRows(location="t", names=tuple(str(n) for n in range(len(rows))), rows=rows, match="one")


@pytest.mark.parametrize("seed", range(200))
def test_the_cells_of_a_table_answer_as_every_possible_case_does(seed: int) -> None:
    draw = random.Random(seed)
    table = some_table(draw)
    gaps: list[str] = []
    held, chosen, pairs = set(), set(), set()
    names = list(table.tests())
    for lines in product(*(list(every_line(name)) for name in names)):
        cell = TableCell(dict(zip(names, lines, strict=True)))
        holding = [number for number, row in enumerate(table.rows) if row.holds(cell)]
        held.update(holding)
        chosen.update(holding[:1])
        pairs.update(combinations(holding, 2))
        if not holding:
            gaps.append(cell.text.en)
    cells = cells_of(table, SPANS.__getitem__)
    answers = TableAnswers(table, cells, SPANS.__getitem__)
    assert (answers.reached, answers.chosen) == (held, chosen)
    assert set(answers.overlaps) == pairs
    assert bool(answers.gaps) == bool(gaps)
    assert {cells.example(cell).text.en for cell in answers.gaps} <= set(gaps), "every example is possible"
    for example in answers.gap_examples():
        others = [name for name in names if name not in example.examples]
        for lines in product(*(list(every_line(name)) for name in others)):
            whole = {**example.examples, **dict(zip(others, lines, strict=True))}
            assert not any(row.holds(TableCell(whole)) for row in table.rows), "whatever the other names are"


@pytest.mark.parametrize("seed", range(100))
def test_shares_are_possible_together_exactly_if_some_votes_have_them(seed: int) -> None:
    """A ballot of four options; shares of ten votes lie on a grid of tens, and so do the bounds."""
    draw = random.Random(seed)
    options = {"a": frozenset("a"), "ab": frozenset("ab"), "d": frozenset("d")}
    shares = SharesOfBallot(frozenset("abcd"), options, Fraction(100))
    intervals = {}
    for name in options:
        low, high = sorted(Fraction(10 * draw.randrange(11)) for _ in range(2))
        intervals[name] = Interval(low, high)
    votes = (v for v in product(range(11), repeat=4) if sum(v) == 10)
    possible = any(
        intervals["a"].includes(Fraction(10 * a))
        and intervals["ab"].includes(Fraction(10 * (a + b)))
        and intervals["d"].includes(Fraction(10 * d))
        for a, b, _, d in votes
    )
    examples = shares.examples(intervals)
    assert (examples is not None) == possible
    if examples is not None:
        assert all(intervals[name].includes(share) for name, share in examples.items())
        assert examples["a"] <= examples["ab"] <= 100 - examples["d"]
