"""Reads seals from the files and letters that people hand in, and the sealing key with the notes beside it.

The command line and the pages use it. Not here: whether a ledger agrees with them (`audit/seals/`).
"""

from __future__ import annotations

from pathlib import Path

from audit.seals import keyfiles
from audit.seals.high_water import evidence_entry, last_seal_file
from audit.seals.keys import Signer
from audit.seals.note_repair import repair_note
from audit.seals.notes import parse_note
from audit.seals.proofs import parse_consistency_proof
from audit.seals.seal_checks import Evidence, EvidenceSeal
from config.settings import Settings
from states.user_errors import UserError

BEGIN, END = "-----BEGIN KAOHE SEAL-----", "-----END KAOHE SEAL-----"
"""The lines before and after a seal in a letter."""


class NoKeyNamed(UserError):
    """Neither the command nor the setting names a key."""

    zh = "没有指明封存密钥。请设置 KAOHE_SEAL_KEY，或用 --key-file 给出私钥文件；还没有密钥时先运行 kaohe keys new。"
    en = (
        "No sealing key is named. Set KAOHE_SEAL_KEY or give its file with --key-file. If you have none yet, run "
        "`kaohe keys new`."
    )


def collect_evidence(files: list[Path], *, with_last_seal: bool = True) -> list[Evidence]:
    """The evidence that a ledger must agree with: the seals in these files and the notes beside our own key.

    `with_last_seal` is False for the ledger at an earlier time: the notes beside the key are about the ledger now.
    """
    seals = [expected_seal(keyfiles.read_note(file), str(file)) for file in files]
    return [*seals, *(evidence_beside(Settings().seal_key) if with_last_seal else ())]


def expected_seal(raw: bytes, source: str) -> EvidenceSeal:
    """The seal in a file or a letter; `source` names its origin in reports. Raises `BadNote`."""
    return EvidenceSeal(parse_consistency_proof(unwrap_letter(raw)).seal, source)


def evidence_beside(key: Path | None) -> list[Evidence]:
    """The last seal and the last entry that are noted beside our own key, if any. Raises `UnusableLastSeal`."""
    notes_file = last_seal_file(key) if key is not None else None
    note = notes_file.read() if notes_file is not None else None
    if notes_file is None or note is None:
        return []
    source = str(notes_file.path)
    seal = EvidenceSeal(parse_note(note.seal.encode()), source) if note.seal else None
    return [evidence for evidence in (seal, evidence_entry(note, source)) if evidence is not None]


def unwrap_letter(raw: bytes) -> bytes:
    """The note between `BEGIN` and `END` in a saved letter, repaired; the whole file if it has no such lines."""
    text = repair_note(raw).decode()
    _, begin_line, rest = text.partition(f"{BEGIN}\n")
    return repair_note((rest.partition(END)[0] if begin_line else text).encode())


def seal_key_file(file: Path | None) -> Path:
    """The file of the key that seals the ledger: `file`, or else the file in the settings. Raises `NoKeyNamed`."""
    path = file or Settings().seal_key
    if path is None:
        raise NoKeyNamed
    return path


def read_signer(file: Path | None = None) -> Signer:
    """The key that seals the ledger. Raises `NoKeyNamed`, `BadKey`."""
    return keyfiles.read(seal_key_file(file))
