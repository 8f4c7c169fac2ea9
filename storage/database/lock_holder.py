"""Records which process holds the write lock of an SQLite database, and ends that process if it is frozen.

SQLite's lock is a POSIX lock. It cannot be taken from a process that exists, and a stopped process still exists. So one
frozen process would stop the college's work for ever. Therefore each process of ours records in a small file beside the
database that it took the lock, and when. A process that waited in vain ends the holder (SIGKILL) if four things are
true: the file names it, /proc/locks confirms that it holds the lock, it has held the lock for too long, and none of its
threads runs. SQLite then rolls back the transaction that the holder had begun.

The file is only a record, not a lock. A process that cannot write it works normally but cannot be ended. This works on
Linux only; elsewhere, and in another PID namespace, no process is ended. Not here: PostgreSQL, whose server can end a
session (`postgres.end_silent`).
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
"""The suffix of a file and the byte that a writer locks in it: WAL_WRITE_LOCK in the index of the write-ahead log, or
RESERVED in the database (sqlite.org/fileformat2.html).
"""

OBSERVATION = 0.5
"""Seconds for which a process is observed to see whether it runs."""


class LockHolder(Struct, frozen=True):
    """The process that took the lock: its `pid`, its `start` (ticks since boot), and when it took the lock.

    `since` is in seconds of the monotonic clock.
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
        """Record that this process has the lock now. The caller must hold the lock."""
        # With a full disk or another user's file the write goes on. Only this process cannot be ended if it freezes.
        with suppress(OSError):
            if self._descriptor is None:
                self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, private_files.OWNER)
            os.pwrite(self._descriptor, b"%s %-20.3f\n" % (_own_identity(os.getpid()), monotonic()), 0)

    def close(self) -> None:
        """Close the file. A later `record` opens it again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def end_frozen(self, limit: float) -> None:
        """End the holder if it is one of our processes, has held the lock for `limit` seconds and does not run.

        Raises WriterFrozen if the process is frozen but cannot be ended from here.
        """
        holder = self._holder()
        if holder is None or monotonic() - holder.since < limit or not is_frozen(holder.pid):
            return
        # Observing took time. Meanwhile another process may have taken the lock.
        if self._holder() != holder:
            return
        try:
            os.kill(holder.pid, signal.SIGKILL)
        except OSError as error:
            raise WriterFrozen(pid=holder.pid, seconds=int(monotonic() - holder.since)) from error

    def _holder(self) -> LockHolder | None:
        """The process that holds the lock now; None if the file does not name it, or if it is this process."""
        try:
            pid, start, since = self._file.read_text("ascii").split()
            holder = LockHolder(int(pid), start, float(since))
        except (OSError, ValueError):
            return None
        # The file may be out of date, so /proc/locks must confirm it. The system reuses a pid, but pid and start
        # together identify one process.
        if holder.pid == os.getpid() or holder.pid not in self._lock_holders() or _start(holder.pid) != start:
            return None
        return holder

    def _lock_holders(self) -> Iterator[int]:
        """The pids of the processes that hold a writer's lock on this database, from /proc/locks."""
        # fcntl (F_GETLK) would need to open the file and close it again. A process that closes any descriptor of a file
        # loses all its POSIX locks on that file, so we would release SQLite's own.
        inodes = {}
        for suffix, byte in LOCK_BYTES:
            with suppress(OSError):
                inodes[str(Path(f"{self._database}{suffix}").stat().st_ino)] = byte
        with suppress(OSError):
            for line in Path("/proc/locks").read_text("ascii").splitlines():
                _, kind, _, mode, pid, device_and_inode, first, last = line.replace("-> ", "").split()
                byte = inodes.get(device_and_inode.rpartition(":")[2], -1)
                last_byte = float("inf") if last == "EOF" else int(last)
                if (kind, mode) == ("POSIX", "WRITE") and int(first) <= byte <= last_byte:
                    yield int(pid)


@lru_cache(maxsize=1)
def _own_identity(pid: int) -> bytes:
    return f"{pid:<10} {_start(pid) or '-':<20}".encode()


def _start(pid: int) -> str | None:
    """When a process started, in ticks since boot; None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def is_frozen(pid: int) -> bool:
    """Whether no thread of a process runs or could run: the process is stopped, traced, or in a freezer.

    Takes `OBSERVATION` seconds.
    """
    # The counts of context switches alone are not enough. On a busy machine a thread in state R may get no time during
    # the observation, although it could run. So a process with such a thread is treated as running.
    switches = _context_switches(pid)
    Event().wait(OBSERVATION)
    return switches is not None and _context_switches(pid) == switches


def _context_switches(pid: int) -> list[str] | None:
    """The context switches of each thread; None if a thread could run, or if there is no such process."""
    try:
        tasks = sorted(Path(f"/proc/{pid}/task").iterdir())
        lines = [line for task in tasks for line in (task / "status").read_text("utf-8", "replace").splitlines()]
    except OSError:
        return None
    if any(line.startswith("State:\tR") for line in lines):
        return None
    return [line for line in lines if "ctxt_switches" in line]
