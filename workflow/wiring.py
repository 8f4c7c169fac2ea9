"""The only composition: which clock, which database, which edition make an engine."""

from __future__ import annotations

from pathlib import Path

from config.clock import SystemClock
from config.logs import logger
from config.rulebooks import DEFAULT, Edition, load, shipped
from storage.database import Database
from storage.ledger import Ledger

from .engine import Clock, Engine, Log


def engine(url: str, clock: Clock, edition: Edition | None = None) -> Engine:
    """An engine over the database at `url`, created or migrated first if need be. Close it, or use it in a `with`.

    Raises `EditionChanged` if the edition given is in use there and was edited since.
    """
    database = Database.create(url)
    try:
        made = Engine(Ledger(database), clock, edition or default_edition(), log())
        made.editions.check()
    except BaseException:
        database.close()
        raise
    return made


def default_edition(rulebook: Path | None = None) -> Edition:
    """The edition in force: the file given, else the one shipped."""
    return load(rulebook or shipped()[DEFAULT])


def reading(url: str, edition: Edition | None = None) -> Engine:
    """An engine over an existing database, opened read-only: for looking, explaining, checking. Close it too."""
    database = Database.open(url, read_only=True)
    try:
        return Engine(Ledger(database), SystemClock(), edition or default_edition(), log())
    except BaseException:
        database.close()
        raise


def log() -> Log:
    """The engine's log. Bound once, as logs are set up when the engine is made: binding for each command costs more than its line."""
    bound: Log = logger("workflow").bind()
    return bound
