"""归档目录: what a year has for the archive, one row for each piece (件), with the columns of DA/T 22-2015.

The archive gives the number of the fonds (全宗号) and the code of the office; both are left to be written in. Not here:
the sheet has no row for what the vault has, which is not archived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct

from documents.sheets.writing import CellValue, ExcelColumn
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.vocabulary import UNIT_ROLE, documents_of
from workflow.papers.sources import UnitSource, YearSource
from workflow.papers.words import roles

from .parts import Columns, Row, of_year
from .source import PaperSheets, SheetReader

_PERIODS: Mapping[str, str] = {"永久": "Y", "30年": "D30", "10年": "D10"}
"""The periods of retention with their codes in the number of a piece (DA/T 22-2015), in the order of the catalogue."""

_COLUMNS: Columns = {
    "number": ExcelColumn(title="序号", width=6, kind="number"),
    "code": ExcelColumn(title="档号", width=30, is_input=True),
    "document": ExcelColumn(title="文号", width=22, is_input=True),
    "author": ExcelColumn(title="责任者", width=34, is_input=True),
    "title": ExcelColumn(title="题名", width=52),
    "day": ExcelColumn(title="日期", width=11, is_input=True),
    "secrecy": ExcelColumn(title="密级", width=7, is_input=True),
    "pages": ExcelColumn(title="页数", width=7, kind="number", is_input=True),
    "retention": ExcelColumn(title="保管期限", width=10),
    "remark": ExcelColumn(title="备注", width=14, is_input=True),
}
_NOTE = "注：档号中的全宗号（□□□□）和机构代码（□□）由档案部门给定；页数、密级由归档人填写。"


class ArchivePiece(Struct, frozen=True, kw_only=True):
    """One piece: its title, who made it, its number and day (if known), and for how long it is kept (永久, 30年, 10年).

    A piece that is kept for no such period is not archived. `remark`: how many files it has.
    """

    title: str
    author: str
    retention: str
    document: str = ""
    day: date | None = None
    remark: str = ""


def archive_list(one: YearSource, _reader: SheetReader) -> PaperSheets:
    return PaperSheets(
        (of_year("archive-list", one, _COLUMNS, archive_rows(pieces(one), one.year.year), notes=(_NOTE,)),)
    )


def archive_rows(all_pieces: Iterable[ArchivePiece], year: int) -> Iterator[Row]:
    """The rows of these pieces: by their period of retention, numbered in each (件号), otherwise in the given order."""
    order = list(_PERIODS)
    archived = sorted(
        (one for one in all_pieces if one.retention in _PERIODS), key=lambda one: order.index(one.retention)
    )
    counts = Counter[str]()
    for number, one in enumerate(archived, 1):
        counts[one.retention] += 1
        row: dict[str, CellValue] = {
            "number": number,
            "code": f"□□□□-WS·{year}-{_PERIODS[one.retention]}-□□-{counts[one.retention]:04}",
            "document": one.document,
            "author": one.author,
            "title": one.title,
            "day": one.day.strftime("%Y%m%d") if one.day is not None else "",
            "retention": one.retention,
            "remark": one.remark,
        }
        yield row


def pieces(one: YearSource) -> Iterator[ArchivePiece]:
    """What the year has: the papers of the catalogue whose stage is done, and the documents of each assessment."""
    for paper in PAPERS.values():
        if paper.of == "year" and any(_is_due(paper, each) for each in one.units):
            yield from _paper_of_year(paper, one)
    for each in one.units:
        for paper in PAPERS.values():
            if paper.of == "assessment" and not paper.task and _is_due(paper, each):
                yield ArchivePiece(
                    title=f"{each.unit}{each.state.year}年度{paper.title.zh}",
                    author=_author(paper, each),
                    retention=paper.retention.zh,
                )
        yield from _documents(each)


def _author(paper: Paper, one: UnitSource) -> str:
    """The department for what it makes itself, otherwise the first role that makes the paper."""
    makers = paper.makers(one.rulebook)
    return one.unit if UNIT_ROLE in makers else roles(makers[:1], one.rulebook)


def _is_due(paper: Paper, one: UnitSource) -> bool:
    """Whether the first stage of a paper that the rulebook has is done; of a reminder, whether somebody was chased."""
    if "chase" in paper.acts:
        return bool(one.state.chases)
    kinds = [kind for kind in paper.stages if kind in one.rulebook.stages]
    return bool(kinds) and one.state.step(kinds[0]) is not None


def _paper_of_year(paper: Paper, one: YearSource) -> Iterator[ArchivePiece]:
    """A paper of the year; of those with a number of their own, each that the ledger has."""
    numbers = {"resolution": list(_resolutions(one)), "circular": list(_notices(one))}
    by_committee = paper.key in numbers
    author = one.rulebook.measure.issuer.zh if by_committee else roles(paper.makers(one.rulebook)[:1], one.rulebook)
    for document, day in dict.fromkeys(numbers.get(paper.key) or [("", None)]):
        yield ArchivePiece(
            title=f"{one.year.year}年度{paper.title.zh}",
            author=author,
            document=document,
            day=day,
            retention=paper.retention.zh,
        )


def _resolutions(one: YearSource) -> Iterator[tuple[str, date | None]]:
    for each in one.units:
        if (fact := each.state.fact(Approved)) is not None:
            yield fact.resolution, fact.met_on


def _notices(one: YearSource) -> Iterator[tuple[str, date | None]]:
    for each in one.units:
        if (fact := each.state.fact(Circulated)) is not None:
            yield fact.document, fact.circulated_on


def _documents(one: UnitSource) -> Iterator[ArchivePiece]:
    """The documents of an assessment, those of one step as one piece, as a text and its annexes are.

    The names of the files are not here, because they may name people.
    """
    zone, answers = ZoneInfo(one.rulebook.timezone), [request.answer for request in one.state.requests.values()]
    supplied = [file for answer in answers if answer is not None for file in answer.documents]
    for step in one.state.steps:
        stage = one.rulebook.stages.get(step.stage)
        is_report = step.stage == "self_report"
        files = {file.sha256 for file in (*documents_of(step.fact), *(supplied if is_report else ()))}
        if stage is not None and files:
            yield ArchivePiece(
                title=f"{one.unit}{one.state.year}年度{stage.title.zh}材料",
                author=one.unit if is_report else roles(stage.by[:1], one.rulebook),
                day=step.at.astimezone(zone).date(),
                retention="30年",
                remark=f"共 {len(files)} 份" if len(files) > 1 else "",
            )
