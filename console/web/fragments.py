"""A cache of rendered fragments of pages. Each is stored together with the values it was made of.

A caller hands in those values every time. If they differ from the stored ones, the fragment is made again, so the cache
cannot return a stale one and needs no invalidation. A state is a fold of entries, and entries never change: comparing a
state with itself is a comparison of identity, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Fragment = TypeVar("Fragment")

_LIMIT = 20_000
"""How many fragments are stored. If there are more, all are deleted."""


class FragmentCache:
    """The fragments of one process. Two threads may make the same fragment at the same time; either result is right."""

    def __init__(self) -> None:
        self._fragments: dict[Hashable, tuple[tuple[object, ...], Any]] = {}

    def get(self, name: Hashable, made_of: tuple[object, ...], make: Callable[[], Fragment]) -> Fragment:
        """The fragment of this name, if it was made of equal values; otherwise it is made now."""
        stored = self._fragments.get(name)
        if stored is None or stored[0] != made_of:
            if len(self._fragments) >= _LIMIT:
                self._fragments.clear()
            stored = self._fragments[name] = (made_of, make())
        fragment: Fragment = stored[1]
        return fragment
