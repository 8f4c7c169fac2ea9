"""A witness: somebody else, on a laptop of their own, who signs that a seal continues the last one they saw.

Not here: our database, our entries, our machine. A witness needs the seal, a proof (`proofs.Growth`) and their own
folder, with a key and what they saw last. What they give back is one line under the seal. From then on nobody can write
the sealed part of the ledger anew without contradicting a line in a stranger's drawer.
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
    """The folder is none of a witness's."""

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
    """No proof, or one that begins elsewhere than at the seal seen last."""

    zh = "需要从第 {seen} 条开始的证明，没有签名。请对方运行 kaohe audit proof --from {seen} 并把文件发来。"
    en = "A proof from entry {seen} on is needed, and nothing was signed. Ask for the file that `kaohe audit proof --from {seen}` makes."


class ProofFails(UserError):
    """A proof that does not hold: it was damaged, or there can be none."""

    zh = "证明不成立：从文件看不出这份封存是由此前见过的第 {seen} 条续写而成，没有签名。请对方重新运行 kaohe audit proof --from {seen}；若仍不成立，说明已封存的部分被改写过，请保留双方文件并上报。"
    en = "The proof does not hold: it does not show that this seal continues the one of {seen} entries seen before. It was not signed. Ask for `kaohe audit proof --from {seen}` to be run again; if that fails too, the sealed part was written anew: keep both files and report it."


class ContradictorySeal(UserError):
    """Another seal of as many entries: the ledger was written anew."""

    zh = "这份封存与此前见过的第 {seen} 条封存相矛盾：台账被改写过，没有签名。请保留这份文件和 {path}：同一密钥签署而互相矛盾的两份封存就是证据，并立即上报。"
    en = "This seal contradicts the seal of the same {seen} entries seen before: the ledger was written anew. It was not signed. Keep this file and {path}: two seals by one key that contradict each other are the proof. Report it at once."


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
        memory = LastSealFile(folder / SEEN)
        with memory.lock():
            keyfiles.write(folder / KEY, Signer.new(name, type_))
            memory.write(LastSeal(str(log)))
        return cls(folder)

    def last_seen(self) -> LastSeal:
        """The ledger's key and the last seal signed."""
        known = self.last_seal.read()
        assert known is not None
        return known

    def cosign(self, asked: ConsistencyProof, now: datetime) -> Note:
        """The seal with this witness's line under it, once it is known to continue the last one seen.

        What was seen is on the disk before a line is given. Raises OtherLedger, BeforeTerm, Older, Unproven, NotShown,
        Contradicts, and what `keys.signed_by` raises of the ledger's own signature.
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
        """Take the ledger's next key, which its last one signed for; the new key. What was seen stays.

        TooEarly, and what `succession.successor` raises.
        """
        with self.last_seal.lock():
            seen = self.last_seen()
            log = Key.parse(seen.log)
            heir, last = key_rotation.parse_handover(handover, log), _last(seen, log)
            if heir.after < last.size:
                raise HandoverTooEarly(after=heir.after, seen=last.size)
            self.last_seal.write(replace(seen, log=str(heir.key), after=heir.after))
        return heir.key

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
