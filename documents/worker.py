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

# This program starts once for each file. It imports neither the log nor `isolation.py`: to import them took longer than
# to read most files.
MAX_SECONDS, MAX_MEMORY = 2.0, 160 * 2**20
"""Limits: seconds of processor time; bytes of data memory."""

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
"""Loaded before the limits are set, because Python loads a codec from a file and afterwards no file can be opened."""


class RejectionReport(Struct, frozen=True):
    """The answer of the process about a rejected file."""

    why: Text
    advice: Text


def main() -> None:
    """Load the parser, read the file, set the limits, inspect the file, write the answer."""
    inspect = kinds.parser_of(sys.argv[1])
    for name in _CODECS:
        codecs.lookup(name)
    data = sys.stdin.buffer.read()
    limit_process()
    try:
        inspect(data)
    except Rejection as rejection:
        report = RejectionReport(rejection.why, rejection.advice)
    except (MemoryError, RecursionError):
        report = RejectionReport(too_much_to_check().why, too_much_to_check().advice)
    else:
        return
    sys.stdout.buffer.write(msgspec.json.encode(report))


def limit_process() -> None:
    """Set the limits of this process: memory, time, files, processes. Call it after the file was read."""
    limits = {
        resource.RLIMIT_DATA: MAX_MEMORY,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 3,  # standard input, output and error
        resource.RLIMIT_NPROC: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)


if __name__ == "__main__":
    main()
