"""Makes the dossier of one assessment: its entries and those that its result depends on, with proofs and a signed list.

A dossier is complete: it has every stream to its last entry, every entry is under the newest seal, and it has every
rulebook that entries name. Otherwise no file is made. For an auditor who has an earlier seal, a dossier can be made of
the entries under that seal. The ledger's key signs the list, so that nobody can remove the end of a stream, or a whole
case, and then pass the dossier on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from audit.history import FoldedStreams
from audit.reader import Reader
from audit.rules.rulebooks import compile_rulebooks
from audit.seals import merkle
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import Signer
from audit.seals.notes import Note, encode_base64
from audit.seals.proofs import InclusionProof
from states.assessment import Assessment
from states.cases.attribution import units_of
from states.records.lineage import predecessors
from states.streams import OF_UNITS, ROSTER, kind_of, year_of
from states.user_errors import UserError
from storage.ledger.chain import StoredEntry

from .bundle import ABOUT, ENTRIES, FORMAT, LIST, PAGE, BundleWriter, canonical_json, entry_lines, write_bundle
from .document_list import CitedDocuments
from .export import (
    BundledSeal,
    DocumentSource,
    ExportSummary,
    IncompleteExport,
    NothingToExport,
    body_bytes,
    bundled_seals,
    missing_rulebooks,
    page_of_dossier,
    rulebook_pin,
    write_documents,
    write_evidence,
)


class DossierNotSealed(UserError):
    """No seal covers all entries of the dossier, so there are no proofs for them."""

    zh = "{stream} 的最后一条是第 {last} 号，封存只到第 {sealed} 号，无法出具证明，没有生成文件。请先运行 kaohe audit seal。"
    en = (
        "The last entry of {stream} is number {last} and the seals reach to {sealed}: it cannot be proven, and no "
        "file was made. Run `kaohe audit seal` first."
    )


class NoSealOfThatSize(UserError):
    """No seal has this number of entries."""

    zh = "没有 {size} 条的封存，没有生成文件。全部封存见 kaohe audit seals。"
    en = "There is no seal of {size} entries, and no file was made. `kaohe audit seals` lists them."


class NotTheKey(UserError):
    """The key is not the one that now signs this ledger's seals."""

    zh = "卷宗清单须由台账现用的封存密钥签名，而 KAOHE_SEAL_KEY 指向的不是它，没有生成文件。请改用现用密钥。"
    en = (
        "The list of a dossier is signed by the key that seals the ledger now, and KAOHE_SEAL_KEY names another: no "
        "file was made. Name the key in use."
    )


def export_dossier(
    reader: Reader,
    stream: str,
    path: Path,
    signer: Signer,
    documents: DocumentSource | None = None,
    under: int | None = None,
) -> ExportSummary:
    """Write the dossier of the assessment `stream`, under the newest seal or under the seal of `under` entries.

    `documents`: also write the bytes of the documents. Raises `NothingToExport`, `NoSealOfThatSize`,
    `DossierNotSealed`, `NotTheKey`, `IncompleteExport` or `BundleNotWritten`; then no file is made.
    """
    tables = reader.seals()
    seals = [seal for seal in bundled_seals(tables) if under in (None, seal.number)]
    if under is not None and not seals:
        raise NoSealOfThatSize(size=under)
    hashes, rows = _select_rows(reader, stream, under)
    seal = _covering_seal(seals, stream, rows)
    if [key for key, role, _, _ in tables.keys if role == "log"][-1:] != [str(signer.key)]:
        raise NotTheKey
    pins = {rulebook_pin(row) for row in rows}
    if missing := missing_rulebooks(reader, pins):
        raise IncompleteExport(what=missing[0])
    rulebooks, _ = compile_rulebooks(reader.rulebooks())
    contents, cited = FoldedStreams(rulebooks, lambda _: True), CitedDocuments()
    for row in rows:
        contents.add_row(row)
        cited.add_row(row)
    with write_bundle(path) as files:
        files.stream(ENTRIES, entry_lines(rows))
        _write_proofs(files, rows, hashes, seal)
        write_evidence(files, reader, tables, [seal], pins)
        counts = write_documents(files, cited, documents)
        files.put(PAGE, page_of_dossier(stream, contents, len(rows), seal.raw.decode()))
        files.put(LIST, _signed_list(stream, seal, rows, _count_left_out(reader, seal, rows), signer).encode())
        files.put(ABOUT, canonical_json({"form": "dossier", "format": FORMAT}))
    return ExportSummary(len(rows), rows[-1][0], seal.number, *counts)


def _write_proofs(files: BundleWriter, rows: list[StoredEntry], hashes: bytearray, seal: BundledSeal) -> None:
    """Write the proof of each row. `hashes`: the leaf hashes of the whole ledger, in order, joined."""
    indexes = [row[0] - 1 for row in rows]
    paths = merkle.paths(hashes[: seal.number * 32], indexes)
    for index in indexes:
        proof = InclusionProof(index, tuple(paths[index]), seal.note)
        files.put(f"proofs/{index + 1:010d}.tlog-proof", str(proof).encode())


def _signed_list(
    stream: str, seal: BundledSeal, rows: list[StoredEntry], left_out: Mapping[str, int], signer: Signer
) -> str:
    """The signed list.

    It names the assessment, the seal, the digest of the entries, the last version of each stream, and what is left out.
    """
    versions = {name: version for _number, name, version, *_ in rows}
    entries = b"".join(body_bytes(row) + b"\n" for row in rows)
    parts = [
        signer.key.name,
        f"dossier {stream}",
        f"seal {seal.number} {encode_base64(parse_checkpoint(seal.note.text).root)}",
        f"entries {len(rows)} {sha256(entries).hexdigest()}",
        *(f"stream {name} {versions[name]}" for name in sorted(versions)),
        *(f"without {kind} {left_out[kind]}" for kind in sorted(left_out)),
    ]
    text = "\n".join(parts) + "\n"
    return str(Note(text, (signer.sign(text),)))


def _count_left_out(reader: Reader, seal: BundledSeal, rows: list[StoredEntry]) -> Mapping[str, int]:
    """The number of entries under the seal that are not in the dossier, by the kind of their streams."""
    numbers = {row[0] for row in rows}
    return Counter(kind_of(row[1]) for row in reader.entries() if row[0] <= seal.number and row[0] not in numbers)


def _select_rows(reader: Reader, stream: str, last: int | None) -> tuple[bytearray, list[StoredEntry]]:
    """The leaf hashes of all entries (or of those up to `last`), and the rows of the dossier.

    The rows are those of the assessment, of its year, of the roster, and of every case, routine check and other record
    that ever concerned its department or a predecessor of it. Raises `NothingToExport` if the assessment has no
    entries, and `IncompleteExport` if one of the streams cannot be folded.
    """
    hashes, rows = bytearray(), []
    contents = FoldedStreams({}, lambda name: name == stream or kind_of(name) in OF_UNITS)
    concerned: dict[str, set[str]] = {}  # The departments that each of them ever concerned, by its stream.
    for row in reader.entries():
        number, name, version, *_ = row
        if last is not None and number > last:
            break
        hashes += merkle.leaf(body_bytes(row))
        if name in (stream, year_of(stream), ROSTER) or kind_of(name) in OF_UNITS:
            rows.append(row)
            contents.add_row(row)
        if kind_of(name) in OF_UNITS:
            state = contents.streams.get(name)
            if state is None or state.version != version:
                raise IncompleteExport(what=name)
            concerned.setdefault(name, set()).update(units_of(state))
    assessment = contents.streams.get(stream)
    if not any(row[1] == stream for row in rows):
        raise NothingToExport(what=stream)
    if not isinstance(assessment, Assessment):
        raise IncompleteExport(what=stream)
    units = {assessment.unit, *predecessors(assessment.unit, contents.roster)}
    related = {name for name, concerned_units in concerned.items() if units & concerned_units}
    return hashes, [row for row in rows if kind_of(row[1]) not in OF_UNITS or row[1] in related]


def _covering_seal(seals: list[BundledSeal], stream: str, rows: list[StoredEntry]) -> BundledSeal:
    """The newest of the seals. Raises `DossierNotSealed` if it does not cover all rows."""
    seal, last = seals[-1] if seals else None, rows[-1]
    if seal is None or seal.number < last[0]:
        raise DossierNotSealed(stream=last[1] if seal else stream, last=last[0], sealed=seal.number if seal else 0)
    return seal
