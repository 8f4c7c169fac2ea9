"""`kaohe backup` copies the database; `kaohe restore` replaces the database by a copy. Both replay the copy.

Both print the report of the replay, and whether the copy is older than a seal or a note elsewhere. `backup` also notes
the time of this backup beside the database or beside the vault's key. `restore` renames the old database. If the copy
has defects, `restore` changes nothing, except with `--despite-defects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from audit.history import PastReader
from audit.reader import DatabaseReader, Reader
from audit.replay import replay
from audit.report import Report
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.high_water import last_seal_file
from audit.seals.seal_checks import Evidence, EvidenceEntry, EvidenceSeal
from config.clock import SystemClock
from config.settings import Settings
from console.cli.options import DatabaseUrl, Expect, Lang
from console.cli.screen import Screen, on_screen, progress_bar
from console.seal_files import collect_evidence as evidence_of
from states.user_errors import UserError
from states.vocabulary import Text
from storage import last_backup
from storage.backup import dumps, snapshots
from storage.database.database import Database, parse_url
from storage.last_backup import BackupRecord
from workflow import wiring


class NotABackup(UserError):
    """The file that was named for `kaohe restore` cannot be used."""

    zh = "{path} 不能用来恢复：{why}。原数据库未变。"
    en = "{path} cannot be used to restore: {why}. The database has not changed."


class CopyReplay(Struct, frozen=True):
    """The report of the replay of a copy, and its size.

    `entries` is the number of entries in the copy; `expected` is the largest number that a seal or a note elsewhere
    names.
    """

    entries: int
    expected: int
    report: Report

    @property
    def is_old(self) -> bool:
        return self.entries < self.expected

    @property
    def ok(self) -> bool:
        return self.report.ok and not self.is_old


def backup(
    to: Annotated[
        Path, typer.Argument(metavar="TO"), Text(zh="文件夹，或新文件的名称", en="A folder, or the name of a new file")
    ],
    expect: Expect = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        url, now = url or Settings().database, SystemClock().now()
        # The seals are read before the copy is made. People go on working, and a seal made after the copy may cover
        # more entries than the copy has.
        evidence = evidence_of(expect or [])
        with Database.open(url, read_only=True) as database:
            suffix = "db" if database.dialect == "sqlite" else "dump"
            path = snapshots.backup_path(to, f"kaohe-{now:%Y%m%dT%H%M%SZ}.{suffix}")
            with snapshots.file_when_complete(path) as part:
                if database.dialect == "sqlite":
                    snapshots.snapshot(database, part)
                    result = _replay_database(screen, str(part), evidence)
                else:
                    result = _dump_and_replay(screen, database, part, evidence)
            # The record of the last backup lies beside the database file, or beside the vault's key.
            neighbour = Path(database.file) if database.file else wiring.vault_key_path(url)
        if neighbour is not None:
            last_backup.write(neighbour, BackupRecord(str(path.absolute()), now, result.entries))
        screen.say(
            f"备份已写入 {path}，台账第 1–{result.entries} 号。",
            f"The backup is {path}: entries 1–{result.entries}.",
        )
        _print_missing_from_backup(screen, url)
        raise typer.Exit(_print_result(screen, result))


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM"), Text(zh="备份文件", en="The backup")],
    expect: Expect = None,
    despite_defects: Annotated[
        bool,
        typer.Option("--despite-defects"),
        Text(zh="备份有缺陷也恢复", en="Restore even if the replay finds defects"),
    ] = False,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        url, evidence = url or Settings().database, evidence_of(expect or [])
        if not source.is_file():
            raise NotABackup(path=source, why=Text(zh="没有这个文件", en="there is no such file"))
        restore_copy = _restore_file if parse_url(url).get_backend_name() == "sqlite" else _restore_dump
        result, old_database = restore_copy(screen, url, source, evidence, despite_defects)
        if old_database is None and not (result.report.ok or despite_defects):
            _print_result(screen, result)
            screen.say(
                "没有恢复：备份有缺陷，原数据库未变。请换一份备份；确需使用时加 --despite-defects。",
                "Nothing was restored: the backup has defects, and the database has not changed. Use another backup, or add --despite-defects if it must be this one.",
                "red",
            )
            raise typer.Exit(1)
        screen.say(
            f"已从 {source} 恢复，台账第 1–{result.entries} 号。"
            + (f"原数据库保留为 {old_database}。" if old_database else ""),
            f"Restored from {source}: entries 1–{result.entries}."
            + (f" The old database is kept as {old_database}." if old_database else ""),
        )
        raise typer.Exit(_print_result(screen, result))


def _restore_file(
    screen: Screen, url: str, source: Path, evidence: Sequence[Evidence], despite: bool
) -> tuple[CopyReplay, Path | str | None]:
    path = Path(str(parse_url(url).database)).resolve()  # a symbolic link stays; the file that it points to is replaced
    if path.exists() and path.samefile(source):
        raise NotABackup(path=source, why=Text(zh="它就是现有数据库", en="it is the database itself"))
    with snapshots.exclusive_access(path), snapshots.temporary_file(path) as part:
        with Database.open(str(source), read_only=True) as backed_up:
            snapshots.snapshot(backed_up, part)
        result = _replay_database(screen, str(part), evidence)
        if not (result.report.ok or despite):
            return result, None
        return result, snapshots.put_in_place(part, path, SystemClock().now())


def _restore_dump(
    screen: Screen, url: str, source: Path, evidence: Sequence[Evidence], despite: bool
) -> tuple[CopyReplay, Path | str | None]:
    loaded = dumps.load(url, source)
    try:
        result = _replay_database(screen, loaded, evidence)
        if result.report.ok or despite:
            return result, dumps.swap_in_loaded_schema(url, SystemClock().now())
    except BaseException:
        dumps.drop_loaded_schema(url)
        raise
    dumps.drop_loaded_schema(url)
    return result, None


def _replay_database(screen: Screen, url: str, evidence: Sequence[Evidence]) -> CopyReplay:
    with Database.open(url, read_only=True) as database:
        reader = DatabaseReader(database)
        return _replay_copy(screen, reader, reader.size(), evidence)


def _dump_and_replay(screen: Screen, database: Database, part: Path, evidence: Sequence[Evidence]) -> CopyReplay:
    # A dump cannot be replayed as a file. So the same entries are replayed in the database, and the digest of the last
    # entry in the dump is compared with the database.
    contents = dumps.dump(database, part)
    reader = PastReader(DatabaseReader(database), lambda row: row[0] <= contents.entries)
    last_entry = [EvidenceEntry(contents.entries, contents.digest, str(part))] if contents.entries else []
    return _replay_copy(screen, reader, contents.entries, [*evidence, *last_entry])


def _replay_copy(screen: Screen, reader: Reader, size: int, evidence: Sequence[Evidence]) -> CopyReplay:
    # A seal or an entry beyond the end of the copy is not a defect of the copy. It only shows that the copy is old.
    evidence_of_copy = [item for item in evidence if _number(item) <= size]
    with progress_bar(screen, size, "核验", "checking") as progress:
        report = replay(reader, progress, evidence=evidence_of_copy)
    return CopyReplay(size, max([size, *map(_number, evidence)]), report)


def _number(item: Evidence) -> int:
    """The number of the last entry that a seal covers or a note names."""
    return parse_checkpoint(item.seal.text).size if isinstance(item, EvidenceSeal) else item.number


def _print_result(screen: Screen, result: CopyReplay) -> int:
    """Print the report, and whether the copy is old. Returns the exit code."""
    for line in result.report.lines(screen.language):
        screen.say(line, line)
    if result.is_old:
        screen.say(
            f"✗ 这是旧本：第 1–{result.entries} 号，共应有 {result.expected} 号。不会再封存，直到找回完整的台账。其余确已无法找回时：未封存过的用 kaohe audit seal --end-lost，封存过的用 kaohe keys rotate 新密钥 --lost。",
            f"✗ This is an old copy: entries 1–{result.entries} of {result.expected}. Nothing is sealed until the whole ledger is found. If the rest is lost for good: `kaohe audit seal --end-lost` if no seal covered it, `kaohe keys rotate NEW --lost` if one did.",
            "red",
        )
    elif result.report.ok:
        screen.say(
            "✓ 与密钥旁所记和所给封存相符，不是旧本。"
            if result.report.coverage.elsewhere
            else "✓ 可以恢复；没有封存密钥或另存的封存可供比对，不能断定是不是旧本。",
            "✓ It has every entry that the sealing key and the seals given know of: it is not an old copy."
            if result.report.coverage.elsewhere
            else "✓ It can be restored. There is no sealing key and no seal to compare it with, so it may be an old copy.",
            "green",
        )
    return 0 if result.ok else 1


def _print_missing_from_backup(screen: Screen, url: str) -> None:
    key, seal_key = wiring.vault_key_path(url), Settings().seal_key
    vault = str(key.absolute()) if key else "—"
    seal_files = [seal_key.absolute(), last_seal_file(seal_key).path.absolute()] if seal_key else ["—"]
    screen.say(
        f"备份中没有：保密库密钥（{vault}）、封存密钥及其记录（{'、'.join(map(str, seal_files))}）、环境变量中的设置。请分开另存，不要与备份放在一起。",
        f"Not in the backup: the vault's key ({vault}), the sealing key and the notes beside it ({', '.join(map(str, seal_files))}), the settings in the environment. Keep copies of these elsewhere, never beside the backup.",
    )
