"""The names of a rulebook's other parts that rules of results use, as far as somebody hands them in."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from decimal import Decimal

from msgspec import Struct


class KnownNames(Struct, frozen=True, kw_only=True):
    """The names of other parts. None: they are not known here, and nothing is said about them.

    - `readings`: those that the program itself follows.
    - `step`: by what marks go.
    """

    roles: AbstractSet[str] | None = None
    occasions: AbstractSet[str] | None = None
    stages: AbstractSet[str] | None = None
    readings: AbstractSet[str] = frozenset()
    unit_kinds: AbstractSet[str] | None = None
    step: Decimal = Decimal("0.5")
