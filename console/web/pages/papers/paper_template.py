"""文书模板: the names that a template may have, the one in use, and a check, a trial and a proposal of an office's own.

A template is stored when it is proposed. It is used once another person has adopted it. Not here: the rules of a
template (`documents/word/checking.py`), and those of adopting one (`states/papers/template.py`).
"""

from __future__ import annotations

from starlette.responses import Response

from console.papers.issue import store_file
from console.papers.making import template_faults, template_of, try_template
from console.web import downloads
from console.web.forms.fields import read_all
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import kind_of_template, shipped_template
from documents.word.geometry import measure
from states.guards import MAX_DOCUMENT_SIZE
from states.papers.paper import CLAUSE, Paper
from states.papers.template import AdoptTemplate, OtherProposal, PaperTemplate, ProposeTemplate
from states.refusals import Refusal
from states.streams import template_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage.papers import documents

from .paper_access import find_word_paper

pages = Pages()

_SHOWN_FAULTS = 100


class NoTemplate(UserError):
    """No file was chosen, or it is too large."""

    zh = "请选择一个 .docx 模板文件（不超过 20 MB）后再核对。"
    en = "Choose a .docx template of up to 20 MB, then check again."


class NoSuchTemplate(Refusal):
    """No template is adopted or proposed, or its bytes are not stored any more."""

    zh = "“{paper}”没有启用或待启用的模板，或文件已找不到（{clause}）。请从“文书”页打开模板页。"
    en = (
        "“{paper}” has no adopted or proposed template, or its file is missing ({clause}). Open the page of the "
        "template from the page of papers."
    )


@pages.get("/papers/templates/{key}.docx", view="papers")
def download(request: PageRequest, key: str) -> Response:
    """The shipped template."""
    paper = find_word_paper(key)
    return downloads.download_response(
        shipped_template(paper.key), KINDS["docx"].media_type, f"{paper.title.zh}（模板）.docx"
    )


@pages.get("/papers/templates/{key}/{which}.docx", view="papers")
def download_own(request: PageRequest, key: str, which: str) -> Response:
    """The adopted template, or the proposed one."""
    paper = find_word_paper(key)
    state = template_of(request.engine, paper)
    proposed = state.proposal.template if state.proposal is not None else None
    document, words = {"adopted": (state.adopted, "启用的模板"), "proposed": (proposed, "待启用的模板")}.get(
        which, (None, "")
    )
    data = documents.read(request.database, document.sha256) if document is not None else None
    if data is None:
        raise NoSuchTemplate(paper=paper.title, clause=CLAUSE)
    return downloads.download_response(data, KINDS["docx"].media_type, f"{paper.title.zh}（{words}）.docx")


@pages.get("/papers/templates/{key}", view="papers")
def show(request: PageRequest, key: str) -> Response:
    return _page(request, find_word_paper(key))


@pages.post("/papers/templates/{key}", view="papers")
def check_template(request: PageRequest, key: str) -> Response:
    """Say every fault of the posted template; without one, show what is unusual, return it filled, or propose it."""
    paper = find_word_paper(key)
    if request.form.text("_do") == "adopt":
        return _adopt(request, paper)
    try:
        name, data = read_all({"file": lambda: _upload(request)})["file"]
    except UserError as refusal:
        return _page(request, paper, refusal=refusal)
    faults = template_faults(paper, name, data)
    if request.form.text("_do") == "try" and not faults:
        tried = try_template(paper, data)
        return downloads.download_response(tried, KINDS["docx"].media_type, f"{paper.title.zh}（试填）.docx")
    if request.form.text("_do") == "propose" and not faults:
        return _submit(
            request, paper, ProposeTemplate(template=store_file(request.engine, data, KINDS["docx"].media_type))
        )
    unusual = [] if faults else [warning.sentence for warning in measure(data, kind_of_template(paper.key))]
    return _page(request, paper, name=name, faults=faults, unusual=unusual)


def _adopt(request: PageRequest, paper: Paper) -> Response:
    """Adopt the proposed template, if it still has no fault: the names of a paper may have changed since."""
    proposal = template_of(request.engine, paper).proposal
    if proposal is None or proposal.template.sha256 != request.form.text("template"):
        return _page(request, paper, refusal=OtherProposal(clause=CLAUSE))
    data = documents.read(request.database, proposal.template.sha256)
    faults = template_faults(paper, f"{paper.title.zh}.docx", data or b"")
    if faults:
        return _page(request, paper, name=f"{paper.title.zh}.docx", faults=faults)
    return _submit(request, paper, AdoptTemplate(template=proposal.template))


def _submit(request: PageRequest, paper: Paper, command: ProposeTemplate | AdoptTemplate) -> Response:
    try:
        # The browser goes back to a form, and another file is chosen: that is another proposal.
        command_id = request.form.command_id.with_suffix(command.template.sha256[:16])
        submit(request, template_stream(paper.key), command, command_id=command_id)
    except Refusal as refusal:
        return _page(request, paper, refusal=refusal)
    return request.answer.redirect(f"/papers/templates/{paper.key}?done={command.act}")


def _upload(request: PageRequest) -> tuple[str, bytes]:
    file = request.form.file("file")
    data = file.file.read(MAX_DOCUMENT_SIZE + 1) if file is not None else b""
    if file is None or not data or len(data) > MAX_DOCUMENT_SIZE:
        raise NoTemplate
    return file.filename or "", data


def _page(
    request: PageRequest,
    paper: Paper,
    name: str = "",
    faults: list[Text] | None = None,
    unusual: list[Text] | None = None,
    refusal: UserError | None = None,
) -> Response:
    """`faults`: None if nothing was checked."""
    state, context, _ = request.context(template_stream(paper.key))
    assert isinstance(state, PaperTemplate)
    names = request.account_names
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
        in_use=state,
        proposer=names.get(state.proposal.by, state.proposal.by) if state.proposal is not None else "",
        may_propose=request.permissions.may_do("propose_template", state, context),
        is_own=state.proposal is not None and state.proposal.by in context.actor.accounts,
        done=request.query.get("done", ""),
    )
