"""The vault at the command line: its key, what lies in it, and erasing. What a value says is shown on no command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.clock import SystemClock
from config.settings import Settings
from states.custody.confidential import KINDS
from states.user_errors import UserError
from states.vocabulary import Actor
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.vault import erasure
from storage.vault.encrypted_columns import count_by_key
from storage.vault.vault import Vault, list_items, use_key
from workflow import confidential, wiring
from workflow.engine import Engine

from .screen import DatabaseUrl, Lang, Screen, on_screen

app = typer.Typer(no_args_is_help=True, help="保密库 · the vault")

KeyFile = Annotated[Path | None, typer.Option("--key", help="密钥文件 · the key's file (KAOHE_VAULT_KEY)")]


class NoKeyNamed(UserError):
    """Neither the command nor the settings name the vault's key."""

    zh = "没有指明保密库密钥文件。请设置 KAOHE_VAULT_KEY，或用 --key 指明；首次使用先运行 kaohe vault init。"
    en = "No file of the vault's key is named. Set KAOHE_VAULT_KEY or give --key; run `kaohe vault init` first if there is none."


class NobodyToErase(UserError):
    """Neither a person nor a value was named."""

    zh = "没有指明要删除什么。请用 --about 指明人员编号，或列出内容编号（kaohe vault status 可查看）。"
    en = "Nothing to erase was named. Give --about and a person's id, or the ids of values (`kaohe vault status` lists them)."


@app.command()
def init(
    path: Annotated[Path | None, typer.Argument(help="新密钥文件 · the new key's file")] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """建立保密库密钥；请立即另存一份 · make the vault's key; keep a second copy at once."""
    with on_screen(lang) as screen:
        place = wiring.key_place(database or Settings().database)
        file = path or place
        if file is None:
            raise NoKeyNamed
        _made(screen, file)
        if file != place:
            screen.say(f"请设置 KAOHE_VAULT_KEY={file} 后重新启动。", f"Set KAOHE_VAULT_KEY={file} and start again.")


def begin(screen: Screen, database: Database, place: Path | None) -> None:
    """A new database's key, in its place: from then on what is personal lies sealed."""
    if place is None:
        screen.say(
            "! 没有保密库密钥：姓名将以明文存放，保密内容不能存入。请运行 kaohe vault init 文件，并设置 KAOHE_VAULT_KEY。",
            "! There is no vault key: names lie plain and confidential values cannot be kept. Run `kaohe vault init FILE` and set KAOHE_VAULT_KEY.",
            "yellow",
        )
        return
    use_key(database, MasterKey.read(place) if place.exists() else _made(screen, place))


def _made(screen: Screen, file: Path) -> MasterKey:
    master = MasterKey.create(file)
    screen.say(
        f"已生成保密库密钥 {file}（编号 {master.id}）。请另存一份到离线介质：遗失后保密内容、姓名和动态口令无法恢复，台账不受影响。",
        f"The vault's key is in {file} (id {master.id}). Keep a second copy offline: without it confidential values, names and second factors are lost, the ledger is not.",
        "green",
    )
    return master


def look_at(screen: Screen, engine: Engine) -> int:
    """What `kaohe doctor` says of the vault; how many faults."""
    database = engine.ledger.database
    lying, owed = list_items(database), confidential.owed(engine)
    with database.reading() as connection:
        people = count_by_key(connection)
    plain = people.pop("", 0)
    key = database.key.id if isinstance(database.key, MasterKey) else ""
    others = {*people, *(one.master_key for one in lying)} - {key}
    if isinstance(database.key, UserError):
        screen.told(database.key)
    elif not key:
        screen.say(
            "! 没有保密库密钥：保密内容不能存入和查阅。请运行 kaohe vault init",
            "! no vault key: confidential values can be neither kept nor read; run `kaohe vault init`",
            "yellow",
        )
    else:
        screen.say(
            f"✓ 保密库密钥 {key}，保密内容 {len(lying)} 项，密封的个人信息 {people.get(key, 0)} 项",
            f"✓ vault key {key}: {len(lying)} confidential values, {people.get(key, 0)} sealed names, addresses and second factors",
            "green",
        )
    if plain:
        screen.say(
            f"! {plain} 项个人信息尚为明文，有密钥后运行 kaohe migrate 即密封",
            f"! {plain} names, addresses or second factors lie plain; with a key `kaohe migrate` seals them",
            "yellow",
        )
    if others:
        screen.say(
            f"✗ 有内容由别的密钥封存（{'、'.join(sorted(others))}），现不可读；请找回该密钥文件",
            f"✗ some of it is sealed by another key ({', '.join(sorted(others))}) and cannot be read; find that key's file",
            "red",
        )
    for one in owed:
        _tell_owed(screen, one.id)
    return bool(others) + len(owed)


def _tell_owed(screen: Screen, id_: str) -> None:
    screen.say(
        f"✗ {id_} 已登记删除但尚未销毁，请再次运行 kaohe vault erase {id_}。",
        f"✗ {id_} is erased in the ledger and not destroyed yet; run `kaohe vault erase {id_}` again.",
        "red",
    )


@app.command()
def rotate(
    new: Annotated[Path, typer.Argument(help="新密钥文件 · the new key's file")],
    key: KeyFile = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """换钥：全部内容改由新密钥封存 · change the key: every value is wrapped by the new one."""
    with on_screen(lang) as screen, _engine(database) as engine:
        old = MasterKey.read(_key(key, database))
        master = MasterKey.create(new)
        try:
            count = Vault(engine.ledger.database, old).rotate(master)
        except BaseException:
            new.unlink()
            raise
        screen.say(
            f"{count} 项内容已改用新密钥 {new}（编号 {master.id}）。请更新 KAOHE_VAULT_KEY，确认无误后销毁旧密钥及其副本。",
            f"{count} values are wrapped by the new key {new} (id {master.id}). Let KAOHE_VAULT_KEY name it, then destroy the old one and its copies.",
            "green",
        )


@app.command()
def status(about: Annotated[str | None, typer.Option(help="人员编号 · a person's id")] = None, database: DatabaseUrl = None, lang: Lang = None) -> None:  # fmt: skip
    """保密库中有什么（不显示内容）· what lies in the vault, not what it says."""
    with on_screen(lang) as screen, _engine(database) as engine:
        lying = list_items(engine.ledger.database, about)
        table = screen.table(
            ("保密库", "The vault"), ("编号", "Id"), ("类别", "Kind"), ("人员", "About"), ("密钥", "Key")
        )
        for one in lying:
            table.add_row(one.id, KINDS[one.kind].render(screen.language), one.about or "—", one.master_key)
        screen.console.print(table)
        owed = confidential.owed(engine)
        for one in owed:
            _tell_owed(screen, one.id)
        raise typer.Exit(1 if owed else 0)


@app.command()
def erase(
    values: Annotated[list[str] | None, typer.Argument(help="内容编号 · ids of values")] = None,
    about: Annotated[str | None, typer.Option(help="删除此人的全部内容 · everything about this person")] = None,
    reason: Annotated[str, typer.Option(help="依据 · why")] = "",
    actor: Annotated[str, typer.Option(help="安全管理员账号 · the security administrator's account")] = "",
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """删除保密内容；不可恢复，台账留痕 · erase for good; the ledger says that it was done."""
    with on_screen(lang) as screen, _engine(database) as engine:
        ids = [*(values or []), *(one.id for one in list_items(engine.ledger.database, about) if about)]
        if not ids:
            raise NobodyToErase
        gone = confidential.erase(engine, Actor(actor, "security_admin"), ids, reason)
        screen.say(f"已删除 {len(gone)} 项。", f"{len(gone)} values erased.", "green")
        for one in erasure.sentences(erasure.log_retention(engine.ledger.database)):
            screen.say(f"  {one.zh}", f"  {one.en}")
        if about and confidential.forget(engine, about):
            screen.say(
                f"已停用账号 {about} 的姓名和联系方式一并删除。",
                f"The closed account {about} has no name and no address any more.",
                "green",
            )


@app.command()
def sweep(database: DatabaseUrl = None, lang: Lang = None) -> None:
    """清理台账中没有登记的内容（存入中断所留）· destroy what no entry names, left where keeping was cut short."""
    with on_screen(lang) as screen, _engine(database) as engine:
        lost = confidential.sweep(engine, engine.clock.now())
        screen.say(f"已清理 {len(lost)} 项。", f"{len(lost)} values swept away.", "green")


def _engine(database: str | None) -> Engine:
    settings = Settings()
    return wiring.engine(database or settings.database, SystemClock(), wiring.default_edition(settings.rulebook))


def _key(given: Path | None, database: str | None) -> Path:
    found = given or wiring.key_file(database or Settings().database)
    if found is None:
        raise NoKeyNamed
    return found
