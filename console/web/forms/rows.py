"""A form that is a table: several things of one kind are entered at once, cell by cell or pasted from a spreadsheet.

A cell is the form's field `<row>.<column>`, such as `3.title`; rows are counted from 1. Pasted lines come in the field
`lines`, with a tab between cells, as every spreadsheet copies them. They are put into the cells, and the table is shown
before anything is done.
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

MOST = 100
"""The most rows of one form."""
SPARE = 3
"""The number of empty rows below the last row that is filled in."""
LINES, WAS = "lines", "was"
"""The field with the pasted lines; and the column of hidden fields with a row's initial cells."""
_LINES = Text(zh="粘贴的内容", en="The pasted lines")


class Column(Struct, frozen=True):
    """A column. `choices`: the values to choose from, if not any text. `tall`: a cell takes several lines."""

    name: str
    title: Text
    choices: Mapping[str, Text | str] = {}
    tall: bool = False
    optional: bool = False


class ShowRows(Protocol):
    """Shows the table, with a refusal, or with the number of pasted lines that were just read."""

    def __call__(self, refusal: Refusal | None = None, read: int = 0) -> Response: ...


class FormRows:
    """The rows of one form. `clause` is the clause in the refusal of a cell.

    The page may fill in cells itself. Then the hidden field `<row>.was` has these cells, and the row counts as empty
    until something else is typed in it.
    """

    def __init__(self, request: PageRequest, columns: Sequence[Column], clause: Citation) -> None:
        self.request, self.columns, self.clause = request, columns, clause

    @property
    def numbers(self) -> list[int]:
        """The numbers of the rows in which something is typed."""
        return [n for n in range(1, MOST + 1) if self.was(n) not in (self.cell(n, WAS), _empty_row(self.columns))]

    @property
    def shown(self) -> range:
        """The numbers of the rows to show: up to the last one with anything in it, and `SPARE` empty rows."""
        last = max((n for n in range(1, MOST + 1) if self.was(n) != _empty_row(self.columns)), default=0)
        return range(1, min(last + SPARE, MOST) + 1)

    @property
    def labels(self) -> dict[str, Text]:
        """What an error begins with, by field: the number of its row, or the title of the pasted lines."""
        rows = {f"{n}.{one.name}": Text(zh=f"第 {n} 行", en=f"Row {n}") for n in self.shown for one in self.columns}
        return {LINES: _LINES, **rows}

    def titles(self, language: str) -> list[str]:
        """The titles of the columns, in order."""
        return [one.title.render(language) for one in self.columns]

    def cell(self, n: int, name: str) -> str:
        """The text in a cell."""
        return self.request.form.text(f"{n}.{name}")

    def was(self, n: int) -> str:
        """All cells of a row as one text, as the hidden field `<row>.was` has it."""
        return "|".join(self.cell(n, one.name) for one in self.columns)

    def fill(self, cells: Mapping[str, str]) -> None:
        """Replace the text of cells, by the names of their fields."""
        others = [(name, value) for name, value in self.request.form.items() if name not in cells]
        self.request.form.fill([*others, *cells.items()])

    def paste(self) -> bool:
        """Put the pasted lines into the empty rows.

        False if nothing was pasted. Raises `InvalidForm` if they are not rows.
        """
        text = self.request.form.text(LINES)
        if not text:
            return False
        lines = self._lines(text)
        names = [one.name for one in self.columns]
        if header := self._header(lines[0] if lines else ()):
            names, lines = header, lines[1:]
        if not lines:
            self._refuse("其中没有内容", "there is nothing in them")
        self._check(lines, names)
        free = [n for n in range(1, MOST + 1) if n not in self.numbers]
        if len(lines) > len(free):
            self._refuse(f"最多 {MOST} 行，请分几次登记", f"there may be up to {MOST} rows: enter them in several goes")
        cells = {LINES: ""}
        for n, line in zip(free, lines, strict=False):
            pasted = dict(zip(names, line, strict=False))
            cells |= {f"{n}.{one.name}": _choice(one, pasted.get(one.name, "").strip()) for one in self.columns}
        self.fill(cells)
        return True

    def respond(
        self, show: ShowRows, read: Callable[[], dict[int, Value]], do: Callable[[dict[int, Value]], str]
    ) -> Response:
        """Answer the form. Pasted lines are only put into the table; without them the rows are done, all or none.

        `read` returns the values of the rows, or raises a `Refusal`. `do` does them and returns the path of the next
        page.
        """
        try:
            pasted = self.paste()
            if not pasted and self.request.form.text("_do") == "read":
                return show()
            values = read()
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

    def at(self, n: str, refusal: Refusal) -> dict[str, Refusal]:
        """The refusal of a row's command, divided by cell. What is about no cell is at the first."""
        names = {one.name for one in self.columns}
        errors: dict[str, Refusal] = {}
        for one in refusal.each:
            name = top_field(one.at)
            errors.setdefault(f"{n}.{name if name in names else self.columns[0].name}", one)
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
            title.strip().lower(): one.name for one in self.columns for title in (one.title.zh, one.title.en)
        }
        names = [names_by_title.get(cell.strip().lower(), "") for cell in line]
        if not any(names):
            return []
        if not all(names):
            unknown = [cell for cell, name in zip(line, names, strict=True) if not name]
            self._refuse(f"没有名为“{unknown[0]}”的列", f"there is no column called “{unknown[0]}”")
        if twice := [cell for cell, name in zip(line, names, strict=True) if names.count(name) > 1]:
            self._refuse(f"有两列都叫“{twice[0]}”", f"two columns are called “{twice[0]}”")
        return names

    def _check(self, lines: Sequence[Sequence[str]], names: Sequence[str]) -> None:
        """Refuse lines that are not divided into columns, or have too many."""
        for at, line in enumerate(lines, 1):
            if len(line) == 1 and len(names) > 1:
                self._refuse(
                    f"第 {at} 行没有分列；请从电子表格中复制，或在表中逐格填写",
                    f"line {at} is not divided into columns: copy it from a spreadsheet, or fill in the table",
                )
            if any(cell.strip() for cell in line[len(names) :]):
                self._refuse(
                    f"第 {at} 行有 {len(line)} 列，最多 {len(names)} 列",
                    f"line {at} has {len(line)} columns; there are {len(names)}",
                )

    def _refuse(self, zh: str, en: str) -> NoReturn:
        raise InvalidForm({LINES: Malformed(what=_LINES, why=Text(zh=zh, en=en), clause=self.clause)})


def _empty_row(columns: Sequence[Column]) -> str:
    """`Rows.was` of a row without any text."""
    return "|" * (len(columns) - 1)


def _choice(column: Column, cell: str) -> str:
    """The key of the choice in a pasted cell, which may have the key or its title.

    Any other text is returned as it is.
    """
    for key, title in column.choices.items():
        titles = (title.zh, title.en) if isinstance(title, Text) else (title,)
        if cell.lower() in (key.lower(), *(one.lower() for one in titles)):
            return key
    return cell
