"""Reads and writes the record of the last backup: a small file beside the database, which may be damaged itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from states.vocabulary import Text
from storage import private_files


class BackupRecord(Struct, frozen=True):
    """A finished backup: its file, when it was made, and the number of entries in its ledger."""

    file: str
    at: datetime
    entries: int


def record_path(path: Path) -> Path:
    """The file of the record, beside `path`: the SQLite file, or for PostgreSQL the vault's key file."""
    return path.with_name(path.name + ".last-backup")


def last_backup_of(file: str, key: Path | None) -> BackupRecord | None:
    """The last recorded backup of a database; None if there is no record.

    `file` is the path of an SQLite database. If it is empty (PostgreSQL), the record is beside the vault's `key` file.
    """
    neighbour = Path(file) if file else key
    return None if neighbour is None else read(neighbour)


def read(path: Path) -> BackupRecord | None:
    """The last recorded backup, from the record beside `path`; None if there is no record or it cannot be read."""
    try:
        return msgspec.json.decode(record_path(path).read_bytes(), type=BackupRecord)
    except (OSError, msgspec.MsgspecError):
        return None


def write(path: Path, backup: BackupRecord) -> None:
    """Record this backup as the last one, beside `path`. Raises OSError."""
    private_files.write(record_path(path), msgspec.json.encode(backup))


def sentence(backup: BackupRecord | None) -> Text:
    """The last backup as a sentence for the operator."""
    if backup is None:
        return Text(zh="没有备份的记录", en="no backup is known")
    time = f"{backup.at:%Y-%m-%d %H:%M} UTC"
    return Text(
        zh=f"最近一次备份 {backup.file}（{time}，{backup.entries} 条）",
        en=f"last backup {backup.file} ({time}, {backup.entries} entries)",
    )
