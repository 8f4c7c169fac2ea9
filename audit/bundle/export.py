"""Makes the bundle of a ledger up to the end of a year, or further to the next seal.

Also here: the parts that a dossier (`dossier.py`) has too. A ledger with missing rulebooks is exported all the same,
and `ExportSummary.missing` names them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from audit.history import FoldedStreams
from audit.reader import Reader, SealTables
from audit.rules.rulebooks import compile_rulebooks
from audit.seals.checkpoints import Checkpoint, parse_checkpoint
from audit.seals.notes import BadNote, Note, parse_note
from states.streams import assessments_of_year, papers_of_year, year_stream
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
    """A source of the bytes of documents."""

    def is_whole(self, digest: str) -> bool:
        """Whether the document is stored and still has its digest."""
        ...

    def parts(self, digest: str) -> Iterator[bytes]:
        """The bytes of the document, in blocks."""
        ...


class NothingToExport(UserError):
    """The ledger has no entry of the year or assessment."""

    zh = "台账中没有 {what}，没有生成文件。请核对年度和部门代号（kaohe audit replay 可查看台账是否完整）。"
    en = (
        "There is no {what} in the ledger and no file was made. Check the year and the department's id (`kaohe audit "
        "replay` tells whether the ledger is whole)."
    )


class IncompleteExport(UserError):
    """A stream or rulebook that a dossier must have is missing or cannot be read."""

    zh = "{what} 缺失或无法读取，导出会不完整，没有生成文件。请先运行 kaohe audit replay 查明。"
    en = (
        "{what} is missing or cannot be read, so the export would not be complete and no file was made. Find out with "
        "`kaohe audit replay` first."
    )


class ExportSummary(Struct, frozen=True):
    """The contents of a new bundle.

    `entries`: the number of entries. `last`: the number of the last one. `sealed`: the last entry that a seal covers.
    `cited`: the number of documents that the entries name. `documents`: the number of documents whose bytes are in the
    bundle. `missing`: the pins of rulebooks that entries name and the database lacks; a check of the bundle will report
    them.
    """

    entries: int
    last: int
    sealed: int
    cited: int = 0
    documents: int = 0
    missing: tuple[str, ...] = ()


class BundledSeal(Struct, frozen=True):
    """A seal for a bundle: its number of entries, and the note with the stored cosignatures, unchanged."""

    number: int
    raw: bytes

    @property
    def note(self) -> Note:
        """The signed note. Raises `BadNote` if the row has no note."""
        return parse_note(self.raw)


def export_ledger(
    reader: Reader, year: int, path: Path, progress: Progress | None = None, documents: DocumentSource | None = None
) -> ExportSummary:
    """Write the ledger up to the last entry of this year, and further to the next seal if there is one.

    `documents`: also write the bytes of the documents; otherwise the bundle has only their digests. Raises
    `NothingToExport` if the year has no entry, and `BundleNotWritten` if the file cannot be written.
    """
    tables, in_year = reader.seals(), is_of_year(year)
    last_of_year = max((row[0] for row in reader.entries() if in_year(row[1])), default=0)
    if not last_of_year:
        raise NothingToExport(what=Text(zh=f"{year} 年度的记录", en=f"entry of {year}"))
    seals = bundled_seals(tables)
    last = min((seal.number for seal in seals if seal.number >= last_of_year), default=last_of_year)
    seals = [seal for seal in seals if seal.number <= last]
    newest = seals[-1] if seals else None
    rulebooks, _ = compile_rulebooks(reader.rulebooks())
    contents, summary, cited = FoldedStreams(rulebooks, in_year), _EntrySummary(), CitedDocuments()

    def entries() -> Iterator[StoredEntry]:
        for row in takewhile(lambda row: row[0] <= last, reader.entries()):
            summary.add_row(row)
            cited.add_row(row)
            contents.add_row(row)
            if progress is not None and summary.count % 1000 == 0:
                progress(summary.count)
            yield row

    with write_bundle(path) as files:
        files.stream(ENTRIES, entry_lines(entries()))
        write_evidence(files, reader, tables, seals, summary.pins)
        counts = write_documents(files, cited, documents)
        files.put(PAGE, page_of_ledger(year, contents, summary.count, newest.raw.decode() if newest else ""))
        files.put(ABOUT, canonical_json({"form": "ledger", "format": FORMAT, "last": summary.last, "year": year}))
    missing = missing_rulebooks(reader, summary.pins)
    return ExportSummary(summary.count, last, newest.number if newest else 0, *counts, missing)


def missing_rulebooks(reader: Reader, pins: Collection[str]) -> tuple[str, ...]:
    """The pins whose rulebooks are not stored, sorted."""
    stored = {f"{id_}@{digest}" for digest, (id_, _) in reader.rulebooks().items()}
    return tuple(sorted(pin for pin in pins if pin and pin not in stored))


def write_documents(files: BundleWriter, cited: CitedDocuments, source: DocumentSource | None) -> tuple[int, int]:
    """Write the list of the documents that the entries name and, if `source` has them intact, their bytes.

    Returns the number of documents in the list and the number of those whose bytes were written.
    """
    rows = cited.rows()
    digests = {row["sha256"] for row in rows}
    written = set[str]()
    if source is not None:
        written = {digest for digest in digests if source.is_whole(digest)}
        for digest in sorted(written):
            files.stream(f"documents/{digest}", source.parts(digest))
    files.put(DOCUMENTS, canonical_json([{**row, "here": row["sha256"] in written} for row in rows]))
    return len(digests), len(written)


def body_bytes(row: StoredEntry) -> bytes:
    """The bytes of the body of an entry."""
    return row[4].encode(errors="surrogateescape")


class _EntrySummary:
    """The entries added so far: their number (`count`), their pins, and the last one as `about.json` names it."""

    def __init__(self) -> None:
        self.count = 0
        self.pins: set[str] = set()
        self.last: dict[str, object] = {}

    def add_row(self, row: StoredEntry) -> None:
        self.count += 1
        self.pins.add(rulebook_pin(row))
        self.last = {"digest": chain.digest(body_bytes(row)), "number": self.count}


def rulebook_pin(row: StoredEntry) -> str:
    """The pin of the edition that an entry names; empty if the entry cannot be read."""
    try:
        return chain.decode(row[4]).rulebook
    except (LedgerBroken, ValueError):
        return ""


def is_of_year(year: int) -> Callable[[str], bool]:
    """A function that tells whether a stream is that of the year, of one of its assessments or of its papers."""
    own_stream, prefixes = year_stream(year), (assessments_of_year(year), papers_of_year(year))
    return lambda stream: stream == own_stream or stream.startswith(prefixes)


def bundled_seals(tables: SealTables) -> list[BundledSeal]:
    """Every seal with its cosignatures, the smallest first.

    A seal that cannot be read is included, so that a check reports it.
    """
    lines = defaultdict[int, str](str)
    for number, line in tables.cosignatures:
        lines[number] += line
    return [BundledSeal(number, f"{note}{lines[number]}".encode()) for number, _, _, note, _ in sorted(tables.seals)]


def page_of_ledger(year: int, contents: FoldedStreams, entries: int, seal: str) -> bytes:
    """The HTML page of a ledger bundle with so many entries. `seal`: the note of its newest seal, or empty."""
    title = Text(zh=f"{year} 年度考核台账", en=f"The ledger of the {year} assessment")
    return bundle_page(title, contents, entries, _checkpoint_of(seal))


def page_of_dossier(stream: str, contents: FoldedStreams, entries: int, seal: str) -> bytes:
    """The HTML page of a dossier. Parameters as in `page_of_ledger`."""
    title = Text(zh=f"考核卷宗 {stream}", en=f"Dossier of {stream}")
    return bundle_page(title, contents, entries, _checkpoint_of(seal))


def _checkpoint_of(note: str) -> Checkpoint | None:
    """The checkpoint of a seal; None if there is no seal, or it cannot be read."""
    try:
        return parse_checkpoint(parse_note(note.encode()).text)
    except BadNote:
        return None


def write_evidence(
    files: BundleWriter, reader: Reader, tables: SealTables, seals: Collection[BundledSeal], pins: Collection[str]
) -> None:
    """Write the rulebooks of these pins, the seals, the keys, and the program that checks the bundle."""
    for digest, (id_, source) in sorted(reader.rulebooks().items()):
        if f"{id_}@{digest}" in pins:
            files.put(f"rulebooks/{id_}@{digest}.toml", source.encode(errors="surrogateescape"))
    for seal in seals:
        files.put(f"seals/{seal.number:010d}.note", seal.raw)
    keys = [{"key": key, "note": note, "role": role, "since": after} for key, role, after, note in tables.keys]
    files.put(KEYS, canonical_json(keys))
    files.put(VERIFIER, PROGRAM.read_bytes())
