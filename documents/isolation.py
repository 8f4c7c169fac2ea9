"""Inspection in a separate process: a parser that a hostile file takes over can reach nothing.

The process gets the bytes and nothing else. It has no environment (secrets are in it), can open no file and no socket and start no process;
the system limits its processor time to two seconds, and its memory. A file whose inspection ends early is rejected.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from threading import BoundedSemaphore

import msgspec

from config.logs import logger
from states.refusals import Refusal

from .rejection import OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check
from .worker import RejectionReport

WAIT = 60
"""At most so many seconds by the clock; the worker limits its processor time and its memory itself."""

WORKER = ("-m", "documents.worker")
_AT_ONCE = BoundedSemaphore(os.cpu_count() or 2)


class InspectionUnavailable(Refusal):
    """No process could be started."""

    zh = "服务器暂时不能检查文件，请稍后再上传。"
    en = "The server cannot check files just now. Please upload it again later."


def inspect_in_process(ending: str, data: bytes) -> None:
    """Inspect a file as the kind that `ending` names. Raises `Rejection`; `InspectionUnavailable` if no process can be started."""
    command = [sys.executable, "-I", *WORKER, ending]
    try:
        with _AT_ONCE:
            done = subprocess.run(command, input=data, capture_output=True, timeout=WAIT, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as late:
        _log(ending, data, "time")
        raise too_much_to_check() from late
    except OSError as error:
        _log(ending, data, f"not started, {type(error).__name__}")
        raise InspectionUnavailable from error
    if done.returncode == 0 and not done.stdout:
        return
    if done.returncode != 0:
        _log(ending, data, _reason(done.returncode, done.stderr))
        raise _rejection_of_exit(done.returncode)
    found = msgspec.json.decode(done.stdout, type=RejectionReport)
    raise Rejection(found.why.zh, found.why.en, advice=found.advice)


def _rejection_of_exit(code: int) -> Rejection:
    """The rejection where the process gave no answer: it reached a limit, it crashed, or our code has a fault."""
    if -code in (signal.SIGPROF, signal.SIGKILL):
        return too_much_to_check()
    return damaged_file() if code < 0 else Rejection("无法检查", "cannot be checked", advice=OPEN_AND_SAVE)


def _log(ending: str, data: bytes, reason: str) -> None:
    """Say in the log that a look ended without an answer. The file's name is not said, nor anything that stands in it."""
    logger("documents").warning("inspection_failed", kind=ending, size=len(data), reason=reason)


def _reason(code: int, errors: bytes) -> str:
    """Which signal ended the process, or where in our code what kind of error was raised; not its words, which may quote the file."""
    if code < 0:
        return signal.Signals(-code).name
    said = errors.decode("utf-8", "replace")
    places = re.findall(r'File "[^"]*/(documents/[\w/]+\.py)", line (\d+)', said)
    kind = re.match(r"[\w.]+", said.rstrip().rpartition("\n")[2])
    return f"{kind[0] if kind else 'error'} at {':'.join(places[-1]) if places else 'start'}"
