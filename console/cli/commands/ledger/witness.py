"""`kaohe audit witness`: what the witness does, on a computer of their own. Nothing here opens the college's database."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audit.seals import keyfiles
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.keys import SUBTREE, TIMED, Key
from audit.seals.note_repair import repair_note
from audit.seals.notes import parse_note
from audit.seals.proofs import parse_consistency_proof
from audit.seals.witness import Witness
from config.clock import SystemClock
from console.cli.options import Lang, Output
from console.cli.screen import on_screen
from console.seal_files import unwrapped
from states.vocabulary import Text

from .seals import write_or_print


class Algorithm(StrEnum):
    """What a witness can sign with. ML-DSA-44 withstands a quantum computer; the `verify.py` of a bundle cannot check it."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"


_SIGNATURE_TYPES = {Algorithm.ED25519: TIMED, Algorithm.ML_DSA_44: SUBTREE}

_Folder = Annotated[Path, typer.Argument(), Text(zh="见证人目录", en="The witness's folder")]


def init(
    folder: _Folder,
    log: Annotated[str, typer.Option(), Text(zh="考核办当面交来的台账公钥", en="The ledger's public key, handed over in person")],
    name: Annotated[str, typer.Option(), Text(zh="见证人名称，如 audit.college.edu.cn/witness", en="Name of the witness, such as audit.college.edu.cn/witness")],
    algorithm: Annotated[Algorithm, typer.Option(), Text(zh="签名算法", en="Algorithm of the signatures")] = Algorithm.ED25519,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        witness = Witness.begin(folder, name, Key.parse(log), _SIGNATURE_TYPES[algorithm])
        screen.say(
            f"已在 {folder} 建立见证人目录，请妥善保管并备份。请把下面的公钥当面交给考核办（kaohe keys trust）：",
            f"{folder} is now the witness's folder: keep it safe and backed up. Give this public key to the office in person (`kaohe keys trust`):",
        )
        print(witness.signer.key)


def cosign(
    folder: _Folder,
    file: Annotated[
        Path, typer.Argument(), Text(zh="封存及证明：邮件，或其中 BEGIN 到 END 的内容", en="The seal and its proof: the letter, or its text from BEGIN to END")
    ],
    output: Output = None,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        proof = parse_consistency_proof(unwrapped(keyfiles.read_note(file)))
        note = Witness(folder).cosign(proof, SystemClock().now())
        seal = parse_checkpoint(note.text)
        screen.say(
            f"已核对并签署 {seal.size} 条的封存，指纹 {seal.fingerprint}。请把下面一行交回考核办（kaohe audit accept）：",
            f"Checked and signed: {seal.size} entries, fingerprint {seal.fingerprint}. Send this line back to the office (`kaohe audit accept`):",
        )
        write_or_print(str(note.signatures[-1]), output)


def follow(
    folder: _Folder,
    file: Annotated[Path, typer.Argument(), Text(zh="交接文件（kaohe keys rotate）", en="The handover that `kaohe keys rotate` wrote")],
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        key = Witness(folder).follow(parse_note(repair_note(keyfiles.read_note(file))))
        screen.say(f"此后认可密钥 {key}", f"From now on the ledger's key is {key}", "green")
