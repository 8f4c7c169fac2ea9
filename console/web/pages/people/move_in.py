"""搬入: brings departments, teams and people in from a workbook: upload, look at what would change, do it.

What was read is kept as the draft of this form, encrypted, until it is done or another file comes; the file is not.
"""

from __future__ import annotations

from msgspec import Struct
from starlette.responses import Response

from config.tables import FoundTable
from console.web.display.spreadsheets import EXCEL
from console.web.forms.sheet_drafts import ACCEPTED, SheetDraft, SheetForm, download_faults
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.sheets.writing import write
from states.custody.tables import CLAUSE
from states.refusals import Refusal
from states.vocabulary import Text
from storage import people
from workflow.move_in.arrival import carry_out
from workflow.move_in.heads import HEADS, MOVE_IN
from workflow.move_in.lines import read_lines
from workflow.move_in.plan import Known, MoveInPlan, plan_of

from .directory import RIGHT
from .template import template_tables

pages = Pages()

_FORM = "/people/move-in"
_SHEETS = SheetForm(_FORM, MOVE_IN, HEADS)
TITLE = Text(zh="搬入部门和人员", en="bring departments and people in")


class MoveInPreview(Struct, frozen=True):
    """The tables that were found in the file, and the plan."""

    draft: SheetDraft
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
        _SHEETS.read_upload(request, CLAUSE)
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
        _SHEETS.check_seen(request, preview.draft, CLAUSE)
        preview = _preview_of(request, _SHEETS.with_choices(request, preview.draft, ("kind",)))
        if request.form.text("_do") != "move_in" or preview.plan.faults:
            return _plan_page(request, preview)
        refusal = carry_out(
            request.engine, preview.plan, actor, f"web/{request.user.id}/{request.form.text('command_id')}"
        )
        if refusal is not None:
            return _plan_page(request, preview, refusal)
    except Refusal as refusal:
        return _plan_page(request, preview, refusal)
    _SHEETS.finish(request, preview.draft)
    return request.answer.redirect(f"/people?moved={len(preview.plan.people)}&units={len(preview.plan.units)}")


@pages.get(f"{_FORM}/faults", view="people")
def download_error_copy(request: PageRequest) -> Response:
    preview = _preview(request)
    if preview is None:
        return request.answer.redirect(_FORM)
    return download_faults(request, preview.tables, preview.plan.faults)


def _preview(request: PageRequest) -> MoveInPreview | None:
    """What the kept file would change; None if there is no file."""
    draft = _SHEETS.stored_draft(request)
    return None if draft is None else _preview_of(request, draft)


def _preview_of(request: PageRequest, draft: SheetDraft) -> MoveInPreview:
    tables = _SHEETS.tables(request, draft)
    known = Known(request.roster, people.people(request.database), request.rulebook, request.today, people.new_id)
    return MoveInPreview(draft, tables, plan_of(read_lines(tables), known, draft.choices))


def _upload_page(request: PageRequest, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "move_in.html",
        409 if refusal else 200,
        refusal=refusal,
        accept=ACCEPTED,
        may_change=request.permissions.is_entitled(RIGHT),
        kept=_SHEETS.stored_draft(request) is not None,
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
