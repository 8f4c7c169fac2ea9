"""How the house logs: structlog, JSON lines or a console, one event per command and per round.

The log is not the ledger: it may be lost, and it never carries personal data, only acts, streams and numbers.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from secrets import token_hex
from traceback import extract_tb
from typing import Any, Literal, TextIO

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up(form: Literal["json", "console"] = "console", level: str = "warning", to: TextIO | None = None) -> None:
    """Choose form (`json` lines for machines, `console` for people), level and where to (stderr)."""
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=(to or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # Asked at every event: whoever put another file in the place of stderr may have closed it since.
        logger_factory=lambda *_: structlog.WriteLogger(file=to or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it would say what stood in a broken form


@contextmanager
def noting(**values: object) -> Iterator[None]:
    """Let every event said in here, by this thread, carry these values too."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def logger(room: str) -> Any:
    """The log of one room."""
    return structlog.get_logger(room=room)


def failure(room: str, error: Exception, **values: object) -> str:
    """Log an error nobody foresaw; the number by which a reader finds the line. Never its words: they may be somebody's data."""
    reference = token_hex(4)
    logger(room).error("failed", reference=reference, error=type(error).__name__, at=place(error), **values)
    return reference


def place(error: BaseException) -> str:
    """The file and line where an error was raised: `engine.py:112`."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{PurePath(last.filename).name}:{last.lineno}"
