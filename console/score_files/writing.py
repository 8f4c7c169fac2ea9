"""Writes the file of a score sheet: one worksheet for each subject or person, the cells to fill in unlocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable, narrowed
from states.assessment import Assessment
from states.papers.catalogue import PAPERS
from states.rulebook.calculation.forms import ScoreForm, is_element
from states.rulebook.clauses import cite
from states.rulebook.types import Rulebook
from states.stages.document_review import FINDING_TITLES
from states.vocabulary import Text
from workflow.papers.words import title_of

from .sheet_view import SELF, ScoreRow, ScoreSheetView, SheetTable

KEY_HEAD = "kaohe"
NUMBER = Text(zh="序号", en="No.")
SECTION = Text(zh="一级指标", en="Section")
INDICATOR = Text(zh="二级指标", en="Indicator")
ELEMENT = Text(zh="考核要素", en="Element")
FULL = Text(zh="分值", en="Full mark")
FINDING = Text(zh="查阅资料", en="Review of documents")
REASON = Text(zh="扣分理由", en="Reason for points lost")
LABEL = Text(zh="编号", en="Label")
TOTAL, SUBTOTAL = Text(zh="合计", en="Total"), Text(zh="小计", en="Subtotal")
"""The last row, and before deductions the row with the sum of the elements, if the form says nothing else."""


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


_SIGNATURES = {
    "submit_self_report": Text(
        zh="填表人（签名）：　　　　　　　　　部门负责人（签名、盖章）：　　　　　　　　　　　　　　年　　月　　日",
        en="Filled in by (signature):               For the department (signature, seal):               Date:",
    ),
    "fill_sheet": Text(
        zh="评分人（签名）：　　　　　　　　　　　　　　年　　月　　日",
        en="Assessor (signature):                    Date:",
    ),
    "score": Text(
        zh="参加合议人员（签名）：　　　　　　　　　　　　　　　　　　　　年　　月　　日",
        en="Those who agreed on it (signatures):                    Date:",
    ),
}
"""Who signs the printed sheet."""


def title_of_file(act: str, unit: str, state: Assessment, rulebook: Rulebook) -> Text:
    """The title: the department by its name (`unit`), the year, the assessment, and the paper that the form is."""
    paper = PAPERS[_PAPERS[act]].title
    return Text(zh=f"{unit}{title_of(paper.zh, state.year, rulebook)}", en=f"{unit}, {state.year}: {paper.en}")


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
    labels = _labels(table.form)
    columns = _columns(layout, is_own, min(steps, default=Decimal(1)), has_labels=bool(labels))
    (subtotal, total), below = sum_titles(table.form), _rows_beside(table.form) if table.sums else []
    if below:
        below, total = [*below, {NUMBER: total}], subtotal
    rows: list[tuple[CellValue, ...]] = []
    choices: dict[tuple[int, int], tuple[str, ...]] = {}
    points_at = next(
        index for index, column in enumerate(columns) if column.title == layout.say(layout.points) and column.is_input
    )
    for place, (section, indicator, row) in enumerate(_in_order(table)):
        if row.options:
            choices[place, points_at] = tuple(layout.say(option) for _value, option in row.options)
        start: tuple[CellValue, ...] = (row.item.key, place + 1, *_label(row, labels, layout),
                                        section.render(layout.language), indicator.render(layout.language),
                                        _element(row, layout), row.item.high)  # fmt: skip
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
        subtitle=_subtitle(table.form, layout),
        columns=narrowed(columns),
        rows=tuple(rows),
        choices=choices,
        sums=(_index(columns, FULL, layout), points_at) if table.sums else (),
        sum_title=layout.say(total),
        below=tuple(_in_columns(cells, columns, layout) for cells in below),
        notes=(layout.say(_SIGNATURES[act]),),
    )


def _labels(form: ScoreForm | None) -> Mapping[str, Text]:
    """The printed number of each element by its key; empty for a form that numbers none."""
    if form is None or not any(element.label for element in form.elements.values()):
        return {}
    return {key: form.labels[key] for key, element in form.elements.items() if element.label}


def _label(row: ScoreRow, labels: Mapping[str, Text], layout: Layout) -> tuple[CellValue, ...]:
    """The cell with the printed number of a row; none for a form that has no numbers."""
    label = labels.get(row.item.element.key)
    return (layout.say(label) if label is not None else "",) if labels else ()


Below = Mapping[Text, Text]
"""A row below the elements: by the head of the column what it has."""


def _rows_beside(form: ScoreForm | None) -> list[Below]:
    """What is added or taken off beside the elements, as the form prints it. Nobody fills it in: it is reckoned."""
    if form is None:
        return []
    if form.deduction_item:
        head, *items = form.deduction_item
        title = Text(zh=f"{head.label}{head.text.zh}", en=f"{head.label} {head.text.en}")
        rows: list[Below] = [{LABEL: Text(zh=one.label, en=one.label), ELEMENT: one.text.text} for one in items]
        return [{**(rows[0] if rows else {}), SECTION: title}, *rows[1:]]
    beside = [item for item in form.items_beside if not any(map(is_element, item.tree()))]
    return [{LABEL: Text(zh=one.label, en=one.label), SECTION: one.title.text} for one in beside]


def _in_columns(cells: Below, columns: Sequence[ExcelColumn], layout: Layout) -> tuple[CellValue, ...]:
    by_title = {layout.say(head): layout.say(text) for head, text in cells.items()}
    return tuple(by_title.get(column.title, "") for column in columns)


def _index(columns: Sequence[ExcelColumn], head: Text, layout: Layout) -> int:
    return next(index for index, column in enumerate(columns) if column.title == layout.say(head))


def sum_titles(form: ScoreForm | None) -> tuple[Text, Text]:
    """What the rows with sums are called: the sum of the elements before deductions, and the last row."""
    subtotal, total = (form.subtotal, form.grand_total) if form is not None else (None, None)
    return subtotal.text if subtotal is not None else SUBTOTAL, total.text if total is not None else TOTAL


def _columns(layout: Layout, is_own: bool, step: Decimal, *, has_labels: bool) -> tuple[ExcelColumn, ...]:
    label = (ExcelColumn(title=layout.say(LABEL), width=7),) if has_labels else ()
    start = (
        ExcelColumn(title=KEY_HEAD, width=1, is_key=True),
        ExcelColumn(title=layout.say(NUMBER), width=5, kind="number"),
        *label,
        ExcelColumn(title=layout.say(SECTION), width=18 if is_own else 13),
        ExcelColumn(title=layout.say(INDICATOR), width=20 if is_own else 13),
        ExcelColumn(title=layout.say(ELEMENT), width=60 if is_own else 40),
        ExcelColumn(title=layout.say(FULL), width=6, kind="number"),
    )
    points = ExcelColumn(
        title=layout.say(layout.points),
        width=8,
        kind="number",
        most=len(start) - 1,
        step=step,
        note=layout.say(_HINT if is_own else _HINT_WITH_REASONS),
        is_input=True,
    )
    if is_own:
        return (*start, points)
    return (
        *start,
        ExcelColumn(title=layout.say(layout.own), width=6, kind="number"),
        ExcelColumn(title=layout.say(FINDING), width=13),
        points,
        ExcelColumn(title=layout.say(REASON), width=24, is_input=True),
    )


_HINT = Text(
    zh="填 0 至该项分值之间的数；不填的留空，不会按 0 分计。只填浅黄色单元格；填好保存后，在考核系统的同一页面上传。",
    en="A number from 0 to the full mark; empty is not 0. Save the file and upload it on the page that it came from.",
)
_HINT_WITH_REASONS = Text(
    zh=f"{_HINT.zh}低于满分的须写扣分理由，不写姓名。", en=f"{_HINT.en} Give a reason where points are lost; no names."
)
"""What a cell to fill in says when somebody enters it: nothing of it is printed."""


def _subtitle(form: ScoreForm | None, layout: Layout) -> str:
    """The form by its title, and where the measure has it."""
    if form is None:
        return ""
    title, clause = form.title.text, cite(form.clause)
    return layout.say(Text(zh=f"依据：《{title.zh}》（{clause.zh}）", en=f"By: {title.en} ({clause.en})"))


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
