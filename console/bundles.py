"""Bundles at the command line: `kaohe audit export` makes one, `kaohe audit verify` checks one that came from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from audit import export, verify
from audit.bundle import BundleReader
from audit.reader import DatabaseDocuments, DatabaseReader
from audit.replay import Defect, replay
from config.settings import Settings
from states.sentences import Told
from states.vocabulary import Text
from storage.database import Database

from .show import AsJson, DatabaseUrl, Lang, Screen, counting, on_screen

SEEN_BY_VERIFY = frozenset({
    "missing", "order", "digest", "unreadable", "newer", "columns", "link", "backwards", "form", "version", "rulebook",
    "rulebook_missing",
})  # fmt: skip
"""What the replay finds too, but the check of the file has said already, at the line where it lies."""


class NotABundle(Told):
    """What was to be checked cannot be looked at; `why` is a sentence of `verify`."""

    zh = en = "{why}"


def make(
    year: Annotated[int, typer.Option(min=2000, max=2200, help="年度 · the assessment year")],
    output: Annotated[Path, typer.Option("-o", "--output", help="文件名 · the file to write")],
    unit: Annotated[str | None, typer.Option(help="只出这个部门的卷宗 · only this unit's dossier")] = None,
    occasion: Annotated[str | None, typer.Option(help="专门考核 · a special assessment")] = None,
    with_documents: Annotated[
        bool, typer.Option("--with-documents", help="连同文件原件 · the documents' bytes too")
    ] = False,
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
                done = export.dossier(reader, stream, output, held)
            else:
                with counting(screen, reader.size(), "导出", "exporting") as progress:
                    done = export.ledger(reader, year, output, progress, held)
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
    """核验导出的文件：逐位、逐条、封存、并重放规则 · check a bundle: every bit, entry and seal, and the rules replayed."""
    with on_screen(lang) as screen:
        try:
            outcome = checked(bundle, expect or [], key or [])
        except verify.Unusable as error:
            raise NotABundle(why=Text(zh=error.zh, en=error.en)) from error
        english = screen.language == "en"
        if as_json:
            print(json.dumps(_as_json(outcome), ensure_ascii=False, indent=1))
        else:
            _say(screen, verify.lines(outcome, english=english))
        raise typer.Exit(1 if outcome.defects else 0)


def checked(bundle: Path, expect: list[Path], key: list[str]) -> verify.Outcome:
    """What the file shows of itself, and then what the rules say of what it holds. Raises `verify.Unusable`."""
    seals = [verify.seal_in(str(file)) for file in expect]
    outcome = verify.check(str(bundle), seals, [verify.key_in(line) for line in key])
    if outcome.form != "ledger":
        return outcome
    archive = verify.Archive(str(bundle))
    try:
        found = replay(BundleReader(archive)).defects
    finally:
        archive.close()
    meant = [_meant(one) for one in found if one.code not in SEEN_BY_VERIFY]
    return outcome._replace(defects=[*outcome.defects, *meant])


def _meant(one: Defect) -> verify.Defect:
    """A defect of the replay, as one of the bundle."""
    zh, en = (one.zh, one.en) if one.stream is None else (f"{one.stream}：{one.zh}", f"{one.stream}: {one.en}")
    return verify.Defect(one.number, one.code, zh, en)


def _say(screen: Screen, lines: list[str]) -> None:
    for line in lines:
        screen.console.print(line, markup=False, soft_wrap=True)


def _as_json(outcome: verify.Outcome) -> dict[str, Any]:
    told = [{"number": d.number, "code": d.code, "zh": d.zh, "en": d.en} for d in outcome.defects]
    remarks = [{"zh": zh, "en": en} for zh, en in outcome.remarks]
    return {"remarks": remarks, "defects": told, "form": outcome.form, "entries": outcome.entries, "ok": not told}
