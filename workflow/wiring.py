"""Composes an engine: a clock, a database with its key, an edition. No other module does."""

from __future__ import annotations

from pathlib import Path

from config.clock import Clock, SystemClock
from config.logs import logger
from config.rulebooks import Edition, default_edition
from config.settings import Settings
from storage.database.database import Database, parse_url
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey, UnusableMasterKey
from storage.vault.vault import use_key

from .engine import CommandLog, Engine


def compose_engine(url: str, clock: Clock, edition: Edition | None = None, key: Path | None = None) -> Engine:
    """An engine over the database at `url`, which is created or migrated if necessary. Close it, or use it in a `with`.

    `key` is the file of the vault's key; without it, the one of the settings (`key_file`). Raises `EditionChanged` if
    the database has entries under the same edition with another text.
    """
    database = with_key(Database.create(url), key or key_file(url))
    try:
        in_force = edition or default_edition()
        composed = Engine(Ledger(database), clock, in_force, log(), fenced=isinstance(clock, SystemClock))
        composed.editions.check()
    except BaseException:
        database.close()
        raise
    return composed


def open_database(url: str, *, read_only: bool = False) -> Database:
    """An existing database with its key. Close it."""
    return with_key(Database.open(url, read_only=read_only), key_file(url))


def default_key_path(url: str) -> Path | None:
    """The path of a database's vault key: from the settings, else beside an SQLite file, else None."""
    address = parse_url(url)
    beside = Path(str(address.database)).with_suffix(".vault.key") if address.get_backend_name() == "sqlite" else None
    return Settings().vault_key or beside


def key_file(url: str) -> Path | None:
    """The file of the vault's key; None if the settings name none and there is none at its default path."""
    place = default_key_path(url)
    return place if place is not None and (place.exists() or place == Settings().vault_key) else None


def with_key(database: Database, key: Path | None) -> Database:
    """The database with its key, or with the reason why the key cannot be used (`database.key`)."""
    # An unusable key makes only what is confidential unreadable: everything else must go on.
    try:
        if key is not None:
            use_key(database, MasterKey.read(key))
    except UnusableMasterKey as unusable:
        database.key = unusable
    return database


def read_only_engine(url: str, edition: Edition | None = None) -> Engine:
    """An engine over an existing database, opened read-only: to show, explain or check. Close it."""
    database = open_database(url, read_only=True)
    try:
        return Engine(Ledger(database), SystemClock(), edition or default_edition(), log())
    except BaseException:
        database.close()
        raise


def log() -> CommandLog:
    """The engine's log."""
    # Bound once, by the set-up at the time the engine is made: to bind for each command costs more than to log its
    # line.
    bound: CommandLog = logger("workflow").bind()
    return bound
