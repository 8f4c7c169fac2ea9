"""A key of a cache: one very object, which is never changed. Equal objects are other keys."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Same(Struct, frozen=True, eq=False):
    """The object `it`. A rulebook and the inputs of a score are too large to be compared at every look-up."""

    it: Any

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it
