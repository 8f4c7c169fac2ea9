"""The dossier of one assessment: its entries and what they rest on, each with its proof, and the signed list of them all.

It is complete or it is not made: every stream to its last entry, all of it under the newest seal, every rulebook that entries name.
An auditor who has an earlier seal can get the dossier under that seal: as of the entries it covers.
The list is signed by the ledger's key, so that nobody can cut the end of a stream, or a whole case, and pass it on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from audit.history import LedgerSnapshot
from audit.reader import Reader
from audit.rules.rulebooks import compiled_rulebooks
from audit.seals import merkle
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import Signer
from audit.seals.notes import Note, encode_base64
from audit.seals.proofs import InclusionProof
from states.assessment import Assessment
from states.records.case import Case
from states.records.lineage import predecessors
from states.records.routine_check import RoutineCheck
from states.stream_kinds import State
from states.streams import ROSTER, kind_of, year_of
from states.user_errors import UserError
from storage.ledger.chain import StoredEntry

from .bundle import ABOUT, ENTRIES, FORMAT, LIST, PAGE, canonical_json, entry_lines, write_bundle
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
    """No seal covers all entries of the dossier, so they cannot be proven."""

    zh = "{stream} 的最后一条是第 {last} 号，封存只到第 {sealed} 号，无法出具证明，没有生成文件。请先运行 kaohe audit seal。"
    en = "The last entry of {stream} is number {last} and the seals reach to {sealed}: it cannot be proven, and no file was made. Run `kaohe audit seal` first."


class NoSealOfThatSize(UserError):
    """No seal is of so many entries."""

    zh = "没有 {size} 条的封存，没有生成文件。全部封存见 kaohe audit seals。"
    en = "There is no seal of {size} entries, and no file was made. `kaohe audit seals` lists them."


class NotTheKey(UserError):
    """The key at hand is not the one that signs for this ledger now."""

    zh = "卷宗清单须由台账现用的封存密钥签名，而 KAOHE_SEAL_KEY 指向的不是它，没有生成文件。请改用现用密钥。"
    en = "The list of a dossier is signed by the key that seals the ledger now, and KAOHE_SEAL_KEY names another: no file was made. Name the key in use."


def export_dossier(
    reader: Reader,
    stream: str,
    path: Path,
    signer: Signer,
    documents: DocumentSource | None = None,
    under: int | None = None,
) -> ExportSummary:
    """Write the dossier of the assessment `stream`, under the newest seal or that of `under` entries.

    NothingToExport, NoSealOfThatSize, DossierNotSealed, NotTheKey, IncompleteExport, BundleNotWritten.
    """
    tables = reader.seals()
    sealed = [one for one in bundled_seals(tables) if under in (None, one.number)]
    if under is not None and not sealed:
        raise NoSealOfThatSize(size=under)
    hashes, chosen = _chosen(reader, stream, under)
    seal = _covering(sealed, stream, chosen)
    if [key for key, role, _, _ in tables.keys if role == "log"][-1:] != [str(signer.key)]:
        raise NotTheKey
    paths = merkle.paths(hashes[: seal.number * 32], [row[0] - 1 for row in chosen])
    pins = {rulebook_pin(row) for row in chosen}
    if missing := missing_rulebooks(reader, pins):
        raise IncompleteExport(what=missing[0])
    usable, _ = compiled_rulebooks(reader.rulebooks())
    contents, cited = LedgerSnapshot(usable, lambda _: True), CitedDocuments()
    for row in chosen:
        contents.take(row)
        cited.take(row)
    with write_bundle(path) as files:
        files.stream(ENTRIES, entry_lines(chosen))
        note = seal.raw.decode()
        for row in chosen:
            place = InclusionProof(row[0] - 1, tuple(paths[row[0] - 1]), seal.note)
            files.put(f"proofs/{row[0]:010d}.tlog-proof", str(place).encode())
        write_evidence(files, reader, tables, [seal], pins)
        counts = write_documents(files, cited, documents)
        files.put(PAGE, page_of_dossier(stream, contents, len(chosen), note))
        files.put(LIST, _list(stream, seal, chosen, _left_out(reader, seal, chosen), signer).encode())
        files.put(ABOUT, canonical_json({"form": "dossier", "format": FORMAT}))
    return ExportSummary(len(chosen), chosen[-1][0], seal.number, *counts)


def _list(
    stream: str, seal: BundledSeal, chosen: list[StoredEntry], left_out: Mapping[str, int], signer: Signer
) -> str:
    """The list, signed: what the dossier is of, the seal, its entries, each stream to its last version, how many it leaves out."""
    versions = {row[1]: row[2] for row in chosen}
    entries = b"".join(body_bytes(row) + b"\n" for row in chosen)
    parts = [
        signer.key.name, f"dossier {stream}", f"seal {seal.number} {encode_base64(parse_checkpoint(seal.note.text).root)}",
        f"entries {len(chosen)} {sha256(entries).hexdigest()}",
        *(f"stream {name} {versions[name]}" for name in sorted(versions)),
        *(f"without {room} {left_out[room]}" for room in sorted(left_out)),
    ]  # fmt: skip
    text = "\n".join(parts) + "\n"
    return str(Note(text, (signer.sign(text),)))


def _left_out(reader: Reader, seal: BundledSeal, chosen: list[StoredEntry]) -> Mapping[str, int]:
    """How many entries under the seal are not in the dossier, by the kind of their streams."""
    own = {row[0] for row in chosen}
    return Counter(kind_of(row[1]) for row in reader.entries() if row[0] <= seal.number and row[0] not in own)


_OF_UNITS = ("case", "routine_check")
"""The kinds of stream that are no assessment's and that its result may rest on."""


def _chosen(reader: Reader, stream: str, upto: int | None) -> tuple[bytearray, list[StoredEntry]]:
    """The hash of every entry (or of the first `upto`), and the rows that are of the dossier.

    Those are the assessment's, its year's, the roster's, and those of every case and check that ever concerned its unit
    or one it took over.
    """
    hashes, rows = bytearray(), []
    subjects = LedgerSnapshot({}, lambda name: name == stream or kind_of(name) in _OF_UNITS)
    concerned: dict[str, set[str]] = {}
    for row in reader.entries():
        if upto is not None and row[0] > upto:
            break
        hashes += merkle.leaf(body_bytes(row))
        if row[1] in (stream, year_of(stream), ROSTER) or kind_of(row[1]) in _OF_UNITS:
            rows.append(row)
            subjects.take(row)
        if kind_of(row[1]) in _OF_UNITS:
            state = subjects.streams.get(row[1])
            if state is None or state.version != row[2]:
                raise IncompleteExport(what=row[1])
            concerned.setdefault(row[1], set()).update(_units(state))
    subject = subjects.streams.get(stream)
    if not any(row[1] == stream for row in rows):
        raise NothingToExport(what=stream)
    if not isinstance(subject, Assessment):
        raise IncompleteExport(what=stream)
    theirs = {subject.unit, *predecessors(subject.unit, subjects.roster)}
    mine = {name for name, units in concerned.items() if theirs & units}
    return hashes, [row for row in rows if not row[1].startswith(_OF_UNITS) or row[1] in mine]


def _units(state: State) -> set[str]:
    if isinstance(state, Case):
        return set(state.units)
    return {state.unit} if isinstance(state, RoutineCheck) else set()


def _covering(sealed: list[BundledSeal], stream: str, chosen: list[StoredEntry]) -> BundledSeal:
    """The newest seal, which covers every entry that was chosen. DossierNotSealed."""
    seal, last = sealed[-1] if sealed else None, chosen[-1]
    if seal is None or seal.number < last[0]:
        raise DossierNotSealed(stream=last[1] if seal else stream, last=last[0], sealed=seal.number if seal else 0)
    return seal
