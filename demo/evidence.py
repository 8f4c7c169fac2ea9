"""佐证材料 of the sample college: the invented documents that each department collects and hands in with its report.

Two are Word files, one is an Excel file. The same department has the same bytes every time. Not here: the report that
hands them in, and what the reviewers say of them (`department_year.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import escape
from io import BytesIO
from zipfile import ZipFile

from msgspec import Struct

from documents.kinds import KINDS
from documents.packing import pack
from documents.sheets.writing import ExcelColumn, ExcelTable, write
from states.vocabulary import Digest, Document
from storage.database.database import Database
from storage.papers import documents, evidence
from storage.papers.evidence import EvidenceDetails

from .sample import Sample


class SamplePaper(Struct, frozen=True):
    """A document of a department: the element under which it is, what is said of it, and its bytes."""

    element: str
    details: EvidenceDetails
    data: bytes

    @property
    def document(self) -> Document:
        kind = KINDS[self.details.name.rpartition(".")[2]]
        sha256 = Digest(documents.digest_of(self.data))
        return Document(sha256=sha256, size=len(self.data), media_type=kind.media_type)


def papers(title: str, elements: Iterable[str], year: int) -> tuple[SamplePaper, ...]:
    """The documents of the department with this title, one under each of the first three elements."""
    heads = tuple(ExcelColumn(title=head, width=16) for head in ("日期", "内容", "参加人数"))
    rows = tuple(
        (f"{year}-0{month}-15", f"第 {number} 次集中学习", 20 + number) for number, month in enumerate((3, 6, 9), 1)
    )
    register = ExcelTable(name="学习台账", title=f"{title} 学习台账（样例，内容系虚构）", columns=heads, rows=rows)
    minutes = (
        f"{title} 党风廉政建设工作会议记录",
        "（样例，内容系虚构）",
        "会议研究了本年度责任分工，明确了各岗位的廉政风险点。",
    )
    pledge = (f"{title} 党风廉政建设责任书", "（样例，内容系虚构）", "本部门负责人与各岗位签订责任书，一式两份。")
    made = (
        (EvidenceDetails(name="会议记录.docx", dated=date(year, 3, 12), note="第一季度"), _word(minutes)),
        (EvidenceDetails(name="学习台账.xlsx", dated=date(year, 9, 15)), write([register])),
        (EvidenceDetails(name="责任书.docx", dated=date(year, 4, 2)), _word(pledge)),
    )
    return tuple(SamplePaper(element, *one) for element, one in zip(elements, made, strict=False))


def collect(database: Database, sample: Sample, unit: str, collected: Iterable[SamplePaper]) -> None:
    """Put the documents into the folder of a department, at the beginning of the year."""
    with evidence.changing(database, sample.year, unit) as folder:
        for paper in collected:
            sha256 = folder.store(paper.data, paper.document.media_type, sample.start)
            folder.put(paper.element, sha256, paper.details, f"acct-{unit}", sample.start)


def _word(paragraphs: Iterable[str]) -> bytes:
    """A Word file of these paragraphs."""
    text = "".join(f"<w:p><w:r><w:t>{escape(paragraph)}</w:t></w:r></w:p>" for paragraph in paragraphs)
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONSHIPS)
        archive.writestr(
            "word/document.xml", f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{text}</w:body></w:document>'
        )
    return pack(made.getvalue())


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
