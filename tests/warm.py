"""`kaohe` in a process of its own that starts at once: it is forked from one that has imported the program already.

To import the program takes seconds of CPU time. If a test is about what a process does and not about how it starts, the
process is forked by multiprocessing's fork server. It has its own folder, environment, output, signals and exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from tests import processes

COMMANDS = [
    "console.cli.app",
    *(
        f"console.cli.commands.{name}"
        for name in ("accounts", "ledger.audit", "ledger.keys", "ledger.seals", "scheduler", "serve")
    ),
]
"""The modules that the fork server imports. The program imports a command only when it is called."""

FORKS = get_context("forkserver")
"""Makes processes that have imported the program. Their function must be in a module that imports little."""

FORKS.set_forkserver_preload([*COMMANDS, "console.app", "uvicorn", "h11"])


class Program:
    """One `kaohe` process, with the methods of `subprocess.Popen` that the tests need.

    Its output goes into the file `log`. It calls `first` before it runs the program.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path, umask: int = 0o022,
        first: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self._process = FORKS.Process(
            target=_run, args=([*words], dict(environment), str(folder), str(log), umask, first)
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("kaohe", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self) -> None:
        """Kill the process, and every process that it started."""
        if self.poll() is None:
            for pid in [*processes.descendants(self.pid), self.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.join()
        self._process.close()


def _run(
    words: list[str], environment: dict[str, str], folder: str, log: str, umask: int, first: Callable[[], None] | None
) -> None:
    """Set the environment, the folder and the output of this forked process, then run the program."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(to, 1)
    os.dup2(to, 2)
    os.umask(umask)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = ["kaohe", *words]
    if first is not None:
        first()
    from console.cli.app import main

    main()
