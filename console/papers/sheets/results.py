"""考核结果汇总表: the result of every department of a year, for those who approve and for the leading group."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from documents.sheets.writing import CellValue, ExcelColumn
from states.rulebook.types import Rulebook
from states.stages.approval import Approved
from workflow.papers.limits import limit_words
from workflow.papers.sources import UnitSource, YearSource
from workflow.papers.words import adjustment, first_result
from workflow.papers.year_round import too_early

from .parts import Columns, Row, of_year
from .source import PaperSheets, SheetReader

_SIGNATURES = "制表人（签名）：　　　　　　　　　审核人（签名）：　　　　　　　　　　　　　　年　　月　　日"


def results(one: YearSource, _reader: SheetReader) -> PaperSheets:
    if all(first_result(each) is None for each in one.units):
        raise too_early(one, "scoring")
    rows = [_row(number, each) for number, each in enumerate(one.units, 1)]
    return PaperSheets((of_year("results", one, _columns(one.rulebook), rows, notes=_notes(one)),))


def _columns(rulebook: Rulebook) -> Columns:
    return {
        "number": ExcelColumn(title="序号", width=5, kind="number"),
        "unit": ExcelColumn(title="部门", width=22),
        "kind": ExcelColumn(title="类别", width=10),
        "subtotal": ExcelColumn(title="指标得分", width=9, kind="number"),
        "adjustment": ExcelColumn(title=rulebook.adjustment_title.zh, width=8, kind="number"),
        "score": ExcelColumn(title="得分", width=8, kind="number"),
        "limits": ExcelColumn(title="等次限制（条款）", width=20),
        "grade": ExcelColumn(title="等次", width=10),
        "resolution": ExcelColumn(title="审定决议", width=22),
        "remark": ExcelColumn(title="备注", width=8, is_input=True),
    }


def _row(number: int, one: UnitSource) -> Row:
    result, approved = first_result(one), one.state.fact(Approved)
    row: dict[str, CellValue] = {"number": number, "unit": one.unit, "kind": one.kind}
    if result is None:
        return {**row, "remark": "未计分"}
    return {
        **row,
        "subtotal": result.subtotal,
        "adjustment": adjustment(result, one.rulebook),
        "score": result.score,
        "limits": limit_words(result, one.rulebook)["grade_remark"],
        "grade": one.rulebook.grade_title(result.grade).zh,
        "resolution": approved.resolution if approved is not None else "",
        "remark": "" if approved is not None else "未审定",
    }


def _notes(one: YearSource) -> tuple[str, ...]:
    return ("；".join(_counts(one)), _SIGNATURES)


def _counts(one: YearSource) -> Iterator[str]:
    """How many departments there are, how many of each grade, and the mean score."""
    scored = [result for each in one.units if (result := first_result(each)) is not None]
    yield f"共 {len(one.units)} 个部门，已计分 {len(scored)} 个"
    scale = one.rulebook.first_scale
    counts = {key: sum(result.grade == key for result in scored) for key in (scale.ranks if scale is not None else ())}
    if counts:
        yield "、".join(f"{one.rulebook.grade_title(key).zh} {count} 个" for key, count in counts.items())
    scores = [result.score for result in scored if result.score is not None]
    if scores:
        yield f"平均得分 {(sum(scores, Decimal(0)) / len(scores)).quantize(Decimal('0.01'))}"
