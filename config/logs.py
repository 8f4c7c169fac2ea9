"""The program's log (structlog): its set-up, the loggers of the rooms, and how an unforeseen error is logged.

An event is one line, as JSON or as text for people: one for each command and each tick, and others. The log is not the
ledger. It may be lost, and it never contains personal data, only acts, streams and numbers.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from secrets import token_hex
from traceback import extract_tb
from typing import Any, Literal, Protocol, TextIO

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class EventLog(Protocol):
    """A log with a method for each severity.

    `event` is a few fixed words, such as `tick done`; `values` are its details.
    """

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...
    def error(self, event: str, **values: object) -> None: ...


def set_up_log(
    form: Literal["json", "console"] = "console", level: str = "warning", file: TextIO | None = None
) -> None:
    """Set the form (`json` for machines, `console` for people), the lowest level, and the file (None: stderr).

    Call it once for the process. It also silences a library whose warnings would quote the content of a form.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=(file or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # The factory runs for every event, because the `sys.stderr` of the set-up may be closed later.
        logger_factory=lambda *_: structlog.WriteLogger(file=file or sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The warnings of this library would quote the content of a form.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@contextmanager
def values_on_every_event(**values: object) -> Iterator[None]:
    """Add these values to every event that this thread logs inside the `with` block."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def logger(room: str) -> Any:
    """The log of one room (top-level package). Its events have the room's name."""
    return structlog.get_logger(room=room)


def log_failure(room: str, error: Exception, **values: object) -> str:
    """Log an unforeseen error. Returns a random reference, by which people find the event in the log."""
    # The error's message is not logged, because it may contain personal data.
    reference = token_hex(4)
    logger(room).error("failed", reference=reference, error=type(error).__name__, at=code_place(error), **values)
    return reference


def code_place(error: BaseException) -> str:
    """The file and line where an error was raised: `engine.py:112`."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{PurePath(frame.filename).name}:{frame.lineno}"
