"""封存: every seal with who witnessed it, one of them to be printed or kept, and the way back for what the witness signed.

Nobody seals here: no act of anybody's is named for it. The clock does, and whoever commands the machine (`kaohe audit seal`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import segno
from markupsafe import Markup
from msgspec import Struct
from starlette.responses import Response

from audit.reader import DatabaseReader
from audit.seals import cosigning, proving
from audit.seals.checkpoints import Checkpoint, parse_checkpoint
from audit.seals.note_repair import repair_note
from audit.seals.notes import BadNote, Note, parse_note
from console.web.forms.fields import read_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from scheduler.sealing import record
from states.refusals import NotThere
from states.user_errors import UserError
from states.vocabulary import Text
from storage import seals
from storage.tables.seals import SealRow

from .verification import LONGEST, TooLong

pages = Pages()

PAGE = 50


class Seal(Struct, frozen=True):
    """A seal as a page shows it. `said` and `note` are None where it cannot be read; `witnesses` are the names under it."""

    number: int
    at: datetime
    raw: str
    said: Checkpoint | None
    note: Note | None
    by: str
    witnesses: tuple[str, ...]


@pages.get("/audit/seals", view="seals")
def show(request: PageRequest) -> Response:
    return _list(request)


@pages.post("/audit/seals", view="seals")
def accept(request: PageRequest) -> Response:
    """Take what a witness sent back. Whose line it is, its signature says, whoever brings it."""
    try:
        at = "file" if request.form.file("file") is not None else "line"
        number, signed = read_all(
            {at: lambda: cosigning.accept_cosignature(request.database, repair_note(_brought(request)))}
        )[at]
        record(request.engine)
    except UserError as wrong:
        return _list(request, wrong)
    request.log_security("cosignature_taken", what=f"{number} {', '.join(one.key.name for one in signed)}")
    return request.answer.redirect(f"/audit/seals/{number}?done")


@pages.get("/audit/seals/proof.txt", view="seals")
def prove(request: PageRequest) -> Response:
    """What the witness is asked to sign: the newest seal, and that it continues the last one they signed."""
    try:
        return _text(
            str(proving.prove_consistency(request.database, proving.last_witnessed_size(request.database))),
            "seal-for-the-witness.txt",
        )
    except UserError as wrong:
        return _list(request, wrong)


@pages.get("/audit/seals/{number:int}.txt", view="seals")
def download(request: PageRequest, number: int) -> Response:
    """The seal with its cosignatures, to be kept elsewhere."""
    return _text(_whole(request, number).raw, f"seal-{number}.txt")


@pages.get("/audit/seals/{number:int}", view="seals")
def look(request: PageRequest, number: int) -> Response:
    seal = _whole(request, number)
    code = segno.make(
        seal.raw.partition("\n\n")[0] if seal.note is None else str(_alone(seal.note)), error="m", micro=False
    )
    drawn = Markup(code.svg_inline(scale=4, border=4, svgclass=None, lineclass=None))  # noqa: S704
    return request.answer.page("seal.html", seal=seal, code=drawn, done="done" in request.query)


def _list(request: PageRequest, refusal: UserError | None = None) -> Response:
    query = request.query.get("before", "")
    before = min(int(query), 2**31 - 1) if query.isdecimal() and len(query) < 20 else 2**31 - 1
    rows, size = seals.page_before(request.database, before, PAGE), DatabaseReader(request.database).size()
    newest = seals.last_seal(request.database)
    return request.answer.page(
        "seals.html", 200 if refusal is None else 409, refusal=refusal, seals=_seen(request, rows), size=size,
        sealed=newest.number if newest else 0, witnessed=proving.last_witnessed_size(request.database), keys=seals.keys(request.database),
        log=seals.LOG, more=len(rows) == PAGE, configured=request.app.settings.seal_key is not None,
    )  # fmt: skip


def _whole(request: PageRequest, number: int) -> Seal:
    rows = [row for row in seals.page_before(request.database, number + 1, 1) if row.number == number]
    if not rows:
        raise NotThere(act=_LOOK, stream=str(number), first=Text(zh="从封存列表进入", en="choose one from the list"))
    return _seen(request, rows)[0]


_LOOK = Text(zh="查阅封存", en="look at a seal")


def _seen(request: PageRequest, rows: list[SealRow]) -> list[Seal]:
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for one in seals.cosignatures(request.database, rows[-1].number) if rows else ():
        lines[one.number].append(one.line)
    return [_seal(row, "".join(lines[row.number])) for row in rows]


def _seal(row: SealRow, cosigned: str) -> Seal:
    raw = row.note + cosigned
    try:
        note = parse_note(raw.encode())
        said, own = parse_checkpoint(note.text), parse_note(row.note.encode())
    except BadNote:
        return Seal(row.number, row.made_at, raw, None, None, "", ())
    names = [one.name for one in note.signatures]
    first = len(own.signatures)
    return Seal(row.number, row.made_at, raw, said, note, ", ".join(names[:first]), tuple(names[first:]))


def _alone(note: Note) -> Note:
    """The seal with the ledger's own signature: what a printed code has room for."""
    return Note(note.text, note.signatures[:1])


def _brought(request: PageRequest) -> bytes:
    """What was pasted or uploaded. TooLong."""
    file = request.form.file("file")
    raw = file.file.read(LONGEST + 1) if file is not None else f"{request.form.text('line')}\n".encode()
    if len(raw) > LONGEST:
        raise TooLong
    return raw


def _text(said: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(said, media_type="text/plain; charset=utf-8", headers=headers)
