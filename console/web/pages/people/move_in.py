"""搬入: brings departments, teams and people in from a workbook: upload, look at what would change, do it.

What was read is kept as the draft of this form, encrypted, until it is done or another file comes; the file is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from config.tables import FoundTable
from console.web.display.spreadsheets import EXCEL
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.sheet_imports.drafts import SheetDraft, SheetForm
from console.web.sheet_imports.flow import SheetImport
from documents.sheets.writing import write
from states.vocabulary import Actor, Text
from storage import people
from workflow.move_in.arrival import carry_out
from workflow.move_in.heads import HEADS, MOVE_IN
from workflow.move_in.lines import read_lines
from workflow.move_in.plan import Known, MoveInPlan, plan_of

from .directory import RIGHT
from .template import template_tables

pages = Pages()


class MoveIn(SheetImport[MoveInPlan]):
    """Departments, teams and people from sheets."""

    path = "/people/move-in"
    act = RIGHT
    title = Text(zh="搬入部门和人员", en="bring departments and people in")
    upload_template, plan_template = "move_in.html", "move_in_plan.html"
    questions = ("kind",)

    def form(self, _request: PageRequest) -> SheetForm:
        return SheetForm(self.path, MOVE_IN, HEADS)

    def plan(self, request: PageRequest, draft: SheetDraft, tables: Sequence[FoundTable]) -> MoveInPlan:
        known = Known(request.roster, request.directory.people, request.rulebook, request.today, people.new_id)
        return plan_of(read_lines(tables), known, draft.choices)

    def plan_values(self, request: PageRequest, plan: MoveInPlan) -> dict[str, Any]:
        return {
            "kinds": {kind.key: kind.title.text for kind in request.rulebook.unit_kind},
            "titles": {unit.unit: unit.title for unit in request.roster.units.values()}
            | {one.unit.unit: one.unit.title for one in plan.units},
        }

    def carry_out(self, request: PageRequest, plan: MoveInPlan, actor: Actor) -> None:
        command_id = f"web/{request.user.id}/{request.form.text('command_id')}"
        if (refusal := carry_out(request.engine, plan, actor, command_id)) is not None:
            raise refusal

    def done_page(self, request: PageRequest, plan: MoveInPlan, _outcome: None) -> Response:
        return request.answer.redirect(f"/people?moved={len(plan.people)}&units={len(plan.units)}")


MoveIn().add_to(pages, view="people")


@pages.get(f"{MoveIn.path}/template", view="people")
def template(request: PageRequest) -> Response:
    """The workbook to fill in, with the departments and people that are known, and a sheet with an example."""
    known = request.directory.people
    tables = template_tables(request.roster, known, request.rulebook, request.user.language)
    return request.answer.download("kaohe-people.xlsx", write(tables), EXCEL)
