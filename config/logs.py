"""The program's log (structlog): JSON lines or lines for people, one event for each command and each tick.

The log is not the ledger: it may be lost, and it never contains personal data, only acts, streams and numbers.
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
    """Where events are logged, by severity.

    An event is a few fixed words, such as `tick done`; `values` are its details.
    """

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...
    def error(self, event: str, **values: object) -> None: ...


def set_up(form: Literal["json", "console"] = "console", level: str = "warning", to: TextIO | None = None) -> None:
    """Set the form (`json` lines for machines, `console` for people), the level, and the file (stderr if None)."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=(to or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # A function, called for every event: a file that replaced stderr at set-up may be closed by now.
        logger_factory=lambda *_: structlog.WriteLogger(file=to or sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Its warnings would quote what somebody typed into a form.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@contextmanager
def values_on_every_event(**values: object) -> Iterator[None]:
    """Add these values to every event that this thread logs inside the `with`."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def logger(room: str) -> Any:
    """The log of one room. Its events carry the room's name."""
    return structlog.get_logger(room=room)


def log_failure(room: str, error: Exception, **values: object) -> str:
    """Log an unforeseen error and return a reference number, by which a reader finds the line."""
    # Never the error's message: it may contain personal data.
    reference = token_hex(4)
    logger(room).error("failed", reference=reference, error=type(error).__name__, at=code_place(error), **values)
    return reference


def code_place(error: BaseException) -> str:
    """The file and line where an error was raised: `engine.py:112`."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{PurePath(last.filename).name}:{last.lineno}"
