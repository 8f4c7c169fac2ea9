"""A row of a table: plain tests on named values. The part that has the row says what follows if it holds.

A test on a pending value is unknown, and so is the row if no other test settles it. A test on an absent value does not
hold. Not here: the tables (`scales.py`, `computed_values.py`, `states/rulebook/tasks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from operator import ge, gt, le, lt
from typing import Annotated, Literal, NamedTuple, Protocol, Self

from pydantic import BeforeValidator, Field, model_validator

from states.rulebook.parts import Clause, Key, Keys, Misfit, Misfits, Part, read_decimal

from .lines import ValueLine
from .numbers import Amount, simplest

Certainty = Literal["text", "reading", "open"]
Holds = bool | None
"""Whether something holds; None: it cannot be known yet."""


def _bound(value: object) -> Amount:
    """A bound: a number, or a fraction as a text ("2/3"). Raises `Misfits`."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        numerator, slash, denominator = value.partition("/")
        if slash and _is_whole(numerator) and _is_whole(denominator) and int(denominator):
            return simplest(Fraction(int(numerator), int(denominator)))
        raise Misfits(
            Misfit(
                "",
                f"应为数字，或带引号的分数（如 '2/3'），而不是 {value!r}",
                f"must be a number, or a fraction in quotes ('2/3'), not {value!r}",
            )
        )
    return read_decimal(value)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit()


Bound = Annotated[Decimal | Fraction, BeforeValidator(_bound)]


class Values(Protocol):
    """The values that a test may read: a line by its key, and a word (`grade`, `unit_kind`) by its name."""

    def line(self, key: str) -> ValueLine: ...

    def word(self, key: str) -> str | None: ...


Question = Callable[[Values], Holds]
"""Answers for given values whether a test or a row holds. It is made once for each test and row of an edition."""


class Bounds(Part):
    """An interval: at most one bound in each direction. 民法典 1259: 以上、以下 include the number, 超过、不满 exclude it."""

    at_least: Bound | None = None
    above: Bound | None = None
    at_most: Bound | None = None
    below: Bound | None = None

    @model_validator(mode="after")
    def _check_directions(self) -> Self:
        if None not in (self.at_least, self.above) or None not in (self.at_most, self.below):
            raise Misfits(Misfit("", "同一方向只写一个界限", "write one bound in each direction"))
        return self

    @property
    def has_bounds(self) -> bool:
        return any(bound is not None for bound in (self.at_least, self.above, self.at_most, self.below))

    @cached_property
    def includes(self) -> Callable[[Amount], bool]:
        """Whether a number lies within the bounds."""
        is_high_enough, least = (gt, self.above) if self.above is not None else (ge, self.at_least)
        is_low_enough, most = (lt, self.below) if self.below is not None else (le, self.at_most)

        def includes(amount: Amount) -> bool:
            return (least is None or is_high_enough(amount, least)) and (most is None or is_low_enough(amount, most))

        return includes


class Condition(Bounds):
    """A number lies within the bounds; or a word (a level, a grade) is one of `is`. It has bounds or `is`, not both."""

    is_: Annotated[Keys, Field(alias="is")] = ()

    @model_validator(mode="after")
    def _check_condition(self) -> Self:
        if bool(self.is_) == self.has_bounds:
            raise Misfits(Misfit("", "界限与 is 写一个", "write bounds or `is`, one of them"))
        return self

    @cached_property
    def holds_for(self) -> Callable[[ValueLine], Holds]:
        """Whether it holds for a value. The loader refuses bounds for a value that is a word."""
        words, includes = self.is_, self.includes

        def holds_for(line: ValueLine) -> Holds:
            if line.state != "known":
                return False if line.state == "absent" else None
            return line.word in words if words else includes(line.amount)  # type: ignore[arg-type]

        return holds_for


class Test(Condition):
    """One test: the condition holds for the value, or the word, `of`."""

    __test__ = False  # to pytest it is no test

    of: Key

    @cached_property
    def holds(self) -> Question:
        of, words, holds_for = self.of, self.is_, self.holds_for

        def holds_for_word(values: Values) -> Holds:
            word = values.word(of)
            return None if word is None else word in words

        return holds_for_word if words and of in WORDS else lambda values: holds_for(values.line(of))


UNIT_KIND = "unit_kind"
WORDS = ("grade", UNIT_KIND)
"""The names that a test may ask without a value of that key: the grade of the subject, the kind of the department."""


class TableRow(Part):
    """A row. It holds if all tests of `when` hold and, where `any` has lists of tests, all tests of one of these lists.

    Without tests it always holds.
    """

    when: tuple[Test, ...] = ()
    any: tuple[Annotated[tuple[Test, ...], Field(min_length=1)], ...] = ()
    clause: Clause
    certainty: Certainty = "text"

    @cached_property
    def holds(self) -> Question:
        when, lists = all_of(self.when), [all_of(tests) for tests in self.any]

        def holds(values: Values) -> Holds:
            answer = when(values)
            return False if answer is False else every(answer, _some(*(tests(values) for tests in lists)))

        return holds if lists else when

    @property
    def has_tests(self) -> bool:
        return bool(self.when or self.any)

    def tests(self) -> Iterator[Test]:
        yield from self.when
        for group in self.any:
            yield from group

    def is_for(self, unit_kind: str) -> bool:
        """Whether its tests of the kind of department let it hold for this kind."""
        return is_for(self.when, unit_kind) and (not self.any or any(is_for(one, unit_kind) for one in self.any))

    def tests_for(self, unit_kind: str) -> Iterator[Test]:
        """The tests on which it hangs for this kind of department. None if it is for other kinds alone."""
        if self.is_for(unit_kind):
            yield from self.when
            yield from (test for one in self.any if is_for(one, unit_kind) for test in one)


def is_for(tests: Iterable[Test], unit_kind: str) -> bool:
    """Whether these tests of the kind of department let them all hold for this kind."""
    return all(unit_kind in test.is_ for test in tests if test.of == UNIT_KIND)


class RuleRow(NamedTuple):
    """A row of a table outside the results, such as a task: its location in the rulebook, and the subject it asks about."""

    by: str
    subject: str
    row: TableRow


class RowRules(Part):
    """Rules with rows that read values of results. Here there are none: `states/rulebook/tasks.py` has some."""

    def rows(self) -> Iterator[RuleRow]:
        """Every row with its location in the rulebook, and the subject that it asks about (empty: the first)."""
        return iter(())


def every(*answers: Holds) -> Holds:
    """Whether all hold: False if one does not, whatever is unknown; None if one is unknown and no other fails."""
    return False if False in answers else None if None in answers else True


def _some(*answers: Holds) -> Holds:
    """Whether one holds, whatever is unknown; None if one is unknown and no other holds."""
    return True if True in answers else None if None in answers else False


def all_of(tests: Iterable[Test]) -> Question:
    """Whether `every` test holds. After one that does not, the others are not asked."""
    questions = [test.holds for test in tests]

    def hold(values: Values) -> Holds:
        answer: Holds = True
        for holds in questions:
            one = holds(values)
            if one is False:
                return False
            answer = answer and one
        return answer

    return questions[0] if len(questions) == 1 else hold


Match = Literal["one", "first"]
"""`one`: exactly one row may hold. `first`: of several that hold, the first counts."""


def choose(rows: tuple[TableRow, ...], match: Match, values: Values) -> int | None:
    """The number of the row that counts; None if it cannot be known yet. Raises LookupError if no row holds.

    With `first`, an unknown row before the one that holds could still come to count. With `one` it could not: the
    loader has shown that two rows never hold together.
    """
    unknown = False
    for number, row in enumerate(rows):
        holds = row.holds(values)
        if holds:
            return None if unknown and match == "first" else number
        unknown = unknown or holds is None
    if unknown:
        return None
    raise LookupError("no row of the table holds")


def possible(rows: tuple[TableRow, ...], match: Match, values: Values) -> list[int]:
    """The numbers of the rows that may come to count when all values are known. If `choose` has an answer, only that."""
    numbers = []
    for number, row in enumerate(rows):
        holds = row.holds(values)
        if holds and match == "one":
            return [number]
        if holds is not False:
            numbers.append(number)
        if holds:
            break
    return numbers
