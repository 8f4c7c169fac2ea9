"""查阅资料清单: what the working group reads under each element, and what it finds; blank before the review.

Documents have the numbers of 佐证材料目录 (`evidence_list.py`), because the name of a file may name people.
"""

from __future__ import annotations

from collections.abc import Iterator

from documents.sheets.writing import CellValue, ExcelColumn
from states.stages.document_review import FINDING_TITLES, VERDICT_TITLES, DocumentsReviewed, Finding
from states.stages.evidence import handed_in
from workflow.papers.sources import UnitSource
from workflow.papers.words import day

from .evidence_list import element_text, numbers_of
from .parts import Columns, Row, of_unit
from .source import PaperSheets, SheetReader

_COLUMNS: Columns = {
    "element": ExcelColumn(title="考核要素", width=54),
    "documents": ExcelColumn(title="已查材料编号", width=16, is_input=True),
    "verdict": ExcelColumn(
        title="材料结论", width=10, choices=tuple(one.zh for one in VERDICT_TITLES.values()), is_input=True
    ),
    "finding": ExcelColumn(
        title="查验结果", width=10, choices=tuple(one.zh for one in FINDING_TITLES.values()), is_input=True
    ),
    "remark": ExcelColumn(title="说明", width=36, is_input=True),
}
_NOTES = (
    "注：编号为佐证材料目录中的编号；工作组自行查到的材料不编号。",
    "查阅人（签名）：　　　　　　　　　部门确认（签名）：　　　　　　　　　　　　　　年　　月　　日",
)


def review_list(one: UnitSource, _reader: SheetReader) -> PaperSheets:
    review = one.state.fact(DocumentsReviewed)
    more = "" if review is None else f"查阅日期：{day(review.reviewed_on)}"
    findings = review.findings if review is not None else {}
    return PaperSheets((of_unit("review-list", one, _COLUMNS, _rows(one, findings), more=more, notes=_NOTES),))


def _rows(one: UnitSource, findings: dict[str, Finding]) -> Iterator[Row]:
    """A row for each document under each element; the finding of the element stands in its first row."""
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    if form is None:
        return
    documents, numbers = handed_in(one.state), numbers_of(one)
    for key in form.elements:
        finding = findings.get(key)
        rows: list[dict[str, CellValue]] = []
        for digest in documents.get(key, {}):
            verdict = finding.verdicts.get(digest) if finding is not None else None
            title, remark = (VERDICT_TITLES[verdict.fits].zh, verdict.remark) if verdict is not None else ("", None)
            rows.append({"documents": str(numbers[key, digest]), "verdict": title, "remark": remark})
        if finding is not None and finding.evidence:
            rows.append({"documents": f"{len(finding.evidence)} 份（工作组查到）"})
        first = (rows or [{}])[0]
        remarks = filter(None, (finding.remark if finding is not None else None, first.get("remark")))
        first |= {
            "finding": FINDING_TITLES[finding.degree].zh if finding is not None else "",
            "remark": "；".join(map(str, remarks)),
        }
        yield from ({"element": element_text(form, key), **row} for row in (rows or [first]))
