"""Pieces of pages made before, each kept with what it was made of.

Nothing is ever kept by its name alone: who asks brings what the piece is made of, and where that is not what it was made of
then, it is made anew. So nothing here can be stale. States are folds of entries, and entries never change: a state that is
still the same object is compared at no cost.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Piece = TypeVar("Piece")

_LIMIT = 20_000
"""Pieces kept; beyond it all is made afresh."""


class FragmentCache:
    """The fragments of one process. Two threads that ask at once may both make one; either is right."""

    def __init__(self) -> None:
        self._pieces: dict[Hashable, tuple[tuple[object, ...], Any]] = {}

    def get(self, name: Hashable, made_of: tuple[object, ...], make: Callable[[], Piece]) -> Piece:
        """The piece of this name made of just this."""
        kept = self._pieces.get(name)
        if kept is None or kept[0] != made_of:
            if len(self._pieces) >= _LIMIT:
                self._pieces.clear()
            kept = self._pieces[name] = (made_of, make())
        piece: Piece = kept[1]
        return piece
