"""佐证材料: the page on which a department collects evidence under each element, all year long. Others see what it handed in.

The page reads the form; `workflow/evidence.py` decides. Not here: handing in (`act_page.py`), and what the reviewers
say of a document (the form of the document review).
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.forms import uploads
from console.web.forms.fields import Fields, read_all
from console.web.forms.refusal_status import status_of
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.refusals import Incomplete, NotKnown, Refusal, combine_faults
from states.vocabulary import Text, listed
from storage.papers import documents
from storage.papers.evidence import EvidenceDetails, used_bytes
from workflow.evidence import CLAUSE, DocumentGone, EvidenceFolder

from .contents import PATH, FolderContents

pages = Pages()

_TITLES = {
    "evidence": Text(zh="文件", en="Files"),
    "dated": Text(zh="材料日期", en="Day of the document"),
    "note": Text(zh="说明", en="Note"),
}
"""The titles of the fields."""

_MAX_NOTE = 200
"""The most characters of a note."""

_BUTTONS = {
    "add": Text(zh="添加", en="Add"),
    "remove": Text(zh="移除", en="Remove"),
    "reuse": Text(zh="沿用", en="Use again"),
}


@pages.get(PATH, view="evidence")
def show(request: PageRequest, year: int, unit: str) -> Response:
    return _page(request, FolderContents(request, year, unit))


@pages.post(PATH, view="evidence")
def change(request: PageRequest, year: int, unit: str) -> Response:
    """Add documents to an element, take one away, or take one over from last year."""
    contents, element = FolderContents(request, year, unit), request.form.text("element")
    try:
        _change(request, contents.to_change(), element)
    except Refusal as refusal:
        return _page(request, contents, refusal)
    return request.answer.redirect(f"/evidence/{year}/{unit}?open={element}#e-{element}")


@pages.get(f"{PATH}/documents/{{sha256}}", view="evidence")
def document(request: PageRequest, year: int, unit: str, sha256: str) -> Response:
    """Send a document of the folder to the department. Others get what was handed in from the assessment."""
    folder = FolderContents(request, year, unit)
    folder.require_own()
    one = next((one for one in (*folder.collected, *folder.of_last_year) if one.sha256 == sha256), None)
    data = documents.read(request.database, sha256) if one is not None else None
    if one is None or data is None:
        raise DocumentGone(clause=CLAUSE)
    return downloads.download_response(data, one.media_type, one.name, inline="open" in request.query)


def _change(request: PageRequest, folder: EvidenceFolder, element: str) -> None:
    """Do what the pressed button says. Raises its `Refusal`."""
    button, sha256 = request.form.text("_do"), request.form.text("sha256")
    if button == "add":
        _add(request, folder, element)
    elif button == "remove":
        folder.remove(element, sha256)
    elif button == "reuse":
        folder.reuse(element, sha256)
    else:
        what, known = Text(zh="操作", en="action"), listed(_BUTTONS.values())
        raise NotKnown(what=what, value=button[:40] or "—", known=known, clause=CLAUSE)


def _add(request: PageRequest, folder: EvidenceFolder, element: str) -> None:
    """Add the files of the form, all with the same day and note. One that is refused does not stop the others."""
    form, files = Fields(request.form, CLAUSE), request.form.files("evidence")
    values = read_all({
        "dated": lambda: form.any_day("dated", _TITLES["dated"]),
        "note": lambda: form.short("note", _TITLES["note"], _MAX_NOTE),
        "evidence": lambda: _require_files(request),
    })  # fmt: skip
    refusals: list[Refusal] = []
    for file in files:
        try:
            accepted = uploads.inspect(request, file)
            details = EvidenceDetails(name=accepted.name, dated=values["dated"], note=values["note"])
            folder.add(element, accepted.data, accepted.media_type, details)
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        combined = refusals[0] if len(refusals) == 1 else combine_faults(refusals, clause=CLAUSE)
        raise InvalidForm({"evidence": combined})


def _require_files(request: PageRequest) -> None:
    if not request.form.files("evidence"):
        raise Incomplete(missing=Text(zh="要添加的文件", en="the files to add"), clause=CLAUSE)


def _page(request: PageRequest, folder: FolderContents, refusal: Refusal | None = None) -> Response:
    elements = list(folder.elements())
    missing_only = "missing" in request.query
    return request.answer.page(
        "evidence.html",
        status_of(refusal),
        refusal=refusal,
        label_of=_TITLES,
        buttons=_BUTTONS,
        year=folder.year,
        unit=folder.unit,
        unit_title=folder.unit_title,
        is_own=folder.is_own,
        reported_on=_reported_on(request, folder),
        elements=[one for one in elements if one.is_missing or not missing_only],
        count=sum(len(one.files) for one in elements),
        missing=sum(one.is_missing for one in elements),
        total=len(elements),
        used=used_bytes(folder.collected),
        quota=folder.quota,
        most_of_note=_MAX_NOTE,
        opened=request.form.text("element") or request.query.get("open", ""),
        back=assessment_path(folder.state) if folder.is_opened else "/",
    )


def _reported_on(request: PageRequest, folder: FolderContents) -> date | None:
    step = folder.state.step("self_report")
    return step.at.astimezone(request.zone).date() if step is not None else None
