"""A form that is a table, for several things of one kind: typed cell by cell, or pasted from a spreadsheet.

A cell is the form's field `<row>.<column>`, such as `3.title`; rows count from 1. Pasted lines come in the field
`lines`, with tabs between cells, as every spreadsheet copies them. They are only put into the cells: the person sees
the table before anything is done.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

from msgspec import Struct
from starlette.responses import Response

from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.refusals import Malformed, Refusal
from states.vocabulary import Citation, Text

from .fields import read_all, top_field

Value = TypeVar("Value")

MAX_ROWS = 100
"""The most rows of one form."""
SPARE_ROWS = 3
"""The number of empty rows below the last filled-in row."""
LINES_FIELD, INITIAL_ROW = "lines", "was"
"""The field with the pasted lines; and the column of hidden fields that hold the initial text of a row."""
_LINES_TITLE = Text(zh="粘贴的内容", en="The pasted lines")


class Column(Struct, frozen=True):
    """A column. `choices`: the allowed values; empty for free text. `tall`: a cell has several lines."""

    name: str
    title: Text
    choices: Mapping[str, Text | str] = {}
    tall: bool = False
    optional: bool = False


class ShowRows(Protocol):
    """Makes the page with the table, with a refusal, or with `read`, the number of pasted lines that were just read."""

    def __call__(self, refusal: Refusal | None = None, read: int = 0) -> Response: ...


class FormRows:
    """The rows of one form. The refusal of a cell names `clause`.

    A page may fill in cells itself. Then the hidden field `<row>.was` has the text of these cells, and the row counts
    as empty until somebody types something else in it.
    """

    def __init__(self, request: PageRequest, columns: Sequence[Column], clause: Citation) -> None:
        self.request, self.columns, self.clause = request, columns, clause

    @property
    def numbers(self) -> list[int]:
        """The numbers of the rows in which somebody has typed something."""
        return [
            n
            for n in range(1, MAX_ROWS + 1)
            if self.row_text(n) not in (self.cell(n, INITIAL_ROW), _empty_row(self.columns))
        ]

    @property
    def visible_numbers(self) -> range:
        """The numbers of the rows on the page: up to the last row with any text, and `SPARE_ROWS` empty rows."""
        last = max((n for n in range(1, MAX_ROWS + 1) if self.row_text(n) != _empty_row(self.columns)), default=0)
        return range(1, min(last + SPARE_ROWS, MAX_ROWS) + 1)

    @property
    def labels(self) -> dict[str, Text]:
        """The beginning of an error, by field: the number of the row, or the title of the pasted lines."""
        rows = {
            f"{n}.{column.name}": Text(zh=f"第 {n} 行", en=f"Row {n}")
            for n in self.visible_numbers
            for column in self.columns
        }
        return {LINES_FIELD: _LINES_TITLE, **rows}

    def titles(self, language: str) -> list[str]:
        """The titles of the columns, in order."""
        return [column.title.render(language) for column in self.columns]

    def cell(self, n: int, name: str) -> str:
        """The text in a cell."""
        return self.request.form.text(f"{n}.{name}")

    def row_text(self, n: int) -> str:
        """The cells of a row as one text, in the form of the hidden field `<row>.was`."""
        return "|".join(self.cell(n, column.name) for column in self.columns)

    def fill(self, cells: Mapping[str, str]) -> None:
        """Replace the text of cells, by the names of their fields."""
        others = [(name, value) for name, value in self.request.form.items() if name not in cells]
        self.request.form.fill([*others, *cells.items()])

    def paste(self) -> bool:
        """Put the pasted lines into empty rows.

        Returns False if no lines were pasted. Raises `InvalidForm` if they do not fit the columns, or if there are more
        of them than empty rows.
        """
        text = self.request.form.text(LINES_FIELD)
        if not text:
            return False
        lines = self._lines(text)
        names = [column.name for column in self.columns]
        if header := self._header(lines[0] if lines else ()):
            names, lines = header, lines[1:]
        if not lines:
            self._refuse("其中没有内容", "there is nothing in them")
        self._check(lines, names)
        free = [n for n in range(1, MAX_ROWS + 1) if n not in self.numbers]
        if len(lines) > len(free):
            self._refuse(
                f"最多 {MAX_ROWS} 行，请分几次登记", f"there may be up to {MAX_ROWS} rows: enter them in several goes"
            )
        cells = {LINES_FIELD: ""}
        for n, line in zip(free, lines, strict=False):
            pasted = dict(zip(names, line, strict=False))
            cells |= {
                f"{n}.{column.name}": _choice(column, pasted.get(column.name, "").strip()) for column in self.columns
            }
        self.fill(cells)
        return True

    def respond(
        self, show: ShowRows, read_rows: Callable[[], dict[int, Value]], do: Callable[[dict[int, Value]], str]
    ) -> Response:
        """Answer the form. Submit all rows, or show the table.

        The table is shown if lines were pasted, if the person asked only to read lines, or if something is refused.
        `read_rows` returns the values of the rows, or raises a `Refusal`. `do` submits them and returns the path of the
        next page.
        """
        try:
            pasted = self.paste()
            if not pasted and self.request.form.text("_do") == "read":
                return show()
            values = read_rows()
            if pasted:
                return show(read=len(values))
            return self.request.answer.redirect(do(values))
        except Refusal as refusal:
            return show(refusal)

    def read_all(self, readers_of: Callable[[int], Mapping[str, Callable[[], Any]]]) -> dict[int, dict[str, Any]]:
        """The values of every row, by its number. `readers_of` returns the readers of a row's columns.

        Raises `InvalidForm` with the errors of all cells.
        """
        rows = read_all({str(n): lambda n=n: self._row(n, readers_of(n)) for n in self.numbers})  # type: ignore[misc]
        return {int(n): values for n, values in rows.items()}

    def errors_of_row(self, n: str, refusal: Refusal) -> dict[str, Refusal]:
        """The refusal of a row's command, divided by cell. A part that concerns no cell belongs to the first cell."""
        names = {column.name for column in self.columns}
        errors: dict[str, Refusal] = {}
        for part in refusal.faults:
            name = top_field(part.field)
            errors.setdefault(f"{n}.{name if name in names else self.columns[0].name}", part)
        return errors

    def _row(self, n: int, readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        values = read_all({f"{n}.{name}": read for name, read in readers.items()})
        return {name: values[f"{n}.{name}"] for name in readers}

    def _lines(self, text: str) -> list[list[str]]:
        """The cells of each line that is not empty."""
        # A spreadsheet writes a cell with a line break or a quotation mark in quotation marks, as CSV does.
        reader = csv.reader(io.StringIO(text, newline=None), delimiter="\t", strict=True)
        try:
            return [cells for cells in reader if any(map(str.strip, cells))]
        except csv.Error:
            self._refuse(
                f"第 {reader.line_num} 行的英文引号不成对，或某格内容过长；请改正，或在表中逐格填写",
                f"line {reader.line_num} has a quotation mark without its partner, or a cell that is too long: "
                "correct it, or fill in the table",
            )

    def _header(self, line: Sequence[str]) -> list[str]:
        """The names of the columns, if the first line has their titles; otherwise empty."""
        names_by_title = {
            title.strip().lower(): column.name
            for column in self.columns
            for title in (column.title.zh, column.title.en)
        }
        names = [names_by_title.get(cell.strip().lower(), "") for cell in line]
        if not any(names):
            return []
        if not all(names):
            unknown = [cell for cell, name in zip(line, names, strict=True) if not name]
            self._refuse(f"没有名为“{unknown[0]}”的列", f"there is no column called “{unknown[0]}”")
        if repeated := [cell for cell, name in zip(line, names, strict=True) if names.count(name) > 1]:
            self._refuse(f"有两列都叫“{repeated[0]}”", f"two columns are called “{repeated[0]}”")
        return names

    def _check(self, lines: Sequence[Sequence[str]], names: Sequence[str]) -> None:
        """Refuse lines that are not divided into columns, or have too many columns."""
        for number, line in enumerate(lines, 1):
            if len(line) == 1 and len(names) > 1:
                self._refuse(
                    f"第 {number} 行没有分列；请从电子表格中复制，或在表中逐格填写",
                    f"line {number} is not divided into columns: copy it from a spreadsheet, or fill in the table",
                )
            if any(cell.strip() for cell in line[len(names) :]):
                self._refuse(
                    f"第 {number} 行有 {len(line)} 列，最多 {len(names)} 列",
                    f"line {number} has {len(line)} columns; there are {len(names)}",
                )

    def _refuse(self, zh: str, en: str) -> NoReturn:
        raise InvalidForm({LINES_FIELD: Malformed(what=_LINES_TITLE, why=Text(zh=zh, en=en), clause=self.clause)})


def _empty_row(columns: Sequence[Column]) -> str:
    """`FormRows.row_text` of a row without any text."""
    return "|" * (len(columns) - 1)


def _choice(column: Column, cell: str) -> str:
    """The key of a choice from a pasted cell, which has the key or its title. Any other text is returned unchanged."""
    for key, title in column.choices.items():
        titles = (title.zh, title.en) if isinstance(title, Text) else (title,)
        if cell.lower() in (key.lower(), *(text.lower() for text in titles)):
            return key
    return cell
