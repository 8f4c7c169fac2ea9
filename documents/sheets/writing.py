"""Writes a workbook of tables. The same tables give the same bytes (`documents/packing.py`).

Text is always written as text: `=1+1` is no formula. A table may have cells that people fill in: only these are
unlocked, the sheet is protected without a password (a guard against slips, not a secret), and a cell refuses what its
column does not take. Copying and pasting, and WPS, pass by that check, so the reader checks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal

import xlsxwriter
from msgspec import Struct, structs
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from config.cells import letters
from documents.packing import pack
from documents.xml_text import fits, with_plain_breaks
from states.refusals import Refusal

ColumnKind = Literal["text", "number", "day"]
CellValue = str | int | Decimal | date | None
"""What a cell may have. A number is written as a number, a day as a day, everything else as text."""

# XlsxWriter refuses a time zone.
_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001
_FONT = "宋体"
_LINE, _ROOM = 15, 3
"""The height of a line, and of the room that a row has beside its lines, in points."""
_GREY, _INK, _PALE = "#F2F2F2", "#1F2933", "#FFFDF0"
_FIRST_WIDE = 0x2E80
"""The first character that is as wide as two letters: those of Chinese follow."""
_HEAD, _FIRST_ROW = 2, 3
"""The row of the heads, and the first row below them, from 0."""
_NOT_IN_NAME = r"[]:*?/\'"
_MAX_NAME = 31
_SCREEN = 220
"""The width of a table, in characters, that a screen shows."""
_MAX_LIST = 255
"""The most characters of a list of choices in the check of a cell. Commas divide the choices."""
_LAST_ROW = 1000
"""The last row for which an empty table has its checks: people add rows."""
PRINTED_WIDTH = 122
"""The width in characters of a table that is printed at 9 points or more on A4 across.

The type of a table has 11 points, and a program makes a page smaller until the table fits. Where the font that widths
are counted in is missing, as in most installations of LibreOffice, a column is a third wider; otherwise nothing is made
smaller.
"""
_NARROWEST = 8
"""The width of a column of words that `narrowed` leaves."""


class ExcelColumn(Struct, frozen=True, kw_only=True):
    """A column: its head, its width in characters, and what its cells take.

    - `choices`: what may be chosen, in every row. A list that Excel refuses, of more than 255 characters, is left out.
    - `note`: what a person sees in a cell that they fill in.
    - `most`: the number of the column, from 0, that has the highest number of each row; `step`: that of the numbers.
    - `places`: the decimals that its numbers show; None: as many as each has.
    - `is_written_out`: its days are written 2026年6月30日, as in a paper, and not 2026-06-30.
    - `is_input`: people fill it in. `is_key`: hidden; it says which row this is.
    """

    title: str
    width: int = 12
    kind: ColumnKind = "text"
    choices: tuple[str, ...] = ()
    most: int | None = None
    step: Decimal = Decimal(1)
    places: int | None = None
    note: str = ""
    is_written_out: bool = False
    is_input: bool = False
    is_key: bool = False


class UnfitCell(Refusal):
    """A text cannot stand in a cell."""

    zh = "“{title}”中有不能写入 Excel 单元格的内容（控制字符，或超过 {most} 字）。请修改后重新生成。"
    en = (
        "“{title}” has a text that no cell of Excel can hold: a control character, or more than {most} characters. "
        "Change it and make the file again."
    )


class ExcelTable(Struct, frozen=True, kw_only=True):
    """A sheet: a title in row 1, a line below it in row 2, the heads in row 3, and the rows.

    - `name`: what the sheet is called. `write` leaves out what Excel does not take in a name.
    - `is_open`: people may add rows, and no cell is locked.
    - `faults`: what is wrong with a cell, by its row and column from 0: the cell is red and has a comment.
    - `choices`: what may be chosen in a single cell, by its row and column.
    - `sums`: the columns whose sum stands in a last row, which `sum_title` names. The sum of nothing is blank.
    - `below`: rows below the sums that nobody fills in on a screen.
    - `notes`: lines below the table, each across it: what a figure is of, and where somebody signs.
    """

    name: str
    title: str
    subtitle: str = ""
    columns: tuple[ExcelColumn, ...]
    rows: tuple[tuple[CellValue, ...], ...] = ()
    is_open: bool = False
    faults: Mapping[tuple[int, int], str] = {}
    choices: Mapping[tuple[int, int], tuple[str, ...]] = {}
    sums: tuple[int, ...] = ()
    sum_title: str = ""
    below: tuple[tuple[CellValue, ...], ...] = ()
    notes: tuple[str, ...] = ()


def narrowed(columns: Sequence[ExcelColumn]) -> tuple[ExcelColumn, ...]:
    """The columns as they are, or with narrower ones for words, so that the table is no wider than `PRINTED_WIDTH`."""
    excess = sum(column.width for column in columns if not column.is_key) - PRINTED_WIDTH
    room = {
        index: column.width - _NARROWEST
        for index, column in enumerate(columns)
        if column.kind == "text" and not column.is_key and column.width > _NARROWEST
    }
    total = sum(room.values())
    if excess <= 0 or not total:
        return tuple(columns)
    share = min(excess, total)
    return tuple(
        structs.replace(column, width=column.width - -(-room[index] * share // total)) if index in room else column
        for index, column in enumerate(columns)
    )


MAX_CELL = 32_767
"""The most characters of a cell."""
MAKER = 2
"""The number of this program: another one if the same tables no longer make the same bytes."""
HIDDEN_SHEET = "_kaohe"
"""The sheet with what the program needs to know of a file when it comes back."""


def write(tables: Sequence[ExcelTable], hidden: Mapping[str, str] | None = None) -> bytes:
    """The workbook with these sheets. `hidden`: pairs of name and value for the sheet that people do not see.

    Raises `UnfitCell`.
    """
    made = BytesIO()
    tables = [_fit(table) for table in tables]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"created": _NO_TIME, "author": "", "title": tables[0].title})
        formats = _Formats(book)
        for name, table in zip(_sheet_names(tables), tables, strict=True):
            _write_table(book.add_worksheet(name), table, formats)
        if hidden:
            sheet = book.add_worksheet(HIDDEN_SHEET)
            for number, (name, value) in enumerate(hidden.items()):
                sheet.write_string(number, 0, name)
                sheet.write_string(number, 1, value)
            sheet.very_hidden()
    return pack(made.getvalue())


def _fit(table: ExcelTable) -> ExcelTable:
    """The table with every text as a cell can hold it. Raises `UnfitCell`."""
    titles = [column.title for column in table.columns]
    return structs.replace(
        table,
        title=_fit_text(table.title, table.name),
        subtitle=_fit_text(table.subtitle, table.name),
        rows=tuple(tuple(map(_fit_value, row, titles)) for row in table.rows),
        below=tuple(tuple(map(_fit_value, row, titles)) for row in table.below),
        notes=tuple(_fit_text(note, table.name) for note in table.notes),
    )


def _fit_value(value: CellValue, title: str) -> CellValue:
    return _fit_text(value, title) if isinstance(value, str) else value


def _fit_text(text: str, title: str) -> str:
    """A text as a cell can hold it. `title`: of its column, or the name of the sheet. Raises `UnfitCell`."""
    # XlsxWriter would cut a longer text off, and say nothing.
    if len(text) > MAX_CELL or not fits(text):
        raise UnfitCell(title=title, most=MAX_CELL)
    return with_plain_breaks(text)


def _sheet_names(tables: Sequence[ExcelTable]) -> list[str]:
    """The names of the sheets, as Excel takes them: no more than 31 characters, none of `_NOT_IN_NAME`, no two alike."""
    names: list[str] = []
    for number, table in enumerate(tables, 1):
        name = "".join(letter for letter in table.name if letter not in _NOT_IN_NAME)[:_MAX_NAME].strip()
        if not name or name.casefold() in {*map(str.casefold, names), HIDDEN_SHEET, "history"}:
            name = f"{name[: _MAX_NAME - 4]} {number}".strip()
        names.append(name)
    return names


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base = {"font_name": _FONT, "font_size": 11, "font_color": _INK, "valign": "vcenter"}
        lines = {**base, "border": 1, "border_color": "#B8C0C8", "text_wrap": True}
        title = {**base, "font_size": 15, "bold": True}
        self.title = book.add_format(title)
        self.middle = book.add_format({**title, "align": "center_across"})
        self.subtitle = book.add_format({**base, "font_color": "#52606D"})
        self.note = book.add_format({**base, "text_wrap": True})
        self.head = book.add_format({**lines, "bold": True, "bg_color": _GREY, "align": "center"})
        self.wrong = book.add_format({**lines, "bg_color": "#FCEFEF", "font_color": "#B3202A", "num_format": "@"})
        self._book, self._lines = book, lines
        self._made: dict[tuple[str, int | None, bool, bool], Format] = {}

    def of(self, column: ExcelColumn, *, is_open: bool) -> Format:
        kind = (column.kind, column.places, column.is_written_out, is_open)
        if kind not in self._made:
            more: dict[str, Any] = {"locked": not is_open}
            if is_open:
                more["bg_color"] = _PALE
            # A text column is text in Excel too: a staff number 0012 that somebody types keeps its zeros.
            number = "General" if column.places is None else f"0.{'0' * column.places}"
            day = 'yyyy"年"m"月"d"日"' if column.is_written_out else "yyyy-mm-dd"
            formats: Mapping[str, str] = {"day": day, "number": number}
            more["num_format"] = formats.get(column.kind, "@")
            if column.kind != "text":
                more["align"] = "center"
            self._made[kind] = self._book.add_format({**self._lines, **more})
        return self._made[kind]


def _write_table(sheet: Worksheet, table: ExcelTable, formats: _Formats) -> None:
    first = _first_visible(table)
    sheet.set_row(0, 28)
    _write_title(sheet, table, formats)
    sheet.write_string(1, first, table.subtitle, formats.subtitle)
    heads = max((_lines(column.title, column) for column in table.columns), default=1)
    sheet.set_row(_HEAD, max(26, _height(heads)))
    for index, column in enumerate(table.columns):
        whole = formats.of(column, is_open=True) if table.is_open else None
        sheet.set_column(index, index, column.width, whole, {"hidden": column.is_key})
        sheet.write_string(_HEAD, index, column.title, formats.head)
        _add_checks(sheet, table, index, column)
    for number, row in enumerate(table.rows):
        _write_row(sheet, table, number, row, formats)
    if table.sums and table.rows:
        _write_sums(sheet, table, formats)
    for number, row in enumerate(table.below, _end(table)):
        sheet.set_row(number, _height(max(map(_lines, row, table.columns))))
        for index, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, number, index, value, formats.of(column, is_open=False))
    _write_notes(sheet, table, formats)
    sheet.freeze_panes(_HEAD + 1, 0)
    if not table.is_open:
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
    _lay_out(sheet)


def _write_title(sheet: Worksheet, table: ExcelTable, formats: _Formats) -> None:
    """The title, in the middle of a table that fits on a screen. No cells are merged."""
    first, last = _first_visible(table), len(table.columns) - 1
    if table.is_open or sum(column.width for column in table.columns) > _SCREEN:
        sheet.write_string(0, first, table.title, formats.title)
        return
    sheet.write_string(0, first, table.title, formats.middle)
    for index in range(first + 1, last + 1):
        sheet.write_blank(0, index, None, formats.middle)


def _write_row(sheet: Worksheet, table: ExcelTable, number: int, row: Sequence[CellValue], formats: _Formats) -> None:
    sheet.set_row(number + _FIRST_ROW, _height(max(map(_lines, row, table.columns))))
    for index, (column, value) in enumerate(zip(table.columns, row, strict=True)):
        fault = table.faults.get((number, index))
        is_open = table.is_open or column.is_input
        format_ = formats.wrong if fault else formats.of(column, is_open=is_open)
        _write_cell(sheet, number + _FIRST_ROW, index, value, format_)
        if fault:
            sheet.write_comment(number + _FIRST_ROW, index, fault, {"author": "", "x_scale": 2})


def text_width(text: str) -> int:
    """The width of a text, in letters: a Chinese character is as wide as two."""
    return sum(2 if ord(letter) > _FIRST_WIDE else 1 for letter in text)


def _height(lines: int) -> int:
    """The height of a row with so many lines."""
    return _LINE * lines + _ROOM


def _lines(value: CellValue, column: ExcelColumn) -> int:
    """The lines that a text needs in its column."""
    if not isinstance(value, str) or column.is_key:
        return 1
    return max(1, -(-text_width(value) // max(column.width - 1, 1)))


def _write_sums(sheet: Worksheet, table: ExcelTable, formats: _Formats) -> None:
    """The last row: sums as formulas, with their results, so that a program that does not calculate shows them."""
    last = _FIRST_ROW + len(table.rows)
    for index, column in enumerate(table.columns):
        if index in table.sums:
            values = (row[index] for row in table.rows)
            numbers = [Decimal(one) for one in values if isinstance(one, (int, Decimal))]
            cells = f"{letters(index + 1)}{_FIRST_ROW + 1}:{letters(index + 1)}{last}"
            formula = f'=IF(COUNT({cells})=0,"",SUM({cells}))'
            sheet.write_formula(last, index, formula, formats.head, float(sum(numbers)) if numbers else "")
        else:
            title = table.sum_title if index == _first_visible(table) else ""
            sheet.write_string(last, index, title, formats.head) if not column.is_key else None


def _end(table: ExcelTable) -> int:
    """The row below the rows and the sums, from 0."""
    return _FIRST_ROW + len(table.rows) + bool(table.sums and table.rows)


def _write_notes(sheet: Worksheet, table: ExcelTable, formats: _Formats) -> None:
    """The lines below the table, each in one cell across its columns."""
    first, last = _first_visible(table), len(table.columns) - 1
    width = sum(column.width for column in table.columns if not column.is_key)
    for row, note in enumerate(table.notes, _end(table) + len(table.below)):
        sheet.set_row(row, _height(max(1, -(-text_width(note) // width))) + 4)
        if last > first:
            sheet.merge_range(row, first, row, last, "", formats.note)
        sheet.write_string(row, first, note, formats.note)


def _add_checks(sheet: Worksheet, table: ExcelTable, index: int, column: ExcelColumn) -> None:
    """What the cells of a column refuse when somebody types into them."""
    if not (table.is_open or column.is_input):
        return
    last = _LAST_ROW if table.is_open else _FIRST_ROW + len(table.rows) - 1
    single = {row: choices for (row, at), choices in table.choices.items() if at == index}
    for row, choices in single.items():
        if check := _choice(choices):
            sheet.data_validation(row + _FIRST_ROW, index, row + _FIRST_ROW, index, check)
    if single or last < _FIRST_ROW:
        rows = [row for row in range(len(table.rows)) if row not in single]
        for row in rows:
            _add_check(sheet, column, index, row + _FIRST_ROW, row + _FIRST_ROW)
    else:
        _add_check(sheet, column, index, _FIRST_ROW, last)


def _add_check(sheet: Worksheet, column: ExcelColumn, index: int, first: int, last: int) -> None:
    if check := _check(column, index, first):
        sheet.data_validation(first, index, last, index, check)


def _first_visible(table: ExcelTable) -> int:
    return next((index for index, column in enumerate(table.columns) if not column.is_key), 0)


def _lay_out(sheet: Worksheet) -> None:
    """On paper: A4 across, one page wide, the heads on each page, 第 n 页 共 m 页."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.repeat_rows(0, _HEAD)
    sheet.set_footer("&C第 &P 页 共 &N 页")


def _write_cell(sheet: Worksheet, row: int, column: int, value: CellValue, format_: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, format_)
    elif isinstance(value, (int, Decimal)):
        sheet.write_number(row, column, float(value), format_)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), format_)  # noqa: DTZ001
    else:
        sheet.write_string(row, column, value, format_)


def _check(column: ExcelColumn, index: int, row: int) -> dict[str, Any] | None:
    """The check of the cells of a column from this row on. A cell takes only one, so a number has one formula."""
    check: dict[str, Any] = {"ignore_blank": True}
    if column.note:
        check |= {"input_title": column.title[:32], "input_message": column.note[:255]}
    if choice := _choice(column.choices):
        return check | choice
    if column.kind == "day":
        first = date(1900, 1, 1)
        return check | {
            "validate": "date",
            "criteria": ">=",
            "value": first,
            "error_message": "请填日期，如 2026-11-20",
        }
    if column.kind == "number" and column.most is not None:
        cell, most = f"{letters(index + 1)}{row + 1}", f"${letters(column.most + 1)}{row + 1}"
        # What floating point leaves of a division is far below a thousandth of a step.
        is_step = f"ABS({cell}/{column.step}-ROUND({cell}/{column.step},0))<0.001"
        rule = f"=AND(ISNUMBER({cell}),{cell}>=0,{cell}<={most},{is_step})"
        message = f"请填 0 至该项分值之间的数，以 {column.step} 分为单位"
        return check | {"validate": "custom", "value": rule, "error_message": message}
    return check | {"validate": "any"} if column.note else None


def _choice(choices: tuple[str, ...]) -> dict[str, Any] | None:
    """The check of a cell with choices; None if Excel refuses the list, or would divide a choice at its comma."""
    if not choices or len(",".join(choices)) > _MAX_LIST or any("," in choice for choice in choices):
        return None
    return {"validate": "list", "source": list(choices), "error_message": "请从列表中选择"}
