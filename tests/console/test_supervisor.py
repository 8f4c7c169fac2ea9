"""The clock process beside the console: started again when it dies, never in a tight loop, ended with the console."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from threading import Event

from console.supervisor import FIRST_DELAY, LONGEST_DELAY, STEADY_RUN, Supervisor
from tests.console.test_serve import kaohe, served, until


class Lines:
    """A log that is read."""

    def __init__(self) -> None:
        self.seconds: list[object] = []
        self.why: list[object] = []

    def warning(self, event: str, **values: object) -> None:
        assert event == "daemon restarting"
        self.seconds.append(values["seconds"])
        self.why.append(values["why"])

    def error(self, event: str, **values: object) -> None:
        raise AssertionError((event, values))


class Machine:
    """A machine whose children run for so many seconds of its own count each, then die; the last one until it is told."""

    def __init__(self, *runs: float | OSError) -> None:
        self.runs, self.at, self.begun = list(runs), 0.0, 0
        self.told, self.last = Event(), Event()

    def start(self) -> Machine:
        self.begun += 1
        if self.runs and isinstance(self.runs[0], OSError):
            raise self.runs.pop(0)  # type: ignore[misc]
        return self

    def wait(self, timeout: float | None = None) -> int:
        if self.runs:
            run = self.runs.pop(0)
            assert isinstance(run, float)
            self.at += run
            return -signal.SIGKILL
        self.last.set()
        assert self.told.wait(30)
        return 0

    def terminate(self) -> None:
        self.told.set()

    def kill(self) -> None:
        raise AssertionError("it ended in order")

    def pause(self, seconds: float) -> None:
        self.at += seconds


def supervised(machine: Machine) -> Lines:
    """What is said while the machine's children die, until the last one runs; then all is ended."""
    log = Lines()
    with Supervisor(machine.start, log, elapsed=lambda: machine.at, pause=machine.pause) as made:
        assert machine.last.wait(30)
        assert not made.restarting
    assert not made.restarting
    return log


def test_a_child_that_keeps_dying_is_started_after_a_delay_that_doubles_up_to_its_bound() -> None:
    log = supervised(Machine(*[0.1] * 11))
    assert log.seconds == [FIRST_DELAY * 2**n for n in range(9)] + [LONGEST_DELAY] * 2
    assert set(log.why) == {"signal 9"}


def test_after_a_good_run_the_delay_begins_again() -> None:
    assert supervised(Machine(0.1, 0.1, STEADY_RUN, 0.1)).seconds == [1.0, 2.0, 1.0, 2.0]


def test_a_child_that_cannot_start_is_tried_again_and_does_not_spin() -> None:
    log = supervised(Machine(*[OSError(12, "Cannot allocate memory") for _ in range(3)]))
    assert log.seconds == [1.0, 2.0, 4.0]
    assert set(log.why) == {"not started: Cannot allocate memory"}


def test_while_no_child_runs_it_says_that_it_is_restarting() -> None:
    machine, seen = Machine(0.1), []
    made = Supervisor(machine.start, Lines(), elapsed=lambda: machine.at, pause=lambda _: seen.append(made.restarting))
    with made:
        assert machine.last.wait(30)
    assert seen == [True]


def running() -> dict[int, int]:
    """Every process that runs, with the one that started it."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return {int(pid): int(parent) for pid, parent, how in rows if not how.startswith("Z")}


def children(pid: int) -> set[int]:
    """The processes that this one started and that run."""
    return {one for one, parent in running().items() if parent == pid}


def test_a_clock_that_was_killed_is_alive_again_and_ends_with_the_console(url: str, tmp_path: Path) -> None:
    kaohe("init", "--database", url)
    with served(url, tmp_path) as (child, _):
        until(lambda: bool(children(child.pid)))
        (clock,) = children(child.pid)
        os.kill(clock, signal.SIGKILL)
        until(lambda: bool(children(child.pid) - {clock}))
        (another,) = children(child.pid) - {clock}
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
        assert another not in running()
