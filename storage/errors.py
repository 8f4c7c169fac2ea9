"""The errors of the database and the ledger, each with a sentence that tells people what to do next.

No error of a driver or of SQLAlchemy leaves the room: `database/driver_errors.py` translates it into a `StorageError`.
After an error nothing of the failed work was written, unless the docstring of the class says otherwise. Not here: the
errors of a damaged file (`database/malformed.py`), of backups, of the master key and of the vault, which are in the
modules that raise them.
"""

from __future__ import annotations

from states.user_errors import UserError
from states.vocabulary import Text


class StorageError(UserError):
    """The database failed for a reason that has no class of its own. Details: `why`, the driver's own message.

    It is also the base class of all errors of the database and the ledger.
    """

    zh = "数据库出错，本次操作没有写入：{why}。请运行 kaohe doctor 检查。"
    en = "The database failed and nothing was written: {why}. Run `kaohe doctor` to check it."


class LedgerBroken(StorageError):
    """The ledger is inconsistent. Details: `number`, the first entry that shows it, and `why`, a `Text`."""

    zh = "台账在第 {number} 号记录处对不上：{why}。在查明之前不再写入；请保留数据库文件并运行 kaohe audit replay。"
    en = (
        "The ledger does not add up at entry {number}: {why}. Nothing is written until this is cleared up; "
        "keep the database as it is and run `kaohe audit replay`."
    )


class StorageFull(StorageError):
    """The disk is full. Reading still works, and writing works again when there is space.

    SQLite reports some full disks and some failing disks by the same code, so the sentence names both.
    """

    zh = "存储空间不足，本次操作没有写入。请清理磁盘后重试；若空间充足，请检查磁盘是否故障。"
    en = (
        "The disk is full and nothing was written. Free some space and try again; if there is space, "
        "have the disk checked."
    )


class StorageBusy(StorageError):
    """A lock was not free within the time that we wait, a restore is running, or the server has reached a limit.

    Another thread, process or machine held the lock. The server limits its connections and the time of a statement.
    """

    zh = "数据库正忙，本次操作没有写入，请稍后重试。"
    en = "The database is busy and nothing was written. Try again in a moment."


class WriterFrozen(StorageBusy):
    """A process holds the lock but does not run, and we may not end it because it belongs to another user.

    Details: `pid`, and `seconds`, for how long it has held the lock.
    """

    zh = (
        "本机进程 {pid} 占用数据库已 {seconds} 秒且没有运行，本次操作没有写入。"
        "请系统管理员让该进程继续运行或将其终止（kill -9 {pid}），再原样重试。"
    )
    en = (
        "Process {pid} on this machine has held the database for {seconds} seconds without running, and nothing was "
        "written. Have a system administrator continue or end that process (kill -9 {pid}), then repeat this as it is."
    )


class ConnectionLost(StorageError):
    """The connection to the server was lost. A commit that was just sent may or may not have been executed.

    The command can be repeated with the same command id: if it was written, it gets its first answer again.
    """

    zh = "与数据库的连接中断，无法确定是否已写入：{why}。请原样重试，已写入的不会重复。"
    en = (
        "The connection to the database was lost and it is not known whether this was written: {why}. "
        "Repeat it as it is; what was written is not written twice."
    )


class DatabaseUnreachable(ConnectionLost):
    """No connection could be made, so this attempt wrote nothing. An earlier attempt may have written something."""

    zh = "连接不上数据库，这一次没有写入：{why}。请检查数据库是否运行、地址和口令是否正确，再原样重试；已写入的不会重复。"
    en = (
        "The database could not be reached and nothing was written this time: {why}. See that it is running and "
        "that address and password are right, then repeat it as it is; what was written is not written twice."
    )


class Conflict(StorageError):
    """The database refused a row: its key exists already (a number, a command id …), or it would change the ledger."""

    zh = "数据库拒绝了这条记录，本次操作没有写入：{why}。请刷新后重试。"
    en = "The database refused this row and nothing was written: {why}. Reload and try again."


class SchemaMissing(StorageError):
    """The database has no schema of ours, or that of another release. Details: `state` (none, older, newer), `why`."""

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
    """Somebody tried to write to a database that was opened for reading."""

    zh = "数据库以只读方式打开，不能写入。"
    en = "The database was opened for reading only and cannot be written."


class BadDatabaseUrl(StorageError):
    """The address of the database cannot be used. Details: `url`, without its password, and `why`."""

    zh = "数据库地址 {url} 不可用：{why}。"
    en = "The database address {url} cannot be used: {why}."


class UnknownEntry(StorageError):
    """An entry has a kind or format that this release does not know. It is never skipped."""

    zh = "第 {number} 号记录（{kind}，格式 {v}）本版本无法识别，请升级本程序。"
    en = "Entry {number} ({kind}, format {v}) is not known to this release; upgrade this program."
