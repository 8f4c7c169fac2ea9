"""`kaohe keys`: makes, prints, lists and changes the keys that seal the ledger, and registers witnesses.

A change of the key also makes the handover, or, if the old key is lost, goes on without one. Not here: the key of the
vault (`kaohe vault`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audit.seals import cosigning, keyfiles, sealing
from audit.seals.sealing import Sealer
from config.clock import SystemClock
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, KeyFile, Lang, Output
from console.cli.output import write_or_print
from console.cli.screen import on_screen
from console.seal_files import seal_key_file
from states.vocabulary import Text
from storage import seals
from storage.database.database import Database

from .seals import record_seals


def new(
    file: Annotated[
        Path,
        typer.Argument(),
        Text(zh="私钥文件；不能是已有的文件", en="File for the private key; it must not exist yet"),
    ],
    name: Annotated[
        str | None,
        typer.Option(),
        Text(zh="密钥名称；默认为 KAOHE_ORIGIN/kaohe", en="Name of the key; KAOHE_ORIGIN/kaohe if not given"),
    ] = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        signer = sealing.create_key(file, name or f"{Settings().origin}/kaohe")
        screen.say(
            f"私钥已存入 {file}（仅本用户可读）。请设置 KAOHE_SEAL_KEY={file}，并把下面的公钥当面交给见证人：",
            f"The private key is in {file}, which only this user can read. Set KAOHE_SEAL_KEY={file}, and give this public key to the witness in person:",
        )
        print(signer.key)


def show(
    file: Annotated[
        Path | None,
        typer.Argument(),
        Text(zh="私钥文件；默认 KAOHE_SEAL_KEY", en="File of the private key; KAOHE_SEAL_KEY if not given"),
    ] = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang):
        print(keyfiles.read(seal_key_file(file)).key)


def list_keys(url: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        with Database.open(url or Settings().database, read_only=True) as database:
            keys = seals.keys(database)
        if as_json:
            rows = [{"key": row.key, "role": row.role, "since": row.since, "handover": row.note} for row in keys]
            print(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for row in keys:
            zh, en = ("封存", "seals") if row.role == seals.LOG else ("见证", "witness")
            # Lines and not a table: a table would fold a key into two lines, which cannot be copied.
            screen.say(f"{zh}，第 {row.since} 条之后：{row.key}", f"{en}, after entry {row.since}: {row.key}")


def rotate(
    file: Annotated[
        Path,
        typer.Argument(),
        Text(zh="新私钥文件；不能是已有的文件", en="File for the new private key; it must not exist yet"),
    ],
    lost: Annotated[
        bool,
        typer.Option("--lost"),
        Text(zh="旧密钥已丢失，无法签署交接", en="The old key is lost and cannot sign the handover"),
    ] = False,
    key: KeyFile = None,
    output: Output = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        if lost:
            with Database.open(url or Settings().database) as database:
                signer = sealing.replace_lost_key(database, file, SystemClock().now())
            screen.say(
                f"新私钥已存入 {file}。没有旧密钥签署的交接：见证人须另建目录（kaohe audit witness init），复核时须用 --key 给出新旧两个公钥。新公钥：",
                f"The new private key is in {file}. There is no handover signed by the old key. So the witness must start a new folder (`kaohe audit witness init`), "
                "and a replay needs both public keys (--key). The new public key:",
                "yellow",
            )
            print(signer.key)
            return
        with Database.open(url or Settings().database) as database:
            note = Sealer(database, seal_key_file(key)).rotate(file, SystemClock().now())
            record_seals(database)
        screen.say(
            f"新私钥已存入 {file}。请把 KAOHE_SEAL_KEY 改为它，把交接文件发给见证人（kaohe audit witness follow），然后销毁旧私钥。",
            f"The new private key is in {file}. Set KAOHE_SEAL_KEY to it, send the handover to the witness (`kaohe audit witness follow`), then destroy the old key.",
        )
        write_or_print(str(note), output)


def trust(
    key: Annotated[
        str, typer.Argument(), Text(zh="见证人当面交来的公钥", en="The witness's public key, handed over in person")
    ],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        with Database.open(url or Settings().database) as database:
            witness = cosigning.trust_witness(database, key, SystemClock().now())
        screen.say(f"已登记见证人 {witness.name}。", f"{witness.name} is now a witness of this ledger.", "green")
