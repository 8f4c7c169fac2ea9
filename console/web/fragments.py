"""A cache of parts of pages: HTML, or the values for it. Each is stored together with the values that it depends on.

A caller passes those values with every request. If they differ from the stored values, the fragment is made again. So
the cache needs no invalidation, and returns no stale fragment if the caller names everything. Comparing costs almost
nothing: an unchanged state is the same object, and Python compares objects by identity first.
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

    def get(self, name: Hashable, depends_on: tuple[object, ...], make: Callable[[], Fragment]) -> Fragment:
        """The stored fragment with this name, if it was stored with equal values. Otherwise `make` makes it now."""
        stored = self._fragments.get(name)
        if stored is None or stored[0] != depends_on:
            if len(self._fragments) >= _MAX_FRAGMENTS:
                self._fragments.clear()
            stored = self._fragments[name] = (depends_on, make())
        fragment: Fragment = stored[1]
        return fragment
