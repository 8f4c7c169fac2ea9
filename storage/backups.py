"""When the last backup was made, in a small file outside the database: a database that is damaged cannot say it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from states.vocabulary import Text

from . import files


class Backup(Struct, frozen=True):
    """A finished backup: its file, when it was made, and how many entries of the ledger it holds."""

    file: str
    at: datetime
    entries: int


def place(path: Path) -> Path:
    """Where it says so: beside the SQLite file, or beside the vault's key of a PostgreSQL database."""
    return path.with_name(path.name + ".last-backup")


def last_of(file: str, key: Path | None) -> Backup | None:
    """Of a database: SQLite's `file`, or PostgreSQL's, told beside its vault's `key`."""
    beside = Path(file) if file else key
    return None if beside is None else last(beside)


def last(path: Path) -> Backup | None:
    """The last one, or None where none is known."""
    try:
        return msgspec.json.decode(place(path).read_bytes(), type=Backup)
    except (OSError, msgspec.MsgspecError):
        return None


def remember(path: Path, backup: Backup) -> None:
    """Let this be the last one. OSError."""
    files.write(place(path), msgspec.json.encode(backup))


def sentence(backup: Backup | None) -> Text:
    """The last one, in words."""
    if backup is None:
        return Text(zh="没有备份的记录", en="no backup is known")
    at = f"{backup.at:%Y-%m-%d %H:%M} UTC"
    return Text(
        zh=f"最近一次备份 {backup.file}（{at}，{backup.entries} 条）",
        en=f"last backup {backup.file} ({at}, {backup.entries} entries)",
    )
