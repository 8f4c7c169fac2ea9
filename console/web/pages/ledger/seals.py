"""封存: the list of seals with their witnesses, one seal to print or download, and accepting a witness's signature.

Also here: the download of the last seal with the proof that the witness needs to sign it. An accepted signature is
recorded in the ledger.

No page makes a seal, because no role is entitled to. The daemon makes seals, and the operator can make one on the
server (`kaohe audit seal`).
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
from console.web.numbers import LARGEST, whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from scheduler.sealing import record_new_seals
from states.refusals import NotThere
from states.user_errors import UserError
from states.vocabulary import Text
from storage import seals
from storage.tables.seals import SealRow

from .verification import MAX_SEAL_SIZE, SealTooLong

pages = Pages()

PAGE_SIZE = 50
"""The number of seals on a page."""

_ACT_TITLE = Text(zh="查阅封存", en="look at a seal")
"""The act that is refused if there is no such seal."""


class SealView(Struct, frozen=True):
    """A seal for a page. `number` is the number of sealed entries; `text` is its note with the cosignatures.

    `signers` and `witnesses` are the names in its signatures. `checkpoint` and `note` are None if `text` cannot be
    read.
    """

    number: int
    at: datetime
    text: str
    checkpoint: Checkpoint | None = None
    note: Note | None = None
    signers: str = ""
    witnesses: tuple[str, ...] = ()


@pages.get("/audit/seals", view="seals")
def show(request: PageRequest) -> Response:
    return _list_page(request)


@pages.post("/audit/seals", view="seals")
def accept(request: PageRequest) -> Response:
    """Accept a witness's signature, and record it in the ledger.

    Every user of this page may send one, because the signature proves who signed.
    """
    field = "file" if request.form.file("file") is not None else "line"
    try:
        # It is read like a field of the form, so that an error is shown beside the field.
        accept_note = {field: lambda: cosigning.accept_cosignature(request.database, repair_note(_uploaded(request)))}
        number, signatures = read_all(accept_note)[field]
        record_new_seals(request.engine)
    except UserError as refusal:
        return _list_page(request, refusal)
    request.log_security("cosignature_taken", detail=f"{number} {', '.join(one.key.name for one in signatures)}")
    return request.answer.redirect(f"/audit/seals/{number}?done")


@pages.get("/audit/seals/proof.txt", view="seals")
def download_proof(request: PageRequest) -> Response:
    """Send the last seal for the witness to sign, with the proof that it continues the last seal that they signed."""
    try:
        proof = proving.prove_consistency(request.database, proving.last_witnessed_size(request.database))
    except UserError as refusal:
        return _list_page(request, refusal)
    return _text_file(str(proof), "seal-for-the-witness.txt")


@pages.get("/audit/seals/{number:int}.txt", view="seals")
def download(request: PageRequest, number: int) -> Response:
    """Send the seal with its cosignatures, to be stored outside this system."""
    return _text_file(_seal_of(request, number).text, f"seal-{number}.txt")


@pages.get("/audit/seals/{number:int}", view="seals")
def show_seal(request: PageRequest, number: int) -> Response:
    """Show one seal with a QR code, to be printed."""
    seal = _seal_of(request, number)
    # A printed QR code has room for one signature, so the cosignatures are omitted.
    text = seal.text.partition("\n\n")[0] if seal.note is None else str(_without_cosignatures(seal.note))
    code = segno.make(text, error="m", micro=False)
    picture = Markup(code.svg_inline(scale=4, border=4, svgclass=None, lineclass=None))  # noqa: S704
    return request.answer.page("seal.html", seal=seal, code=picture, done="done" in request.query)


def _list_page(request: PageRequest, refusal: UserError | None = None) -> Response:
    before = whole_number(request.query.get("before", ""))
    rows = seals.seals_before(request.database, LARGEST if before is None else before, PAGE_SIZE)
    last = seals.last_seal(request.database)
    return request.answer.page(
        "seals.html",
        200 if refusal is None else 409,
        refusal=refusal,
        seals=_seal_views(request, rows),
        size=DatabaseReader(request.database).size(),
        sealed=last.number if last else 0,
        witnessed=proving.last_witnessed_size(request.database),
        keys=seals.keys(request.database),
        log=seals.LOG,
        more=len(rows) == PAGE_SIZE,
        has_key=request.app.settings.seal_key is not None,
    )


def _seal_of(request: PageRequest, number: int) -> SealView:
    """The seal over this number of entries. Raises `NotThere`."""
    rows = [row for row in seals.seals_before(request.database, number + 1, 1) if row.number == number]
    if not rows:
        raise NotThere(
            act=_ACT_TITLE, stream=str(number), first=Text(zh="从封存列表进入", en="choose one from the list")
        )
    return _seal_views(request, rows)[0]


def _seal_views(request: PageRequest, rows: list[SealRow]) -> list[SealView]:
    """The views of these seals, which must be in the order of the list: the latest first."""
    cosignatures: defaultdict[int, list[str]] = defaultdict(list)
    for cosignature in seals.cosignatures(request.database, rows[-1].number) if rows else ():
        cosignatures[cosignature.number].append(cosignature.line)
    return [_seal_view(row, "".join(cosignatures[row.number])) for row in rows]


def _seal_view(row: SealRow, cosignature_lines: str) -> SealView:
    text = row.note + cosignature_lines
    try:
        note, own = parse_note(text.encode()), parse_note(row.note.encode())
        checkpoint = parse_checkpoint(note.text)
    except BadNote:
        return SealView(row.number, row.made_at, text)
    names, signers = [signature.name for signature in note.signatures], len(own.signatures)
    return SealView(
        number=row.number,
        at=row.made_at,
        text=text,
        checkpoint=checkpoint,
        note=note,
        signers=", ".join(names[:signers]),
        witnesses=tuple(names[signers:]),
    )


def _without_cosignatures(note: Note) -> Note:
    """The note with only its first signature, which is that of the ledger."""
    return Note(note.text, note.signatures[:1])


def _uploaded(request: PageRequest) -> bytes:
    """The uploaded or pasted note. Raises `SealTooLong`."""
    file = request.form.file("file")
    raw = file.file.read(MAX_SEAL_SIZE + 1) if file is not None else f"{request.form.text('line')}\n".encode()
    if len(raw) > MAX_SEAL_SIZE:
        raise SealTooLong
    return raw


def _text_file(text: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)
