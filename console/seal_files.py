"""Seals and keys as people hand them in: read from files and letters, for the command line and for the pages.

Not here: whether a ledger agrees with them (`audit/seals/`).
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
    en = "No sealing key is named. Set KAOHE_SEAL_KEY or give its file with --key-file. If you have none yet, run `kaohe keys new`."


def evidence(files: list[Path], *, with_last_seal: bool = True) -> list[Evidence]:
    """What a ledger must agree with: the seals in these files, and, unless it is looked at as of an earlier moment, what is noted beside our own key."""
    handed_in = [expected_seal(keyfiles.read_note(file), str(file)) for file in files]
    return [*handed_in, *(evidence_beside(Settings().seal_key) if with_last_seal else ())]


def expected_seal(raw: bytes, source: str) -> EvidenceSeal:
    """A seal from a file or a letter; `source` says where it came from. Raises BadNote."""
    return EvidenceSeal(parse_consistency_proof(unwrapped(raw)).seal, source)


def evidence_beside(key: Path | None) -> list[Evidence]:
    """The last seal and the last entry that are noted beside our own key, if there are any. Raises UnusableLastSeal."""
    memory = last_seal_file(key) if key is not None else None
    noted = memory.read() if memory is not None else None
    if memory is None or noted is None:
        return []
    source = str(memory.path)
    seal = EvidenceSeal(parse_note(noted.seal.encode()), source) if noted.seal else None
    return [one for one in (seal, evidence_entry(noted, source)) if one is not None]


def unwrapped(raw: bytes) -> bytes:
    """What lies between BEGIN and END in a saved letter; a file without these lines whole."""
    text = repair_note(raw).decode()
    _, begun, rest = text.partition(f"{BEGIN}\n")
    return repair_note((rest.partition(END)[0] if begun else text).encode())


def key_file(file: Path | None) -> Path:
    """The file of the key that seals the ledger: the one given, else the one of the setting. Raises NoKeyNamed."""
    found = file or Settings().seal_key
    if found is None:
        raise NoKeyNamed
    return found


def signer(file: Path | None = None) -> Signer:
    """The key that seals the ledger. Raises NoKeyNamed, BadKey."""
    return keyfiles.read(key_file(file))
