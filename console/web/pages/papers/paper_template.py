"""文书模板: the names that a template may have, the shipped one to start from, and a check of an office's own.

An own template is checked and tried here and not stored: it is used on the command line (`kaohe papers make`). Not
here: the rules of a template (`documents/word/checking.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from console.papers.making import template_faults, try_template
from console.web import downloads
from console.web.forms.fields import read_all
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import kind_of_template, shipped_template
from documents.word.geometry import measure
from states.guards import MAX_DOCUMENT_SIZE
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper
from states.refusals import NotKnown
from states.user_errors import UserError
from states.vocabulary import Text, listed

from .papers import CLAUSE

pages = Pages()

_SHOWN_FAULTS = 100


class NoTemplate(UserError):
    """No file was chosen, or it is too large."""

    zh = "请选择一个 .docx 模板文件（不超过 20 MB）后再核对。"
    en = "Choose a .docx template of up to 20 MB, then check again."


@pages.get("/papers/templates/{key}.docx", view="papers")
def download(request: PageRequest, key: str) -> Response:
    """The shipped template."""
    paper = _paper(key)
    return downloads.download_response(
        shipped_template(paper.key), KINDS["docx"].media_type, f"{paper.title.zh}（模板）.docx"
    )


@pages.get("/papers/templates/{key}", view="papers")
def show(request: PageRequest, key: str) -> Response:
    return _page(request, _paper(key))


@pages.post("/papers/templates/{key}", view="papers")
def check_template(request: PageRequest, key: str) -> Response:
    """Say every fault of the posted template; without one, show what is unusual, or return it filled with examples."""
    paper = _paper(key)
    try:
        name, data = read_all({"file": lambda: _upload(request)})["file"]
    except UserError as refusal:
        return _page(request, paper, refusal=refusal)
    faults = template_faults(paper, name, data)
    if request.form.text("_do") == "try" and not faults:
        tried = try_template(paper, data)
        return downloads.download_response(tried, KINDS["docx"].media_type, f"{paper.title.zh}（试填）.docx")
    unusual = [] if faults else [warning.sentence for warning in measure(data, kind_of_template(paper.key))]
    return _page(request, paper, name=name, faults=faults, unusual=unusual)


def _upload(request: PageRequest) -> tuple[str, bytes]:
    file = request.form.file("file")
    data = file.file.read(MAX_DOCUMENT_SIZE + 1) if file is not None else b""
    if file is None or not data or len(data) > MAX_DOCUMENT_SIZE:
        raise NoTemplate
    return file.filename or "", data


def _paper(key: str) -> Paper:
    if key not in PAPERS:
        known = listed(one.title for one in PAPERS.values())
        raise NotKnown(what=Text(zh="文书", en="paper"), value=key[:40], known=known, clause=CLAUSE)
    return PAPERS[key]


def _page(
    request: PageRequest,
    paper: Paper,
    name: str = "",
    faults: list[Text] | None = None,
    unusual: list[Text] | None = None,
    refusal: UserError | None = None,
) -> Response:
    """`faults`: None if nothing was checked."""
    return request.answer.page(
        "paper_template.html",
        409 if faults else status_of(refusal),
        paper=paper,
        names=NAMES[paper.key],
        checked=name,
        faults=(faults or [])[:_SHOWN_FAULTS],
        is_right=faults == [],
        unusual=unusual or [],
        refusal=refusal,
    )
