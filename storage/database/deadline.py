"""A deadline: how long one piece of work may still wait, passed to everything that it waits for.

A write waits twice, for other threads and for other processes. With a timeout for each, it could wait twice as long as
it promises; with one deadline it cannot. It measures by the monotonic clock and never asks what time it is.
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
        """Seconds left; 0 when the deadline has passed."""
        return max(0.0, self._end - monotonic())

    @property
    def milliseconds(self) -> int:
        """The time left, for a database's timeout. At least 1: 0 would mean no limit."""
        return max(1, int(1000 * self.left))

    @property
    def is_short(self) -> bool:
        """Whether more than a tenth of the time is used.

        Until then the database's own timeout, which is as long, is near enough.
        """
        # Setting the timeout costs a statement. Almost no write has waited before, so almost none pays for it.
        return self.left < 0.9 * self.seconds

    @contextmanager
    def holding(self, lock: Lock) -> Iterator[None]:
        """Hold `lock` for the `with`. StorageBusy if it is not free before the deadline."""
        if not (lock.acquire(blocking=False) or lock.acquire(timeout=self.left)):
            raise StorageBusy
        try:
            yield
        finally:
            lock.release()
