"""The only composition: which clock, which database, which edition make an engine."""

from __future__ import annotations

from pathlib import Path

from config.clock import SystemClock
from config.logs import logger
from config.rulebooks import DEFAULT, Edition, load, shipped
from storage.database import Database
from storage.ledger import Ledger

from .engine import Clock, Engine


def engine(url: str, clock: Clock, edition: Edition | None = None) -> Engine:
    """An engine over the database at `url`, created or migrated first if need be."""
    Database.create(url).close()
    return Engine(Ledger(Database.open(url)), clock, edition or default_edition(), logger("workflow"))


def default_edition(rulebook: Path | None = None) -> Edition:
    """The edition in force: the file given, else the one shipped."""
    return load(rulebook or shipped()[DEFAULT])


def reading(url: str) -> Engine:
    """An engine over an existing database, opened read-only: for looking, explaining, checking."""
    return Engine(Ledger(Database.open(url, read_only=True)), SystemClock(), default_edition(), logger("workflow"))
