"""`kaohe audit export` writes a bundle: a year's ledger or the dossier of one department. `verify` checks a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audit.bundle import check, dossier, export
from audit.reader import DatabaseDocuments, DatabaseReader
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, Expect, Lang, Occasion, TrustedKey, Year
from console.cli.screen import Screen, on_screen, progress_bar
from console.seal_files import read_signer
from states.vocabulary import Text
from storage.database.database import Database
from workflow.assessments import stream_of


def export_bundle(
    year: Year,
    output: Annotated[Path, typer.Option("-o", "--output"), Text(zh="要写入的文件", en="File to write")],
    unit: Annotated[
        str | None, typer.Option(), Text(zh="只导出这个部门的卷宗", en="Only the file of this department")
    ] = None,
    occasion: Occasion = None,
    with_documents: Annotated[
        bool, typer.Option("--with-documents"), Text(zh="连同文件原件", en="Include the content of the documents")
    ] = False,
    seal: Annotated[
        int | None,
        typer.Option(min=1),
        Text(
            zh="卷宗所依据的封存，以条数指明；默认为最新的",
            en=(
                "The seal that a department's file is proven by, named by its number of entries; the newest if not "
                "given"
            ),
        ),
    ] = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        with Database.open(url or Settings().database, read_only=True) as database:
            reader = DatabaseReader(database)
            documents = DatabaseDocuments(database) if with_documents else None
            if unit is not None:
                stream = stream_of(year, unit, occasion)
                summary = dossier.export_dossier(reader, stream, output, read_signer(), documents, seal)
            else:
                with progress_bar(screen, reader.size(), "导出", "exporting") as progress:
                    summary = export.export_ledger(reader, year, output, progress, documents)
        _print_summary(screen, output, summary, with_documents=with_documents)


def _print_summary(screen: Screen, output: Path, summary: export.ExportSummary, *, with_documents: bool) -> None:
    screen.say(
        f"已写出 {output}：{summary.entries} 条记录，其中封存覆盖到第 {summary.sealed} 号。",
        f"{output} is written: {summary.entries} entries, sealed up to entry {summary.sealed}.",
        "green",
    )
    screen.say(
        f"记录共引用文件 {summary.cited} 份，包中有原件 {summary.documents} 份"
        + ("" if with_documents else "（加 --with-documents 可连同原件导出）")
        + "。",
        f"The entries name {summary.cited} documents; the file contains {summary.documents} of them"
        + ("" if with_documents else " (`--with-documents` includes them)")
        + ".",
    )
    if with_documents and summary.documents < summary.cited:
        screen.say(
            f"有 {summary.cited - summary.documents} 份原件不在本系统中，或已与摘要不符，包中只有摘要（documents.json）。",
            f"{summary.cited - summary.documents} documents are not in this system, or no longer agree with their digest; the file has only their digests (documents.json).",
            "yellow",
        )
    for pin in summary.missing:
        screen.say(
            f"所依据的办法 {pin} 不在库中，包中没有，核验时会报告。请先运行 kaohe audit replay 查明。",
            f"The rulebook {pin}, which entries name, is not in this database and not in the file; a check will report it. Run `kaohe audit replay` to find out why.",
            "yellow",
        )
    if summary.sealed < summary.last:
        screen.say(
            f"第 {summary.sealed + 1} 至 {summary.last} 号尚未封存。先运行 kaohe audit seal 再导出，这些记录也可得到证明。",
            f"Entries {summary.sealed + 1} to {summary.last} are not sealed yet. Run `kaohe audit seal` and export again, so that they are proven too.",
            "yellow",
        )


def verify_bundle(
    bundle: Annotated[Path, typer.Argument(), Text(zh="导出的文件", en="The exported file")],
    expect: Expect = None,
    key: TrustedKey = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        outcome = check.check_bundle(bundle, expect or [], key or [])
        if as_json:
            print(json.dumps(outcome.as_json(), ensure_ascii=False, indent=1))
        else:
            for line in outcome.lines(screen.language):
                screen.console.print(line, markup=False, soft_wrap=True)
        raise typer.Exit(0 if outcome.ok else 1)
