"""The engine that a command works with.

Its database comes from `--database` or the settings, its rulebook from the settings, and its clock is the machine's.
"""

from __future__ import annotations

from config.clock import SystemClock
from config.rulebooks import Edition, default_edition
from config.settings import Settings
from workflow import wiring
from workflow.engine import Engine


def open_engine(url: str | None, edition: Edition | None = None) -> Engine:
    """Open an engine for writing. `edition`: the rulebook of the settings, if the command has loaded it already."""
    settings = Settings()
    return wiring.compose_engine(url or settings.database, SystemClock(), edition or default_edition(settings.rulebook))
