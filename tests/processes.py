"""Ends the processes that a test has started, with their descendants, and records which processes are started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def end(process: subprocess.Popen[Any]) -> None:
    """Kill a process and its descendants, and close its pipes. Otherwise the daemon of a killed console would run on."""
    if process.poll() is None:
        for pid in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


@contextmanager
def record_processes(started: list[subprocess.Popen[Any]]) -> Iterator[None]:
    """Append every process that is started in the block to `started`."""
    begin = subprocess.Popen.__init__

    def begin_and_record(self: subprocess.Popen[Any], *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        started.append(self)

    subprocess.Popen.__init__ = begin_and_record  # type: ignore[assignment]
    try:
        yield
    finally:
        subprocess.Popen.__init__ = begin  # type: ignore[method-assign]


def descendants(pid: int) -> Iterator[int]:
    """The ids of all descendants of a process, from Linux's /proc; none on other systems."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield from descendants(child)
                yield child
