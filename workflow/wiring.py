"""Opens or creates a database with its vault key, and composes an engine over it.

Also here: where the vault key is. Only `scheduler/wiring.py` also composes engines, over a database that is already
open.
"""

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

    `key` is the file of the vault's key. None: the file that `find_vault_key` finds. Raises `EditionChanged` if entries
    name an edition with the same id but another digest.
    """
    database = with_key(Database.create(url), key or find_vault_key(url))
    try:
        in_force = edition or default_edition()
        engine = Engine(Ledger(database), clock, in_force, command_log(), fenced=isinstance(clock, SystemClock))
        engine.editions.check()
    except BaseException:
        database.close()
        raise
    return engine


def open_database(url: str, *, read_only: bool = False) -> Database:
    """An existing database with its vault key. The caller must close it."""
    return with_key(Database.open(url, read_only=read_only), find_vault_key(url))


def vault_key_path(url: str) -> Path | None:
    """The path for a database's vault key: that of the settings, else beside the SQLite file, else None."""
    address = parse_url(url)
    is_file = address.get_backend_name() == "sqlite"
    return Settings().vault_key or (Path(str(address.database)).with_suffix(".vault.key") if is_file else None)


def find_vault_key(url: str) -> Path | None:
    """The existing file of the vault's key; None if there is none.

    A path of the settings is returned even if the file does not exist. Then reading it raises an error with the reason.
    """
    path = vault_key_path(url)
    return path if path is not None and (path.exists() or path == Settings().vault_key) else None


def with_key(database: Database, key: Path | None) -> Database:
    """Set the vault key of a database. If the key cannot be used, `database.key` is the error instead."""
    # Without a usable key only the confidential data cannot be read. Everything else must still work.
    try:
        if key is not None:
            use_key(database, MasterKey.read(key))
    except UnusableMasterKey as error:
        database.key = error
    return database


def read_only_engine(url: str, edition: Edition | None = None) -> Engine:
    """An engine over an existing database, opened read-only: to show, explain or check. The caller must close it."""
    database = open_database(url, read_only=True)
    try:
        return Engine(Ledger(database), SystemClock(), edition or default_edition(), command_log())
    except BaseException:
        database.close()
        raise


def command_log() -> CommandLog:
    """The engine's log."""
    # The logger is bound once, when the engine is composed. Binding it again for each command would cost more than
    # writing the line.
    log: CommandLog = logger("workflow").bind()
    return log
