"""Files that only their owner may read: the database, the keys, the last backup."""

from __future__ import annotations

from pathlib import Path

from audit.seals.high_water import last_seal_file
from config.settings import Settings
from console.cli.screen import Screen
from storage import last_backup, private_files
from workflow import wiring


def check(screen: Screen, url: str, file: str) -> int:
    """How many of these files others may read or write. `file` is SQLite's database file, or empty."""
    open_files = [path for path in _private_files(url, file) if private_files.is_open_to_others(path)]
    for path in open_files:
        screen.say(
            f"✗ {path} 可被他人读取或改写；请确认无人取用过，再执行 chmod 600 {path}",
            f"✗ Others may read or write {path}; make sure that nobody did, then run `chmod 600 {path}`",
            "red",
        )
    return len(open_files)


def _private_files(url: str, file: str) -> list[Path]:
    key, seal_key = wiring.default_key_path(url), Settings().seal_key
    database = [Path(file + end) for end in ("", "-wal", "-shm", "-journal")] if file else []
    keys = [key] if key else []
    seals = [seal_key, last_seal_file(seal_key).path] if seal_key else []
    last = last_backup.last_of(file, key)
    return [*database, *keys, *seals, *([Path(last.file)] if last else [])]
