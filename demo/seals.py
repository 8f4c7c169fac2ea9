"""The demonstration's sealing key, and its invented witness: two folders that a real college would keep apart."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from audit.seals import cosigning, proving, sealing
from audit.seals.keys import Key
from audit.seals.last_seal import LastSealFile
from audit.seals.notes import parse_note
from audit.seals.seal_checks import EvidenceSeal
from audit.seals.witness import SEEN, Witness
from scheduler.sealing import Sealing
from storage import private_files
from storage.database.database import Database

ORIGIN, AUDIT_OFFICE = "college.invalid/kaohe", "audit.college.invalid/witness"


class Vouching:
    """Seals as the clock does; the witness signs the first seal of each month and the last one."""

    def __init__(self, database: Database, folder: Path, timezone: str, begins: datetime) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        private_files.make_folder(folder)
        log = sealing.create_key(folder / "seal.key", ORIGIN).key
        self._witness = Witness.begin(folder / "witness", AUDIT_OFFICE, log)
        cosigning.trust_witness(database, str(self._witness.signer.key), begins)
        self._database = database
        self._sealing = Sealing(database, folder / "seal.key", timezone)
        self._month = 0

    def run(self, now: datetime) -> None:
        """Seal if that is owed."""
        if self._sealing.run(now) and self._month != now.month:
            self._month = now.month
            self.cosign(now)

    def cosign(self, now: datetime) -> None:
        """What the witness does by hand: check the proof, sign, send the line back."""
        asked = proving.prove_consistency(self._database, proving.last_witnessed_size(self._database))
        cosigning.accept_cosignature(self._database, str(self._witness.cosign(asked, now)).encode())


def brought(folder: Path) -> tuple[list[EvidenceSeal], list[Key]]:
    """What an auditor of the demonstration brings along: the seal the witness saw last, the ledger's key and the witness's."""
    known = LastSealFile(folder / "witness" / SEEN).read()
    if known is None:
        return [], []
    seals = [EvidenceSeal(parse_note(known.seal.encode()), AUDIT_OFFICE)] if known.seal else []
    return seals, [Key.parse(known.log), Witness(folder / "witness").signer.key]
