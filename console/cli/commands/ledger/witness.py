"""`kaohe audit witness`: the commands of a witness, run on their own computer, without the college's database."""

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
from console.cli.output import write_or_print
from console.cli.screen import on_screen
from console.seal_files import unwrap_letter
from states.vocabulary import Text


class Algorithm(StrEnum):
    """The signature algorithm of a witness.

    ML-DSA-44 resists quantum computers, but the `verify.py` of a bundle cannot check it.
    """

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"


_SIGNATURE_TYPES = {Algorithm.ED25519: TIMED, Algorithm.ML_DSA_44: SUBTREE}

_Folder = Annotated[Path, typer.Argument(), Text(zh="见证人目录", en="The witness's folder")]
_LedgerKey = Annotated[
    str,
    typer.Option("--log"),
    Text(zh="考核办当面交来的台账公钥", en="The ledger's public key, handed over in person"),
]
_WitnessName = Annotated[
    str,
    typer.Option("--name"),
    Text(
        zh="见证人名称，如 audit.college.edu.cn/witness", en="Name of the witness, such as audit.college.edu.cn/witness"
    ),
]
_Algorithm = Annotated[Algorithm, typer.Option("--algorithm"), Text(zh="签名算法", en="Algorithm of the signatures")]
_SealFile = Annotated[
    Path,
    typer.Argument(),
    Text(
        zh="封存及证明：邮件，或其中 BEGIN 到 END 的内容",
        en="The seal and its proof: the letter, or its text from BEGIN to END",
    ),
]
_HandoverFile = Annotated[
    Path,
    typer.Argument(),
    Text(zh="交接文件（kaohe keys rotate）", en="The handover that `kaohe keys rotate` wrote"),
]


def init(
    folder: _Folder,
    ledger_key: _LedgerKey,
    name: _WitnessName,
    algorithm: _Algorithm = Algorithm.ED25519,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        witness = Witness.begin(folder, name, Key.parse(ledger_key), _SIGNATURE_TYPES[algorithm])
        screen.say(
            f"已在 {folder} 建立见证人目录，请妥善保管并备份。请把下面的公钥当面交给考核办（kaohe keys trust）：",
            f"Created the witness's folder {folder}. Keep it safe and make a backup of it. Give this public key to the office in person (`kaohe keys trust`):",
        )
        print(witness.signer.key)


def cosign(
    folder: _Folder,
    file: _SealFile,
    output: Output = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        proof = parse_consistency_proof(unwrap_letter(keyfiles.read_note(file)))
        seal = Witness(folder).cosign(proof, SystemClock().now())
        checkpoint = parse_checkpoint(seal.text)
        screen.say(
            f"已核对并签署 {checkpoint.size} 条的封存，指纹 {checkpoint.fingerprint}。请把下面一行交回考核办（kaohe audit accept）：",
            f"Checked and signed the seal of {checkpoint.size} entries, fingerprint {checkpoint.fingerprint}. Send this line back to the office (`kaohe audit accept`):",
        )
        write_or_print(str(seal.signatures[-1]), output)


def follow(
    folder: _Folder,
    file: _HandoverFile,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        key = Witness(folder).follow(parse_note(repair_note(keyfiles.read_note(file))))
        screen.say(f"此后认可密钥 {key}", f"From now on the ledger's key is {key}", "green")
