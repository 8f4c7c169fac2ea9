"""佐证材料目录: the catalogue of the evidence of a department and year, which makes itself, as a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from console.web.display.spreadsheets import table_download
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.stages.document_review import VERDICT_TITLES
from states.vocabulary import Text
from storage.papers.evidence import EvidenceDetails

from .contents import PATH, FolderContents

pages = Pages()

_COLUMNS = (
    Text(zh="编号", en="No."), Text(zh="考核要素", en="Element"), Text(zh="材料名称", en="Document"),
    Text(zh="材料日期", en="Day of the document"), Text(zh="状态", en="Status"), Text(zh="核验", en="Verdict"),
    Text(zh="说明", en="Note"),
)  # fmt: skip


@pages.get(f"{PATH}/catalogue.xlsx", view="evidence")
def catalogue(request: PageRequest, year: int, unit: str) -> Response:
    """What is in the folder; for others what was handed in."""
    folder = FolderContents(request, year, unit)
    title = Text(zh=f"{year} 年度佐证材料目录 {folder.unit_title}", en=f"Evidence {year} {folder.unit_title}")
    head = [request.format.text(column) for column in _COLUMNS]
    return table_download(request, f"kaohe-evidence-{year}-{unit}", "xlsx", title, head, list(_rows(request, folder)))


def _rows(request: PageRequest, folder: FolderContents) -> Iterator[tuple[str | int, ...]]:
    """A row for each document, numbered."""
    text, number = request.format.text, 0
    for element in folder.elements():
        for file in element.files:
            number += 1
            details = file.evidence.details or EvidenceDetails(name="")
            verdict = file.handed_in.verdict if file.handed_in is not None else None
            yield (
                number, f"{text(element.label)} {text(element.title)}".strip(), file.name,
                details.dated.isoformat() if details.dated else "", text(file.status),
                text(VERDICT_TITLES[verdict.fits]) if verdict is not None else "", details.note,
            )  # fmt: skip
