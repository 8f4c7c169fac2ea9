"""One deadline for all lock waits of one write. Not here: the deadlines of an assessment (`states/deadlines/`).

A write waits for other threads and then for other processes. With a separate timeout for each, it could wait twice as
long as the database's `patience`. With one deadline it cannot. The deadline uses the monotonic clock, not the time of
day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from storage.errors import StorageBusy


class WaitDeadline:
    """A deadline that is `seconds` after the object is made, and the timeouts for the waits until then."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; 0 after it."""
        return max(0.0, self._end - monotonic())

    @property
    def timeout_milliseconds(self) -> int:
        """The time until the deadline, as a timeout for a database. At least 1, because 0 would mean no limit."""
        return max(1, int(1000 * self.seconds_left))

    @property
    def needs_timeout(self) -> bool:
        """Whether the connection's timeout must be shortened, because more than a tenth of the time has passed.

        Before that, the usual timeout of the connection is near enough, because it is as long as the whole deadline.
        """
        # To shorten the timeout takes one more statement. Most writes get the thread lock at once and do not need it.
        return self.seconds_left < 0.9 * self.seconds

    @contextmanager
    def acquire(self, lock: Lock) -> Iterator[None]:
        """Hold `lock` during the `with`. Raises StorageBusy if the lock is not free before the deadline."""
        # A free lock is taken without a look at the clock.
        if not (lock.acquire(blocking=False) or lock.acquire(timeout=self.seconds_left)):
            raise StorageBusy
        try:
            yield
        finally:
            lock.release()
