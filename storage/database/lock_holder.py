"""The process that holds an SQLite database's write lock, and how a frozen one is ended.

SQLite's lock is a POSIX lock. It cannot be taken from a living process, and a stopped process lives, so one frozen
process would stop the college's work for good. Therefore each process of ours records in a small file beside the
database that it took the lock, and when. A process that waited in vain ends the holder (SIGKILL) if the file names it,
/proc/locks confirms that it holds the lock, it has held it for too long, and no thread of it runs. SQLite then rolls
back what it had begun.

The file is a record and no lock: a process that cannot write it works as well, and cannot be ended. Linux only;
elsewhere, and in another PID namespace, nobody is ended. Not here: PostgreSQL, whose server ends a session
(`postgres.end_silent`).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Event
from time import monotonic

from msgspec import Struct

from storage import private_files
from storage.errors import WriterFrozen

LOCK_BYTES = (("-shm", 120), ("", 0x40000001))
"""The byte that a writer locks, by file: WAL_WRITE_LOCK in the index of the write-ahead log, RESERVED in the database
(sqlite.org/fileformat2.html).
"""

LOOK = 0.5
"""Seconds between the two looks that show whether a process runs."""


class LockHolder(Struct, frozen=True):
    """The process that took the lock.

    Its `pid`, its `start` (ticks since boot), and when it took the lock, `since` (monotonic seconds).
    """

    pid: int
    start: str
    since: float


class LockHolderFile:
    """The file beside a database in which its writers record that they hold the lock."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = Path(f"{database}-writer")
        self._descriptor: int | None = None

    def record(self) -> None:
        """Record that this process has the lock now. Call it under the lock."""
        # A full disk, another user's file: the write goes on, only that this process cannot be ended when it is frozen.
        with suppress(OSError):
            if self._descriptor is None:
                self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, private_files.OWNER)
            os.pwrite(self._descriptor, b"%s %-20.3f\n" % (_own_identity(os.getpid()), monotonic()), 0)

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def end_frozen(self, longest: float) -> None:
        """End the holder if it is one of ours, has held the lock for `longest` seconds and does not run.

        WriterFrozen names a frozen process that cannot be ended from here.
        """
        holder = self._holder()
        if holder is None or monotonic() - holder.since < longest or not is_frozen(holder.pid):
            return
        if self._holder() != holder:
            return
        try:
            os.kill(holder.pid, signal.SIGKILL)
        except OSError as error:
            raise WriterFrozen(pid=holder.pid, seconds=int(monotonic() - holder.since)) from error

    def _holder(self) -> LockHolder | None:
        """The process that holds the lock now, if the file names it and it is not this one."""
        try:
            pid, start, since = self._file.read_text("ascii").split()
            recorded = LockHolder(int(pid), start, float(since))
        except (OSError, ValueError):
            return None
        # A pid is used again by the system; together with its start it names one process. And the file may be out of
        # date.
        if recorded.pid == os.getpid() or recorded.pid not in self._locking() or _start(recorded.pid) != start:
            return None
        return recorded

    def _locking(self) -> Iterator[int]:
        """The processes that hold a writer's lock on this database, from /proc/locks."""
        # Asking by fcntl (F_GETLK) would mean to open the file and close it again, and a process that closes any
        # descriptor of a file loses all its POSIX locks on that file: we would drop SQLite's own.
        inodes = {}
        for suffix, byte in LOCK_BYTES:
            with suppress(OSError):
                inodes[str(Path(f"{self._database}{suffix}").stat().st_ino)] = byte
        with suppress(OSError):
            for line in Path("/proc/locks").read_text("ascii").splitlines():
                _, kind, _, mode, pid, place, first, last = line.replace("-> ", "").split()
                byte = inodes.get(place.rpartition(":")[2], -1)
                until = float("inf") if last == "EOF" else int(last)
                if (kind, mode) == ("POSIX", "WRITE") and int(first) <= byte <= until:
                    yield int(pid)


@lru_cache(maxsize=1)
def _own_identity(pid: int) -> bytes:
    return f"{pid:<10} {_start(pid) or '-':<20}".encode()


def _start(pid: int) -> str | None:
    """When a process started, in ticks since boot; None if it is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def is_frozen(pid: int) -> bool:
    """Whether no thread of a process ran between two looks, nor could run: it is stopped, traced, or in a freezer."""
    # A thread in state R could run: on a busy machine it may just have been given no time between the looks. So counts
    # of context switches alone do not tell, and a process with such a thread is taken for alive.
    before = _switches(pid)
    Event().wait(LOOK)
    return before is not None and _switches(pid) == before


def _switches(pid: int) -> list[str] | None:
    """The context switches of each thread; None if a thread waits for the processor, or the process is gone."""
    try:
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir())
        lines = [line for task in tasks for line in (task / "status").read_text("utf-8", "replace").splitlines()]
    except OSError:
        return None
    if any(line.startswith("State:\tR") for line in lines):
        return None
    return [line for line in lines if "ctxt_switches" in line]
