"""Makes the bundle of a year's ledger, from the first entry on; and what a dossier (`dossier.py`) has in common with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from audit.history import LedgerSnapshot
from audit.reader import Reader, SealTables
from audit.rules.rulebooks import compiled_rulebooks
from audit.seals.checkpoints import Checkpoint, parse_checkpoint
from audit.seals.notes import BadNote, Note, parse_note
from states.streams import assessments_of_year, year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage.errors import LedgerBroken
from storage.ledger import chain
from storage.ledger.chain import StoredEntry

from .bundle import (
    ABOUT,
    DOCUMENTS,
    ENTRIES,
    FORMAT,
    KEYS,
    PAGE,
    PROGRAM,
    VERIFIER,
    BundleWriter,
    canonical_json,
    entry_lines,
    write_bundle,
)
from .document_list import CitedDocuments
from .html_page import bundle_page

Progress = Callable[[int], None]


class DocumentSource(Protocol):
    """Where the bytes of documents come from."""

    def is_whole(self, digest: str) -> bool:
        """Whether the document is stored and still has its digest."""
        ...

    def parts(self, digest: str) -> Iterator[bytes]:
        """Its bytes, some at a time."""
        ...


class NothingToExport(UserError):
    """The ledger holds nothing of what was asked for."""

    zh = "台账中没有 {what}，没有生成文件。请核对年度和部门代号（kaohe audit replay 可查看台账是否完整）。"
    en = "There is no {what} in the ledger and no file was made. Check the year and the department's id (`kaohe audit replay` tells whether the ledger is whole)."


class IncompleteExport(UserError):
    """Something that belongs in the bundle is missing or cannot be read."""

    zh = "{what} 缺失或无法读取，导出会不完整，没有生成文件。请先运行 kaohe audit replay 查明。"
    en = "{what} is missing or cannot be read, so the export would not be complete and no file was made. Find out with `kaohe audit replay` first."


class ExportSummary(Struct, frozen=True):
    """What a new bundle holds: how many entries, the number of the last one, up to which entry a seal covers them.

    `named` is how many documents the entries name, `documents` of how many the bytes are in the bundle. `missing` are the rulebooks that
    entries name and the database lacks; a check of the bundle will report them.
    """

    entries: int
    last: int
    sealed: int
    named: int = 0
    documents: int = 0
    missing: tuple[str, ...] = ()


class BundledSeal(Struct, frozen=True):
    """A seal as it goes into a bundle: with its cosignatures, as they lie there."""

    number: int
    raw: bytes

    @property
    def note(self) -> Note:
        """The signed note. BadNote where somebody wrote something else in its place."""
        return parse_note(self.raw)


def export_ledger(
    reader: Reader, year: int, path: Path, progress: Progress | None = None, documents: DocumentSource | None = None
) -> ExportSummary:
    """Write the ledger up to the last entry of this year, and on to the next seal. NothingToExport, BundleNotWritten.

    With `documents`, their bytes too; without, the digests of what the entries name.
    """
    tables = reader.seals()
    last, own = 0, is_of_year(year)
    for row in reader.entries():
        if own(row[1]):
            last = row[0]
    if not last:
        raise NothingToExport(what=Text(zh=f"{year} 年度的记录", en=f"entry of {year}"))
    sealed = bundled_seals(tables)
    upto = min((one.number for one in sealed if one.number >= last), default=last)
    sealed = [one for one in sealed if one.number <= upto]
    usable, _ = compiled_rulebooks(reader.rulebooks())
    contents, end, cited = LedgerSnapshot(usable, own), _End(), CitedDocuments()

    def entries() -> Iterator[StoredEntry]:
        for row in reader.entries():
            if row[0] > upto:
                return
            end.take(row)
            cited.take(row)
            contents.take(row)
            if progress is not None and end.count % 1000 == 0:
                progress(end.count)
            yield row

    with write_bundle(path) as files:
        files.stream(ENTRIES, entry_lines(entries()))
        write_evidence(files, reader, tables, sealed, end.pins)
        held = write_documents(files, cited, documents)
        files.put(PAGE, page_of_ledger(year, contents, end.count, sealed[-1].raw.decode() if sealed else ""))
        files.put(ABOUT, canonical_json({"form": "ledger", "format": FORMAT, "last": end.named, "year": year}))
    return ExportSummary(
        end.count, upto, sealed[-1].number if sealed else 0, *held, missing_rulebooks(reader, end.pins)
    )


def missing_rulebooks(reader: Reader, pins: Collection[str]) -> tuple[str, ...]:
    """The rulebooks named that are not stored."""
    stored = {f"{id_}@{digest}" for digest, (id_, _) in reader.rulebooks().items()}
    return tuple(sorted(pin for pin in pins if pin and pin not in stored))


def write_documents(files: BundleWriter, cited: CitedDocuments, source: DocumentSource | None) -> tuple[int, int]:
    """The documents the entries name, as a list and, if there is a `source` that has them, with their bytes; how many of each."""
    rows = cited.rows()
    named = {row["sha256"] for row in rows}
    here = set[str]()
    if source is not None:
        here = {digest for digest in named if source.is_whole(digest)}
        for digest in sorted(here):
            files.stream(f"documents/{digest}", source.parts(digest))
    files.put(DOCUMENTS, canonical_json([{**row, "here": row["sha256"] in here} for row in rows]))
    return len(named), len(here)


def body_bytes(row: StoredEntry) -> bytes:
    return row[4].encode(errors="surrogateescape")


class _End:
    """Where the entries of a bundle end, and what they stand under."""

    def __init__(self) -> None:
        self.count = 0
        self.pins: set[str] = set()
        self.named: dict[str, object] = {}

    def take(self, row: StoredEntry) -> None:
        self.count += 1
        self.pins.add(rulebook_pin(row))
        self.named = {"digest": chain.digest(body_bytes(row)), "number": self.count}


def rulebook_pin(row: StoredEntry) -> str:
    """The edition an entry names; empty where it cannot be read."""
    try:
        return chain.decode(row[4]).rulebook
    except (LedgerBroken, ValueError):
        return ""


def is_of_year(year: int) -> Callable[[str], bool]:
    """Whether a stream is the year or one of its assessments."""
    streams = (year_stream(year), assessments_of_year(year))
    return lambda stream: stream == streams[0] or stream.startswith(streams[1])


def bundled_seals(tables: SealTables) -> list[BundledSeal]:
    """Every seal with its cosignatures, the smallest first. One that cannot be read is passed on unchanged, so that a checker finds it."""
    under = defaultdict[int, str](str)
    for number, line in tables.cosignatures:
        under[number] += line
    return [BundledSeal(number, f"{note}{under[number]}".encode()) for number, _, _, note, _ in sorted(tables.seals)]


def page_of_ledger(year: int, contents: LedgerSnapshot, entries: int, seal: str) -> bytes:
    """The page of a ledger bundle, from what the bundle holds; `seal` is its newest, as a note, or empty."""
    return bundle_page(
        Text(zh=f"{year} 年度考核台账", en=f"The ledger of the {year} assessment"), contents, entries, _seal(seal)
    )


def page_of_dossier(stream: str, contents: LedgerSnapshot, entries: int, seal: str) -> bytes:
    """The page of a dossier, likewise."""
    return bundle_page(Text(zh=f"考核卷宗 {stream}", en=f"Dossier of {stream}"), contents, entries, _seal(seal))


def _seal(note: str) -> Checkpoint | None:
    try:
        return parse_checkpoint(parse_note(note.encode()).text)
    except BadNote:
        return None


def write_evidence(
    files: BundleWriter, reader: Reader, tables: SealTables, sealed: Collection[BundledSeal], pins: Collection[str]
) -> None:
    """The rulebooks named, the seals, the keys, and the program that checks them."""
    for digest, (id_, source) in sorted(reader.rulebooks().items()):
        if f"{id_}@{digest}" in pins:
            files.put(f"rulebooks/{id_}@{digest}.toml", source.encode(errors="surrogateescape"))
    for one in sealed:
        files.put(f"seals/{one.number:010d}.note", one.raw)
    keys = [{"key": key, "note": note, "role": role, "since": since} for key, role, since, note in tables.keys]
    files.put(KEYS, canonical_json(keys))
    files.put(VERIFIER, PROGRAM.read_bytes())
