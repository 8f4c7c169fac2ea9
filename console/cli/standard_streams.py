"""Standard input and output in any state: closed, a broken pipe, or an encoding that lacks a character."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BROKEN_PIPE = 141
"""128 + SIGPIPE: what a shell shows of a program whose reader has gone."""


@contextmanager
def usable() -> Iterator[None]:
    """Streams that can be written to: a closed one goes nowhere, a character that cannot be written is a question mark.

    A reader that goes away (`| head -1`) ends the program quietly, with exit code 141.
    """
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        yield
    except BrokenPipeError:
        _leave()
    finally:
        _flush()


def _open_closed() -> None:
    """Take the numbers 0 to 2, before a database file gets one of them and is printed into."""
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
        _leave()


def _leave() -> None:
    """Nothing more is written: what is still in the buffers goes nowhere, or Python would complain at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(BROKEN_PIPE) from None
