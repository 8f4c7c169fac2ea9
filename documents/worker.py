"""The process that inspects one file and, if asked, reads its cells: `python -m documents.worker JOB ENDING`.

The file is on standard input. The answer is an `InspectionAnswer` as JSON: why the file is rejected, or the sheets of a
workbook. It writes nothing about a file that is accepted and not read.
"""

from __future__ import annotations

import codecs
import resource
import signal
import sys
from importlib import import_module

import msgspec
from msgspec import Struct

from config.cells import Workbook
from states.vocabulary import Text

from . import kinds
from .rejection import Rejection, too_much_to_check

# This program starts once for each file. It imports neither the log nor `isolation.py`: to import them took longer than
# to read most files.
MAX_SECONDS, MAX_MEMORY = 2.0, 160 * 2**20
"""Limits of an inspection: seconds of processor time; bytes of data memory."""
MAX_READING_SECONDS, MAX_READING_MEMORY = 20.0, 640 * 2**20
"""Limits of an inspection after which the cells are read."""

INSPECT, READ = "inspect", "read"
"""The jobs: only inspect the file; inspect it and read its cells."""

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


class InspectionAnswer(Struct, frozen=True, omit_defaults=True):
    """The answer of the process: why the file is rejected, with advice; or what was read."""

    why: Text | None = None
    advice: Text | None = None
    workbook: Workbook = ()


def main() -> None:
    """Load the parser, read the file, set the limits, do the job, write the answer."""
    job, ending = sys.argv[1:]
    inspect = kinds.parser_of(ending)
    read = import_module("documents.sheets.reading").read if job == READ else None
    for name in _CODECS:
        codecs.lookup(name)
    data = sys.stdin.buffer.read()
    limit_process(is_read=read is not None)
    try:
        inspect(data)
        answer = InspectionAnswer(workbook=read(data)) if read is not None else None
    except Rejection as rejection:
        answer = InspectionAnswer(rejection.why, rejection.advice)
    except (MemoryError, RecursionError):
        answer = InspectionAnswer(too_much_to_check().why, too_much_to_check().advice)
    if answer is not None:
        sys.stdout.buffer.write(msgspec.json.encode(answer))


def limit_process(*, is_read: bool = False) -> None:
    """Set the limits of this process: memory, time, files, processes. Call it after the file was read."""
    limits = {
        resource.RLIMIT_DATA: MAX_READING_MEMORY if is_read else MAX_MEMORY,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 3,  # standard input, output and error
        resource.RLIMIT_NPROC: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    signal.setitimer(signal.ITIMER_PROF, MAX_READING_SECONDS if is_read else MAX_SECONDS)


if __name__ == "__main__":
    main()
