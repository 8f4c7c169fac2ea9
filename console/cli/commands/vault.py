"""`kaohe vault`: its key, what it contains, and erasing. No command shows what a confidential value says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.doctor.vault import print_unerased
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import Screen, on_screen
from states.custody.confidential import VALUE_KIND_TITLES
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault import erasure
from storage.vault.vault import Vault, list_items, use_key
from workflow import confidential, wiring
from workflow.engine import Engine

_KeyFile = Annotated[
    Path | None, typer.Option("--key"), Text(zh="密钥文件；默认 KAOHE_VAULT_KEY", en="File of the key; KAOHE_VAULT_KEY if not given")
]  # fmt: skip


class NoVaultKeyNamed(UserError):
    """Neither the command nor the setting names the vault's key."""

    zh = "没有指明保密库密钥文件。请设置 KAOHE_VAULT_KEY，或用 --key 指明；首次使用先运行 kaohe vault init。"
    en = "No file of the vault's key is named. Set KAOHE_VAULT_KEY or give it with --key. If you have none yet, run `kaohe vault init`."


class NothingToErase(UserError):
    """Neither a person nor a value was named."""

    zh = "没有指明要删除什么。请用 --about 指明人员编号，或列出内容编号（kaohe vault status 可查看）。"
    en = "Name what to erase: a person's id with --about, or the ids of values (`kaohe vault status` lists them)."


def init(
    path: Annotated[
        Path | None,
        typer.Argument(),
        Text(zh="新密钥文件；不写则为默认位置", en="File for the new key; the default place if not given"),
    ] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        place = wiring.default_key_path(database or Settings().database)
        file = path or place
        if file is None:
            raise NoVaultKeyNamed
        create_key(screen, file)
        if file != place:
            screen.say(f"请设置 KAOHE_VAULT_KEY={file} 后重新启动。", f"Set KAOHE_VAULT_KEY={file} and start again.")


def lock_new_database(screen: Screen, database: Database, place: Path | None) -> None:
    """Give a new database its vault key, in its usual place: from then on personal data is encrypted."""
    if place is None:
        screen.say(
            "! 没有保密库密钥：姓名将以明文存放，保密内容不能存入。请运行 kaohe vault init 文件，并设置 KAOHE_VAULT_KEY。",
            "! There is no vault key: names are stored unencrypted, and confidential values cannot be stored. Run `kaohe vault init FILE` and set KAOHE_VAULT_KEY.",
            "yellow",
        )
        return
    use_key(database, MasterKey.read(place) if place.exists() else create_key(screen, place))


def create_key(screen: Screen, file: Path) -> MasterKey:
    """Make a vault key, and say what must be done with it."""
    master = MasterKey.create(file)
    screen.say(
        f"已生成保密库密钥 {file}（编号 {master.id}）。请另存一份到离线介质：遗失后保密内容、姓名和动态口令无法恢复，台账不受影响。",
        f"The vault's key is in {file} (id {master.id}). Keep a second copy offline: without it, confidential values, names and second factors are lost; the ledger is not.",
        "green",
    )
    return master


def rotate(
    new: Annotated[Path, typer.Argument(), Text(zh="新密钥文件", en="File for the new key")],
    key: _KeyFile = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, _engine(database) as engine:
        old = MasterKey.read(_key(key, database))
        master = MasterKey.create(new)
        try:
            count = Vault(engine.ledger.database, old).rotate(master)
        except BaseException:
            new.unlink()
            raise
        screen.say(
            f"{count} 项内容已改用新密钥 {new}（编号 {master.id}）加密。请更新 KAOHE_VAULT_KEY，确认无误后销毁旧密钥及其副本。",
            f"{count} values are encrypted with the new key {new} (id {master.id}). Set KAOHE_VAULT_KEY to it, then destroy the old key and its copies.",
            "green",
        )


def status(
    about: Annotated[str | None, typer.Option(), Text(zh="只列关于此人的", en="Only what concerns this person")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, _engine(database) as engine:
        values = list_items(engine.ledger.database, about)
        table = screen.table(
            ("保密库", "The vault"), ("编号", "Id"), ("类别", "Kind"), ("人员", "Person"), ("密钥", "Key")
        )
        for one in values:
            table.add_row(one.id, VALUE_KIND_TITLES[one.kind].render(screen.language), one.about or "—", one.master_key)
        screen.console.print(table)
        unerased = confidential.erased_but_present(engine)
        for one in unerased:
            print_unerased(screen, one.id)
        raise typer.Exit(1 if unerased else 0)


def erase(
    values: Annotated[list[str] | None, typer.Argument(), Text(zh="内容编号", en="Ids of values")] = None,
    about: Annotated[
        str | None, typer.Option(), Text(zh="删除关于此人的全部内容", en="Everything that concerns this person")
    ] = None,
    reason: Annotated[str, typer.Option(), Text(zh="依据，写入台账", en="Reason; it is recorded in the ledger")] = "",
    actor: Annotated[str, typer.Option(), Text(zh="安全管理员账号", en="Account of the security administrator")] = "",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, _engine(database) as engine:
        ids = [*(values or []), *(one.id for one in list_items(engine.ledger.database, about) if about)]
        if not ids:
            raise NothingToErase
        gone = confidential.erase(engine, Actor(actor, "security_admin"), ids, reason)
        screen.say(f"已删除 {len(gone)} 项。", f"{len(gone)} values erased.", "green")
        for one in erasure.sentences(erasure.log_retention(engine.ledger.database)):
            screen.say(f"  {one.zh}", f"  {one.en}")
        if about and confidential.forget_person(engine, about):
            screen.say(
                f"已停用账号 {about} 的姓名和联系方式一并删除。",
                f"The name and the addresses of the closed account {about} are erased too.",
                "green",
            )


def sweep(database: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen, _engine(database) as engine:
        lost = confidential.sweep(engine, engine.clock.now())
        screen.say(f"已清理 {len(lost)} 项。", f"{len(lost)} values removed.", "green")


def _engine(database: str | None) -> Engine:
    settings = Settings()
    return wiring.compose_engine(database or settings.database, SystemClock(), default_edition(settings.rulebook))


def _key(given: Path | None, database: str | None) -> Path:
    found = given or wiring.key_file(database or Settings().database)
    if found is None:
        raise NoVaultKeyNamed
    return found
