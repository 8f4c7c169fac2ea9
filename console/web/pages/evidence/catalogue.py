"""佐证材料目录: the catalogue of the evidence of a department and year, which makes itself, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from console.papers.sheets.evidence_list import EvidenceLine, element_text, evidence_table
from console.web.display.spreadsheets import EXCEL
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents.sheets.writing import write
from storage.papers.evidence import EvidenceDetails

from .contents import PATH, FolderContents, FolderFile

pages = Pages()


@pages.get(f"{PATH}/catalogue.xlsx", view="evidence")
def catalogue(request: PageRequest, year: int, unit: str) -> Response:
    """What is in the folder; for others what was handed in."""
    folder, language = FolderContents(request, year, unit), request.user.language
    table = evidence_table(folder.unit_title, year, folder.measure, _elements(folder, language), language)
    return request.answer.download(f"kaohe-evidence-{year}-{unit}.xlsx", write([table]), EXCEL)


def _elements(folder: FolderContents, language: str) -> Iterator[tuple[str, list[EvidenceLine]]]:
    for element in folder.elements():
        yield element_text(folder.form, element.key, language), [_line(file) for file in element.files]


def _line(file: FolderFile) -> EvidenceLine:
    details = file.evidence.details or EvidenceDetails(name="")
    verdict = file.handed_in.verdict if file.handed_in is not None else None
    return EvidenceLine(file.name, file.status, details.dated, verdict, details.note)
