"""A cache of rendered fragments of pages. Each fragment is stored together with the values from which it was made.

A caller passes those values with every request. If they differ from the stored values, the fragment is made again. So
the cache never returns a stale fragment and needs no invalidation. Comparing costs almost nothing: an unchanged state
is the same object, and Python compares objects by identity first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Fragment = TypeVar("Fragment")

_MAX_FRAGMENTS = 20_000
"""The most fragments that are stored. The cache is emptied before one more is stored."""


class FragmentCache:
    """The fragments of one process. Two threads may make the same fragment at once; both results are right."""

    def __init__(self) -> None:
        self._fragments: dict[Hashable, tuple[tuple[object, ...], Any]] = {}

    def get(self, name: Hashable, made_of: tuple[object, ...], make: Callable[[], Fragment]) -> Fragment:
        """The stored fragment with this name, if it was made from equal values. Otherwise `make` makes it now."""
        stored = self._fragments.get(name)
        if stored is None or stored[0] != made_of:
            if len(self._fragments) >= _MAX_FRAGMENTS:
                self._fragments.clear()
            stored = self._fragments[name] = (made_of, make())
        fragment: Fragment = stored[1]
        return fragment
