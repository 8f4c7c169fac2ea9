"""A deadline: how long one piece of work may still wait, handed down to everything it waits for.

It counts durations by the monotonic clock and never asks what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from storage.errors import StorageBusy


class WaitDeadline:
    """`seconds` from now on."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """How many seconds are left; 0 when it has passed."""
        return max(0.0, self._end - monotonic())

    @property
    def milliseconds(self) -> int:
        """The time left, for a database's timeout. At least 1, because 0 would mean no limit."""
        return max(1, int(1000 * self.left))

    @property
    def is_short(self) -> bool:
        """Whether more than a tenth is used. Until then a database's own timeout, which is as long, serves as well."""
        return self.left < 0.9 * self.seconds

    @contextmanager
    def holding(self, lock: Lock) -> Iterator[None]:
        """A `with` that holds `lock`. StorageBusy if it is not free before the deadline."""
        if not (lock.acquire(blocking=False) or lock.acquire(timeout=self.left)):
            raise StorageBusy
        try:
            yield
        finally:
            lock.release()
