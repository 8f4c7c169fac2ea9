"""从 Excel 登记案件: brings several cases in from one sheet: upload, look at what would be recorded, record it.

The cases are recorded by the same commands as those of the form of a case, all or none. The stream of a case follows
from its content, so the same file, brought in again, records nothing twice. A narrative is no column of a sheet.
"""

from __future__ import annotations

from msgspec import Struct, structs
from starlette.responses import Response

from config.cells import CellFault
from config.tables import FoundTable
from console.web.case_sheets.heads import KIND, case_heads, template_tables
from console.web.case_sheets.reading import SheetCase, faults_of, read_cases
from console.web.display.spreadsheets import EXCEL
from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.person_fields import DirectoryNames
from console.web.forms.sheet_drafts import ACCEPTED, SheetDraft, SheetForm, download_faults
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.sheets.writing import write
from states import policy
from states.cases.case import RecordCase, case_title
from states.records.case import CASE, Case, Sanction
from states.records.lineage import is_recused
from states.refusals import Refusal
from states.rulebook.sentences.names import option_title
from states.vocabulary import Text
from storage import people

pages = Pages()

_PATH = "/cases/sheet"
_TITLE = Text(zh="从 Excel 登记案件", en="record cases from Excel")


class CasePreview(Struct, frozen=True):
    """What a kept file has: the cases to record, those that are recorded already, and every fault."""

    draft: SheetDraft
    tables: list[FoundTable]
    new: list[SheetCase]
    recorded: list[SheetCase]
    faults: list[CellFault]


@pages.get(_PATH, view="cases", reauthenticates=True)
def show(request: PageRequest) -> Response:
    return _upload_page(request)


@pages.get(f"{_PATH}/template", view="cases")
def template(request: PageRequest) -> Response:
    tables = template_tables(request.rulebook, request.user.language)
    return request.answer.download("kaohe-cases.xlsx", write(tables), EXCEL)


@pages.post(_PATH, view="cases", reauthenticates=True)
def upload(request: PageRequest) -> Response:
    """Read the file and keep its cells. Nothing else changes."""
    try:
        request.permissions.entitled_actor(RecordCase.act, _TITLE)
        _form(request).read_upload(request, policy.clause_of(RecordCase.act, request.rulebook))
    except Refusal as refusal:
        return _upload_page(request, refusal)
    return request.answer.redirect(f"{_PATH}/plan")


@pages.get(f"{_PATH}/plan", view="cases", reauthenticates=True)
def show_plan(request: PageRequest) -> Response:
    preview = _preview(request)
    return request.answer.redirect(_PATH) if preview is None else _plan_page(request, preview)


@pages.post(f"{_PATH}/plan", view="cases", reauthenticates=True)
def decide(request: PageRequest) -> Response:
    """Keep what was chosen; record the cases if the form says so and nothing is wrong."""
    form, draft = _form(request), _form(request).stored_draft(request)
    if draft is None:
        return request.answer.redirect(_PATH)
    try:
        form.check_seen(request, draft, policy.clause_of(RecordCase.act, request.rulebook))
    except Refusal as refusal:
        return _plan_page(request, _preview_of(request, draft), refusal)
    preview = _preview_of(request, form.with_choices(request, draft))
    if request.form.text("_do") != "record" or preview.faults:
        return _plan_page(request, preview)
    try:
        commands = [BatchCommand(one.stream, one.stream, _command(one)) for one in preview.new]
        submit_all(request, commands, lambda stream, refusal: {stream: refusal})
    except Refusal as refusal:
        return _plan_page(request, _preview_of(request, preview.draft), refusal)
    form.finish(request, preview.draft)
    return request.answer.redirect(f"/cases?brought={len(preview.new)}")


@pages.get(f"{_PATH}/faults", view="cases", reauthenticates=True)
def download_error_copy(request: PageRequest) -> Response:
    preview = _preview(request)
    if preview is None:
        return request.answer.redirect(_PATH)
    return download_faults(request, preview.tables, preview.faults)


def _form(request: PageRequest) -> SheetForm:
    return SheetForm(_PATH, KIND, {KIND: case_heads(request.rulebook)})


def _command(case: SheetCase) -> RecordCase:
    return RecordCase(**structs.asdict(case.body))


def _preview(request: PageRequest) -> CasePreview | None:
    """What the kept file has; None if there is no file."""
    draft = _form(request).stored_draft(request)
    return None if draft is None else _preview_of(request, draft)


def _preview_of(request: PageRequest, draft: SheetDraft) -> CasePreview:
    tables = _form(request).tables(request, draft)
    directory, person_of = people.people(request.database), DirectoryNames(request).id_of
    readable = read_cases(tables, request.rulebook, request.roster, directory, person_of)
    # Recusal comes first: whether a case of the own department is on record is not told.
    hidden = [one for one in readable.cases if _is_of_own_unit(request, one)]
    new = [one for one in readable.cases if one in hidden or not request.engine.state(one.stream).version]
    recorded = [one for one in readable.cases if one not in new]
    # In a stream that nobody has, such a case is refused alike whether it is on record or not.
    streams = [f"{one.stream}x" if one in hidden else one.stream for one in new]
    commands = [(stream, _command(one)) for stream, one in zip(streams, new, strict=True)]
    answers = request.engine.preview_many(commands, request.user.actors_in, request.now)
    faults = list(readable.faults)
    # What could not be read is missing to the law too: a cell has one fault.
    places = {(fault.sheet, fault.row, fault.column) for fault in faults}
    for case, answer in zip(new, answers, strict=True):
        if isinstance(answer, Refusal):
            faults += (
                fault for fault in faults_of(case, answer) if (fault.sheet, fault.row, fault.column) not in places
            )
    faults.sort(key=lambda fault: (fault.sheet, fault.row, fault.column or 0))
    return CasePreview(draft, tables, new, recorded, faults)


def _is_of_own_unit(request: PageRequest, case: SheetCase) -> bool:
    units = [unit for unit in (case.body.unit, case.body.unit_now) if unit is not None]
    return any(is_recused(own, unit, request.roster) for own in request.user.units for unit in units)


def _upload_page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "case_sheet.html",
        409 if refusal else 200,
        refusal=refusal,
        accept=ACCEPTED,
        may_record=request.permissions.is_entitled(RecordCase.act),
        kept=_form(request).stored_draft(request) is not None,
        heads=case_heads(request.rulebook),
    )


def _plan_page(request: PageRequest, preview: CasePreview, refusal: Refusal | None = None) -> Response:
    kind, rulebook = request.rulebook.records[CASE], request.rulebook

    def options(sanction: Sanction) -> list[Text]:
        return [option_title(kind, field.key, sanction.fields[field.key]) for field in kind.field]

    return request.answer.page(
        "case_sheet_plan.html",
        409 if refusal else 200,
        refusal=refusal,
        draft=preview.draft,
        tables=preview.tables,
        plan=preview,
        heads={KIND: case_heads(rulebook)},
        kind=kind,
        options=options,
        title_of=lambda case: case_title(Case(stream=case.stream, body=case.body), rulebook),
    )
