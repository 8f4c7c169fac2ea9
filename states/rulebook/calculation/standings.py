"""A standing (名次): the order of each group by one value, and the quotas of its seats. An act of the year settles it.

Not here: how it is settled (`settling.py`), and the value that reads a place (`PlaceValue`).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from msgspec import Struct
from pydantic import Field, model_validator

from states.rulebook.parts import Clause, Key, Keys, Misfit, Misfits, Part, Wording, raise_if_any, repeated

from .lines import ValueLine
from .numbers import RoundingMode, divide, multiply, round_to
from .rows import Bound, Question, Test, all_of
from .values import Scope


class Candidate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One subject that a standing orders, as its score left it. A subject that was withdrawn is no candidate.

    - `group`: None if its kind of department belongs to no group. `amount`: None if the value does not apply to it.
    - `then`: the values by which it is compared with others of the same amount, one after another.
    - `among`: the quotas of which it may have a seat.
    - `is_pending`: its value, or whether it may have a seat, cannot be known yet.
    """

    unit: str
    person: str = ""
    group: str | None = ""
    amount: Decimal | None = None
    then: tuple[Decimal | None, ...] = ()
    among: tuple[str, ...] = ()
    is_pending: bool = False

    @property
    def id(self) -> str:
        return f"{self.unit}@{self.person}" if self.person else self.unit


class Quota(Part):
    """名额: so many of a group have a seat, from the top of the order or from the last.

    `share` is per cent of the group, rounded by `rounding`; `count` is a number. `min`: so many in every group.
    `among`: only subjects for which all these tests hold have a seat, and a seat that none of them takes stays empty.
    """

    key: Key
    title: Wording
    clause: Clause
    share: Annotated[Bound, Field(gt=0, le=100)] | None = None
    count: Annotated[int, Field(strict=True, ge=1)] | None = None
    rounding: RoundingMode | None = None
    min: Annotated[int, Field(strict=True, ge=0)] = 0
    from_: Annotated[Literal["top", "last"], Field(alias="from")] = "top"
    among: tuple[Test, ...] = ()

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if (self.share is None) == (self.count is None):
            raise Misfits(Misfit("", "share 与 count 写一个", "write share or count, one of them"))
        # A share of a group need not be a whole number, and the rulebook must not leave open what happens then.
        if (self.share is None) != (self.rounding is None):
            raise Misfits(Misfit("rounding", "仅当写 share 时写，且必须写", "is written exactly when share is written"))
        return self

    @cached_property
    def is_for(self) -> Question:
        """Whether a subject may have a seat."""
        return all_of(self.among)

    def seats(self, size: int) -> int:
        """The number of seats in a group of this size."""
        if self.share is None or self.rounding is None:
            seats = self.count or 0
        else:
            seats = int(round_to(divide(multiply(self.share, Decimal(size)), Decimal(100)), 0, self.rounding))
        return min(max(seats, self.min), size)


class StandingKind(Part):
    """名次: the order of each group by the value `of`, the greatest first; where that is equal, by the values `then`.

    - `group`: who is compared with whom: the whole round, the departments of one kind, those whose kinds have the same
      group (a kind without one has no place), or the members of one department.
    - `ties`: where a rule looks at a tie, people order it and say why (`ask`), or its subjects `share` the place. Then
      a seat for which they are too many stays empty: a quota is an upper limit.
    - `ask`: the only roles that order a tie; none: those that settle the places.
    - `afterwards`: when the value of an approved result changes, only that subject is put in order again, and the
      places of the other approved results stand (`stands`); or everybody is (`again`).
    """

    key: Key
    title: Wording
    clause: Clause
    subject: Annotated[str, Field(alias="for")] = ""
    of: Key
    then: Keys = ()
    group: Literal["round", "unit_kind", "unit_kind.group", "unit"] = "round"
    ties: Literal["ask", "share"] = "ask"
    ask: tuple[Key, ...] = ()
    quota: tuple[Quota, ...] = ()
    afterwards: Literal["stands", "again"] = "stands"

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        raise_if_any(repeated("quota", (quota.key for quota in self.quota)))
        if self.ask and self.ties == "share":
            raise Misfits(
                Misfit("ask", "ties 为 share 时不排定先后，请删去", "nobody orders ties that share a place: remove it")
            )
        return self

    @property
    def compared(self) -> tuple[str, ...]:
        """The keys of the values by which it orders, one after another."""
        return (self.of, *self.then)

    def needs(self) -> Iterator[str]:
        """The keys of the values on which a place depends."""
        yield from self.compared
        yield from (test.of for quota in self.quota for test in quota.among)

    def candidate(self, scope: Scope, group: str | None) -> Candidate:
        """A subject of this group as this standing compares it."""
        inputs, (line, *others) = scope.inputs, [scope.line(key) for key in self.compared]
        may_have = {quota.key: quota.is_for(scope) for quota in self.quota}
        return Candidate(
            unit=inputs.unit,
            person=scope.person,
            group=group,
            amount=_compared(line),
            then=tuple(_compared(one) for one in others),
            among=tuple(key for key, holds in may_have.items() if holds),
            is_pending="pending" in (line.state, *(one.state for one in others)) or None in may_have.values(),
        )


def _compared(line: ValueLine) -> Decimal | None:
    amount = line.amount
    assert amount is None or isinstance(amount, Decimal), "a value that is compared is rounded"
    return amount
