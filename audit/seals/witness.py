"""A witness: another person, on a computer of their own, who signs that a seal continues the last one they saw.

A witness has neither our database nor our entries. They need the seal, a consistency proof (`proofs.py`) and a folder of their own with a key
and the last seal they signed. What they give back is one signature line under the seal.

What it proves: that the ledger of this seal begins with the entries of every earlier seal they signed. The college holds both its database
and its key, so it could rewrite the sealed entries and sign them again. It cannot take back the witness's line: the rewritten ledger would
contradict a seal in a stranger's drawer. What it does not prove: that what the entries say is true.
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

KEY, SEEN = "witness.key", "seen.json"
"""The two files of a witness's folder."""


class NoWitnessFolder(UserError):
    """The folder is not a witness's."""

    zh = "{folder} 中没有见证人的密钥和记录。请先运行 kaohe audit witness init。"
    en = "There is no witness's key and record in {folder}. Run `kaohe audit witness init` first."


class OtherLedger(UserError):
    """A seal of another ledger."""

    zh = "这份封存属于“{origin}”，而本见证人只见证“{ours}”，没有签名。请核对文件。"
    en = "This is a seal of “{origin}”; this witness is of “{ours}” and did not sign. Check the file."


class OlderSeal(UserError):
    """A seal of fewer entries than were seen."""

    zh = "这份封存只有 {size} 条，此前见过的已有 {seen} 条，没有签名。请索取最新的封存；若对方称这就是最新的，说明台账被截短或换回了旧本，请保留双方文件并上报。"
    en = "This seal is of {size} entries; one of {seen} was seen before. It was not signed. Ask for the newest; if this is said to be it, the ledger was cut or an old copy put back: keep both files and report it."


class HandoverTooEarly(UserError):
    """A handover that ends the old key before the seal seen last, which the old key signed."""

    zh = "这份交接说旧密钥只签到第 {after} 条，而本见证人见过它签署的 {seen} 条的封存，没有认可新密钥。旧密钥在交接后仍签过封存，请保留双方文件并上报。"
    en = "This handover says that the old key signed no more than {after} entries; this witness saw its seal of {seen}. The new key was not taken. The old key was used after it was handed on: keep both files and report it."


class SealBeforeTerm(UserError):
    """A seal by the new key, of entries that the handover left to the key before it."""

    zh = "按交接，前 {after} 条由旧密钥封存，这份新密钥的封存只有 {size} 条，没有签名。请索取最新的封存。"
    en = "By the handover the first {after} entries were the old key's to seal, and this seal by the new key is of {size}. It was not signed. Ask for the newest seal."


class ProofMissing(UserError):
    """There is no proof, or one that does not begin at the last seal seen."""

    zh = "需要从第 {seen} 条开始的证明，没有签名。请对方运行 kaohe audit proof --from {seen} 并把文件发来。"
    en = "A proof from entry {seen} on is needed, and nothing was signed. Ask for the file that `kaohe audit proof --from {seen}` makes."


class ProofFails(UserError):
    """The proof fails: it was damaged, or there is none because the ledger was rewritten."""

    zh = "证明不成立：从文件看不出这份封存是由此前见过的第 {seen} 条续写而成，没有签名。请对方重新运行 kaohe audit proof --from {seen}；若仍不成立，说明已封存的部分被改写过，请保留双方文件并上报。"
    en = "The proof does not hold: it does not show that this seal continues the one of {seen} entries seen before. It was not signed. Ask for `kaohe audit proof --from {seen}` to be run again; if that fails too, the sealed part was rewritten: keep both files and report it."


class ContradictorySeal(UserError):
    """Another seal of the same number of entries: the ledger was rewritten."""

    zh = "这份封存与此前见过的第 {seen} 条封存相矛盾：台账被改写过，没有签名。请保留这份文件和 {path}：同一密钥签署而互相矛盾的两份封存就是证据，并立即上报。"
    en = "This seal contradicts the seal of the same {seen} entries seen before: the ledger was rewritten. It was not signed. Keep this file and {path}: two seals by one key that contradict each other are the proof. Report it at once."


class Witness:
    """A witness's folder. `begin` makes one."""

    def __init__(self, folder: Path) -> None:
        if not all((folder / file).is_file() for file in (KEY, SEEN)):
            raise NoWitnessFolder(folder=folder)
        self.last_seal = LastSealFile(folder / SEEN)
        self.signer = keyfiles.read(folder / KEY)

    @classmethod
    def begin(cls, folder: Path, name: str, log: Key, type_: int = TIMED) -> Witness:
        """A new witness of the ledger whose seals `log` signs, in a folder of their own; `type_` is one of `COSIGNATURES`.

        BadKey if there is one already, or this machine cannot make such a key.
        """
        private_files.make_folder(folder)
        last_seal = LastSealFile(folder / SEEN)
        with last_seal.lock():
            keyfiles.write(folder / KEY, Signer.new(name, type_))
            last_seal.write(LastSeal(str(log)))
        return cls(folder)

    def last_seen(self) -> LastSeal:
        """The ledger's key and the last seal signed."""
        known = self.last_seal.read()
        assert known is not None
        return known

    def cosign(self, asked: ConsistencyProof, now: datetime) -> Note:
        """The seal with this witness's line under it, if it continues the last seal seen.

        The seal is on the disk before its line is given away. Raises OtherLedger, SealBeforeTerm, OlderSeal, ProofMissing, ProofFails,
        ContradictorySeal, and what `keys.verify_signatures` raises of the ledger's own signature.
        """
        with self.last_seal.lock():
            seen = self.last_seen()
            log = Key.parse(seen.log)
            said = parse_checkpoint(asked.seal.text)
            if said.origin != log.name:
                raise OtherLedger(origin=said.origin, ours=log.name)
            verify_signatures(asked.seal, [log])
            if said.size <= seen.after:
                raise SealBeforeTerm(size=said.size, after=seen.after)
            self._continues(asked, said, _last(seen, log))
            self.last_seal.write(replace(seen, seal=str(asked.seal)))
        return asked.seal.with_signatures(self.signer.sign(asked.seal.text, now))

    def follow(self, handover: Note) -> Key:
        """Take over the ledger's next key, which its last key handed on to; that key. The last seal seen stays.

        HandoverTooEarly, and what `key_rotation.parse_handover` raises.
        """
        with self.last_seal.lock():
            seen = self.last_seen()
            log = Key.parse(seen.log)
            successor, last = key_rotation.parse_handover(handover, log), _last(seen, log)
            if successor.after < last.size:
                raise HandoverTooEarly(after=successor.after, seen=last.size)
            self.last_seal.write(replace(seen, log=str(successor.key), after=successor.after))
        return successor.key

    def _continues(self, asked: ConsistencyProof, said: Checkpoint, last: Checkpoint) -> None:
        if said.size < last.size:
            raise OlderSeal(size=said.size, seen=last.size)
        if said.size == last.size and said.root != last.root:
            raise ContradictorySeal(seen=last.size, path=self.last_seal.path)
        # "The witness MUST check that the old size matches the size of the latest checkpoint it cosigned (or zero if it
        # never cosigned)"; the seal seen last may come again, alone. "The proof MUST be empty if the old size is zero."
        again = said.size == last.size and asked.old == 0
        if asked.old != last.size and not again:
            raise ProofMissing(seen=last.size)
        if not extends(last.root, last.size, said.root, said.size, asked.proof):
            raise ProofFails(seen=last.size)


def _last(seen: LastSeal, log: Key) -> Checkpoint:
    """The last seal signed; that of an empty ledger if there was none."""
    return parse_checkpoint(parse_note(seen.seal.encode()).text) if seen.seal else Checkpoint(log.name, 0, EMPTY)
