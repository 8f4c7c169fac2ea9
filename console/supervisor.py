"""Keeps one child process running: starts it again when it ends, after a delay that grows while it keeps ending.

Not here: what the child does. `kaohe serve` keeps the daemon running with it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Protocol, Self

from config.logs import EventLog

FIRST, LONGEST = 1.0, 300.0
"""Seconds before the next start: the first time, and at most; doubled after each run that was short."""

STEADY = 60.0
"""After a run of at least this many seconds the delay begins at `FIRST` again."""

PATIENCE = 60.0
"""Seconds the child has to end in order before it is killed."""


class Child(Protocol):
    """A process, as `subprocess.Popen` has it."""

    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Supervisor:
    """Runs one child in a thread of its own, from `__enter__` to `__exit__`. `start` raises OSError where it cannot.

    `elapsed` counts seconds; `pause` waits so many of them, or less once the supervisor ends.
    """

    def __init__(
        self, start: Callable[[], Child], log: EventLog, *,
        elapsed: Callable[[], float] = perf_counter, pause: Callable[[float], object] | None = None,
    ) -> None:  # fmt: skip
        self._start, self._log, self._elapsed = start, log, elapsed
        self._ending = Event()
        self._pause = pause or self._ending.wait
        self._changing = Lock()
        self._child: Child | None = None
        self._thread = Thread(target=self.run, name="supervisor of the daemon", daemon=True)

    @property
    def restarting(self) -> bool:
        """Whether the child has ended and will be started again."""
        return self._child is None and not self._ending.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the child in order, or kill it if it does not."""
        self._ending.set()
        with self._changing:
            child = self._child
        if child is not None:
            child.terminate()
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                self._log.error("daemon killed", seconds=PATIENCE)
                child.kill()
        self._thread.join()

    def run(self) -> None:
        """Start the child again and again until the supervisor ends."""
        delay = FIRST
        while not self._ending.is_set():
            began, reason = self._elapsed(), self._run_child()
            if self._ending.is_set():
                return
            if self._elapsed() - began >= STEADY:
                delay = FIRST
            self._log.warning("daemon restarting", why=reason, seconds=delay)
            self._pause(delay)
            delay = min(2 * delay, LONGEST)

    def _run_child(self) -> str:
        """Run the child to its end. Returns why it ended."""
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


def process(command: list[str]) -> Callable[[], Child]:
    """A function that starts this command."""
    return lambda: subprocess.Popen(command)  # noqa: S603
