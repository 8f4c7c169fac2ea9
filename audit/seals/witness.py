"""A witness: another person, on a computer of their own, who signs that a seal continues the last seal they signed.

A witness has neither our database nor our entries. They need the seal, a consistency proof (`proofs.py`), and a folder
with their key and the last seal they signed. They send back one signature line for the seal.

The line proves that the ledger of this seal begins with the entries of every earlier seal that the witness signed. The
college has both the database and its key, so it could rewrite the sealed entries and sign them again. But then the new
seal contradicts the seal that the witness keeps. The line does not prove that the entries are true.

Also here: a witness accepts the next key of the ledger (`Witness.follow`). Not here: how the ledger accepts the line
(`cosigning.py`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from states.user_errors import UserError
from storage import private_files

from . import key_rotation, keyfiles
from .checkpoints import Checkpoint, parse_checkpoint
from .keys import TIMED, Key, Signer, verify_signatures
from .last_seal import LastSeal, LastSealFile
from .merkle import EMPTY, extends
from .notes import Note, parse_note
from .proofs import ConsistencyProof

KEY_FILE, RECORD_FILE = "witness.key", "seen.json"
"""The two files of a witness's folder."""


class NoWitnessFolder(UserError):
    """The folder is not the folder of a witness."""

    zh = "{folder} 中没有见证人的密钥和记录。请先运行 kaohe audit witness init。"
    en = "There is no witness's key and record in {folder}. Run `kaohe audit witness init` first."


class OtherLedger(UserError):
    """The seal belongs to another ledger."""

    zh = "这份封存属于“{origin}”，而本见证人只见证“{ours}”，没有签名。请核对文件。"
    en = "This is a seal of “{origin}”; this witness is of “{ours}” and did not sign. Check the file."


class OlderSeal(UserError):
    """The seal covers fewer entries than the last seal that was signed."""

    zh = "这份封存只有 {size} 条，此前见过的已有 {last_size} 条，没有签名。请索取最新的封存；若对方称这就是最新的，说明台账被截短或换回了旧本，请保留双方文件并上报。"
    en = (
        "This seal covers {size} entries, and you saw one of {last_size} before. It was not signed. Ask for the newest "
        "seal. If the office says that this is the newest, the ledger was cut or an old copy put back: keep both files "
        "and report it."
    )


class HandoverTooEarly(UserError):
    """By the handover the old key should not have signed the last seal, but it did."""

    zh = "这份交接说旧密钥只签到第 {after} 条，而本见证人见过它签署的 {last_size} 条的封存，没有认可新密钥。旧密钥在交接后仍签过封存，请保留双方文件并上报。"
    en = (
        "This handover says that the old key signed no more than {after} entries; this witness saw its seal of "
        "{last_size}. The new key was not taken. The old key was used after it was handed on: keep both files and "
        "report it."
    )


class SealBeforeTerm(UserError):
    """The new key signed a seal that by the handover only the key before it may sign."""

    zh = "按交接，前 {after} 条由旧密钥封存，这份新密钥的封存只有 {size} 条，没有签名。请索取最新的封存。"
    en = (
        "By the handover the first {after} entries were the old key's to seal, and this seal by the new key is of "
        "{size}. It was not signed. Ask for the newest seal."
    )


class ProofMissing(UserError):
    """There is no proof, or it begins at another size than that of the last seal that was signed."""

    zh = "需要从第 {last_size} 条开始的证明，没有签名。请对方运行 kaohe audit proof --from {last_size} 并把文件发来。"
    en = (
        "A proof from entry {last_size} on is needed, and nothing was signed. Ask for the file that `kaohe audit "
        "proof --from {last_size}` makes."
    )


class ProofFails(UserError):
    """The proof is wrong: it was damaged, or the ledger was rewritten, so that there can be no right one."""

    zh = "证明不成立：从文件看不出这份封存是由此前见过的第 {last_size} 条续写而成，没有签名。请对方重新运行 kaohe audit proof --from {last_size}；若仍不成立，说明已封存的部分被改写过，请保留双方文件并上报。"
    en = (
        "The proof does not hold: it does not show that this seal continues the one of {last_size} entries seen "
        "before. It was not signed. Ask for `kaohe audit proof --from {last_size}` to be run again; if that fails "
        "too, the sealed part was rewritten: keep both files and report it."
    )


class ContradictorySeal(UserError):
    """The seal covers as many entries as the last one but has another root: the ledger was rewritten."""

    zh = "这份封存与此前见过的第 {last_size} 条封存相矛盾：台账被改写过，没有签名。请保留这份文件和 {path}：同一密钥签署而互相矛盾的两份封存就是证据，并立即上报。"
    en = (
        "This seal contradicts the seal of the same {last_size} entries seen before: the ledger was rewritten. It was "
        "not signed. Keep this file and {path}: two seals by one key that contradict each other are the proof. Report "
        "it at once."
    )


class Witness:
    """A witness with their folder, which `begin` creates.

    Raises `NoWitnessFolder` if a file of the folder is missing, and `BadKey` if the key cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        if not all((folder / file).is_file() for file in (KEY_FILE, RECORD_FILE)):
            raise NoWitnessFolder(folder=folder)
        self.last_seal = LastSealFile(folder / RECORD_FILE)
        self.signer = keyfiles.read(folder / KEY_FILE)

    @classmethod
    def begin(cls, folder: Path, name: str, log: Key, type_: int = TIMED) -> Witness:
        """Create the folder of a new witness of the ledger whose seals the key `log` signs.

        `type_` is one of `COSIGNATURES`. Raises `BadKey` if the folder has a key already, or this machine cannot make a
        key of this type.
        """
        private_files.make_folder(folder)
        last_seal = LastSealFile(folder / RECORD_FILE)
        with last_seal.lock():
            keyfiles.write(folder / KEY_FILE, Signer.new(name, type_))
            last_seal.write(LastSeal(str(log)))
        return cls(folder)

    def read_record(self) -> LastSeal:
        """The record with the key of the ledger and the last seal that was signed."""
        record = self.last_seal.read()
        assert record is not None
        return record

    def cosign(self, request: ConsistencyProof, now: datetime) -> Note:
        """Sign a seal if it continues the last seal that was signed.

        Returns the seal with the signature of this witness. The seal is written to the disk before the signature is
        given away. Raises `OtherLedger`, `SealBeforeTerm`, `OlderSeal`, `ProofMissing`, `ProofFails` or
        `ContradictorySeal`, and the errors of `keys.verify_signatures` if the ledger's key did not sign the seal.
        """
        with self.last_seal.lock():
            record = self.read_record()
            log = Key.parse(record.log)
            checkpoint = parse_checkpoint(request.seal.text)
            if checkpoint.origin != log.name:
                raise OtherLedger(origin=checkpoint.origin, ours=log.name)
            verify_signatures(request.seal, [log])
            if checkpoint.size <= record.after:
                raise SealBeforeTerm(size=checkpoint.size, after=record.after)
            self._check_continues(request, checkpoint, _checkpoint_of(record, log))
            self.last_seal.write(replace(record, seal=str(request.seal)))
        return request.seal.with_signatures(self.signer.sign(request.seal.text, now))

    def follow(self, handover: Note) -> Key:
        """Accept the next key of the ledger by the handover from its last key. Returns the next key.

        Raises `HandoverTooEarly`, and the errors of `key_rotation.parse_handover`.
        """
        with self.last_seal.lock():
            record = self.read_record()
            log = Key.parse(record.log)
            term, last = key_rotation.parse_handover(handover, log), _checkpoint_of(record, log)
            if term.after < last.size:
                raise HandoverTooEarly(after=term.after, last_size=last.size)
            self.last_seal.write(replace(record, log=str(term.key), after=term.after))
        return term.key

    def _check_continues(self, request: ConsistencyProof, new: Checkpoint, last: Checkpoint) -> None:
        """Raises the reason if the request does not show that the checkpoint `new` continues `last`."""
        if new.size < last.size:
            raise OlderSeal(size=new.size, last_size=last.size)
        if new.size == last.size and new.root != last.root:
            raise ContradictorySeal(last_size=last.size, path=self.last_seal.path)
        # "The witness MUST check that the old size matches the size of the latest checkpoint it cosigned (or zero if it
        # never cosigned)". The last seal may be sent again without a proof. "The proof MUST be empty if the old size is
        # zero."
        is_repeated = new.size == last.size and request.old == 0
        if request.old != last.size and not is_repeated:
            raise ProofMissing(last_size=last.size)
        if not extends(last.root, last.size, new.root, new.size, request.proof):
            raise ProofFails(last_size=last.size)


def _checkpoint_of(record: LastSeal, log: Key) -> Checkpoint:
    """The checkpoint of the last seal; that of an empty ledger if there is no seal."""
    return parse_checkpoint(parse_note(record.seal.encode()).text) if record.seal else Checkpoint(log.name, 0, EMPTY)
