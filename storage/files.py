"""Files and folders that only their owner may read. The mode is set when the file is made, never after.

A mode that is set afterwards comes too late: for a moment anybody on the machine may open the file, and what is open stays open.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

OWNER = 0o600
OTHERS = 0o077


def create(path: Path, data: bytes = b"", *, durable: bool = True) -> None:
    """A new file, on the disk when this returns if it is to be `durable`. FileExistsError where there is one; OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER), "wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def folder(path: Path) -> None:
    """A folder, and those above it, where they are missing; one that is there keeps its mode. OSError."""
    for one in (*reversed(path.parents), path):
        if not one.is_dir():
            with suppress(FileExistsError):
                one.mkdir(mode=0o700)


def write(path: Path, data: bytes) -> None:
    """The whole file, or what was there before. What is no regular file (a terminal, a pipe) is written to as it is. OSError."""
    with written(path) as file:
        file.write(data)


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write and read that takes its name when the `with` ends well, and is gone when it does not. OSError."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    temporary = beside(target)
    try:
        with os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def beside(path: Path) -> Path:
    """A name in the same folder that nobody has, for what is not finished yet."""
    return path.with_name(f".{path.name}.{token_hex(4)}.part")


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk. OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but its owner has any right to a file; False where there is none."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    except OSError:
        return False
