"""Reads the file of a score sheet that somebody has filled in: the fields of the form, and every fault with its cell.

A cell is found by the key in its row and the head of its column, so rows may be sorted, hidden or moved. An empty cell
gives no points: it is left out, and never 0. Not here: how the file is written (`writing.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from config import typed
from config.cells import Cell, CellFault, CellRow, CellSheet, Workbook
from documents.sheets.writing import HIDDEN_SHEET
from states.rulebook.calculation.numbers import plain
from states.vocabulary import Text

from .sheet_view import ScoreRow, ScoreSheetView
from .writing import ELEMENT, KEY_HEAD, NUMBER, REASON, SUBTOTAL, TOTAL, Layout, sum_titles

_UNIT = re.compile(r"[^\d.]$")


class FilledSheet(Struct, frozen=True):
    """What a file has: the fields of the form by name, remarks that somebody should read (`notes`), and faults."""

    fields: dict[str, str]
    notes: tuple[CellFault, ...]
    faults: tuple[CellFault, ...]


def read_score_file(workbook: Workbook, sheet: ScoreSheetView, layout: Layout) -> FilledSheet:
    """What somebody filled in. `sheet`: the form for which the file was made. `layout`: the heads and words of the file."""
    return _SheetReader(sheet, layout).read(workbook)


def find_head(sheet: CellSheet, layout: Layout) -> CellRow | None:
    """The row with the heads of the columns; None for a sheet without the head of the points."""
    return next((row for row in sheet.rows if "points" in _columns(row, layout)), None)


def _columns(row: CellRow, layout: Layout) -> dict[str, int]:
    """By what a column has (`points`, `reason`, …) its number, if this row has the heads; empty if it has none."""
    columns: dict[str, int] = {}
    heads = {"points": layout.points, "reason": REASON, "number": NUMBER, "element": ELEMENT}
    # The file may have been made in the other language.
    names = {"key": {KEY_HEAD}} | {name: _plain(head) for name, head in heads.items()}
    for column in sorted(row.cells):
        text = re.sub(r"\s+", "", row.text(column))
        for name, titles in names.items():
            if text in titles:
                # The agreed sheet has the head 自评 beside that of the points; the last one with the name counts.
                columns[name] = column
    return columns


class _SheetReader:
    def __init__(self, sheet: ScoreSheetView, layout: Layout) -> None:
        self._rows, self._layout = sheet.rows, layout
        titles = (TOTAL, SUBTOTAL, *(title for table in sheet.tables for title in sum_titles(table.form)))
        self._sums = set().union(*map(_plain, titles))
        self._fields: dict[str, str] = {}
        self._notes: list[CellFault] = []
        self._faults: list[CellFault] = []
        self._row_numbers: dict[str, int] = {}

    def read(self, workbook: Workbook) -> FilledSheet:
        is_found = False
        for sheet in workbook:
            if sheet.name == HIDDEN_SHEET:
                continue
            head = find_head(sheet, self._layout)
            if head is None:
                continue
            is_found = True
            columns = _columns(head, self._layout)
            self._check_merged(sheet, head.number, columns)
            for row in sheet.rows:
                if row.number > head.number and not self._is_sum(row):
                    self._read_row(sheet, row, columns)
        if not is_found:
            zh = f"没有“{self._layout.points.zh}”列：不是从本页下载的评分表，或者改动了表头"
            en = f"there is no column “{self._layout.points.en}”: it is not this page's file, or its heads changed"
            first = next((one for one in workbook if one.rows), CellSheet("", (CellRow(1, {}),)))
            self._fault(first, first.rows[0].number, None, zh, en)
        return FilledSheet(self._fields, tuple(self._notes), tuple(self._faults))

    def _is_sum(self, row: CellRow) -> bool:
        return any(re.sub(r"\s+", "", row.text(column)) in self._sums for column in row.cells)

    def _check_merged(self, sheet: CellSheet, head: int, columns: Mapping[str, int]) -> None:
        entries = [columns[name] for name in ("points", "reason") if name in columns]
        # The lines below the table reach over all columns.
        last = max((row.number for row in sheet.rows if row.number > head and self._key(row, columns)), default=head)
        for area in sheet.merged:
            if area.last_row > head and area.first_row <= last and area.has_column_of(entries):
                self._fault(sheet, area.first_row, None, f"单元格 {area.name} 已合并，请取消合并后逐行填写",
                            f"the cells {area.name} are merged: unmerge them and fill in each row")  # fmt: skip

    def _read_row(self, sheet: CellSheet, row: CellRow, columns: Mapping[str, int]) -> None:
        key = self._key(row, columns)
        points = row.cells.get(columns["points"])
        reason = row.text(columns["reason"]) if "reason" in columns else ""
        if key is None:
            if points is not None or reason:
                self._fault(sheet, row.number, None, "认不出是哪个考核要素，请不要增加行或改动要素",
                            "nobody can say which element this is: do not add rows or change elements")  # fmt: skip
            return
        if key in self._row_numbers:
            self._fault(sheet, row.number, None, f"与第 {self._row_numbers[key]} 行是同一个考核要素",
                        f"this is the same element as in row {self._row_numbers[key]}")  # fmt: skip
            return
        self._row_numbers[key] = row.number
        item = self._rows[key]
        if points is not None:
            self._read_points(sheet, row.number, columns["points"], points, item)
        if "reason" in columns:
            self._fields[f"reasons.{key}"] = " ".join(reason.split())

    def _key(self, row: CellRow, columns: Mapping[str, int]) -> str | None:
        """The key of the item of a row; None if nobody can say which it is.

        It is in a hidden column. If that was deleted, the number and the text of the element must name the same item.
        """
        if "key" in columns and (key := row.text(columns["key"])):
            return key if key in self._rows else None
        if "number" not in columns or "element" not in columns:
            return None
        text = re.sub(r"\s+", "", row.text(columns["element"]))
        keys = [key for key, one in self._rows.items() if text in _plain(one.item.element.title.text)]
        number = row.text(columns["number"])
        order = list(self._rows)
        return (
            keys[0] if len(keys) == 1 and number.isdecimal() and order[int(number) - 1 : int(number)] == keys else None
        )

    def _read_points(self, sheet: CellSheet, row: int, column: int, cell: Cell, item: ScoreRow) -> None:
        text = " ".join(cell.text.split())
        if cell.kind == "formula":
            if not text:
                self._fault(sheet, row, column, "公式没有结果，请先用 WPS 或 Excel 打开保存一次",
                            "the formula has no result: open and save the file in Excel or WPS first")  # fmt: skip
                return
            self._note(sheet, row, column, f"是公式，取其结果 {text}", f"this is a formula; its result {text} is taken")
        for value, title in item.options:
            if text in (title.zh, title.en, value):
                self._fields[item.field] = value
                return
        if item.item.is_level:
            levels = "、".join(self._layout.say(title) for _value, title in item.options)
            self._fault(
                sheet, row, column, f"“{text}”不是可选的档次，可填：{levels}", f"“{text}” is no level; known: {levels}"
            )
            return
        number = self._number(sheet, row, column, cell, text)
        if number is not None and self._is_possible(sheet, row, column, number, item):
            self._fields[item.field] = plain(number)

    def _number(self, sheet: CellSheet, row: int, column: int, cell: Cell, text: str) -> Decimal | None:
        if cell.kind == "day":
            self._fault(sheet, row, column, f"被表格软件改成了日期（{text}），请重新填数字",
                        f"the program turned it into a day ({text}): type the number again")  # fmt: skip
            return None
        if cell.kind in ("truth", "error"):
            self._fault(sheet, row, column, f"“{text}”不是数字", f"“{text}” is no number")
            return None
        if text.endswith("%"):
            self._fault(sheet, row, column, f"“{text}”是百分数，请填分数", f"“{text}” is a percentage: give points")
            return None
        plain_text = typed.to_plain(text).replace(" ", "")
        if _UNIT.search(plain_text):
            self._fault(
                sheet, row, column, f"“{text}”：只填数字，不写单位", f"“{text}”: give the number only, without a unit"
            )
            return None
        try:
            number = typed.number(plain_text)
        except typed.Unclear as error:
            self._fault(sheet, row, column, f"“{text}”：{error.why.zh}", f"“{text}”: {error.why.en}")
            return None
        if cell.kind == "text":
            self._note(
                sheet,
                row,
                column,
                f"“{text}”是文字格式，按 {plain(number)} 读取",
                f"“{text}” is text; read as {plain(number)}",
            )
        return number

    def _is_possible(self, sheet: CellSheet, row: int, column: int, number: Decimal, item: ScoreRow) -> bool:
        high, step = item.item.high, item.item.step
        if item.options:
            levels = "、".join(self._layout.say(title) for _value, title in item.options)
            self._fault(
                sheet,
                row,
                column,
                f"{plain(number)} 不是可选的档次，可填：{levels}",
                f"{plain(number)} is no level; known: {levels}",
            )
            return False
        if 0 <= number <= high and number % step == 0:
            return True
        zh = f"{plain(number)} 应在 0 至 {plain(high)} 之间，以 {plain(step)} 为单位"
        en = f"{plain(number)} must be from 0 to {plain(high)} in steps of {plain(step)}"
        self._fault(sheet, row, column, zh, en)
        return False

    def _fault(self, sheet: CellSheet, row: int, column: int | None, zh: str, en: str) -> None:
        self._faults.append(CellFault(sheet.name, row, column, Text(zh=zh, en=en)))

    def _note(self, sheet: CellSheet, row: int, column: int, zh: str, en: str) -> None:
        self._notes.append(CellFault(sheet.name, row, column, Text(zh=zh, en=en)))


def _plain(title: Text) -> set[str]:
    """A title in both languages, without white space."""
    return {re.sub(r"\s+", "", title.zh), re.sub(r"\s+", "", title.en)}


def changes_of(
    filled: FilledSheet, sheet: ScoreSheetView, now: Mapping[str, str]
) -> Iterator[tuple[ScoreRow, str, str]]:
    """The rows that the file would change: the row, what the form has now, and what the file has."""
    for row in sheet.rows.values():
        new = filled.fields.get(row.field, "")
        if new and new != now.get(row.field, ""):
            yield row, now.get(row.field, ""), new
