"""Bundles at the command line: `kaohe audit export` makes one, `kaohe audit verify` checks one that came from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audit.bundle import check as bundle_check
from audit.bundle import dossier, export
from audit.reader import DatabaseDocuments, DatabaseReader
from config.settings import Settings
from storage.database.database import Database

from .screen import AsJson, DatabaseUrl, Lang, counting, on_screen
from .seals import signer


def make(
    year: Annotated[int, typer.Option(min=2000, max=2200, help="年度 · the assessment year")],
    output: Annotated[Path, typer.Option("-o", "--output", help="文件名 · the file to write")],
    unit: Annotated[str | None, typer.Option(help="只出这个部门的卷宗 · only this unit's dossier")] = None,
    occasion: Annotated[str | None, typer.Option(help="专门考核 · a special assessment")] = None,
    with_documents: Annotated[
        bool, typer.Option("--with-documents", help="连同文件原件 · the documents' bytes too")
    ] = False,
    seal: Annotated[
        int | None,
        typer.Option(
            min=1, help="卷宗依据哪份封存（条数）；默认最新 · the seal a dossier stands under, by its entries"
        ),
    ] = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """导出一个年度的台账，或一个部门的卷宗，供异地核验 · one file an auditor can check anywhere."""
    with on_screen(lang) as screen:
        with Database.open(database or Settings().database, read_only=True) as opened:
            reader = DatabaseReader(opened)
            held = DatabaseDocuments(opened) if with_documents else None
            if unit is not None:
                stream = f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else "")
                done = dossier.export_dossier(reader, stream, output, signer(), held, seal)
            else:
                with counting(screen, reader.size(), "导出", "exporting") as progress:
                    done = export.export_ledger(reader, year, output, progress, held)
        screen.say(
            f"已写出 {output}：{done.entries} 条记录，其中封存覆盖到第 {done.sealed} 号。",
            f"{output} written: {done.entries} entries, sealed up to entry {done.sealed}.",
            "green",
        )
        screen.say(
            f"记录共引用文件 {done.named} 份，包中有原件 {done.documents} 份"
            + ("" if with_documents else "（加 --with-documents 可连同原件导出）") + "。",
            f"The entries name {done.named} documents; the bytes of {done.documents} are in it"
            + ("" if with_documents else " (`--with-documents` takes them along)") + ".",
        )  # fmt: skip
        if with_documents and done.documents < done.named:
            screen.say(
                f"有 {done.named - done.documents} 份原件不在本系统中，或已与摘要不符，包中只有摘要（documents.json）。",
                f"{done.named - done.documents} of them are not kept here, or are no longer what their digest says: of these the digest only (documents.json).",
                "yellow",
            )
        for pin in done.missing:
            screen.say(
                f"所依据的办法 {pin} 不在库中，包中没有，核验时会报告。请先运行 kaohe audit replay 查明。",
                f"The rulebook {pin} that entries stand under is not kept here and not in the file; a check will report it. Find out with `kaohe audit replay`.",
                "yellow",
            )
        if done.sealed < done.last:
            screen.say(
                f"第 {done.sealed + 1} 至 {done.last} 号尚未封存；先运行 kaohe audit seal 再导出，证明力更强。",
                f"Entries {done.sealed + 1} to {done.last} are not sealed; run `kaohe audit seal` and export again to have them proven.",
                "yellow",
            )


def check(
    bundle: Annotated[Path, typer.Argument(help="导出的文件 · the bundle")],
    expect: Annotated[list[Path] | None, typer.Option(help="另行留存的封存 · a seal kept elsewhere")] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="亲自取得的台账公钥 · the ledger's key, as handed to you")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """核验导出的文件：逐位、逐条、封存，并复核规则 · check a bundle: every bit, entry and seal, and the rules replayed."""
    with on_screen(lang) as screen:
        outcome = bundle_check.check_bundle(bundle, expect or [], key or [])
        if as_json:
            print(json.dumps(outcome.as_json(), ensure_ascii=False, indent=1))
        else:
            for line in outcome.lines(screen.language):
                screen.console.print(line, markup=False, soft_wrap=True)
        raise typer.Exit(0 if outcome.ok else 1)
