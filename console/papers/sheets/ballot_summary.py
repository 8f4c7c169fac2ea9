"""测评结果汇总表: the counted votes on the team and on each member, by post; one worksheet for each kind of ballot.

The ledger has posts and no names, and so has this sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable
from states.rulebook.calculation.forms import BallotKind
from states.stages.democratic_evaluation import BallotHeld, Sheet, papers_of
from workflow.papers.sources import UnitSource
from workflow.papers.words import day, require

from .parts import Columns, Row, of_unit
from .source import PaperSheets, SheetReader

_HUNDREDTH = Decimal("0.01")
_SIGNATURES = "监票人（签名）：　　　　　　　　　计票人（签名）：　　　　　　　　　　　　　　年　　月　　日"


def ballot_summary(one: UnitSource, _reader: SheetReader) -> PaperSheets:
    require(one, "democratic_evaluation")
    record = one.state.fact(BallotHeld)
    assert record is not None
    sheets = {sheet.id: sheet for sheet in record.sheets}
    return PaperSheets(tuple(_table(one, ballot, sheets, record) for ballot in one.rulebook.ballot))


def _table(one: UnitSource, ballot: BallotKind, sheets: dict[str, Sheet], record: BallotHeld) -> ExcelTable:
    key = ballot.key if len(one.rulebook.ballot) > 1 else ""
    more = f"测评日期：{day(record.held_on)}"
    if key:
        more += f"　　测评票：{ballot.title.zh}"
    rows = _rows(one, ballot, key, sheets)
    return of_unit("ballot-summary", one, _columns(ballot), rows, more=more, notes=(_base(ballot), _SIGNATURES))


def _columns(ballot: BallotKind) -> Columns:
    columns = {
        "number": ExcelColumn(title="序号", width=5, kind="number"),
        "subject": ExcelColumn(title="测评对象", width=24),
        "issued": ExcelColumn(title="发出", width=6, kind="number"),
        "returned": ExcelColumn(title="收回", width=6, kind="number"),
        "valid": ExcelColumn(title="有效", width=6, kind="number"),
    }
    for option, title in ballot.titles.items():
        columns[f"votes.{option}"] = ExcelColumn(title=f"{title.zh}（票）", width=11, kind="number")
        if option in ballot.base:
            columns[f"share.{option}"] = ExcelColumn(title=f"{title.zh}（%）", width=11, kind="number", places=2)
    return columns


def _rows(one: UnitSource, ballot: BallotKind, key: str, sheets: dict[str, Sheet]) -> Iterator[Row]:
    papers = [paper for paper in papers_of(one.state, one.rulebook) if paper.ballot == key and paper.id in sheets]
    for number, paper in enumerate(papers, 1):
        sheet = sheets[paper.id]
        base = sum(sheet.counts.get(option, 0) for option in ballot.base)
        row: dict[str, CellValue] = {
            "number": number,
            "subject": paper.title.zh,
            "issued": sheet.issued,
            "returned": sheet.returned,
            "valid": sheet.valid,
        }
        for option in ballot.titles:
            votes = sheet.counts.get(option, 0)
            row[f"votes.{option}"] = votes
            if option in ballot.base and base:
                row[f"share.{option}"] = (Decimal(100 * votes) / base).quantize(_HUNDREDTH, ROUND_HALF_UP)
        yield row


def _base(ballot: BallotKind) -> str:
    """What the shares are counted of, in words."""
    counted = "、".join(ballot.titles[option].zh for option in ballot.base)
    others = "、".join(title.zh for option, title in ballot.titles.items() if option not in ballot.base)
    beside = f"，{others}票不计入" if others else ""
    return f"注：各项比率＝该项票数÷（{counted}）票数之和×100%，保留两位小数{beside}。"
