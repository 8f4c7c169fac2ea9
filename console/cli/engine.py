"""Opens the engine with which a command writes.

Its database comes from `--database` or the settings, its rulebook from the settings, and its clock is the machine's.
Not here: the engine of a command that only reads (`workflow.wiring.read_only_engine`).
"""

from __future__ import annotations

from config.clock import SystemClock
from config.rulebooks import Edition, default_edition
from config.settings import Settings
from workflow import wiring
from workflow.engine import Engine


def open_engine(url: str | None, edition: Edition | None = None) -> Engine:
    """Open an engine for writing. `url`: the value of `--database`; None means the database of the settings.

    `edition`: the rulebook, if the command has loaded it already; None means the rulebook of the settings.
    """
    settings = Settings()
    return wiring.compose_engine(url or settings.database, SystemClock(), edition or default_edition(settings.rulebook))
