"""Files and folders that only their owner may read.

The mode is given when the file is made, never set afterwards: in between, anybody on the machine could open the file,
and would keep it open.
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
    """Make a new file. With `durable` it is on the disk when this returns. FileExistsError, OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER), "wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def make_folder(path: Path) -> None:
    """Make a folder and its parents where they are missing. An existing folder keeps its mode. OSError."""
    for one in (*reversed(path.parents), path):
        if not one.is_dir():
            with suppress(FileExistsError):
                one.mkdir(mode=0o700)


def write(path: Path, data: bytes) -> None:
    """Replace the whole file; a crash leaves the old content or the new.

    A terminal or a pipe is written to directly. OSError.
    """
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file that replaces `path` when the `with` ends without an error, and is deleted otherwise.

    OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    target = path.resolve()
    temporary = temporary_beside(target)
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


def temporary_beside(path: Path) -> Path:
    """A new name in the same folder, for a file that is not finished.

    In the same folder, because a rename is atomic only there.
    """
    return path.with_name(f".{path.name}.{token_hex(4)}.part")


def sync(path: Path) -> None:
    """Sync a file, or the names in a folder, to the disk. OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read, write or execute a file; False where there is no file."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    except OSError:
        return False
