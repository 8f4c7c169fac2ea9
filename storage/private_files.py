"""Makes and writes files and folders that only their owner may read, and syncs them to the disk.

The mode is set when the file is made, never later: in between, anybody on the machine could open the file and keep it
open.
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
"""The mode of a file that only its owner may read and write."""
OTHERS = 0o077
"""The permission bits of everybody except the owner."""


def create(path: Path, data: bytes = b"", *, durable: bool = True) -> None:
    """Make a new file. With `durable` its content is on the disk when this returns.

    Raises FileExistsError if the file exists, and OSError.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER), "wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def make_folder(path: Path) -> None:
    """Make a folder and its parents if they do not exist. An existing folder keeps its mode. Raises OSError."""
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)


def write(path: Path, data: bytes) -> None:
    """Replace the whole file. After a crash the file has the complete old or the complete new content.

    A terminal or a pipe is written directly. Raises OSError.
    """
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file that replaces `path` if the `with` ends without an error, and is deleted otherwise.

    If `path` is a terminal or a pipe, it is opened itself. Raises OSError.
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
    """A new path in the same folder, for an unfinished file. A rename is atomic only within a folder."""
    return path.with_name(f".{path.name}.{token_hex(4)}.part")


def sync(path: Path) -> None:
    """Sync a file, or the names in a folder, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_open_to_others(path: Path) -> bool:
    """Whether anybody except the owner may read, write or execute a file. False if there is no file."""
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    except OSError:
        return False
