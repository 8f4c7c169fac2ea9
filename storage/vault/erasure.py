"""What an erasure on PostgreSQL leaves outside the tables, and when that goes.

SQLite leaves nothing: `vault.rewrite_files`.

The write-ahead log holds what was written before: in segments that a checkpoint releases, and in copies of segments
elsewhere (an archive, standbys). A released segment that is used again holds its old bytes until they are overwritten.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import text

from states.vocabulary import Text
from storage.database.database import Database


class LogRetention(Struct, frozen=True):
    """Which statements our role may run (`checkpoint`, `switch`), and what keeps the log.

    An archive, standbys and slots, settings.
    """

    checkpoint: bool
    switch: bool
    archived: bool
    followers: int
    keep: str
    most: str


def log_retention(database: Database) -> LogRetention | None:
    """Asked of the server; None on SQLite."""
    if database.dialect == "sqlite":
        return None
    with database.reading() as connection:
        return LogRetention(*connection.execute(text(_SETTINGS)).one())


_SETTINGS = """
SELECT current_setting('is_superuser') = 'on'
       OR COALESCE((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_checkpoint'), false),
       has_function_privilege('pg_switch_wal()', 'EXECUTE'),
       current_setting('archive_mode') <> 'off',
       (SELECT count(*) FROM pg_stat_replication) + (SELECT count(*) FROM pg_replication_slots),
       COALESCE(current_setting('wal_keep_size', true), '0'),
       current_setting('max_wal_size')
"""


def switch_log(retention: LogRetention, run: Callable[[str], object]) -> None:
    """Begin a new segment and release those before it, as far as our role may."""
    # A checkpoint alone would keep the segment that is in use, with the erased bytes in it.
    if retention.switch:
        run("SELECT pg_switch_wal()")
    if retention.checkpoint:
        run("CHECKPOINT")


def sentences(retention: LogRetention | None) -> list[Text]:
    """What stays, for how long, and what the database's administrator has to run: for the page and the command line."""
    if retention is None:
        return [_SQLITE]
    refused = [
        name
        for name, may in (("SELECT pg_switch_wal();", retention.switch), ("CHECKPOINT;", retention.checkpoint))
        if not may
    ]
    lines = [
        Text(
            zh=f"预写日志（WAL）中的旧内容：检查点之后旧段被删除或重复使用，重复使用的段在被覆盖之前仍有旧内容（max_wal_size {retention.most}，wal_keep_size {retention.keep}）。",
            en=(
                "Old bytes in the write-ahead log: after a checkpoint old segments are removed or used again, and "
                f"one used again holds them until it is written over (max_wal_size {retention.most}, wal_keep_size "
                f"{retention.keep})."
            ),
        )
    ]
    if refused:
        lines.append(
            Text(
                zh=f"本账号无权处理预写日志，请数据库管理员删除后执行：{' '.join(refused)}",
                en=(
                    "Our role may not turn the log. The database's administrator runs after the erasing: "
                    f"{' '.join(refused)}"
                ),
            )
        )
    else:
        lines.append(
            Text(
                zh="删除时已换用新的日志段并做检查点。",
                en="Erasing begins another segment of the log and makes a checkpoint.",
            )
        )
    if retention.archived:
        lines.append(
            Text(
                zh="日志归档已开启：归档中的旧内容保留到归档期满。",
                en="The log is archived: old bytes stay in the archive as long as that is kept.",
            )
        )
    if retention.followers:
        lines.append(
            Text(
                zh=f"有 {retention.followers} 个备机或复制槽：备机的日志同样留有旧内容，未用的复制槽会让日志一直保留。",
                en=(
                    f"There are {retention.followers} standbys or replication slots: a standby's log holds old bytes "
                    "too, and a slot nobody uses keeps the log for ever."
                ),
            )
        )
    return lines


_SQLITE = Text(
    zh="数据库文件和日志（-wal）中不留旧内容。删除时如有其他进程一直在读，-wal 中的旧内容会留到下次检查点；待其结束，对同一内容再运行一次 kaohe vault erase 即清除。文件系统快照和固态硬盘内部的副本不在此列。",
    en=(
        "Nothing of it is left in the database's file and its log (-wal). While another process goes on reading, "
        "-wal holds old bytes until the next checkpoint: once it has ended, `kaohe vault erase` the same value "
        "again, which empties the log. Snapshots of the file system and copies inside an SSD are not ours to reach."
    ),
)
