"""No test leaves a process behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.processes import end, record_processes

SLEEPS = "import time; time.sleep(60)"
STARTS = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); print(c.pid, flush=True); c.wait()"


def test_what_a_test_started_ends_with_what_that_started_itself_and_its_pipes_are_closed() -> None:
    begun: list[subprocess.Popen[Any]] = []
    with record_processes(begun):
        subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, text=True)
    (process,) = begun
    assert process.stdout is not None
    child = int(process.stdout.readline())
    end(process)
    assert process.returncode == -9
    assert process.stdout.closed
    assert _is_over(child)


LEFT: list[int] = []


def test_a_process_that_a_test_forgets() -> None:
    """Its pipe is open, too. The next test looks at it."""
    LEFT.append(subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE).pid)


def test_is_ended_before_the_next_test() -> None:
    if not LEFT:
        pytest.skip("the test before did not run here")
    assert all(map(_is_over, LEFT))


def _is_over(pid: int) -> bool:
    """Whether it runs no more. A signal that was sent takes a moment to arrive."""
    until = monotonic() + 5
    while _runs(pid):
        if monotonic() > until:
            return False
        sleep(0.01)
    return True


def _runs(pid: int) -> bool:
    """A zombie waits for its parent and does nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
