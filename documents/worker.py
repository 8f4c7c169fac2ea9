"""The process that inspects one file: `python -m documents.worker ENDING`, with the file on standard input.

It writes nothing about a file that is accepted, and a `RejectionReport` as JSON about one that is rejected.
"""

from __future__ import annotations

import codecs
import resource
import signal
import sys

import msgspec
from msgspec import Struct

from states.vocabulary import Text

from . import kinds
from .rejection import Rejection, too_much_to_check

# Every file starts this program: it imports neither the log nor the side that starts it (`isolation.py`), which took it longer than
# to read most files.
SECONDS, MEMORY = 2.0, 160 * 2**20
"""At most: seconds of processor; bytes of its own beside the interpreter's code."""

_CODECS = (
    "utf-8",
    "utf-8-sig",
    "cp437",
    "latin-1",
    "ascii",
    "gb18030",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "unicode_escape",
)
"""Loaded before the limits are set: afterwards no file can be opened, and Python loads a codec from a file."""


class RejectionReport(Struct, frozen=True):
    """What the process says of a file that may not come in."""

    why: Text
    advice: Text


def main() -> None:
    """Read, limit what may still be done, look, answer."""
    look = kinds.parser_of(sys.argv[1])
    for name in _CODECS:
        codecs.lookup(name)
    data = sys.stdin.buffer.read()
    limit_process()
    try:
        look(data)
    except Rejection as unfit:
        found = RejectionReport(unfit.why, unfit.advice)
    except (MemoryError, RecursionError):
        found = RejectionReport(too_much_to_check().why, too_much_to_check().advice)
    else:
        return
    sys.stdout.buffer.write(msgspec.json.encode(found))


def limit_process() -> None:
    """Give up what reading a file needs no more: memory, time, files, processes."""
    for what, most in (
        (resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)


if __name__ == "__main__":
    main()
