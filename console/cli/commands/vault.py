"""`kaohe vault`: makes and changes the vault's key, lists the confidential values, erases them, and removes leftovers.

No command prints a value. `erase --about` erases everything about a person, as the page of the vault does
(`workflow/people.py`). `sweep` removes values that no entry names. Also here: the vault key of a new database, for
`kaohe init`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.settings import Settings
from console.cli.doctor.vault import print_unerased
from console.cli.engine import open_engine
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import Screen, on_screen
from states.custody.confidential import VALUE_KIND_TITLES
from states.records.account import SECURITY
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault import erasure
from storage.vault.vault import Vault, list_items, use_key
from workflow import confidential, wiring
from workflow.people import Erasure, erase_about

_KeyFile = Annotated[
    Path | None,
    typer.Option("--key"),
    Text(zh="密钥文件；默认 KAOHE_VAULT_KEY", en="File of the key; KAOHE_VAULT_KEY if not given"),
]


class NoVaultKeyNamed(UserError):
    """Neither the command nor the setting names the vault's key."""

    zh = "没有指明保密库密钥文件。请设置 KAOHE_VAULT_KEY，或用 --key 指明；首次使用先运行 kaohe vault init。"
    en = (
        "No file of the vault's key is named. Set KAOHE_VAULT_KEY or give it with --key. If you have none yet, run "
        "`kaohe vault init`."
    )


class NothingToErase(UserError):
    """The command names neither a person nor a value."""

    zh = "没有指明要删除什么。请用 --about 指明人员编号，或列出内容编号（kaohe vault status 可查看）。"
    en = "Name what to erase: a person's id with --about, or the ids of values (`kaohe vault status` lists them)."


def init(
    path: Annotated[
        Path | None,
        typer.Argument(),
        Text(zh="新密钥文件；不写则为默认位置", en="File for the new key; the default place if not given"),
    ] = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        default_path = wiring.vault_key_path(url or Settings().database)
        file = path or default_path
        if file is None:
            raise NoVaultKeyNamed
        create_key(screen, file)
        if file != default_path:
            screen.say(f"请设置 KAOHE_VAULT_KEY={file} 后重新启动。", f"Set KAOHE_VAULT_KEY={file} and start again.")


def lock_new_database(screen: Screen, database: Database, key_path: Path | None) -> None:
    """Give a new database its vault key, so that personal data is encrypted.

    If the file `key_path` exists, its key is used; otherwise a key is made there. If `key_path` is None, the database
    gets no key, and a warning is printed.
    """
    if key_path is None:
        screen.say(
            "! 没有保密库密钥：姓名将以明文存放，保密内容不能存入。请运行 kaohe vault init 文件，并设置 KAOHE_VAULT_KEY。",
            "! There is no vault key: names are stored unencrypted, and confidential values cannot be stored. Run `kaohe vault init FILE` and set KAOHE_VAULT_KEY.",
            "yellow",
        )
        return
    use_key(database, MasterKey.read(key_path) if key_path.exists() else create_key(screen, key_path))


def create_key(screen: Screen, file: Path) -> MasterKey:
    """Make a vault key, and print where it is and that it needs a second copy."""
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
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        old = MasterKey.read(_key_file(key, url))
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
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        values = list_items(engine.ledger.database, about)
        table = screen.table(
            ("保密库", "The vault"), ("编号", "Id"), ("类别", "Kind"), ("人员", "Person"), ("密钥", "Key")
        )
        for value in values:
            kind = VALUE_KIND_TITLES[value.kind].render(screen.language)
            table.add_row(value.id, kind, value.about or "—", value.master_key)
        screen.console.print(table)
        unerased = confidential.erased_but_present(engine)
        for value in unerased:
            print_unerased(screen, value.id)
        raise typer.Exit(1 if unerased else 0)


def erase(
    values: Annotated[list[str] | None, typer.Argument(), Text(zh="内容编号", en="Ids of values")] = None,
    about: Annotated[
        str | None,
        typer.Option(),
        Text(
            zh="删除此人的全部内容：保密内容、人员名册中的内容、已停用账号的姓名和联系方式",
            en="Everything about this person: values, what the directory has, names and addresses of closed accounts",
        ),
    ] = None,
    reason: Annotated[str, typer.Option(), Text(zh="依据，写入台账", en="Reason; it is recorded in the ledger")] = "",
    actor: Annotated[str, typer.Option(), Text(zh="安全管理员账号", en="Account of the security administrator")] = "",
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        if not values and not about:
            raise NothingToErase
        security = Actor(actor, SECURITY)
        erased = confidential.erase(engine, security, values, reason) if values else []
        whole = erase_about(engine, about, security, reason) if about else Erasure([], [], is_person=False)
        count = len(erased) + len(whole.values)
        screen.say(f"已删除 {count} 项。", f"{count} values erased.", "green")
        if whole.is_person:
            screen.say(
                f"人员名册中 {about} 的全部内容已删除。",
                f"Everything that the directory had about {about} is erased.",
                "green",
            )
        for account in whole.accounts:
            screen.say(
                f"已停用账号 {account} 的姓名和联系方式一并删除。",
                f"The name and the addresses of the closed account {account} are erased too.",
                "green",
            )
        for sentence in erasure.sentences(erasure.log_retention(engine.ledger.database)):
            screen.say(f"  {sentence.zh}", f"  {sentence.en}")


def sweep(url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        removed = confidential.sweep(engine, engine.clock.now())
        screen.say(f"已清理 {len(removed)} 项。", f"{len(removed)} values removed.", "green")


def _key_file(option: Path | None, url: str | None) -> Path:
    """The file of `--key`, or the key file of the settings. Raises NoVaultKeyNamed."""
    file = option or wiring.find_vault_key(url or Settings().database)
    if file is None:
        raise NoVaultKeyNamed
    return file
