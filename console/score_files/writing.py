"""Writes the file of a score sheet: one worksheet for each subject or person, the cells to fill in unlocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.stages.document_review import FINDING_TITLES
from states.vocabulary import Text

from .sheet_view import SELF, ScoreRow, ScoreSheetView, SheetTable

KEY_HEAD = "kaohe"
NUMBER = Text(zh="序号", en="No.")
SECTION = Text(zh="一级指标", en="Section")
INDICATOR = Text(zh="二级指标", en="Indicator")
ELEMENT = Text(zh="考核要素", en="Element")
FULL = Text(zh="分值", en="Full mark")
FINDING = Text(zh="查阅资料", en="Review of documents")
REASON = Text(zh="扣分理由", en="Reason for points lost")
TOTAL = Text(zh="合计", en="Total")


class Layout(Struct, frozen=True):
    """The heads of the points that are filled in and of the self-report beside them, and the language of the file."""

    points: Text
    own: Text
    language: str

    def say(self, text: Text) -> str:
        return text.render(self.language)


def layout_of(sheet: ScoreSheetView, act: str, language: str) -> Layout:
    """The heads of the annex (自评得分, 考核得分), if the rulebook has them."""
    own, counted = sheet.heads
    return Layout(own if act == "submit_self_report" else counted, own, language)


def score_tables(
    sheet: ScoreSheetView, act: str, title: Text, text_of: Callable[[str], str], language: str
) -> list[ExcelTable]:
    """The worksheets. `text_of` returns what the form has in a field now; `title` names department and year."""
    layout = layout_of(sheet, act, language)
    text = layout.say(title)
    return [_table(one, number, sheet, act, text, text_of, layout) for number, one in enumerate(sheet.tables, 1)]


_PAPERS = {"submit_self_report": "self-score", "fill_sheet": "assessor-score", "score": "score-sheet"}
"""The paper that each form is."""


def title_of_file(act: str, unit: str, state: Assessment) -> Text:
    """The title: the department by its name (`unit`), the year, and the paper that the form is."""
    paper = PAPERS[_PAPERS[act]].title
    return Text(zh=f"{unit}{state.year}年度{paper.zh}", en=f"{unit}, {state.year}: {paper.en}")


def sheet_name(table: SheetTable, number: int, layout: Layout) -> str:
    """The name of a worksheet: that of the form, or of the subject with its number."""
    title = table.title or (table.form.title.text if table.form else Text(zh="评分表", en="Sheet"))
    return f"{number} {layout.say(title)}" if table.title else layout.say(title)


def _table(
    table: SheetTable, number: int, sheet: ScoreSheetView, act: str, title: str, text_of: Callable[[str], str],
    layout: Layout,
) -> ExcelTable:  # fmt: skip
    is_own = act == "submit_self_report"
    steps = [row.item.step for row in table.rows.values() if not row.options]
    columns = _columns(layout, is_own, min(steps, default=Decimal(1)))
    rows: list[tuple[CellValue, ...]] = []
    choices: dict[tuple[int, int], tuple[str, ...]] = {}
    points_at = next(
        index for index, column in enumerate(columns) if column.title == layout.say(layout.points) and column.is_input
    )
    for place, (section, indicator, row) in enumerate(_in_order(table)):
        if row.options:
            choices[place, points_at] = tuple(layout.say(option) for _value, option in row.options)
        start: tuple[CellValue, ...] = (row.item.key, place + 1, section.render(layout.language),
                                        indicator.render(layout.language), _element(row, layout), row.item.high)  # fmt: skip
        entry = _entry(row, text_of(row.field), layout)
        if is_own:
            rows.append((*start, entry))
        else:
            rows.append(
                (*start, _mark(row, sheet, layout), _finding(row, layout), entry, text_of(f"reasons.{row.item.key}"))
            )
    return ExcelTable(
        name=sheet_name(table, number, layout),
        title=title,
        subtitle=_subtitle(is_own, layout),
        columns=columns,
        rows=tuple(rows),
        choices=choices,
        sums=(5, points_at) if table.sums else (),
        sum_title=layout.say(TOTAL),
    )


def _columns(layout: Layout, is_own: bool, step: Decimal) -> tuple[ExcelColumn, ...]:
    note = Text(
        zh="填 0 至该项分值之间的数；不填的留空，不会按 0 分计。",
        en="A number from 0 to the full mark. Empty is not 0.",
    )
    start = (
        ExcelColumn(title=KEY_HEAD, width=1, is_key=True),
        ExcelColumn(title=layout.say(NUMBER), width=6, kind="number"),
        ExcelColumn(title=layout.say(SECTION), width=16),
        ExcelColumn(title=layout.say(INDICATOR), width=20),
        ExcelColumn(title=layout.say(ELEMENT), width=60),
        ExcelColumn(title=layout.say(FULL), width=8, kind="number"),
    )
    points = ExcelColumn(
        title=layout.say(layout.points),
        width=12,
        kind="number",
        most=5,
        step=step,
        note=layout.say(note),
        is_input=True,
    )
    if is_own:
        return (*start, points)
    return (
        *start,
        ExcelColumn(title=layout.say(layout.own), width=10, kind="number"),
        ExcelColumn(title=layout.say(FINDING), width=18),
        points,
        ExcelColumn(title=layout.say(REASON), width=40, is_input=True),
    )


def _subtitle(is_own: bool, layout: Layout) -> str:
    text = Text(
        zh="只填浅黄色单元格；填好保存后，在考核系统的同一页面上传。",
        en="Fill in the pale cells only. Save the file and upload it on the page that it came from.",
    )
    more = Text(zh="低于满分的须写扣分理由，不写姓名。", en=" Give a reason where points are lost; no names.")
    return layout.say(text) + ("" if is_own else layout.say(more))


def _in_order(table: SheetTable) -> Iterator[tuple[Text, Text, ScoreRow]]:
    """The rows with the titles of their section and indicator, in the order of the annex; then those on no form."""
    nothing = Text(zh="", en="")
    for section, branches in table.parts:
        for branch, rows in branches:
            title = branch.part.title.text if branch.part is not section else nothing
            for row in rows:
                yield section.title.text, title, row
    for row in table.loose:
        yield nothing, nothing, row


def _element(row: ScoreRow, layout: Layout) -> str:
    return layout.say(row.item.element.title.text)


def _entry(row: ScoreRow, text: str, layout: Layout) -> CellValue:
    """What the form has in the field now: a choice by its title, a number as a number, else as it was typed."""
    for value, title in row.options:
        if value == text:
            return layout.say(title)
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return text


def _mark(row: ScoreRow, sheet: ScoreSheetView, layout: Layout) -> CellValue:
    """What the department gave itself."""
    if SELF not in sheet.columns:
        return None
    mark = row.marks[sheet.columns.index(SELF)]
    if mark is None:
        return None
    text = layout.say(mark.text)
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _finding(row: ScoreRow, layout: Layout) -> str:
    if row.finding is None:
        return ""
    remark = f"：{row.finding.remark}" if row.finding.remark else ""
    return layout.say(FINDING_TITLES[row.finding.degree]) + remark
