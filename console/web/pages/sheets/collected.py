"""收表: one person brings in the self-report sheets that departments filled in offline, many files at once.

Each file says for which department it is. What is right becomes the draft of that department's account, which looks at
it and submits it: nobody submits for a department. Every fault of every file is named; a faulty file fills nothing.
"""

from __future__ import annotations

from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.responses import Response

from config.cells import CellFault
from console.score_files.origin import Origin, origin_in
from console.score_files.reading import FilledSheet, read_score_file
from console.score_files.sheet_view import score_sheet
from console.score_files.writing import layout_of
from console.web.pages.assessments.act_page import draft_key
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents import inspection
from states import policy
from states.assessment import Assessment
from states.refusals import Incomplete, Refusal
from states.vocabulary import Text
from storage import queries
from storage.papers import drafts

pages = Pages()

_ACT = "submit_self_report"
_TITLE = Text(zh="收自评表", en="collect self-report sheets")
_RIGHT = "return_self_report"
"""Who may return a self-report may bring its sheet in: they see it anyway, and decide nothing."""


class CollectedFile(Struct, frozen=True):
    """What became of one file: the department (empty: not known), how many entries were filled in, or why none were."""

    name: str
    unit: str
    count: int = 0
    missing: int = 0
    why: Text | None = None
    faults: tuple[CellFault, ...] = ()

    @property
    def is_filled(self) -> bool:
        return self.why is None and not self.faults


@pages.get("/sheets", view="sheets")
def show(request: PageRequest) -> Response:
    return _page(request)


@pages.post("/sheets", view="sheets")
def collect(request: PageRequest) -> Response:
    """Read every file; put each one without faults into the draft of its department."""
    try:
        request.permissions.entitled_actor(_RIGHT, _TITLE)
        files = request.form.files("files")
        if not files:
            clause = policy.clause_of(_RIGHT, request.rulebook)
            raise Incomplete(missing=Text(zh="填好的自评表", en="the sheets"), clause=clause)
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    return _page(request, [_collect(request, file) for file in files])


def _collect(request: PageRequest, file: UploadFile) -> CollectedFile:
    name = (file.filename or "")[-80:]
    try:
        workbook = inspection.read_workbook(name, file.file.read(), request.app.settings.office_converter)
    except Refusal as refusal:
        return CollectedFile(name, "", why=refusal.text)
    origin = origin_in(workbook)
    if origin is None or origin.act != _ACT:
        zh, en = (
            "不是从本系统下载的自评表，认不出是哪个部门的",
            "this is no self-report sheet of this system, so its department is not known",
        )
        return CollectedFile(name, "", why=Text(zh=zh, en=en))
    unit = request.roster.title(origin.unit)
    # What the hidden sheet says is no more than what somebody wrote there.
    if origin.stream not in (row.stream for row in queries.assessments_of_unit(request.database, origin.unit)):
        return CollectedFile(name, unit, why=Text(zh="该部门没有这次考核", en="the department has no such assessment"))
    state, _context, compiled = request.context(origin.stream)
    assert isinstance(state, Assessment)
    if (why := _why_not(origin, state, compiled.pin)) is not None:
        return CollectedFile(name, unit, why=why)
    sheet = score_sheet(_ACT, state, compiled.rulebook, lambda _name: "")
    assert sheet is not None, "a self-report has a sheet"
    content = read_score_file(workbook, sheet, layout_of(sheet, _ACT, request.user.language))
    if content.faults:
        return CollectedFile(name, unit, faults=content.faults)
    return _fill(request, name, unit, state, content, len(sheet.rows))


def _why_not(origin: Origin, state: Assessment, pin: str) -> Text | None:
    """Why a file cannot be used although it can be read."""
    if state.step("self_report") is not None:
        return Text(zh="该部门的自评报告已报送，不再收表", en="the department has submitted its self-report already")
    if origin.edition != pin:
        return Text(zh="这是按另一版办法做的表，请重新下载", en="this sheet is of another edition: download it again")
    return None


def _fill(
    request: PageRequest, name: str, unit: str, state: Assessment, content: FilledSheet, rows: int
) -> CollectedFile:
    accounts = [
        holder.id for holder in request.all_accounts()
        if holder.unit == state.unit and "unit" in holder.roles and not holder.closed
    ]  # fmt: skip
    key, fields = draft_key(_ACT, state.stream), list(content.fields.items())
    if not accounts:
        why = Text(
            zh="该部门还没有账号，草稿没有地方放", en="the department has no account yet that could have a draft"
        )
        return CollectedFile(name, unit, why=why)
    own = [one for id_ in accounts if (one := drafts.find(request.database, id_, key)) is not None]
    if any(dict(one.fields) != dict(fields) and _has_entries(one.fields) for one in own):
        why = Text(
            zh="该部门自己已填了草稿，未覆盖；请与部门核对",
            en="the department has a draft of its own, which was not replaced",
        )
        return CollectedFile(name, unit, why=why)
    for id_ in accounts:
        drafts.store(request.database, id_, key, fields, request.now)
    return CollectedFile(name, unit, len(fields), rows - len(fields))


def _has_entries(fields: drafts.Fields) -> bool:
    return any(name.startswith(("self_scores.", "self_levels.")) and value for name, value in fields)


def _page(request: PageRequest, files: list[CollectedFile] | None = None, refusal: Refusal | None = None) -> Response:
    done = files or []
    return request.answer.page(
        "collected_sheets.html",
        409 if refusal else 200,
        refusal=refusal,
        collected=done,
        filled=sum(one.is_filled for one in done),
        faulty=sum(not one.is_filled for one in done),
    )
