"""Checks the age of the last backup, and whether PostgreSQL's backup programs are installed. Finds no faults.

Not here: the content of the backup (`kaohe backup` replays it).
"""

from __future__ import annotations

from datetime import timedelta

from config.clock import SystemClock
from console.cli.screen import Screen
from storage import last_backup
from storage.backup import dumps
from storage.database.database import Database
from workflow import wiring

STALE = timedelta(days=8)
"""The greatest age of the last backup without a warning: a week, and a day for delay."""


def check(screen: Screen, url: str, database: Database) -> None:
    """Print when the last backup was made, and warn if there is none or if it is old.

    On PostgreSQL, also warn if its backup programs are missing.
    """
    last = last_backup.last_backup_of(database.file, wiring.vault_key_path(url))
    text = last_backup.sentence(last)
    if last is not None and last.at + STALE > SystemClock().now():
        screen.say(f"✓ {text.zh}", f"✓ {text.en}", "green")
    else:
        screen.say(f"! {text.zh}；请运行 kaohe backup", f"! {text.en}; run `kaohe backup`", "yellow")
    if database.dialect == "sqlite":
        return
    server = dumps.server_version(database)
    missing = [name for name in ("pg_dump", "pg_restore", "psql") if dumps.find_tool(name, server) is None]
    if missing:
        names = " ".join(missing)
        screen.say(
            f"! 备份和恢复需要 {names}（PostgreSQL {server} 或更新），本机没有",
            f"! Backup and restore need {names} (PostgreSQL {server} or later), which this machine does not have",
            "yellow",
        )
