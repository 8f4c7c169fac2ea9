"""A scale (等次): its grades, best first, each with the row by which it is given, and the limits that lower it.

A limit lowers and never lifts. All that texts call 一票否决 is a limit (at the worst grade, at another one), or a task.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Self

from msgspec import Struct
from pydantic import Field, model_validator

from states.rulebook.parts import Key, Part, Wording, raise_if_any, repeated, unknown

from .rows import Match, TableRow, Values, choose, possible


class ScaleGrade(TableRow):
    """One grade, and the row by which it is given."""

    key: Key
    title: Wording


class Limit(TableRow):
    """A condition under which the grade is not better than `not_above`."""

    key: Key
    title: Wording
    not_above: Key


class GradeDecision(Struct, frozen=True):
    """A grade, and what decided it.

    - `grade`: None while it cannot be known. `by_row`: the grade that its row gives, before limits.
    - `limits`: the keys of the limits that hold. `open_limits`: of those that may hold (待定).
    - `named`: the grade was named by the roles of `ask`.
    """

    grade: str | None
    by_row: str | None
    limits: tuple[str, ...] = ()
    open_limits: tuple[str, ...] = ()
    named: bool = False


class Scale(Part):
    """等次: the grades, best first. `ask`: where no row holds, these roles name the grade, with reasons."""

    key: Key
    match: Match = "one"
    grade: Annotated[tuple[ScaleGrade, ...], Field(min_length=2)]
    limit: tuple[Limit, ...] = ()
    ask: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        raise_if_any(
            misfit
            for misfits in (
                repeated("grade", (grade.key for grade in self.grade)),
                repeated("limit", (limit.key for limit in self.limit)),
                *(unknown(f"limit.{limit.key}.not_above", (limit.not_above,), set(self.ranks)) for limit in self.limit),
            )
            for misfit in misfits
        )
        return self

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The place of each grade: 0 is the best."""
        return {grade.key: number for number, grade in enumerate(self.grade)}

    @cached_property
    def grades(self) -> dict[str, ScaleGrade]:
        return {grade.key: grade for grade in self.grade}

    @property
    def worst(self) -> str:
        """The key of the worst grade."""
        return self.grade[-1].key

    def rows(self) -> Iterator[ScaleGrade | Limit]:
        yield from self.grade
        yield from self.limit

    def decide(self, values: Values, named: str | None = None) -> GradeDecision:
        """The grade of a subject. `named`: the grade that somebody named where no row holds."""
        try:
            number = choose(self.grade, self.match, values)
            by_row = None if number is None else self.grade[number].key
            open_ranks = possible(self.grade, self.match, values) if number is None else [number]
            was_named = False
        except LookupError:
            by_row, was_named = named, named is not None
            open_ranks = list(range(len(self.grade))) if named is None else [self.ranks[named]]
        limits, undecided, lowest = [], [], 0
        for limit in self.limit:
            holds = limit.holds(values)
            if holds:
                limits.append(limit.key)
                lowest = max(lowest, self.ranks[limit.not_above])
            elif holds is None:
                undecided.append(limit.key)
        # Where the row is open, a limit may still leave one grade only: 评为不合格 waits for no place in an order.
        ranks = {max(rank, lowest) for rank in open_ranks}
        grade = self.grade[ranks.pop()].key if len(ranks) == 1 else None
        return GradeDecision(grade, by_row, tuple(limits), tuple(undecided), was_named)
