"""Keeps one child process running: starts it again when it ends, after a delay that grows with each short run.

Not here: what the child does. `kaohe serve` keeps the daemon running with it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Protocol, Self

from config.logs import EventLog

FIRST_DELAY, LONGEST_DELAY = 1.0, 300.0
"""Seconds before the next start.

The delay begins at the first value and doubles after each short run, up to the second.
"""

STEADY_RUN = 60.0
"""After a run of at least this many seconds the delay begins at `FIRST_DELAY` again."""

END_TIMEOUT = 60.0
"""The seconds that the child has to end by itself before it is killed."""


class Child(Protocol):
    """A process: the methods of `subprocess.Popen` that the supervisor uses."""

    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Supervisor:
    """Keeps one child running from `__enter__` to `__exit__`, and watches it in a thread.

    `start` starts the child, or raises `OSError`. `elapsed` is a clock in seconds. `pause` waits for a number of
    seconds; it returns earlier if the supervisor ends.
    """

    def __init__(
        self,
        start: Callable[[], Child],
        log: EventLog,
        *,
        elapsed: Callable[[], float] = perf_counter,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._start, self._log, self._elapsed = start, log, elapsed
        self._ending = Event()
        self._pause = pause or self._ending.wait
        self._changing = Lock()
        self._child: Child | None = None
        self._thread = Thread(target=self.run, name="supervisor of the daemon", daemon=True)

    @property
    def restarting(self) -> bool:
        """Whether no child is running and the supervisor will start one, for the first time or again."""
        return self._child is None and not self._ending.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask the child to end. Kill it if it does not end within `END_TIMEOUT`."""
        self._ending.set()
        with self._changing:
            child = self._child
        if child is not None:
            child.terminate()
            self._thread.join(END_TIMEOUT)
            if self._thread.is_alive():
                self._log.error("daemon killed", seconds=END_TIMEOUT)
                child.kill()
        self._thread.join()

    def run(self) -> None:
        """Start the child, and start it again each time it ends, until the supervisor ends."""
        delay = FIRST_DELAY
        while not self._ending.is_set():
            started, reason = self._elapsed(), self._run_child()
            if self._ending.is_set():
                return
            if self._elapsed() - started >= STEADY_RUN:
                delay = FIRST_DELAY
            self._log.warning("daemon restarting", why=reason, seconds=delay)
            self._pause(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    def _run_child(self) -> str:
        """Run the child to its end. Returns the reason for the end."""
        with self._changing:
            if self._ending.is_set():
                return ""
            try:
                self._child = self._start()
            except OSError as error:
                return f"not started: {error.strerror or error}"
        code = self._child.wait()
        with self._changing:
            self._child = None
        return f"exit code {code}" if code >= 0 else f"signal {-code}"


def starter_of(command: list[str]) -> Callable[[], Child]:
    """A function that starts this command as a child."""
    return lambda: subprocess.Popen(command)  # noqa: S603
