"""The record of the last backup, in a small file outside the database: a damaged database could not be asked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from states.vocabulary import Text
from storage import private_files


class BackupRecord(Struct, frozen=True):
    """A finished backup: its file, when it was made, and how many entries of the ledger it holds."""

    file: str
    at: datetime
    entries: int


def record_of(path: Path) -> Path:
    """The file of the record: beside the SQLite file, or, for PostgreSQL, beside the vault's key."""
    return path.with_name(path.name + ".last-backup")


def last_of(file: str, key: Path | None) -> BackupRecord | None:
    """The last backup of a database.

    Of SQLite's `file`, or, where that is empty, the one recorded beside the vault's `key`.
    """
    beside = Path(file) if file else key
    return None if beside is None else read(beside)


def read(path: Path) -> BackupRecord | None:
    """The last backup; None where none is recorded."""
    try:
        return msgspec.json.decode(record_of(path).read_bytes(), type=BackupRecord)
    except (OSError, msgspec.MsgspecError):
        return None


def write(path: Path, backup: BackupRecord) -> None:
    """Record this backup as the last one. OSError."""
    private_files.write(record_of(path), msgspec.json.encode(backup))


def sentence(backup: BackupRecord | None) -> Text:
    """The last backup as a sentence for the operator."""
    if backup is None:
        return Text(zh="没有备份的记录", en="no backup is known")
    at = f"{backup.at:%Y-%m-%d %H:%M} UTC"
    return Text(
        zh=f"最近一次备份 {backup.file}（{at}，{backup.entries} 条）",
        en=f"last backup {backup.file} ({at}, {backup.entries} entries)",
    )
