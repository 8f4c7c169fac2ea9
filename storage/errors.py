"""The errors of this room, each with a sentence that says what to do next.

No error of a driver or of SQLAlchemy leaves the room: `database/driver_errors.py` translates it into a `StorageError`.
Unless a class says otherwise, nothing of the work that failed was written.
"""

from __future__ import annotations

from states.user_errors import UserError
from states.vocabulary import Text


class StorageError(UserError):
    """The database failed in a way no other class here names. `why` is the driver's own message."""

    zh = "数据库出错，本次操作没有写入：{why}。请运行 kaohe doctor 检查。"
    en = "The database failed and nothing was written: {why}. Run `kaohe doctor` to check it."


class LedgerBroken(StorageError):
    """The ledger does not add up. `number` is the first entry where it shows, `why` a `Text`."""

    zh = "台账在第 {number} 号记录处对不上：{why}。在查明之前不再写入；请保留数据库文件并运行 kaohe audit replay。"
    en = (
        "The ledger does not add up at entry {number}: {why}. Nothing is written until this is cleared up; "
        "keep the database as it is and run `kaohe audit replay`."
    )


class StorageFull(StorageError):
    """The disk is full. Reading goes on; writing goes on by itself once there is room.

    SQLite reports some full disks and some failing disks by the same code, so the sentence names both.
    """

    zh = "存储空间不足，本次操作没有写入。请清理磁盘后重试；若空间充足，请检查磁盘是否故障。"
    en = (
        "The disk is full and nothing was written. Free some space and try again; if there is space, "
        "have the disk checked."
    )


class StorageBusy(StorageError):
    """Somebody else held the lock for longer than we wait, or the server accepts no more connections."""

    zh = "数据库正忙，本次操作没有写入，请稍后重试。"
    en = "The database is busy and nothing was written. Try again in a moment."


class WriterFrozen(StorageBusy):
    """A process (`pid`) has held the lock for `seconds` without running, and we may not end it.

    It belongs to another user.
    """

    zh = (
        "本机进程 {pid} 占用数据库已 {seconds} 秒且没有运行，本次操作没有写入。"
        "请系统管理员让该进程继续运行或将其终止（kill -9 {pid}），再原样重试。"
    )
    en = (
        "Process {pid} on this machine has held the database for {seconds} seconds without running, and nothing was written. "
        "Have a system administrator continue or end that process (kill -9 {pid}), then repeat this as it is."
    )


class ConnectionLost(StorageError):
    """The connection to the server broke. A commit under way may or may not have happened.

    Safe to repeat with the same command id: if it was written, the first answer is given again.
    """

    zh = "与数据库的连接中断，无法确定是否已写入：{why}。请原样重试，已写入的不会重复。"
    en = (
        "The connection to the database was lost and it is not known whether this was written: {why}. "
        "Repeat it as it is; what was written is not written twice."
    )


class DatabaseUnreachable(ConnectionLost):
    """No connection could be made, so this attempt wrote nothing. An attempt before it may have."""

    zh = "连接不上数据库，这一次没有写入：{why}。请检查数据库是否运行、地址和口令是否正确，再原样重试；已写入的不会重复。"
    en = (
        "The database could not be reached and nothing was written this time: {why}. See that it is running and "
        "that address and password are right, then repeat it as it is; what was written is not written twice."
    )


class Conflict(StorageError):
    """The database refused a row: a number, version or command id that exists, or a change of the ledger."""

    zh = "数据库拒绝了这条记录，本次操作没有写入：{why}。请刷新后重试。"
    en = "The database refused this row and nothing was written: {why}. Reload and try again."


class SchemaMissing(StorageError):
    """The database has no schema of ours, or another release's. `state`: none, older or newer."""

    zh = "数据库结构不可用：{why}。"
    en = "The database cannot be used: {why}."


NO_SCHEMA = Text(
    zh="这里还没有台账，请运行 kaohe migrate 建立（先用 kaohe doctor 核对数据库地址）",
    en="there is no ledger here; run `kaohe migrate` to create one (`kaohe doctor` shows the address in use)",
)
OLDER_SCHEMA = Text(
    zh="它由较早的版本建立，请备份后运行 kaohe migrate 升级",
    en="it was made by an earlier release; back it up, then run `kaohe migrate`",
)
NEWER_SCHEMA = Text(
    zh="它由较新的版本建立，请升级本程序（用 kaohe doctor 查看版本）",
    en="it was made by a later release; upgrade this program (`kaohe doctor` shows both versions)",
)


class ReadOnly(StorageError):
    """A write to a database that was opened for reading."""

    zh = "数据库以只读方式打开，不能写入。"
    en = "The database was opened for reading only and cannot be written."


class BadDatabaseUrl(StorageError):
    """The database's address cannot be used. `url` is shown without its password."""

    zh = "数据库地址 {url} 不可用：{why}。"
    en = "The database address {url} cannot be used: {why}."


class UnknownEntry(StorageError):
    """An entry of a kind or format that this release does not know. Never skipped."""

    zh = "第 {number} 号记录（{kind}，格式 {v}）本版本无法识别，请升级本程序。"
    en = "Entry {number} ({kind}, format {v}) is not known to this release; upgrade this program."
