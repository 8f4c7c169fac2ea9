"""The only composition: which clock, which database with which key, which edition make an engine."""

from __future__ import annotations

from pathlib import Path

from config.clock import SystemClock
from config.logs import logger
from config.rulebooks import Edition, default_edition
from config.settings import Settings
from storage.database.database import Database, parse_url
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey, UnusableMasterKey
from storage.vault.vault import use_key

from .engine import Clock, Engine, Log


def engine(url: str, clock: Clock, edition: Edition | None = None, key: Path | None = None) -> Engine:
    """An engine over the database at `url`, created or migrated first if need be. Close it, or use it in a `with`.

    `key` is the file of the vault's key, if it is not the one of the settings (`key_file`). Raises `EditionChanged` if the
    edition given is in use there and was edited since.
    """
    database = unlocked(Database.create(url), key or key_file(url))
    try:
        given = edition or default_edition()
        made = Engine(Ledger(database), clock, given, log(), fenced=isinstance(clock, SystemClock))
        made.editions.check()
    except BaseException:
        database.close()
        raise
    return made


def opened(url: str, *, read_only: bool = False) -> Database:
    """A database that exists, with its key. Close it."""
    return unlocked(Database.open(url, read_only=read_only), key_file(url))


def key_place(url: str) -> Path | None:
    """Where the vault's key of a database is to lie: as the settings say, else beside an SQLite file."""
    address = parse_url(url)
    beside = Path(str(address.database)).with_suffix(".vault.key") if address.get_backend_name() == "sqlite" else None
    return Settings().vault_key or beside


def key_file(url: str) -> Path | None:
    """The file of the vault's key; None where none was named and none lies in its place."""
    place = key_place(url)
    return place if place is not None and (place.exists() or place == Settings().vault_key) else None


def unlocked(database: Database, key: Path | None) -> Database:
    """The database with its key. One that cannot be used costs what is confidential, and no more: `database.key` says why."""
    try:
        if key is not None:
            use_key(database, MasterKey.read(key))
    except UnusableMasterKey as bad:
        database.key = bad
    return database


def reading(url: str, edition: Edition | None = None) -> Engine:
    """An engine over an existing database, opened read-only: for looking, explaining, checking. Close it too."""
    database = opened(url, read_only=True)
    try:
        return Engine(Ledger(database), SystemClock(), edition or default_edition(), log())
    except BaseException:
        database.close()
        raise


def log() -> Log:
    """The engine's log. Bound once, as logs are set up when the engine is made: binding for each command costs more than its line."""
    bound: Log = logger("workflow").bind()
    return bound
