"""A named value: one number of a subject, made in one of fourteen closed ways, and what every way has in common.

A value is known, pending (not known yet) or absent (does not apply); it is never silently 0. Not here: the ways
(`entered_values.py`, `read_values.py`, `computed_values.py`), and their order (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Protocol

from msgspec.structs import replace
from pydantic import Field, StrictBool

from states.rulebook.parts import Clause, Key, Keys, Number, Part, Points, Wording

from .lines import CountedLine, Inputs, ValueLine
from .numbers import Amount, RoundingMode, round_to
from .rows import Certainty

Decimals = Annotated[int, Field(strict=True, ge=0, le=6)]


class Ballots(Protocol):
    """The part of a ballot that a vote reads: who votes, the points of its options, and which a share is counted of."""

    @property
    def groups(self) -> tuple[str, ...]: ...

    @property
    def points(self) -> Mapping[str, Amount]: ...

    @property
    def base(self) -> tuple[str, ...]: ...


class Scope(Protocol):
    """One subject while its values are made: the facts, and what is made already."""

    @property
    def inputs(self) -> Inputs: ...

    @property
    def person(self) -> str: ...

    def line(self, key: str) -> ValueLine: ...

    def word(self, key: str) -> str | None: ...

    def lines_of(self, who: str, key: str) -> list[ValueLine]:
        """The lines of this key of other subjects: of the `head`s, the `member`s, or the whole `team`."""
        ...

    def ends(self, key: str) -> list[ValueLine]:
        """The lines of the items at the ends of a part of a form (`NamedValue.ends`)."""
        ...

    def counted(self, ladder: str) -> tuple[CountedLine, ...]: ...

    def raised(self, finding: str) -> tuple[CountedLine, ...]: ...

    def options(self, ballot: str) -> Ballots: ...


Maker = Callable[[Scope], ValueLine]
"""Makes the line of one value in one assessment."""


class NamedValue(Part):
    """What every way has in common.

    - `points`: the full mark of an item. `weight`: what the full mark is worth in the part above (100 points that
      count 12); without it an item counts as it is.
    - `beside`: it is added, but it is no part of the full mark of the part above (bonus, deductions).
    - `may_be_absent`: the item may be declared not applicable.
    - `min`, `max`: the bounds; `decimals` and `rounding`: 四舍五入 before the bounds.
    - `subjects` (`for`): the keys of the subjects that have it, each its own (none: the first subject).
    """

    key: Key
    label: str = ""
    title: Wording
    clause: Clause
    certainty: Certainty = "text"
    subjects: Annotated[Keys, Field(alias="for")] = ()
    points: Points | None = None
    weight: Points | None = None
    beside: StrictBool = False
    may_be_absent: StrictBool = False
    min: Number | None = None
    max: Number | None = None
    decimals: Decimals | None = None
    rounding: RoundingMode = "half_up"

    @property
    def maker(self) -> Maker:
        """What makes its line, rounded and within its bounds."""
        return self._make_within_bounds if self.is_bounded else self.make

    @property
    def is_bounded(self) -> bool:
        """Whether it is rounded or has a bound, so that it need not be what its way makes."""
        return not (self.decimals is None and self.min is None and self.max is None)

    def make(self, scope: Scope) -> ValueLine:
        """Its line as its own way makes it, before rounding and bounds."""
        raise NotImplementedError

    def _make_within_bounds(self, scope: Scope) -> ValueLine:
        made = self.make(scope)
        if made.amount is None:
            return made
        bounded = self._bounded(made.amount)
        return made if bounded == made.amount else replace(made, amount=bounded, raw=made.amount)

    @property
    def marks(self) -> tuple[str, ...] | None:
        """The keys of the marks of which it is the plain sum; None if it is made in any other way."""
        return None

    def needs(self) -> Iterator[str]:
        """The keys of the values of the same subject that it is made of. `who:key` is a value of other subjects."""
        return iter(())

    def parts(self) -> tuple[NamedValue, ...]:
        """The values below it on a form."""
        return ()

    def _bounded(self, amount: Amount) -> Amount:
        if self.decimals is not None:
            amount = round_to(amount, self.decimals, self.rounding)
        if self.min is not None and amount < self.min:
            amount = self.min
        if self.max is not None and amount > self.max:
            amount = self.max
        return amount

    @property
    def full_mark(self) -> Decimal | None:
        """What it is worth at most in the part above; None if it does not say so."""
        return self.points if self.weight is None else self.weight

    def tree(self) -> Iterator[NamedValue]:
        """The value and everything below it, each before what it is made of."""
        yield self
        for part in self.parts():
            yield from part.tree()

    @cached_property
    def paths(self) -> dict[str, str]:
        """The way in the rulebook file from here to every value below it, by its key: `item.duty.item.plan`."""
        paths: dict[str, str] = {}
        for part in self.parts():
            own = f"item.{part.key}"
            paths |= {part.key: own} | {key: f"{own}.{path}" for key, path in part.paths.items()}
        return paths

    def ends(self) -> Iterator[NamedValue]:
        """The items at the ends of the form below it, without what stands `beside`; itself if nothing is below it."""
        if not self.parts():
            yield self
        for part in self.parts():
            if not part.beside:
                yield from part.ends()

    def entry(self, scope: Scope) -> str:
        """Its key in the inputs: of a member's form, `key@person`."""
        return f"{self.key}@{scope.person}" if scope.person else self.key
