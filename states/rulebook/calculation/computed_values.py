"""The ways in which a value is made of other values: sum, combination, quotient, bands, and how many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Annotated, Literal, Self

from msgspec.structs import replace
from pydantic import Field, StrictBool, model_validator

from states.rulebook.parts import Key, Keys, Misfit, Misfits, Number

from .lines import PartLines, ValueLine
from .numbers import EXACT, Amount, add, divide, multiply, total
from .rows import Condition, Match, TableRow, choose
from .values import NamedValue, Scope

if TYPE_CHECKING:
    FormItem = NamedValue  # at run time the union of all ways, which forms.py puts in


def _unknown(lines: Sequence[ValueLine]) -> bool:
    return "pending" in [line.state for line in lines]


class SumValue(NamedValue):
    """`sum`: the items below it, or the values `of`, added to `start`.

    With `rescale`, what is left out because it does not apply, in it or in parts below it that do not rescale
    themselves, is made up for in proportion: the points of the items that apply are divided by their full marks. What
    stands `beside` is added afterwards.
    """

    kind: Literal["sum"] = "sum"
    start: Number = Decimal(0)
    rescale: StrictBool = False
    item: tuple[FormItem, ...] = ()
    of: Keys = ()

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if bool(self.item) == bool(self.of):
            raise Misfits(Misfit("", "item 与 of 写一个", "write items, or of, one of them"))
        return self

    def parts(self) -> tuple[NamedValue, ...]:
        return self.item

    def needs(self) -> Iterator[str]:
        yield from self.of
        yield from (item.key for item in self.item)

    def make(self, scope: Scope) -> ValueLine:
        if self.of:
            return self._plain([scope.line(key) for key in self.of])
        if not self._is_unweighted:
            return self._made_of([scope.line(key) for key in self._keys])
        # Exact addition is associative: the marks at the ends add up to what the sums between them add up to. So those
        # sums are made when somebody reads them.
        marks, entered = self._marks, scope.inputs.marks
        try:
            amounts = (
                [entered[f"{key}@{scope.person}"] for key in marks] if scope.person else [entered[key] for key in marks]
            )
            others = [scope.line(key).amount for key in self._others]
            amount = reduce(EXACT.add, [*amounts, *others], self.start)  # type: ignore[arg-type]
        except (KeyError, TypeError):  # a mark is not known, another amount is not, or it is a fraction
            return self._made_of([scope.line(key) for key in self._keys])
        return ValueLine(self.key, "known", amount, parts=PartLines(scope.line, self._keys))

    @property
    def marks(self) -> tuple[str, ...] | None:
        is_plain = self._is_unweighted and bool(self.item) and not (self._others or self.start or self.is_bounded)
        return self._marks if is_plain else None

    @cached_property
    def _is_unweighted(self) -> bool:
        """Whether its items count as they are, and nothing is made up for."""
        return not self.rescale and all(item.weight is None for item in self.item)

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.item)

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        """The marks among the items, and those of which items are the plain sum."""
        return tuple(key for item in self.item for key in item.marks or ())

    @cached_property
    def _others(self) -> tuple[str, ...]:
        """The items that are made in any other way."""
        return tuple(item.key for item in self.item if item.marks is None)

    def _made_of(self, lines: Sequence[ValueLine]) -> ValueLine:
        if _unknown(lines):
            return ValueLine(self.key, "pending", parts=tuple(lines))
        within = [(item, line) for item, line in zip(self.item, lines, strict=True) if not item.beside]
        beside = [(item, line) for item, line in zip(self.item, lines, strict=True) if item.beside]
        present = [(item, line) for item, line in within if line.amount is not None]
        if within and not present:
            return ValueLine(self.key, "absent", parts=tuple(lines))
        amount = total(worth(item, line.amount) for item, line in present if line.amount is not None)
        how: tuple[Amount, ...] = ()
        if self.rescale:
            whole, applying = _full(within), total(_applying(item, line) for item, line in present)
            if applying != whole:
                amount, how = divide(multiply(amount, whole), applying), (whole, applying)
        added = total(worth(item, line.amount) for item, line in beside if line.amount is not None)
        return ValueLine(self.key, "known", add(add(self.start, amount), added), how=how, parts=tuple(lines))

    def _plain(self, lines: list[ValueLine]) -> ValueLine:
        if _unknown(lines):
            return ValueLine(self.key, "pending", parts=tuple(lines))
        amounts = [line.amount for line in lines if line.amount is not None]
        if not amounts:
            return ValueLine(self.key, "absent", parts=tuple(lines))
        return ValueLine(self.key, "known", add(self.start, total(amounts)), parts=tuple(lines))


def worth(item: NamedValue, amount: Amount) -> Amount:
    """What an item adds to the part above it: its points, or with a weight its share of that."""
    if item.weight is None or not item.points:
        return amount
    return divide(multiply(amount, item.weight), item.points)


def _full(items: list[tuple[NamedValue, ValueLine]]) -> Amount:
    """The full mark of these items in the part above."""
    return total(item.full_mark or Decimal(0) for item, _ in items)


def _applying(item: NamedValue, line: ValueLine) -> Amount:
    """The full mark, in the part above, of as much of an item as applies."""
    if not isinstance(item, SumValue) or not item.item or item.rescale:
        return item.full_mark or Decimal(0)
    within = [(part, of_part) for part, of_part in zip(item.item, line.parts, strict=True) if not part.beside]
    applying = total(_applying(part, of_part) for part, of_part in within if of_part.amount is not None)
    return divide(multiply(item.full_mark or Decimal(0), applying), _full(within))


class TakeValue(NamedValue):
    """`take`: the mean, the least, the most, or the product of the values `of`, or of one value `over` several persons.

    `drop`: so many of the largest and as many of the least are left out first (去掉最高分和最低分).
    """

    kind: Literal["take"]
    take: Literal["mean", "min", "max", "product"]
    of: Annotated[Keys, Field(min_length=1)]
    over: Literal["head", "member", "team"] | None = None
    drop: Annotated[int, Field(strict=True, ge=0, le=5)] = 0

    @model_validator(mode="after")
    def _check_over(self) -> Self:
        if self.over is not None and len(self.of) != 1:
            raise Misfits(Misfit("of", "与 over 同用时只写一个", "names one value if over is written"))
        return self

    def needs(self) -> Iterator[str]:
        yield from (key if self.over is None else f"{self.over}:{key}" for key in self.of)

    def make(self, scope: Scope) -> ValueLine:
        lines = [scope.line(key) for key in self.of] if self.over is None else scope.lines_of(self.over, self.of[0])
        if _unknown(lines):
            return ValueLine(self.key, "pending", parts=tuple(lines))
        amounts = sorted([line.amount for line in lines if line.amount is not None])
        if self.drop and len(amounts) > 2 * self.drop:
            amounts = amounts[self.drop : -self.drop]
        if not amounts:
            return ValueLine(self.key, "absent", parts=tuple(lines))
        return ValueLine(self.key, "known", self._combined(amounts), parts=tuple(lines))

    def _combined(self, amounts: list[Amount]) -> Amount:
        if self.take == "mean":
            return divide(total(amounts), Decimal(len(amounts)))
        if self.take == "product":
            product: Amount = Decimal(1)
            for amount in amounts:
                product = multiply(product, amount)
            return product
        return amounts[0] if self.take == "min" else amounts[-1]


class RatioValue(NamedValue):
    """`ratio`: the value `of` divided by the value `by`, `times` a number (100: in per cent). Absent if `by` is 0."""

    kind: Literal["ratio"]
    of: Key
    by: Key
    times: Number = Decimal(1)

    def needs(self) -> Iterator[str]:
        yield from (self.of, self.by)

    def make(self, scope: Scope) -> ValueLine:
        lines = (scope.line(self.of), scope.line(self.by))
        if _unknown(lines):
            return ValueLine(self.key, "pending", parts=lines)
        above, below = lines[0].amount, lines[1].amount
        if above is None or not below:
            return ValueLine(self.key, "absent", parts=lines)
        return ValueLine(self.key, "known", multiply(self.times, divide(above, below)), parts=lines)


class Band(TableRow):
    """A row that gives points, or the value `of`."""

    points: Number | None = None
    of: Key | None = None

    @model_validator(mode="after")
    def _check_outcome(self) -> Self:
        if (self.points is None) == (self.of is None):
            raise Misfits(Misfit("", "points 与 of 写一个", "write points or of, one of them"))
        return self


class BandsValue(NamedValue):
    """`bands`: rows that give points, or another value: the only "if" of a rulebook."""

    kind: Literal["bands"]
    match: Match = "one"
    row: Annotated[tuple[Band, ...], Field(min_length=1)]

    def needs(self) -> Iterator[str]:
        for row in self.row:
            yield from (test.of for test in row.tests())
            if row.of is not None:
                yield row.of

    def make(self, scope: Scope) -> ValueLine:
        number = choose(self.row, self.match, scope)
        if number is None:
            return ValueLine(self.key, "pending")
        band = self.row[number]
        if band.of is None:
            return ValueLine(self.key, "known", band.points, how=(Decimal(number),))
        line = scope.line(band.of)
        return replace(line, at=self.key, how=(Decimal(number),), parts=(line,))


class HowManyValue(NamedValue, Condition):
    """`how_many`: for how many of the items `under` a part, or of the values `of`, the condition holds."""

    kind: Literal["how_many"]
    under: Key | None = None
    of: Keys = ()

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.under is None) == (not self.of):
            raise Misfits(Misfit("", "under 与 of 写一个", "write under or of, one of them"))
        return self

    def needs(self) -> Iterator[str]:
        yield from self.of
        if self.under is not None:
            yield self.under

    def make(self, scope: Scope) -> ValueLine:
        lines = [scope.line(key) for key in self.of] if self.under is None else scope.ends(self.under)
        if _unknown(lines):
            return ValueLine(self.key, "pending")
        hits = [line for line in lines if self.holds_for(line)]
        return ValueLine(self.key, "known", Decimal(len(hits)), parts=tuple(hits))
