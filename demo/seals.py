"""The sealing key and the invented witness of the demonstration. A real college would store them on two computers."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from audit.seals import cosigning, proving, sealing
from audit.seals.keys import Key
from audit.seals.last_seal import LastSealFile
from audit.seals.notes import parse_note
from audit.seals.seal_checks import EvidenceSeal
from audit.seals.witness import RECORD_FILE, Witness
from scheduler.sealing import Sealing
from storage import private_files
from storage.database.database import Database

ORIGIN, AUDIT_OFFICE = "college.invalid/kaohe", "audit.college.invalid/witness"


class SealsAndWitness:
    """Seals the ledger like the daemon, with a new key. The witness signs the first seal of each month.

    The caller lets the witness sign the last seal (`cosign`). What an earlier demonstration left of both is deleted
    first.
    """

    def __init__(self, database: Database, folder: Path, timezone: str, begins: datetime) -> None:
        # Not the whole folder: the vault's key lies in it, and without it no name of this ledger can be read any more.
        shutil.rmtree(folder / "witness", ignore_errors=True)
        for file in folder.glob("seal.key*"):
            file.unlink()
        private_files.make_folder(folder)
        ledger_key = sealing.create_key(folder / "seal.key", ORIGIN).key
        self._witness = Witness.begin(folder / "witness", AUDIT_OFFICE, ledger_key)
        cosigning.trust_witness(database, str(self._witness.signer.key), begins)
        self._database = database
        self._sealing = Sealing(database, folder / "seal.key", timezone)
        self._month = 0

    def run(self, now: datetime) -> None:
        """Seal if a seal is due. The witness signs it if it is the first of its month."""
        if self._sealing.run(now) and self._month != now.month:
            self._month = now.month
            self.cosign(now)

    def cosign(self, now: datetime) -> None:
        """Do the manual work of the witness on the newest seal: check the proof, sign, send the signature line back."""
        proof = proving.prove_consistency(self._database, proving.last_witnessed_size(self._database))
        cosigning.accept_cosignature(self._database, str(self._witness.cosign(proof, now)).encode())


def auditor_evidence(folder: Path) -> tuple[list[EvidenceSeal], list[Key]]:
    """The evidence of an outside auditor: the last seal that the witness saw, and the keys of both sides."""
    last_seal = LastSealFile(folder / "witness" / RECORD_FILE).read()
    if last_seal is None:
        return [], []
    seals = [EvidenceSeal(parse_note(last_seal.seal.encode()), AUDIT_OFFICE)] if last_seal.seal else []
    return seals, [Key.parse(last_seal.log), Witness(folder / "witness").signer.key]
