"""Runs the inspection of a file, and the reading of a workbook, in a separate process.

So a hostile file that takes over a parser can reach nothing. The process gets only the bytes of the file. It has no
environment variables (some are secrets), and it cannot open a file or a socket or start a process. The system limits
its memory and its processor time (`worker.py`). If the process ends without an answer, the file is rejected.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from threading import BoundedSemaphore

import msgspec

from config.cells import Workbook
from config.logs import logger
from states.refusals import Refusal

from .rejection import OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check
from .worker import INSPECT, READ, InspectionAnswer

TIMEOUT = 60
"""Seconds to wait for the process. The worker itself limits its processor time and its memory (`worker.py`)."""

WORKER = ("-m", "documents.worker")
_SLOTS = BoundedSemaphore(os.cpu_count() or 2)
"""One inspection at a time for each processor."""


class InspectionUnavailable(Refusal):
    """No process could be started."""

    zh = "服务器暂时不能检查文件，请稍后再上传。"
    en = "The server cannot check files just now. Please upload it again later."


def inspect_in_process(ending: str, data: bytes) -> None:
    """Inspect a file as the kind that `ending` names.

    Raises `Rejection` if the file is not accepted, and `InspectionUnavailable` if no process can be started.
    """
    _run(INSPECT, ending, data)


def read_in_process(data: bytes) -> Workbook:
    """Inspect a workbook (.xlsx) and read its cells. Raises as `inspect_in_process` does."""
    return _run(READ, "xlsx", data).workbook


def _run(job: str, ending: str, data: bytes) -> InspectionAnswer:
    command = [sys.executable, "-I", *WORKER, job, ending]
    try:
        with _SLOTS:
            result = subprocess.run(  # noqa: S603
                command, input=data, capture_output=True, timeout=TIMEOUT, env={}, check=False
            )
    except subprocess.TimeoutExpired as error:
        _log(ending, data, "time")
        raise too_much_to_check() from error
    except OSError as error:
        _log(ending, data, f"not started, {type(error).__name__}")
        raise InspectionUnavailable from error
    if result.returncode != 0:
        _log(ending, data, _reason(result.returncode, result.stderr))
        raise _rejection_of_exit(result.returncode)
    answer = msgspec.json.decode(result.stdout, type=InspectionAnswer) if result.stdout else InspectionAnswer()
    if answer.why is not None and answer.advice is not None:
        raise Rejection(answer.why.zh, answer.why.en, advice=answer.advice)
    return answer


def _rejection_of_exit(code: int) -> Rejection:
    """The rejection of a file whose process gave no answer: it reached a limit, it crashed, or our code has a fault."""
    if -code in (signal.SIGPROF, signal.SIGKILL):
        return too_much_to_check()
    return damaged_file() if code < 0 else Rejection("无法检查", "cannot be checked", advice=OPEN_AND_SAVE)


def _log(ending: str, data: bytes, reason: str) -> None:
    """Log that an inspection ended without an answer. Neither the name nor the content of the file is logged."""
    logger("documents").warning("inspection_failed", kind=ending, size=len(data), reason=reason)


def _reason(code: int, errors: bytes) -> str:
    """The reason for the log: the signal that ended the process, or the type of the error and its line in our code.

    The message of the error is left out, because it may quote the file.
    """
    if code < 0:
        return signal.Signals(-code).name
    output = errors.decode("utf-8", "replace")
    places = re.findall(r'File "[^"]*/(documents/[\w/]+\.py)", line (\d+)', output)
    kind = re.match(r"[\w.]+", output.rstrip().rpartition("\n")[2])
    return f"{kind[0] if kind else 'error'} at {':'.join(places[-1]) if places else 'start'}"
