"""`kaohe audit seal`, `seals`, `proof` and `accept`.

They seal the ledger, list the seals, write consistency and inclusion proofs, and record a witness's cosignature. With
`--end-lost`, `seal` first records that the unsealed end of the ledger is lost. Also here: `record_seals`, which writes
new seals and cosignatures into the ledger.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import segno
import typer

from audit.seals import cosigning, keyfiles, proving
from audit.seals.checkpoints import parse_checkpoint
from audit.seals.high_water import CutOff, find_loss, last_seal_file, sealed_size
from audit.seals.keys import ValidSignature
from audit.seals.note_repair import repair_note
from audit.seals.notes import Note, parse_note
from audit.seals.sealing import Sealer
from config.clock import SystemClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, KeyFile, Lang, Output, WrongOption
from console.cli.output import write_or_print
from console.cli.screen import on_screen
from console.seal_files import seal_key_file
from console.web.command_ids import new_id
from scheduler.sealing import record_new_seals
from scheduler.wiring import engine_over
from states.accounts.account import OPERATOR
from states.custody.seals import STREAM, GiveUpEnd
from states.vocabulary import Text
from storage import private_files, seals
from storage.database.database import Database
from storage.tables.seals import SealRow


def seal(
    as_code: Annotated[
        bool, typer.Option("--print"), Text(zh="在终端上打印二维码", en="Draw the seal as a QR code on the terminal")
    ] = False,
    image: Annotated[
        Path | None,
        typer.Option("--qr"),
        Text(zh="把二维码存为此文件（.svg 或 .png）", en="File for the QR code (.svg or .png)"),
    ] = None,
    end_lost: Annotated[
        bool,
        typer.Option("--end-lost"),
        Text(
            zh="未封存的末尾记录确已丢失，从现有末条继续",
            en="The unsealed end of the ledger is lost for good; go on from what is there",
        ),
    ] = False,
    key: KeyFile = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        with Database.open(url or Settings().database) as database:
            if end_lost:
                _give_up_end(database, seal_key_file(key))
            new = Sealer(database, seal_key_file(key)).seal(SystemClock().now(), end_lost=end_lost)
            row = new or seals.last_seal(database)
            if new is not None:
                record_seals(database)
        if row is None:
            screen.say("台账还没有记录，没有可封存的。", "The ledger is empty; there is nothing to seal.", "yellow")
            raise typer.Exit(1)
        newest = parse_checkpoint(parse_note(row.note.encode()).text)
        zh, en = ("已封存", "Sealed") if new else ("没有新记录，最新封存", "No new entries. The newest seal")
        screen.say(
            f"{zh}：{newest.origin}，共 {newest.size} 条，指纹 {newest.fingerprint}",
            f"{en}: {newest.origin}, {newest.size} entries, fingerprint {newest.fingerprint}",
            "green" if new else None,
        )
        code = segno.make(row.note, error="m", micro=False)
        if as_code:
            code.terminal(compact=True)
        if image is not None:
            _draw(code, image)


def list_seals(url: DatabaseUrl = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        with Database.open(url or Settings().database, read_only=True) as database:
            rows = [(row, proving.cosigned_note(database, row)) for row in seals.seals_after(database)]
        if as_json:
            print(json.dumps([_as_json(row, note) for row, note in rows], ensure_ascii=False, indent=1))
            return
        zone = ZoneInfo(default_edition(Settings().rulebook).rulebook.timezone)
        columns = (("条数", "Entries"), ("时间", "Time"), ("指纹", "Fingerprint"), ("签名", "Signed by"))
        table = screen.table(("封存", "Seals"), *columns)
        for row, note in rows:
            time = f"{row.made_at.astimezone(zone):%Y-%m-%d %H:%M}"
            names = [signature.name for signature in note.signatures]
            table.add_row(str(row.number), time, parse_checkpoint(note.text).fingerprint, "\n".join(names))
        screen.console.print(table)


def proof(
    since: Annotated[
        int | None,
        typer.Option("--from", min=0),
        Text(
            zh="证明最新封存由这么多条续成；默认为上次见证的条数",
            en="Prove that the newest seal continues this many entries; those last witnessed if not given",
        ),
    ] = None,
    entry: Annotated[
        int | None, typer.Option(min=1), Text(zh="证明这条记录已封存", en="Prove that this entry is sealed")
    ] = None,
    output: Output = None,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang):
        if since is not None and entry is not None:
            reason = Text(zh="与 --entry 只能取其一", en="give either this or --entry, not both")
            raise WrongOption(option="--from", why=reason)
        with Database.open(url or Settings().database, read_only=True) as database:
            if entry is not None:
                text = str(proving.prove_inclusion(database, entry))
            else:
                old_size = proving.last_witnessed_size(database) if since is None else since
                text = str(proving.prove_consistency(database, old_size))
        write_or_print(text, output)


def accept(
    file: Annotated[
        Path,
        typer.Argument(),
        Text(zh="见证人交回的文件，或其中那一行", en="What the witness sent back: the file, or its one line"),
    ],
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        raw = repair_note(keyfiles.read_note(file))
        with Database.open(url or Settings().database) as database:
            number, signatures = cosigning.accept_cosignature(database, raw)
            record_seals(database)
        for signature in signatures:
            name, time = signature.key.name, _local_time(signature)
            screen.say(
                f"已登记：{name} 于 {time} 见证了 {number} 条的封存。",
                f"Recorded: {name} witnessed the seal of {number} entries at {time}.",
                "green",
            )


def _give_up_end(database: Database, key: Path) -> None:
    # The loss must be recorded in the ledger before a new entry takes the numbers of the lost entries.
    note, loss = last_seal_file(key).read(), find_loss(database, key)
    if note is None or loss is None:
        return
    engine = engine_over(database, SystemClock(), default_edition(Settings().rulebook))
    last_number = engine.ledger.head().number if isinstance(loss, CutOff) else note.entry - 1
    if last_number >= sealed_size(note):  # otherwise sealing refuses and gives the reason
        engine.submit(STREAM, GiveUpEnd(known=note.entry, there=last_number), OPERATOR, new_id("give-up-end"))
    engine.ledger.close()


def record_seals(database: Database) -> None:
    """Record in the ledger the seals and cosignatures that are in the tables beside it."""
    engine = engine_over(database, SystemClock(), default_edition(Settings().rulebook))
    record_new_seals(engine)
    engine.ledger.close()


def _draw(code: segno.QRCode, image: Path) -> None:
    if image.suffix not in (".svg", ".png"):
        reason = Text(zh="文件名须以 .svg 或 .png 结尾", en="its name must end with .svg or .png")
        raise WrongOption(option=f"--qr {image}", why=reason)
    try:
        with private_files.replacing(image) as file:
            code.save(file, kind=image.suffix[1:], scale=4)
    except OSError as error:
        raise WrongOption(option=f"--qr {image}", why=error.strerror) from error


def _as_json(row: SealRow, note: Note) -> dict[str, object]:
    checkpoint = parse_checkpoint(note.text)
    return {
        "entries": row.number,
        "origin": checkpoint.origin,
        "root": row.root,
        "fingerprint": checkpoint.fingerprint,
        "made_at": row.made_at.isoformat(),
        "signed_by": [signature.name for signature in note.signatures],
        "note": str(note),
    }


def _local_time(signature: ValidSignature) -> str:
    zone = ZoneInfo(default_edition(Settings().rulebook).rulebook.timezone)
    return f"{signature.at.astimezone(zone):%Y-%m-%d %H:%M}" if signature.at else "—"
