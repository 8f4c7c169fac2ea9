"""`kaohe backup`, `kaohe restore`, and what the doctor says of backups. Both commands replay what they made before they say it is good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
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
from states.user_errors import UserError
from states.vocabulary import Text
from storage import last_backup
from storage.backup import dumps, snapshots
from storage.database.database import Database, parse_url
from storage.last_backup import BackupRecord
from workflow import wiring

from . import seals
from .screen import DatabaseUrl, Lang, Screen, counting, on_screen

STALE = timedelta(days=8)
"""The doctor asks for another backup after this time: a week, and a day to notice."""

Expect = Annotated[list[Path] | None, typer.Option(help="另存的封存 · a seal kept elsewhere")]


class NotABackup(UserError):
    """The file to restore from cannot be that."""

    zh = "{path} 不能用来恢复：{why}。原数据库未变。"
    en = "{path} cannot be used to restore: {why}. The database has not changed."


class Verdict(Struct, frozen=True):
    """The result of replaying a copy: its entries, and how many entries are known elsewhere."""

    entries: int
    known: int
    report: Report

    @property
    def is_old(self) -> bool:
        return self.entries < self.known

    @property
    def ok(self) -> bool:
        return self.report.ok and not self.is_old


def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="文件夹或新文件名 · a folder, or a new file's name")],
    expect: Expect = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """备份数据库并复核备份；可在使用中进行 · copy the database while it is in use, and replay the copy."""
    with on_screen(lang) as screen:
        url, now = database or Settings().database, SystemClock().now()
        # Before the copy: what is remembered later may be newer than the copy, rightly.
        evidence = seals.expected(expect or [])
        with Database.open(url, read_only=True) as opened:
            end = "db" if opened.dialect == "sqlite" else "dump"
            path = snapshots.new_file(to, f"kaohe-{now:%Y%m%dT%H%M%SZ}.{end}")
            with snapshots.file_when_complete(path) as part:
                if opened.dialect == "sqlite":
                    snapshots.snapshot(opened, part)
                    verdict = _replayed(screen, str(part), evidence)
                else:
                    verdict = _dumped(screen, opened, part, evidence)
            beside = Path(opened.file) if opened.file else wiring.key_place(url)
        if beside is not None:
            last_backup.write(beside, BackupRecord(str(path.absolute()), now, verdict.entries))
        screen.say(
            f"备份已写入 {path}，台账第 1–{verdict.entries} 号。", f"The backup is {path}: entries 1–{verdict.entries}."
        )
        _tell_keys(screen, url)
        raise typer.Exit(_tell(screen, verdict))


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="备份文件 · the backup")],
    expect: Expect = None,
    despite_defects: Annotated[
        bool, typer.Option("--despite-defects", help="备份有缺陷也恢复 · even if the replay finds defects")
    ] = False,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """以备份替换数据库；原库改名保留 · put a backup in place; the database that was there is kept under another name."""
    with on_screen(lang) as screen:
        url, evidence = database or Settings().database, seals.expected(expect or [])
        if not source.is_file():
            raise NotABackup(path=source, why=Text(zh="没有这个文件", en="there is no such file"))
        way = _restore_file if parse_url(url).get_backend_name() == "sqlite" else _restore_dump
        verdict, aside = way(screen, url, source, evidence, despite_defects)
        if aside is None and not (verdict.report.ok or despite_defects):
            _tell(screen, verdict)
            screen.say(
                "没有恢复：备份有缺陷，原数据库未变。请换一份备份；确需使用时加 --despite-defects。",
                "Nothing was restored: the backup has defects, and the database is as it was. Take another backup, or add --despite-defects if it must be this one.",
                "red",
            )
            raise typer.Exit(1)
        screen.say(
            f"已从 {source} 恢复，台账第 1–{verdict.entries} 号。" + (f"原数据库保留为 {aside}。" if aside else ""),
            f"Restored from {source}: entries 1–{verdict.entries}."
            + (f" The database that was there is {aside} now." if aside else ""),
        )
        raise typer.Exit(_tell(screen, verdict))


def _restore_file(
    screen: Screen, url: str, source: Path, evidence: Sequence[Evidence], despite: bool
) -> tuple[Verdict, Path | str | None]:
    path = Path(str(parse_url(url).database)).resolve()  # a link stays; what it leads to is replaced
    if path.exists() and path.samefile(source):
        raise NotABackup(path=source, why=Text(zh="它就是现有数据库", en="it is the database itself"))
    with snapshots.exclusive_access(path), snapshots.temporary_file(path) as part:
        with Database.open(str(source), read_only=True) as backed_up:
            snapshots.snapshot(backed_up, part)
        verdict = _replayed(screen, str(part), evidence)
        if not (verdict.report.ok or despite):
            return verdict, None
        return verdict, snapshots.put_in_place(part, path, SystemClock().now())


def _restore_dump(
    screen: Screen, url: str, source: Path, evidence: Sequence[Evidence], despite: bool
) -> tuple[Verdict, Path | str | None]:
    loaded = dumps.load(url, source)
    try:
        verdict = _replayed(screen, loaded, evidence)
        if verdict.report.ok or despite:
            return verdict, dumps.put_in_place(url, SystemClock().now())
    except BaseException:
        dumps.discard(url)
        raise
    dumps.discard(url)
    return verdict, None


def _replayed(screen: Screen, url: str, evidence: Sequence[Evidence]) -> Verdict:
    with Database.open(url, read_only=True) as opened:
        reader = DatabaseReader(opened)
        return _verdict(screen, reader, reader.size(), evidence)


def _dumped(screen: Screen, opened: Database, part: Path, evidence: Sequence[Evidence]) -> Verdict:
    """A dump cannot be replayed as a file. So the same entries of its ledger are replayed; their last digest is the one in the dump."""
    contents = dumps.dump(opened, part)
    reader = PastReader(DatabaseReader(opened), lambda row: row[0] <= contents.entries)
    same = [EvidenceEntry(contents.entries, contents.digest, str(part))] if contents.entries else []
    return _verdict(screen, reader, contents.entries, [*evidence, *same])


def _verdict(screen: Screen, reader: Reader, size: int, evidence: Sequence[Evidence]) -> Verdict:
    """Replay the copy with the seals and entries that lie within it. Those beyond it show only that the copy is old."""
    within = [one for one in evidence if _number(one) <= size]
    with counting(screen, size, "核验", "checking") as progress:
        report = replay(reader, progress, evidence=within)
    return Verdict(size, max([size, *map(_number, evidence)]), report)


def _number(one: Evidence) -> int:
    return parse_checkpoint(one.seal.text).size if isinstance(one, EvidenceSeal) else one.number


def _tell(screen: Screen, verdict: Verdict) -> int:
    """Print the verdict, beginning with what it does not vouch for. Returns the exit code."""
    for line in verdict.report.lines(screen.language):
        screen.say(line, line)
    if verdict.is_old:
        screen.say(
            f"✗ 这是旧本：第 1–{verdict.entries} 号，共应有 {verdict.known} 号。不会再封存，直到找回完整的台账。其余确已无法找回时：未封存过的用 kaohe audit seal --end-lost，封存过的用 kaohe keys rotate 新密钥 --lost。",
            f"✗ This is an old copy: entries 1–{verdict.entries} of {verdict.known}. It is not sealed until the whole ledger is found. If the rest is lost for good: `kaohe audit seal --end-lost` where no seal covered it, `kaohe keys rotate NEW --lost` where one did.",
            "red",
        )
    elif verdict.report.ok:
        screen.say(
            "✓ 与密钥旁所记和所给封存相符，不是旧本。"
            if verdict.report.coverage.elsewhere
            else "✓ 可以恢复；没有封存密钥或另存的封存可供比对，不能断定是不是旧本。",
            "✓ It has every entry that the sealing key and the given seals know of: it is no old copy."
            if verdict.report.coverage.elsewhere
            else "✓ It can be restored. There is no sealing key and no seal to compare with, so whether it is an old copy is not known.",
            "green",
        )
    return 0 if verdict.ok else 1


def _tell_keys(screen: Screen, url: str) -> None:
    """What is not in a backup, and where it is."""
    key, seal_key = wiring.key_place(url), Settings().seal_key
    vault = str(key.absolute()) if key else "—"
    seal_files = [seal_key.absolute(), last_seal_file(seal_key).path.absolute()] if seal_key else ["—"]
    screen.say(
        f"备份中没有：保密库密钥（{vault}）、封存密钥及其记录（{'、'.join(map(str, seal_files))}）、环境变量中的设置。请分开另存，不要与备份放在一起。",
        f"Not in the backup: the vault's key ({vault}), the sealing key and what it remembers ({', '.join(map(str, seal_files))}), the settings in the environment. Keep copies of them elsewhere, never beside the backup.",
    )


def look_at(screen: Screen, url: str, database: Database) -> None:
    """The doctor on backups: when the last one was made, and whether PostgreSQL's programs are installed."""
    last = last_backup.last_of(database.file, wiring.key_place(url))
    said = last_backup.sentence(last)
    if last is not None and last.at + STALE > SystemClock().now():
        screen.say(f"✓ {said.zh}", f"✓ {said.en}", "green")
    else:
        screen.say(f"! {said.zh}；请运行 kaohe backup", f"! {said.en}; run `kaohe backup`", "yellow")
    if database.dialect == "sqlite":
        return
    server = dumps.server_version(database)
    missing = [name for name in ("pg_dump", "pg_restore", "psql") if dumps.find(name, server) is None]
    if missing:
        names = " ".join(missing)
        screen.say(
            f"! 备份和恢复需要 {names}（PostgreSQL {server} 或更新），本机没有",
            f"! backup and restore need {names} (PostgreSQL {server} or later), which are not here",
            "yellow",
        )
