"""佐证材料目录: the documents that prove each element, numbered; an element without one has a row to be written in.

It is the download of the page of the folder too, on which the department sees what it has not handed in yet. The name
of a document may name people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable, narrowed
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.types import Rulebook
from states.stages.document_review import VERDICT_TITLES, DocumentsReviewed, Verdict
from states.stages.evidence import handed_in, open_requests
from states.vocabulary import Text
from storage.papers.evidence import CollectedEvidence
from workflow.papers.sources import UnitSource
from workflow.papers.words import title_of

from .source import PaperSheets, SheetReader

HANDED_IN, NOT_YET = Text(zh="已报送", en="handed in"), Text(zh="未报送", en="not handed in yet")
ON_REQUEST, MISSING = Text(zh="已补交", en="handed in on request"), Text(zh="待交", en="still to come")
REQUESTED, NOTHING = Text(zh="待补交", en="asked for"), Text(zh="未附材料", en="none came with the report")
_SIGNATURES = Text(
    zh="部门负责人（签名、盖章）：　　　　　　　　　接收人（签名）：　　　　　　　　　　　　　　年　　月　　日",
    en="For the department (signature, seal):                    Received by (signature):                    Date:",
)


class ElementEvidence(Struct, frozen=True):
    """An element by its text, its documents in order, and what the list says of an element without documents."""

    text: str
    lines: tuple[EvidenceLine, ...]
    nothing: Text


class EvidenceLine(Struct, frozen=True):
    """One document: its name, its day, whether it was handed in, what the reviewers say of it, and the note."""

    name: str
    status: Text
    dated: date | None = None
    verdict: Verdict | None = None
    note: str = ""


_HEADS: Sequence[tuple[Text, ExcelColumn]] = (
    (Text(zh="编号", en="No."), ExcelColumn(title="", width=5, kind="number")),
    (Text(zh="考核要素", en="Element"), ExcelColumn(title="", width=34)),
    (Text(zh="材料名称", en="Document"), ExcelColumn(title="", width=24, is_input=True)),
    (Text(zh="责任者", en="Author"), ExcelColumn(title="", width=9, is_input=True)),
    (Text(zh="文号", en="Document number"), ExcelColumn(title="", width=12, is_input=True)),
    (
        Text(zh="材料日期", en="Day of the document"),
        ExcelColumn(title="", width=15, kind="day", is_written_out=True, is_input=True),
    ),
    (Text(zh="页数", en="Pages"), ExcelColumn(title="", width=5, kind="number", is_input=True)),
    (Text(zh="状态", en="Status"), ExcelColumn(title="", width=9)),
    (Text(zh="核验", en="Verdict"), ExcelColumn(title="", width=9)),
    (Text(zh="备注", en="Note"), ExcelColumn(title="", width=12, is_input=True)),
)


def evidence_list(one: UnitSource, reader: SheetReader) -> PaperSheets:
    form = one.rulebook.forms_by_kind.get(one.state.unit_kind)
    year = one.state.year
    if form is None:
        return PaperSheets((evidence_table(one.unit, year, one.rulebook, (), "zh"),))
    collected = {(file.element, file.sha256): file for file in reader.collected(year, one.state.unit)}
    lines = _lines(one, form, collected, reader.file_names(one.state.stream))
    return PaperSheets((evidence_table(one.unit, year, one.rulebook, lines, "zh"),))


def evidence_table(
    unit: str, year: int, rulebook: Rulebook, elements: Iterable[ElementEvidence], language: str
) -> ExcelTable:
    """The table of a department. `unit`: its name. `elements`: in order."""
    name, measure = PAPERS["evidence-list"].title, rulebook.measure.title
    title = Text(zh=title_of(name.zh, year, rulebook), en=f"Evidence {year}").render(language)
    below = Text(
        zh=f"部门：{unit}　　年度：{year}　　依据：《{measure.zh}》",
        en=f"Department: {unit}. Year: {year}. Measure: {measure.en}",
    )
    columns = tuple(
        replace(one, title=head.render(language), is_written_out=one.is_written_out and language == "zh")
        for head, one in _HEADS
    )
    return ExcelTable(
        name=name.render(language),
        title=title,
        subtitle=below.render(language),
        columns=narrowed(columns),
        rows=tuple(_rows(elements, language)),
        notes=(_SIGNATURES.render(language),),
    )


def without_document(state: Assessment, element: str) -> Text:
    """What the list says of an element without a document: still to come, asked for, or none came with the report."""
    if any(one.element == element for one in open_requests(state).values()):
        return REQUESTED
    return MISSING if state.step("self_report") is None else NOTHING


def element_text(form: ScoreForm, key: str, language: str = "zh") -> str:
    """An element with its printed number, if it has one."""
    label, title = form.labels[key].render(language), form.elements[key].title.text.render(language)
    return title if label == title else f"{label} {title}"


def numbers_of(one: UnitSource) -> dict[tuple[str, str], int]:
    """The number of each document that was handed in, by its element and digest: in the order of the form."""
    form, documents = one.rulebook.forms_by_kind.get(one.state.unit_kind), handed_in(one.state)
    keys = form.elements if form is not None else ()
    pairs = [(key, digest) for key in keys for digest in documents.get(key, {})]
    return {pair: number for number, pair in enumerate(pairs, 1)}


def _rows(elements: Iterable[ElementEvidence], language: str) -> Iterator[tuple[CellValue, ...]]:
    number = 0
    for one in elements:
        for line in one.lines:
            number += 1
            verdict = VERDICT_TITLES[line.verdict.fits].render(language) if line.verdict is not None else ""
            yield (
                number,
                one.text,
                line.name,
                "",
                "",
                line.dated,
                "",
                line.status.render(language),
                verdict,
                line.note,
            )
        if not one.lines:
            yield ("", one.text, "", "", "", "", "", one.nothing.render(language), "", "")


def _lines(
    one: UnitSource,
    form: ScoreForm,
    collected: Mapping[tuple[str, str], CollectedEvidence],
    names: Mapping[str, str],
) -> Iterator[ElementEvidence]:
    """What was handed in, by the elements of the form."""
    review = one.state.fact(DocumentsReviewed)
    answers = [request.answer for request in one.state.requests.values() if request.answer is not None]
    supplied = {file.sha256 for answer in answers for file in answer.documents}
    documents = handed_in(one.state)
    for key in form.elements:
        verdicts = review.findings[key].verdicts if review is not None and key in review.findings else {}
        lines = []
        for digest in documents.get(key, {}):
            file = collected.get((key, digest))
            details = file.details if file is not None else None
            lines.append(
                EvidenceLine(
                    name=(details.name if details is not None else "") or names.get(digest, "") or f"文件 {digest[:8]}",
                    status=ON_REQUEST if digest in supplied else HANDED_IN,
                    dated=details.dated if details is not None else None,
                    verdict=verdicts.get(digest),
                    note=details.note if details is not None else "",
                )
            )
        yield ElementEvidence(element_text(form, key), tuple(lines), without_document(one.state, key))
