"""搬入: brings departments, teams and people in from a workbook: upload, look at what would change, do it.

What was read is kept as the draft of this form, encrypted, until it is done or another file comes; the file is not.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from starlette.responses import Response

from config.cells import Workbook
from console.web.display.spreadsheets import EXCEL
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents import inspection
from documents.sheets.error_copy import error_copy
from documents.sheets.writing import write
from states.custody.tables import CLAUSE
from states.refusals import Incomplete, Refusal
from states.vocabulary import Text
from storage import column_heads, people
from storage.papers import drafts
from workflow.move_in.arrival import carry_out
from workflow.move_in.heads import HEADS, plain_head
from workflow.move_in.lines import read_lines
from workflow.move_in.plan import Known, MoveInPlan, plan_of
from workflow.move_in.tables import FoundTable, find_tables

from .directory import RIGHT
from .template import template_tables

pages = Pages()

_FORM = "/people/move-in"
TITLE = Text(zh="搬入部门和人员", en="bring departments and people in")


class MoveInDraft(Struct, frozen=True):
    """What was read of a file: its name and cells; and what a person chose: columns by plain head, kinds by title."""

    file: str
    workbook: Workbook
    columns: dict[str, str] = {}
    kinds: dict[str, str] = {}


class MoveInPreview(Struct, frozen=True):
    """The tables that were found in the file, and the plan."""

    draft: MoveInDraft
    tables: list[FoundTable]
    plan: MoveInPlan


@pages.get(_FORM, view="people")
def show(request: PageRequest) -> Response:
    return _upload_page(request)


@pages.get(f"{_FORM}/template", view="people")
def template(request: PageRequest) -> Response:
    """The workbook to fill in, with the departments and people that are known, and a sheet with an example."""
    known = people.people(request.database)
    tables = template_tables(request.roster, known, request.rulebook, request.user.language)
    return request.answer.download("kaohe-people.xlsx", write(tables), EXCEL)


@pages.post(_FORM, view="people")
def upload(request: PageRequest) -> Response:
    """Read the file and keep its cells. Nothing else changes."""
    try:
        request.permissions.entitled_actor(RIGHT, TITLE)
        file = request.form.file("file")
        if file is None:
            raise Incomplete(missing=Text(zh="Excel 文件", en="the Excel file"), clause=CLAUSE)
        name = (file.filename or "")[-80:]
        workbook = inspection.read_workbook(name, file.file.read(), request.app.settings.office_converter)
        _keep(request, MoveInDraft(name, workbook))
    except Refusal as refusal:
        return _upload_page(request, refusal)
    return request.answer.redirect(f"{_FORM}/plan")


@pages.get(f"{_FORM}/plan", view="people")
def show_plan(request: PageRequest) -> Response:
    preview = _preview(request)
    return request.answer.redirect(_FORM) if preview is None else _plan_page(request, preview)


@pages.post(f"{_FORM}/plan", view="people")
def decide(request: PageRequest) -> Response:
    """Keep what was chosen; do the plan if the form says so and nothing is wrong."""
    preview = _preview(request)
    if preview is None:
        return request.answer.redirect(_FORM)
    try:
        actor = request.permissions.entitled_actor(RIGHT, TITLE)
        draft = _with_choices(request, preview.draft)
        _keep(request, draft)
        preview = _preview_of(request, draft)
        if request.form.text("_do") != "move_in" or preview.plan.faults:
            return _plan_page(request, preview)
        refusal = carry_out(
            request.engine, preview.plan, actor, f"web/{request.user.id}/{request.form.text('command_id')}"
        )
        if refusal is not None:
            return _plan_page(request, preview, refusal)
    except Refusal as refusal:
        return _plan_page(request, preview, refusal)
    column_heads.remember(request.database, preview.draft.columns)
    drafts.delete_draft(request.database, request.user.id, _FORM)
    return request.answer.redirect(f"/people?moved={len(preview.plan.people)}&units={len(preview.plan.units)}")


@pages.get(f"{_FORM}/faults", view="people")
def download_error_copy(request: PageRequest) -> Response:
    """The sheets with a column that says what is wrong, to correct and upload again."""
    preview = _preview(request)
    if preview is None:
        return request.answer.redirect(_FORM)
    language, faults = request.user.language, preview.plan.faults
    copies = [error_copy(one.sheet, one.heads(language), one.rows, faults, language) for one in preview.tables]
    return request.answer.download("kaohe-faults.xlsx", write(copies), EXCEL)


def _keep(request: PageRequest, draft: MoveInDraft) -> None:
    fields = [("draft", msgspec.json.encode(draft).decode())]
    drafts.store(request.database, request.user.id, _FORM, fields, request.now)


def _preview(request: PageRequest) -> MoveInPreview | None:
    """What the kept file would change; None if there is no file."""
    draft = drafts.find(request.database, request.user.id, _FORM)
    if draft is None:
        return None
    return _preview_of(request, msgspec.json.decode(dict(draft.fields)["draft"], type=MoveInDraft))


def _preview_of(request: PageRequest, draft: MoveInDraft) -> MoveInPreview:
    tables = find_tables(draft.workbook, {**column_heads.remembered(request.database), **draft.columns})
    known = Known(request.roster, people.people(request.database), request.rulebook, request.today, people.new_id)
    return MoveInPreview(draft, tables, plan_of(read_lines(tables), known, draft.kinds))


def _with_choices(request: PageRequest, draft: MoveInDraft) -> MoveInDraft:
    """The draft with the columns and kinds that the form has."""
    columns, kinds = dict(draft.columns), dict(draft.kinds)
    keys = {key for heads in HEADS.values() for key in heads}
    for name, value in request.form.items():
        part, _, rest = name.partition(":")
        if part == "column" and isinstance(value, str) and (value in keys or not value):
            columns[plain_head(rest)] = value
        if part == "kind" and isinstance(value, str) and value:
            kinds[rest] = value
    return msgspec.structs.replace(draft, columns={head: key for head, key in columns.items() if key}, kinds=kinds)


def _upload_page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "move_in.html",
        409 if refusal else 200,
        refusal=refusal,
        accept=".xlsx,.xls,.et,.csv",
        may_change=request.permissions.is_entitled(RIGHT),
        kept=drafts.find(request.database, request.user.id, _FORM) is not None,
        heads=HEADS,
    )


def _plan_page(request: PageRequest, preview: MoveInPreview, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "move_in_plan.html",
        409 if refusal else 200,
        refusal=refusal,
        draft=preview.draft,
        tables=preview.tables,
        plan=preview.plan,
        heads=HEADS,
        kinds={kind.key: kind.title.text for kind in request.rulebook.unit_kind},
        titles={unit.unit: unit.title for unit in request.roster.units.values()}
        | {one.unit.unit: one.unit.title for one in preview.plan.units},
    )
