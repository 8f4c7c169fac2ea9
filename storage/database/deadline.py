"""The deadline for all the waiting of one piece of work.

A write waits twice, for other threads and for other processes. With a timeout for each, it could wait twice as long as
it promises; with one deadline it cannot. The deadline uses the monotonic clock, not the time of day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from storage.errors import StorageBusy


class WaitDeadline:
    """A deadline `seconds` from now."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; 0 after it."""
        return max(0.0, self._end - monotonic())

    @property
    def milliseconds(self) -> int:
        """The time until the deadline, as a timeout for a database. At least 1, because 0 would mean no limit."""
        return max(1, int(1000 * self.seconds_left))

    @property
    def needs_timeout(self) -> bool:
        """Whether the database needs a timeout of its own for this deadline: more than a tenth of the time is used.

        Before that, the usual timeout of the connection is near enough, because it is as long as the whole deadline.
        """
        # Setting the timeout costs a statement. Almost no write has waited before, so almost none pays for it.
        return self.seconds_left < 0.9 * self.seconds

    @contextmanager
    def acquire(self, lock: Lock) -> Iterator[None]:
        """Hold `lock` during the `with`. Raises StorageBusy if the lock is not free before the deadline."""
        if not (lock.acquire(blocking=False) or lock.acquire(timeout=self.seconds_left)):
            raise StorageBusy
        try:
            yield
        finally:
            lock.release()
