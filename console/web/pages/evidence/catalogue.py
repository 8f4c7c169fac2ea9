"""佐证材料目录: the catalogue of the evidence of a department and year, which makes itself, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from console.papers.sheets.evidence_list import (
    ElementEvidence,
    EvidenceLine,
    element_text,
    evidence_table,
    without_document,
)
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
    table = evidence_table(folder.unit_title, year, folder.rulebook, _elements(folder, language), language)
    return request.answer.download(f"kaohe-evidence-{year}-{unit}.xlsx", write([table]), EXCEL)


def _elements(folder: FolderContents, language: str) -> Iterator[ElementEvidence]:
    for element in folder.elements():
        text, lines = element_text(folder.form, element.key, language), tuple(map(_line, element.files))
        yield ElementEvidence(text, lines, without_document(folder.state, element.key))


def _line(file: FolderFile) -> EvidenceLine:
    details = file.evidence.details or EvidenceDetails(name="")
    verdict = file.handed_in.verdict if file.handed_in is not None else None
    return EvidenceLine(file.name, file.status, details.dated, verdict, details.note)
