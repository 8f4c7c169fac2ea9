"""Checks that nobody but the owner may read or write the files of the installation.

These are the files of an SQLite database, the two private keys, the note beside the sealing key, and the last backup.
"""

from __future__ import annotations

from pathlib import Path

from audit.seals.high_water import last_seal_file
from config.settings import Settings
from console.cli.screen import Screen
from storage import last_backup, private_files
from workflow import wiring


def check(screen: Screen, url: str, file: str) -> int:
    """Check the modes of the private files. `file` is SQLite's database file; it is empty for PostgreSQL.

    Returns the number of files that others may read or write.
    """
    open_files = [path for path in _private_files(url, file) if private_files.is_open_to_others(path)]
    for path in open_files:
        screen.say(
            f"✗ {path} 可被他人读取或改写；请确认无人取用过，再执行 chmod 600 {path}",
            f"✗ Others may read or write {path}; make sure that nobody did, then run `chmod 600 {path}`",
            "red",
        )
    return len(open_files)


def _private_files(url: str, file: str) -> list[Path]:
    key, seal_key = wiring.vault_key_path(url), Settings().seal_key
    database = [Path(file + suffix) for suffix in ("", "-wal", "-shm", "-journal")] if file else []
    keys = [key] if key else []
    seals = [seal_key, last_seal_file(seal_key).path] if seal_key else []
    backup = last_backup.last_backup_of(file, key)
    return [*database, *keys, *seals, *([Path(backup.file)] if backup else [])]
