"""A named value: the rule by which one number or word of a subject is made, and what the rules of all ways have in common.

There are fourteen ways. What a rule makes is a `ValueLine` (`lines.py`): it is known, pending (not known yet) or absent
(does not apply), and never 0 because something is missing. Not here: the ways (`entered_values.py`, `read_values.py`,
`computed_values.py`), and the values of a whole subject (`plan.py`).
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
    """The part of a ballot that a vote reads.

    - `groups`: the keys of the voter groups. `points`: the points of each option that has some.
    - `base`: the options whose votes, added up, are the whole of which a share is taken.
    """

    @property
    def groups(self) -> tuple[str, ...]: ...

    @property
    def points(self) -> Mapping[str, Amount]: ...

    @property
    def base(self) -> tuple[str, ...]: ...


class Scope(Protocol):
    """One subject while its values are made: the facts, and the lines of its values. A line is made when it is asked for.

    `person`: the id of the person whose values they are; empty for the department or its team.
    """

    @property
    def inputs(self) -> Inputs: ...

    @property
    def person(self) -> str: ...

    def line(self, key: str) -> ValueLine: ...

    def word(self, key: str) -> str | None:
        """The grade of the subject, or the kind of the department (`rows.WORDS`). None: it is not known yet."""
        ...

    def lines_of(self, who: str, key: str) -> list[ValueLine]:
        """The lines of this key of other subjects: of the `head`s, the `member`s, or the whole `team`."""
        ...

    def ends(self, key: str) -> list[ValueLine]:
        """The lines of the items at the ends of a part of a form (`NamedValue.ends`)."""
        ...

    def counted(self, ladder: str) -> tuple[CountedLine, ...]:
        """What this ladder made of the record lines of the subject."""
        ...

    def raised(self, finding: str) -> tuple[CountedLine, ...]:
        """The record lines of the subject by which ladders raise this finding."""
        ...

    def options(self, ballot: str) -> Ballots: ...


Maker = Callable[[Scope], ValueLine]
"""Makes the line of one value in one assessment."""


class NamedValue(Part):
    """The keys that the rule of a value has, whatever its way.

    - `label`: its number as printed ("1.2").
    - `points`: the full mark of an item. `weight`: what the full mark is worth in the part above (100 points that
      count 12); without it an item counts as it is.
    - `beside`: it is added, but it is no part of the full mark of the part above (bonus, deductions).
    - `may_be_absent`: the item may be declared not applicable.
    - `decimals`, `rounding`: to how many decimals it is rounded, and how (四舍五入). `min`, `max`: its bounds, after that.
    - `subjects` (`for`): the keys of the subjects that have a value by this rule; if none is named, the first subject.
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
        """Whether it is rounded or has a bound. If not, its line is what its way makes."""
        return not (self.decimals is None and self.min is None and self.max is None)

    def make(self, scope: Scope) -> ValueLine:
        """Its line as its own way makes it, before rounding and bounds."""
        raise NotImplementedError

    def _make_within_bounds(self, scope: Scope) -> ValueLine:
        line = self.make(scope)
        if line.amount is None:
            return line
        amount = self._within_bounds(line.amount)
        return line if amount == line.amount else replace(line, amount=amount, raw=line.amount)

    def _within_bounds(self, amount: Amount) -> Amount:
        """The amount, rounded and then held within the bounds."""
        if self.decimals is not None:
            amount = round_to(amount, self.decimals, self.rounding)
        if self.min is not None and amount < self.min:
            amount = self.min
        if self.max is not None and amount > self.max:
            amount = self.max
        return amount

    @property
    def marks(self) -> tuple[str, ...] | None:
        """The keys of the marks, if it is a sum of marks and of nothing else; otherwise None."""
        return None

    def needs(self) -> Iterator[str]:
        """The keys of the values of which it is made: of the same subject; as `who:key`, of others (`Scope.lines_of`)."""
        return iter(())

    def parts(self) -> tuple[NamedValue, ...]:
        """The values below it on a form."""
        return ()

    @property
    def full_mark(self) -> Decimal | None:
        """The most that it is worth in the part above; None if the rule has neither `points` nor `weight`."""
        return self.points if self.weight is None else self.weight

    def tree(self) -> Iterator[NamedValue]:
        """The value and everything below it; a part of a form comes before its items."""
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
        """The items below it that have none below them, without those that stand `beside`; itself if it has no items."""
        if not self.parts():
            yield self
        for part in self.parts():
            if not part.beside:
                yield from part.ends()

    def entry(self, scope: Scope) -> str:
        """Its key in the inputs: of a member's form, `key@person`."""
        return f"{self.key}@{scope.person}" if scope.person else self.key
