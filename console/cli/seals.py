"""`kaohe keys …`, `kaohe audit seal|seals|proof|accept` and `kaohe audit witness …`: the ledger under seal (封存)."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import segno
import typer

from audit.seals import cosigning, keyfiles, proving, sealing
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.high_water import CutOff, evidence_entry, find_loss, last_seal_file, sealed_size
from audit.seals.keys import SUBTREE, TIMED, Key, Signer, ValidSignature
from audit.seals.note_repair import repair_note
from audit.seals.notes import Note, parse_note
from audit.seals.proofs import parse_consistency_proof
from audit.seals.seal_checks import Evidence, EvidenceSeal
from audit.seals.sealing import Sealer
from audit.seals.witness import Witness
from config.clock import SystemClock
from config.rulebooks import Edition
from config.settings import Settings
from console.web.command_ids import new_id
from scheduler.sealing import record
from scheduler.wiring import engine_over
from states.accounts.account import OPERATOR
from states.custody.seals import STREAM, GiveUpEnd
from states.user_errors import UserError
from storage import private_files as files
from storage import seals
from storage.database.database import Database
from storage.tables.seals import SealRow
from workflow import wiring

from .screen import AsJson, DatabaseUrl, Lang, Screen, on_screen

keys = typer.Typer(no_args_is_help=True, help="封存密钥 · the keys that seal the ledger")
witness = typer.Typer(no_args_is_help=True, help="见证人（在自己的电脑上运行） · the witness, on a laptop of their own")

KeyFile = Annotated[Path | None, typer.Option("--key-file", help="私钥文件；默认 KAOHE_SEAL_KEY · the private key")]
To = Annotated[Path | None, typer.Option("-o", "--output", help="写入文件；默认打印 · to a file; printed without")]


class Algorithm(StrEnum):
    """What a witness may sign with. ML-DSA-44 withstands a quantum computer; the `verify.py` of a bundle cannot check it."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"


TYPES = {Algorithm.ED25519: TIMED, Algorithm.ML_DSA_44: SUBTREE}

Folder = Annotated[Path, typer.Argument(help="见证人目录 · the witness's folder")]

BEGIN, END = "-----BEGIN KAOHE SEAL-----", "-----END KAOHE SEAL-----"
"""What stands around a seal in a letter."""


class NoKeyNamed(UserError):
    """Neither the command nor the setting says which key."""

    zh = "没有指明封存密钥。请设置 KAOHE_SEAL_KEY，或用 --key-file 给出私钥文件；还没有密钥时先运行 kaohe keys new。"
    en = "No sealing key is named. Set KAOHE_SEAL_KEY or give its file with --key-file; if there is none yet, run `kaohe keys new`."


@keys.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="私钥文件，不得已存在 · where to put it; must not be there")],
    name: Annotated[str | None, typer.Option(help="默认 KAOHE_ORIGIN/kaohe · its name")] = None,
    lang: Lang = None,
) -> None:
    """生成封存密钥，打印公钥 · make a key; its public half is printed."""
    with on_screen(lang) as screen:
        signer = sealing.create_key(file, name or f"{Settings().origin}/kaohe")
        screen.say(
            f"私钥已存入 {file}（仅本用户可读）。请设置 KAOHE_SEAL_KEY={file}，并把下面的公钥当面交给见证人：",
            f"The private key is in {file}, for this user's eyes only. Set KAOHE_SEAL_KEY={file}, and hand this to the witness in person:",
        )
        print(signer.key)


@keys.command("show")
def show(file: Annotated[Path | None, typer.Argument(help="私钥文件")] = None, lang: Lang = None) -> None:
    """打印一个私钥文件的公钥 · the public half of a private key."""
    with on_screen(lang):
        print(keyfiles.read(_key(file)).key)


@keys.command("list")
def listed(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """台账用过的封存密钥和登记的见证人 · the keys that sealed the ledger, and its witnesses."""
    with on_screen(lang) as screen:
        with Database.open(database or Settings().database, read_only=True) as opened:
            found = seals.keys(opened)
        if as_json:
            plain = [{"key": one.key, "role": one.role, "since": one.since, "handover": one.note} for one in found]
            print(json.dumps(plain, ensure_ascii=False, indent=1))
            return
        for one in found:
            role = screen.pick(*(("封存", "seals") if one.role == seals.LOG else ("见证", "witness")))
            print(f"{role} > {one.since}  {one.key}")


@keys.command("rotate")
def rotate(
    file: Annotated[Path, typer.Argument(help="新私钥文件，不得已存在 · the new key's file")],
    lost: Annotated[bool, typer.Option("--lost", help="旧钥已丢失，无法交接 · the old key is lost")] = False,
    key: KeyFile = None,
    output: To = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """换用新的封存密钥；旧钥签署交接 · hand on to a new key; the old one signs for it."""
    with on_screen(lang) as screen:
        if lost:
            with Database.open(database or Settings().database) as opened:
                signer = sealing.replace_lost_key(opened, file, SystemClock().now())
            screen.say(
                f"新私钥已存入 {file}。没有旧钥交接，见证人须另建目录（kaohe audit witness init），核验时须用 --key 给出新旧两个公钥。新公钥：",
                f"The new private key is in {file}. Without a handover the witness begins a new folder (`kaohe audit witness init`), and a replay wants both public keys with --key. The new one:",
                "yellow",
            )
            print(signer.key)
            return
        with Database.open(database or Settings().database) as opened:
            note = Sealer(opened, _key(key)).rotate(file, SystemClock().now())
            _record(opened)
        screen.say(
            f"新私钥已存入 {file}。请把 KAOHE_SEAL_KEY 改为它，把交接文件发给见证人（kaohe audit witness follow），然后销毁旧私钥。",
            f"The new private key is in {file}. Let KAOHE_SEAL_KEY name it, send the handover to the witness (`kaohe audit witness follow`), then destroy the old key.",
        )
        _give(str(note), output)


@keys.command("trust")
def trust(
    key: Annotated[str, typer.Argument(help="见证人当面交来的公钥 · the witness's public key")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """登记见证人的公钥；可重复执行 · take on a witness; safe to repeat."""
    with on_screen(lang) as screen:
        with Database.open(database or Settings().database) as opened:
            known = cosigning.trust_witness(opened, key, SystemClock().now())
        screen.say(f"已登记见证人 {known.name}。", f"{known.name} is a witness of this ledger.", "green")


def seal(
    shown: Annotated[bool, typer.Option("--print", help="打印二维码 · draw it as a QR code")] = False,
    image: Annotated[Path | None, typer.Option("--qr", help="二维码存为 SVG 或 PNG · the code as a file")] = None,
    end_lost: Annotated[
        bool, typer.Option("--end-lost", help="末尾记录确已丢失，从现有末条继续 · the end is lost for good")
    ] = False,
    key: KeyFile = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """封存台账（没有新记录则显示最新一份） · seal the ledger; shows the newest seal if nothing was added."""
    with on_screen(lang) as screen:
        with Database.open(database or Settings().database) as opened:
            if end_lost:
                _give_up_end(opened, _key(key))
            made = Sealer(opened, _key(key)).seal(SystemClock().now(), end_lost=end_lost)
            row = made or seals.last_seal(opened)
            if made is not None:
                _record(opened)
        if row is None:
            screen.say("台账还没有记录，没有可封存的。", "The ledger is empty; there is nothing to seal.", "yellow")
            raise typer.Exit(1)
        said = parse_checkpoint(parse_note(row.note.encode()).text)
        begun = screen.pick(
            *(("已封存", "Sealed") if made else ("没有新记录，最新封存", "Nothing new; the newest seal"))
        )
        screen.say(
            f"{begun}：{said.origin}，共 {said.size} 条，指纹 {said.fingerprint}",
            f"{begun}: {said.origin}, {said.size} entries, fingerprint {said.fingerprint}",
            "green" if made else None,
        )
        code = segno.make(row.note, error="m", micro=False)
        if shown:
            code.terminal(compact=True)
        if image is not None:
            _draw(code, image)


def every(database: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """全部封存及其见证 · every seal, and who witnessed it."""
    with on_screen(lang) as screen:
        with Database.open(database or Settings().database, read_only=True) as opened:
            found = [(row, proving.with_cosignatures(opened, row)) for row in seals.seals_after(opened)]
        if as_json:
            print(json.dumps([_plain(row, note) for row, note in found], ensure_ascii=False, indent=1))
            return
        zone = ZoneInfo(_edition().rulebook.timezone)
        made = screen.table(
            ("封存", "Seals"), ("条数", "Entries"), ("时间", "When"), ("指纹", "Fingerprint"), ("签名", "Signed by")
        )
        for row, note in found:
            at, names = f"{row.made_at.astimezone(zone):%Y-%m-%d %H:%M}", [one.name for one in note.signatures]
            made.add_row(str(row.number), at, parse_checkpoint(note.text).fingerprint, "\n".join(names))
        screen.console.print(made)


def proof(
    since: Annotated[
        int | None, typer.Option("--from", min=0, help="证明最新封存由第几条续成；默认上次见证处 · grown from")
    ] = None,
    entry: Annotated[int | None, typer.Option(min=1, help="证明某条记录已封存 · that an entry is sealed")] = None,
    output: To = None,
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """出具证明：给见证人的，或某条记录的 · a proof for the witness, or for one entry."""
    with on_screen(lang):
        if since is not None and entry is not None:
            raise typer.BadParameter("--from 与 --entry 只能取其一 / give either --from or --entry")
        with Database.open(database or Settings().database, read_only=True) as opened:
            if entry is not None:
                made = str(proving.prove_inclusion(opened, entry))
            else:
                made = str(
                    proving.prove_consistency(opened, proving.last_witnessed_size(opened) if since is None else since)
                )
        _give(made, output)


def accept(
    file: Annotated[Path, typer.Argument(help="见证人交回的文件或一行 · what the witness sent back")],
    database: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    """收下见证人的签名；可重复执行 · take a witness's line; safe to repeat."""
    with on_screen(lang) as screen:
        raw = repair_note(keyfiles.read_note(file))
        with Database.open(database or Settings().database) as opened:
            number, signed = cosigning.accept_cosignature(opened, raw)
            _record(opened)
        for one in signed:
            screen.say(
                f"已收下：{one.key.name} 于 {_at(one)} 见证了 {number} 条的封存。",
                f"Taken: {one.key.name} witnessed the seal of {number} entries at {_at(one)}.",
                "green",
            )


@witness.command("init")
def init(
    folder: Folder,
    log: Annotated[str, typer.Option(help="考核办当面交来的台账公钥 · the ledger's public key")],
    name: Annotated[str, typer.Option(help="如 audit.college.edu.cn/witness · the witness's name")],
    algorithm: Annotated[Algorithm, typer.Option(help="签名算法 · what the witness signs with")] = Algorithm.ED25519,
    lang: Lang = None,
) -> None:
    """开始见证一个台账 · begin to witness a ledger."""
    with on_screen(lang) as screen:
        made = Witness.begin(folder, name, Key.parse(log), TYPES[algorithm])
        screen.say(
            f"已在 {folder} 建立见证人目录，请妥善保管并备份。请把下面的公钥当面交给考核办（kaohe keys trust）：",
            f"{folder} is now the witness's folder: keep it safe and backed up. Hand this to the office in person (`kaohe keys trust`):",
        )
        print(made.signer.key)


@witness.command("cosign")
def cosign(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="封存及证明（邮件里 BEGIN 到 END 的内容） · the seal and its proof")],
    output: To = None,
    lang: Lang = None,
) -> None:
    """核对后签署一份封存 · sign a seal, once it is known to continue the last one."""
    with on_screen(lang) as screen:
        asked = parse_consistency_proof(armoured(keyfiles.read_note(file)))
        note = Witness(folder).cosign(asked, SystemClock().now())
        said = parse_checkpoint(note.text)
        screen.say(
            f"已核对并签署 {said.size} 条的封存，指纹 {said.fingerprint}。请把下面一行交回考核办（kaohe audit accept）：",
            f"Checked and signed: {said.size} entries, fingerprint {said.fingerprint}. Give this line back to the office (`kaohe audit accept`):",
        )
        _give(str(note.signatures[-1]), output)


@witness.command("follow")
def follow(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="交接文件 · the handover of `kaohe keys rotate`")],
    lang: Lang = None,
) -> None:
    """台账换钥后改认新钥 · take the ledger's next key."""
    with on_screen(lang) as screen:
        key = Witness(folder).follow(parse_note(repair_note(keyfiles.read_note(file))))
        screen.say(f"此后认可密钥 {key}", f"From now on it is the key {key}", "green")


def expected(files: list[Path], *, at_its_end: bool = True) -> list[Evidence]:
    """What to hold a ledger against: the seals handed in, and what is remembered beside our own key (`at_its_end` alone)."""
    handed_in = [kept_elsewhere(keyfiles.read_note(file), str(file)) for file in files]
    return [*handed_in, *(remembered(Settings().seal_key) if at_its_end else ())]


def kept_elsewhere(raw: bytes, source: str) -> EvidenceSeal:
    """A seal somebody kept, out of a file or a letter. BadNote."""
    return EvidenceSeal(parse_consistency_proof(armoured(raw)).seal, source)


def remembered(key: Path | None) -> list[Evidence]:
    """The seal and the last entry remembered beside our own key, if there are any. UnusableLastSeal."""
    memory = last_seal_file(key) if key is not None else None
    seen = memory.read() if memory is not None else None
    if memory is None or seen is None:
        return []
    source = str(memory.path)
    seal = EvidenceSeal(parse_note(seen.seal.encode()), source) if seen.seal else None
    return [one for one in (seal, evidence_entry(seen, source)) if one is not None]


def look_at(screen: Screen, database: Database) -> int:
    """For the doctor: what is under seal, and whether the next seal can be signed; how many faults."""
    newest, key = seals.last_seal(database), Settings().seal_key
    number = newest.number if newest else 0
    screen.say(
        f"封存至第 {number} 条，见证至第 {proving.last_witnessed_size(database)} 条",
        f"sealed to entry {number}, witnessed to entry {proving.last_witnessed_size(database)}",
    )
    if key is None:
        screen.say(
            "! 没有设置封存密钥（KAOHE_SEAL_KEY），台账不会被封存：整体改写无从发现",
            "! no sealing key is set (KAOHE_SEAL_KEY): the ledger is not sealed, and were it written anew it would not show",
            "yellow",
        )
        return 0
    why: UserError | None
    try:
        keyfiles.read(key)
        why = find_loss(database, key)
    except UserError as told:
        why = told
    if why is not None:
        screen.told(why)
    return 0 if why is None else 1


def _give_up_end(database: Database, key: Path) -> None:
    """Put on record that the end of the ledger is lost, before anything goes on from there."""
    seen, why = last_seal_file(key).read(), find_loss(database, key)
    if seen is None or why is None:
        return
    engine = engine_over(database, SystemClock(), _edition())
    there = engine.ledger.head().number if isinstance(why, CutOff) else seen.entry - 1
    if there >= sealed_size(seen):  # else sealing refuses, and says why
        engine.submit(STREAM, GiveUpEnd(known=seen.entry, there=there), OPERATOR, new_id("give-up-end"))
    engine.ledger.close()


def _record(database: Database) -> None:
    """Let the ledger know of the seals and cosignatures there are."""
    engine = engine_over(database, SystemClock(), _edition())
    record(engine)
    engine.ledger.close()


def armoured(raw: bytes) -> bytes:
    """What stands between BEGIN and END in a saved letter; a file without them whole."""
    text = repair_note(raw).decode()
    _, begun, rest = text.partition(f"{BEGIN}\n")
    return repair_note((rest.partition(END)[0] if begun else text).encode())


def _key(given: Path | None) -> Path:
    found = given or Settings().seal_key
    if found is None:
        raise NoKeyNamed
    return found


def signer(file: Path | None = None) -> Signer:
    """The key that seals the ledger, out of the file given or the one the setting names. NoKeyNamed, BadKey."""
    return keyfiles.read(_key(file))


def _give(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        files.write(output, text.encode())
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}") from error


def _draw(code: segno.QRCode, image: Path) -> None:
    if image.suffix not in (".svg", ".png"):
        raise typer.BadParameter("--qr: .svg | .png")
    try:
        with files.replacing(image) as file:
            code.save(file, kind=image.suffix[1:], scale=4)
    except OSError as error:
        raise typer.BadParameter(f"{image}: {error.strerror}") from error


def _plain(row: SealRow, note: Note) -> dict[str, object]:
    said = parse_checkpoint(note.text)
    return {
        "entries": row.number, "origin": said.origin, "root": row.root, "fingerprint": said.fingerprint,
        "made_at": row.made_at.isoformat(), "signed_by": [one.name for one in note.signatures], "note": str(note),
    }  # fmt: skip


def _at(signed: ValidSignature) -> str:
    zone = ZoneInfo(_edition().rulebook.timezone)
    return f"{signed.at.astimezone(zone):%Y-%m-%d %H:%M}" if signed.at else "—"


def _edition() -> Edition:
    return wiring.default_edition(Settings().rulebook)
