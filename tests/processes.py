"""The processes that a test starts: they end with it, whatever happens, and so does what they started themselves."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def end(process: subprocess.Popen[Any]) -> None:
    """Kill a process and its descendants: a console that is only killed itself leaves its clock running."""
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
def recorded(begun: list[subprocess.Popen[Any]]) -> Iterator[None]:
    """Every process that is started meanwhile is put into `begun`."""
    begin = subprocess.Popen.__init__

    def begin_and_record(self: subprocess.Popen[Any], *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        begun.append(self)

    subprocess.Popen.__init__ = begin_and_record  # type: ignore[assignment]
    try:
        yield
    finally:
        subprocess.Popen.__init__ = begin  # type: ignore[method-assign]


def descendants(pid: int) -> Iterator[int]:
    """Of Linux's own book; none elsewhere."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield from descendants(child)
                yield child
