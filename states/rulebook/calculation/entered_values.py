"""The ways in which a value is entered: points, a level, a count with so much for each, another office's number."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import ceil, floor
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from states.rulebook.parts import Key, Misfit, Misfits, Number, Part, Points, Wording

from .lines import ValueLine
from .numbers import Amount, add, divide, multiply
from .values import NamedValue, Scope


class Level(Part):
    """One level of an item (档): its points, and when it is given."""

    points: Points
    title: Wording


class MarkValue(NamedValue):
    """`mark`: points that assessors give, in steps up to the full mark, or one of the levels `among`."""

    kind: Literal["mark"] = "mark"
    points: Points
    step: Annotated[Points, Field(gt=0)] | None = None
    among: tuple[Level, ...] = ()

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        if self.among and (self.step is not None or len(self.among) < 2):
            raise Misfits(Misfit("among", "至少两档，且不再写 step", "has at least two levels, and then no step"))
        if self.among and max(level.points for level in self.among) != self.points:
            raise Misfits(Misfit("among", f"最高一档应为 {self.points} 分", f"must reach {self.points} points"))
        return self

    @property
    def marks(self) -> tuple[str, ...] | None:
        return None if self.may_be_absent or self.is_bounded else (self.key,)

    def make(self, scope: Scope) -> ValueLine:
        entry = self.entry(scope)
        if self.may_be_absent and entry in scope.inputs.absent:
            return ValueLine(self.key, "absent")
        mark = scope.inputs.marks.get(entry)
        return ValueLine(self.key, "pending" if mark is None else "known", mark)


class LevelValue(NamedValue):
    """`level`: a word, and no points: one of the levels of the list `among`, or one of the grades of that scale.

    The assessors enter it with the form; or one of the roles `by` names it, with reasons.
    """

    kind: Literal["level"]
    among: Key
    by: tuple[Key, ...] = ()

    def make(self, scope: Scope) -> ValueLine:
        if self.may_be_absent and self.entry(scope) in scope.inputs.absent:
            return ValueLine(self.key, "absent")
        level = scope.inputs.levels.get(self.entry(scope))
        return ValueLine(self.key, "pending") if level is None else ValueLine(self.key, "known", word=level)


class PerValue(NamedValue):
    """`per`: `start` plus so much for `each`, of a number that is entered or that the value `of` has.

    With `below` or `above`, what counts is by how much the number is under or over the threshold. `every` is how much
    of it counts once (5: for every five). `part`: only `whole` ones count, one that has `begun` counts as whole, or
    `any` part counts in proportion. `unit`: the word for what is counted (次, 个百分点; in English the singular).
    """

    kind: Literal["per"]
    each: Number
    start: Number = Decimal(0)
    of: Key | None = None
    below: Number | None = None
    above: Number | None = None
    every: Annotated[Number, Field(gt=0)] = Decimal(1)
    unit: Wording | None = None
    part: Literal["whole", "begun", "any"] = "whole"

    @model_validator(mode="after")
    def _check_threshold(self) -> Self:
        if self.below is not None and self.above is not None:
            raise Misfits(Misfit("", "below 与 above 只写一个", "write below or above, not both"))
        return self

    def make(self, scope: Scope) -> ValueLine:
        number, status = self._number(scope)
        if number is None:
            return ValueLine(self.key, "absent" if status == "absent" else "pending")
        units = self.units(number)
        return ValueLine(self.key, "known", add(self.start, multiply(self.each, units)), how=(number, units))

    def needs(self) -> Iterator[str]:
        if self.of is not None:
            yield self.of

    def _number(self, scope: Scope) -> tuple[Amount | None, str]:
        if self.of is not None:
            line = scope.line(self.of)
            return line.amount, line.state
        if self.may_be_absent and self.entry(scope) in scope.inputs.absent:
            return None, "absent"
        return scope.inputs.marks.get(self.entry(scope)), "pending"

    def units(self, number: Amount) -> Amount:
        over = number
        if self.below is not None:
            over = add(self.below, -number)
        elif self.above is not None:
            over = add(number, -self.above)
        if over <= 0:
            return Decimal(0)
        units = divide(over, self.every)
        if self.part == "any":
            return units
        return Decimal(floor(units) if self.part == "whole" else ceil(units))


class GivenValue(NamedValue):
    """`given`: a number that one of the offices `by` reports: from 0, and if it has a full mark, to that.

    With `below_zero` it may be less than 0 (负增长).
    """

    kind: Literal["given"]
    by: Annotated[tuple[Key, ...], Field(min_length=1)]
    step: Annotated[Points, Field(gt=0)] = Decimal("0.01")
    below_zero: StrictBool = False

    def make(self, scope: Scope) -> ValueLine:
        if self.may_be_absent and self.entry(scope) in scope.inputs.absent:
            return ValueLine(self.key, "absent")
        number = scope.inputs.numbers.get(self.entry(scope))
        return ValueLine(self.key, "pending" if number is None else "known", number)
