"""The check of `kaohe doctor` for files that others than their owner may read."""

from __future__ import annotations

from pathlib import Path

from audit.seals.high_water import last_seal_file
from config.settings import Settings
from storage import last_backup, private_files
from workflow import wiring

from .screen import Screen


def look_at(screen: Screen, url: str, file: str) -> int:
    """How many of the database's own files, of its keys and of its last backup others may read. `file`: SQLite's, or empty."""
    found = [path for path in _private(url, file) if private_files.is_open_to_others(path)]
    for path in found:
        screen.say(
            f"✗ {path} 可被他人读取或改写；请确认无人取用过，再执行 chmod 600 {path}",
            f"✗ others may read or write {path}; make sure nobody did, then run chmod 600 {path}",
            "red",
        )
    return len(found)


def _private(url: str, file: str) -> list[Path]:
    key, seal_key = wiring.key_place(url), Settings().seal_key
    own = [Path(file + end) for end in ("", "-wal", "-shm", "-journal")] if file else []
    keys = [key] if key else []
    seals = [seal_key, last_seal_file(seal_key).path] if seal_key else []
    last = last_backup.last_of(file, key)
    return [*own, *keys, *seals, *([Path(last.file)] if last else [])]
