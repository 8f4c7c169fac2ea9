"""Releases the parts of PostgreSQL's log that contain erased data, and tells people where old data remains.

Not here: erasing a value (`vault.py`). The write-ahead log contains everything that was written: in segments that a
checkpoint releases, and in copies of segments elsewhere (an archive, standbys). A released segment that is used again
keeps its old bytes until they are overwritten. SQLite keeps nothing (`vault.rewrite_files`).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import text

from states.vocabulary import Text
from storage.database.database import Database


class LogRetention(Struct, frozen=True):
    """What our role may do with the write-ahead log, and what retains the log.

    `may_checkpoint`, `may_switch`: our role may run CHECKPOINT and pg_switch_wal(). `is_archived`: the log is archived.
    `follower_count`: the number of standbys and replication slots. `keep_size`, `max_size`: the server's settings
    `wal_keep_size` and `max_wal_size`.
    """

    may_checkpoint: bool
    may_switch: bool
    is_archived: bool
    follower_count: int
    keep_size: str
    max_size: str


def log_retention(database: Database) -> LogRetention | None:
    """The retention of the server's log; None on SQLite."""
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
    """Begin a new segment of the log and release the earlier ones, as far as our role may."""
    # A checkpoint alone would keep the current segment, which contains the erased bytes.
    if retention.may_switch:
        run("SELECT pg_switch_wal()")
    if retention.may_checkpoint:
        run("CHECKPOINT")


def sentences(retention: LogRetention | None) -> list[Text]:
    """Sentences for people: where old data remains, for how long, and which statements an administrator must run."""
    if retention is None:
        return [_SQLITE]
    rights = (("SELECT pg_switch_wal();", retention.may_switch), ("CHECKPOINT;", retention.may_checkpoint))
    forbidden_statements = [statement for statement, is_allowed in rights if not is_allowed]
    lines = [
        Text(
            zh=f"预写日志（WAL）中的旧内容：检查点之后旧段被删除或重复使用，重复使用的段在被覆盖之前仍有旧内容（max_wal_size {retention.max_size}，wal_keep_size {retention.keep_size}）。",
            en=(
                "Old bytes in the write-ahead log: after a checkpoint old segments are removed or used again, and "
                f"one used again holds them until it is written over (max_wal_size {retention.max_size}, wal_keep_size "
                f"{retention.keep_size})."
            ),
        )
    ]
    if forbidden_statements:
        lines.append(
            Text(
                zh=f"本账号无权处理预写日志，请数据库管理员删除后执行：{' '.join(forbidden_statements)}",
                en=(
                    "Our role may not turn the log. The database's administrator runs after the erasing: "
                    f"{' '.join(forbidden_statements)}"
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
    if retention.is_archived:
        lines.append(
            Text(
                zh="日志归档已开启：归档中的旧内容保留到归档期满。",
                en="The log is archived: old bytes stay in the archive as long as that is kept.",
            )
        )
    if retention.follower_count:
        lines.append(
            Text(
                zh=f"有 {retention.follower_count} 个备机或复制槽：备机的日志同样留有旧内容，未用的复制槽会让日志一直保留。",
                en=(
                    f"There are {retention.follower_count} standbys or replication slots: a standby's log holds old "
                    "bytes too, and a slot nobody uses keeps the log for ever."
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
