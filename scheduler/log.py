"""What the clock says of its work while it runs: one event a tick, one a failure; never personal data."""

from __future__ import annotations

from typing import Protocol


class Log(Protocol):
    """Where events go, by their severity."""

    def info(self, event: str, **values: object) -> None: ...
    def warning(self, event: str, **values: object) -> None: ...
    def error(self, event: str, **values: object) -> None: ...
