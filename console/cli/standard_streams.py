"""Protects the program from bad standard streams: closed ones, a broken pipe, an encoding that lacks a character."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BROKEN_PIPE = 141
"""The exit code 128 + SIGPIPE: a shell shows it for a program whose output nobody reads any more."""


@contextmanager
def usable_streams() -> Iterator[None]:
    """Open the standard streams that are closed, and flush the output at the end of the block.

    Output to a stream that was closed is lost. A character that cannot be encoded becomes "?". If the reader of a pipe
    ends (`| head -1`), the program ends without a message, with exit code 141.
    """
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        yield
    except BrokenPipeError:
        _exit_quietly()
    finally:
        _flush()


def _open_closed() -> None:
    """Open each of the file descriptors 0 to 2 that is closed, on the null device.

    Otherwise a database file could get one of them, and `print` would write into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  open to the end


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _exit_quietly()


def _exit_quietly() -> None:
    """End the program without writing more.

    What is in the buffers is lost; otherwise Python would report an error at its end.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(BROKEN_PIPE) from None
