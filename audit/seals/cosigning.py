"""Witnesses as the ledger knows them: their keys, and the lines they send back. The witness's own side is `witness.py`."""

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
    """The signature is under no seal of this ledger."""

    zh = "文件中的签名不在本台账任何一份封存之下，没有收下。请核对是否为本台账的封存，并请见证人寄回原文件。"
    en = "The line is under no seal of this ledger and was not taken. See that it is this ledger's seal, and ask the witness for the file as it was."


def trust_witness(database: Database, text: str, now: datetime) -> Key:
    """Register a witness by the verifier key they handed over; safe to repeat. BadKey."""
    key = Key.parse(text)
    if key.type not in COSIGNATURES:
        raise BadKey(why=_NO_WITNESS)
    if str(key) not in _known(database):
        newest = seals.last_seal(database)
        seals.add_key(database, str(key), seals.WITNESS, newest.number if newest else 0, None, now)
    return key


def accept_cosignature(database: Database, raw: bytes) -> tuple[int, list[ValidSignature]]:
    """Store what a witness sent back, the whole seal or their line alone. The size of the seal, and the signatures. Safe to repeat.

    Raises BadNote, NoTrustedSignature, ForgedSignature and NoMatchingSeal.
    """
    witnesses = [Key.parse(key) for key in _known(database)]
    stored = seals.seals_after(database)
    row, note = _alone(raw, stored, witnesses) if raw.startswith(DASH.encode()) else _whole(raw, stored)
    signed = verify_signatures(note, witnesses)
    there = {(one.number, one.line) for one in seals.cosignatures(database)}
    for line in note.signatures:
        if _is_by(line, note.text, witnesses) and (row.number, str(line)) not in there:
            seals.add(database, CosignatureRow(number=row.number, line=str(line)))
    return row.number, signed


def _whole(raw: bytes, stored: Sequence[SealRow]) -> tuple[SealRow, Note]:
    """A seal with lines under it."""
    note = parse_note(raw)
    for row in stored:
        if parse_note(row.note.encode()).text == note.text:
            return row, note
    raise NoMatchingSeal


def _alone(raw: bytes, stored: Sequence[SealRow], witnesses: Sequence[Key]) -> tuple[SealRow, Note]:
    """A line alone: it is under the seal whose text it signs."""
    line = parse_signature(raw.decode(errors="replace").strip())
    for row in reversed(stored):
        text = parse_note(row.note.encode()).text
        if _is_by(line, text, witnesses):
            return row, Note(text, (line,))
    raise NoMatchingSeal


def _is_by(line: Signature, text: str, witnesses: Sequence[Key]) -> bool:
    """Whether one of the witnesses signed this text with this line."""
    return any((key.name, key.id) == (line.name, line.id) and key.verify(text, line.made) for key in witnesses)


def _known(database: Database) -> list[str]:
    return [row.key for row in seals.keys(database) if row.role == seals.WITNESS]


_NO_WITNESS = Text(
    zh="不是见证人的密钥（应由 kaohe audit witness init 生成）",
    en="it is no witness's key, as `kaohe audit witness init` makes one",
)
