"""The ledger's side of cosigning: registers the keys of witnesses, and checks and stores the signatures they send back.

Not here: what a witness does (`witness.py`), and the request that is sent to them (`proving.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from states.user_errors import UserError
from states.vocabulary import Text
from storage import seals
from storage.database.database import Database
from storage.tables.seals import CosignatureRow, SealRow

from .keys import COSIGNATURES, BadKey, Key, ValidSignature, verify_signatures
from .notes import DASH, Note, Signature, parse_note, parse_signature


class NoMatchingSeal(UserError):
    """No seal of this ledger belongs to the signature."""

    zh = "文件中的签名不在本台账任何一份封存之下，没有收下。请核对是否为本台账的封存，并请见证人寄回原文件。"
    en = (
        "The line is under no seal of this ledger and was not taken. See that it is this ledger's seal, and ask the "
        "witness for the file as it was."
    )


def trust_witness(database: Database, text: str, now: datetime) -> Key:
    """Register a witness by their verifier key. Safe to repeat.

    Raises `BadKey` if the text is no key, or a key of another type than witnesses have.
    """
    key = Key.parse(text)
    if key.type not in COSIGNATURES:
        raise BadKey(why=_NOT_A_WITNESS_KEY)
    if str(key) not in _witness_keys(database):
        newest = seals.last_seal(database)
        seals.add_key(database, str(key), seals.WITNESS, newest.number if newest else 0, None, now)
    return key


def accept_cosignature(database: Database, raw: bytes) -> tuple[int, list[ValidSignature]]:
    """Check and store what a witness sent back: the whole seal with their signature, or only its line. Safe to repeat.

    Lines of keys that are not registered are not stored. Returns the size of the seal and the valid signatures. Raises
    `BadNote` if it cannot be read, `NoMatchingSeal` if the ledger has no such seal, `NoTrustedSignature` if no
    registered witness signed it, and `ForgedSignature` if a signature is wrong.
    """
    witnesses = [Key.parse(key) for key in _witness_keys(database)]
    stored = seals.seals_after(database)
    is_line = raw.startswith(DASH.encode())
    row, note = _read_line(raw, stored, witnesses) if is_line else _read_seal(raw, stored)
    signatures = verify_signatures(note, witnesses)
    known_lines = {(cosignature.number, cosignature.line) for cosignature in seals.cosignatures(database)}
    for line in note.signatures:
        if _is_by(line, note.text, witnesses) and (row.number, str(line)) not in known_lines:
            seals.add(database, CosignatureRow(number=row.number, line=str(line)))
    return row.number, signatures


def _read_seal(raw: bytes, stored: Sequence[SealRow]) -> tuple[SealRow, Note]:
    """The stored seal with the text of this note, and the note."""
    note = parse_note(raw)
    for row in stored:
        if parse_note(row.note.encode()).text == note.text:
            return row, note
    raise NoMatchingSeal


def _read_line(raw: bytes, stored: Sequence[SealRow], witnesses: Sequence[Key]) -> tuple[SealRow, Note]:
    """The stored seal whose text this single line signs, and that text with the line as a note."""
    line = parse_signature(raw.decode(errors="replace").strip())
    for row in reversed(stored):
        text = parse_note(row.note.encode()).text
        if _is_by(line, text, witnesses):
            return row, Note(text, (line,))
    raise NoMatchingSeal


def _is_by(line: Signature, text: str, witnesses: Sequence[Key]) -> bool:
    """Whether the line is the valid signature of one of these witnesses over the text."""
    return any((key.name, key.id) == (line.name, line.id) and key.verify(text, line.raw) for key in witnesses)


def _witness_keys(database: Database) -> list[str]:
    return [row.key for row in seals.keys(database) if row.role == seals.WITNESS]


_NOT_A_WITNESS_KEY = Text(
    zh="不是见证人的密钥（应由 kaohe audit witness init 生成）",
    en="it is no witness's key, as `kaohe audit witness init` makes one",
)
