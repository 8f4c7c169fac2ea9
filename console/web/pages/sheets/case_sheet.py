"""从 Excel 登记案件: brings several cases in from one sheet: upload, look at what would be recorded, record it.

The cases are recorded by the same commands as those of the form of a case, all or none. The stream of a case follows
from its content, so the same file, brought in again, records nothing twice. A narrative is no column of a sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs
from starlette.responses import Response

from config.cells import CellFault
from config.tables import FoundTable
from console.web.display.spreadsheets import EXCEL
from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.sheet_imports.case_heads import KIND, case_heads, template_tables
from console.web.sheet_imports.case_reading import SheetCase, faults_of, read_cases
from console.web.sheet_imports.drafts import SheetDraft, SheetForm
from console.web.sheet_imports.flow import SheetImport
from documents.sheets.writing import write
from states.cases.case import RecordCase, case_title
from states.records.case import CASE, Case, Sanction
from states.records.lineage import is_recused
from states.refusals import Refusal
from states.rulebook.sentences.names import option_title
from states.vocabulary import Actor, Text

pages = Pages()


class CasePlan(Struct, frozen=True):
    """The cases to record, those that are recorded already, and every fault."""

    new: list[SheetCase]
    recorded: list[SheetCase]
    faults: list[CellFault]


class CaseImport(SheetImport[CasePlan]):
    """Cases from sheets."""

    path = "/cases/sheet"
    act = RecordCase.act
    title = Text(zh="从 Excel 登记案件", en="record cases from Excel")
    upload_template, plan_template = "case_sheet.html", "case_sheet_plan.html"

    def form(self, request: PageRequest) -> SheetForm:
        return SheetForm(self.path, KIND, {KIND: case_heads(request.rulebook)})

    def plan(self, request: PageRequest, _draft: SheetDraft, tables: Sequence[FoundTable]) -> CasePlan:
        directory, person_of = request.directory.people, request.directory_names.id_of
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
        return CasePlan(new, recorded, faults)

    def plan_values(self, request: PageRequest, _plan: CasePlan) -> dict[str, Any]:
        kind, rulebook = request.rulebook.records[CASE], request.rulebook

        def options(sanction: Sanction) -> list[Text]:
            return [option_title(kind, field.key, sanction.fields[field.key]) for field in kind.field]

        return {
            "kind": kind,
            "options": options,
            "title_of": lambda case: case_title(Case(stream=case.stream, body=case.body), rulebook),
        }

    def carry_out(self, request: PageRequest, plan: CasePlan, _actor: Actor) -> None:
        commands = [BatchCommand(one.stream, one.stream, _command(one)) for one in plan.new]
        submit_all(request, commands, lambda stream, refusal: {stream: refusal})

    def done_page(self, request: PageRequest, plan: CasePlan, _outcome: None) -> Response:
        return request.answer.redirect(f"/cases?brought={len(plan.new)}")


CaseImport().add_to(pages, view="cases", reauthenticates=True)


@pages.get(f"{CaseImport.path}/template", view="cases")
def template(request: PageRequest) -> Response:
    tables = template_tables(request.rulebook, request.user.language)
    return request.answer.download("kaohe-cases.xlsx", write(tables), EXCEL)


def _command(case: SheetCase) -> RecordCase:
    return RecordCase(**structs.asdict(case.body))


def _is_of_own_unit(request: PageRequest, case: SheetCase) -> bool:
    units = [unit for unit in (case.body.unit, case.body.unit_now) if unit is not None]
    return any(is_recused(own, unit, request.roster) for own in request.user.units for unit in units)
