"""The process that holds an SQLite database's write lock, and how one that is frozen is ended.

A POSIX lock cannot be taken from a living process, and a stopped process lives. So each process of ours writes down in
a small file beside the database that it took the lock, and when. A process that waited in vain ends the holder by SIGKILL if
the holder is one of ours, has had the lock for too long, and no thread of it runs. SQLite then undoes what it had begun.

Not here: PostgreSQL, whose server ends a session by itself or on request (`postgres.end_silent`). The file is no lock: a process that
cannot write it works as well, but cannot be ended. Linux only; elsewhere, and in other PID namespaces, nobody is ended.
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
"""Which byte of which file a writer locks: WAL_WRITE_LOCK of the write-ahead log's index, RESERVED of the database."""

LOOK = 0.5
"""Seconds between two looks at whether a process runs."""


class LockHolder(Struct, frozen=True):
    """The lock was taken by this process, started at `start` (ticks since boot), at `since` (monotonic seconds)."""

    pid: int
    start: str
    since: float


class LockHolderFile:
    """The file beside one database in which its writers write down that they hold the lock."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = Path(f"{database}-writer")
        self._descriptor: int | None = None

    def record(self) -> None:
        """Note in the file that this process has the lock now. Call it under the lock."""
        with suppress(OSError):  # a full disk, another user's file: nothing is at stake but being ended when frozen
            if self._descriptor is None:
                self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, private_files.OWNER)
            os.pwrite(self._descriptor, b"%s %-20.3f\n" % (_own_name(os.getpid()), monotonic()), 0)

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
        if holder is None or monotonic() - holder.since < longest or not _is_frozen(holder.pid):
            return
        if self._holder() != holder:
            return
        try:
            os.kill(holder.pid, signal.SIGKILL)
        except OSError as error:
            raise WriterFrozen(pid=holder.pid, seconds=int(monotonic() - holder.since)) from error

    def _holder(self) -> LockHolder | None:
        """The process that holds the lock now, if it is another one and is in the file."""
        try:
            pid, start, since = self._file.read_text("ascii").split()
            written = LockHolder(int(pid), start, float(since))
        except (OSError, ValueError):
            return None
        mine = written.pid == os.getpid()
        return written if not mine and written.pid in self._locking() and _start(written.pid) == start else None

    def _locking(self) -> Iterator[int]:
        """The processes that hold a writer's lock on this database.

        Asked of /proc, for a process that opens and closes a file of the database loses its own locks on it.
        """
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
def _own_name(pid: int) -> bytes:
    return f"{pid:<10} {_start(pid) or '-':<20}".encode()


def _start(pid: int) -> str | None:
    """When a process started, in ticks since boot. Together with the pid it identifies one process for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def _is_frozen(pid: int) -> bool:
    """Whether no thread of a process runs between two looks, nor could: it is stopped, traced, or in a freezer.

    On a busy machine a thread that could run ("R") may be given no time between them.
    """
    before = _switches(pid)
    Event().wait(LOOK)
    return before is not None and _switches(pid) == before


def _switches(pid: int) -> list[str] | None:
    """How often each thread of a process was given the processor and gave it up; None if one waits for it, or none is there."""
    try:
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir())
        lines = [line for task in tasks for line in (task / "status").read_text("utf-8", "replace").splitlines()]
    except OSError:
        return None
    if any(line.startswith("State:\tR") for line in lines):
        return None
    return [line for line in lines if "ctxt_switches" in line]
