"""Rows of a form: several things of one kind entered at once, cell by cell or pasted from a spreadsheet.

A cell is the field `<row>.<column>` of the form (`3.title`, rows count from 1). Pasted lines come in the field `lines`, with a tab between
cells, as every spreadsheet copies them. They are put into cells and shown before anything is done.
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
"""Rows of one form."""
SPARE = 3
"""Empty rows below those filled in."""
LINES, WAS = "lines", "was"
_LINES = Text(zh="粘贴的内容", en="The pasted lines")


class Column(Struct, frozen=True):
    """A column: its name in the form, its title, what may be chosen in it (if anything), and whether a cell takes several lines."""

    name: str
    title: Text
    choices: Mapping[str, Text | str] = {}
    tall: bool = False
    optional: bool = False


class ShowRows(Protocol):
    """Shows the table: with the refusal of what is in it, or with how many lines were just `read` from what was pasted."""

    def __call__(self, refusal: Refusal | None = None, read: int = 0) -> Response: ...


class Rows:
    """The rows of one form, with the clause that a refusal of a cell names.

    The page may fill in cells itself: the field `<row>.was` then says what (`was`). A row in which nothing else is typed counts as empty.
    """

    def __init__(self, request: PageRequest, columns: Sequence[Column], clause: Citation) -> None:
        self.request, self.columns, self.clause = request, columns, clause

    @property
    def numbers(self) -> list[int]:
        """The rows in which something is typed."""
        return [n for n in range(1, MOST + 1) if self.was(n) not in (self.cell(n, WAS), _nothing(self.columns))]

    @property
    def shown(self) -> range:
        """The rows to show: all up to the last one with anything in it, and some that are empty."""
        last = max((n for n in range(1, MOST + 1) if self.was(n) != _nothing(self.columns)), default=0)
        return range(1, min(last + SPARE, MOST) + 1)

    @property
    def labels(self) -> dict[str, Text]:
        """What comes before a fault: the row of its cell, or the pasted lines."""
        rows = {f"{n}.{one.name}": Text(zh=f"第 {n} 行", en=f"Row {n}") for n in self.shown for one in self.columns}
        return {LINES: _LINES, **rows}

    def titles(self, language: str) -> list[str]:
        """What the columns are called, in their order."""
        return [one.title.render(language) for one in self.columns]

    def cell(self, n: int, name: str) -> str:
        """What stands in a cell."""
        return self.request.form.text(f"{n}.{name}")

    def was(self, n: int) -> str:
        """The cells of a row in one text."""
        return "|".join(self.cell(n, one.name) for one in self.columns)

    def fill(self, cells: Mapping[str, str]) -> None:
        """Put these values into cells, by the names of their fields, in place of what was there."""
        others = [(name, value) for name, value in self.request.form.items() if name not in cells]
        self.request.form.fill([*others, *cells.items()])

    def paste(self) -> bool:
        """Put the pasted lines into the empty rows. False where nothing was pasted; raises InvalidForm where they are no rows."""
        text = self.request.form.text(LINES)
        if not text:
            return False
        lines = self._lines(text)
        names = [one.name for one in self.columns]
        if heads := self._heads(lines[0] if lines else ()):
            names, lines = heads, lines[1:]
        if not lines:
            self._refuse("其中没有内容", "there is nothing in them")
        self._check(lines, names)
        free = [n for n in range(1, MOST + 1) if n not in self.numbers]
        if len(lines) > len(free):
            self._refuse(f"最多 {MOST} 行，请分几次登记", f"there may be up to {MOST} rows: enter them in several goes")
        kinds = {one.name: one for one in self.columns}
        cells = {LINES: ""}
        for n, line in zip(free, lines, strict=False):
            said = dict(zip(names, line, strict=False))
            cells |= {f"{n}.{name}": _chosen(one, said.get(name, "").strip()) for name, one in kinds.items()}
        self.fill(cells)
        return True

    def respond(
        self, show: ShowRows, read: Callable[[], dict[int, Value]], do: Callable[[dict[int, Value]], str]
    ) -> Response:
        """Answer the form: pasted lines are put into the table and shown first; what is in the table is then done, all of it or nothing.

        `read` gives the values of the rows, or raises the `Refusal` of what is wrong with them. `do` does them and gives the page to go to.
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

    def read_all(self, make: Callable[[int], Mapping[str, Callable[[], Any]]]) -> dict[int, dict[str, Any]]:
        """The values of every row, by its number. Raises InvalidForm with all that is wrong, each fault at its cell."""
        found = read_all({str(n): lambda n=n: self._row(n, make(n)) for n in self.numbers})  # type: ignore[misc]
        return {int(n): values for n, values in found.items()}

    def at(self, n: str, refusal: Refusal) -> dict[str, Refusal]:
        """A refusal of a row's command, each of its faults at the cell it is about."""
        names = {one.name for one in self.columns}
        found: dict[str, Refusal] = {}
        for one in refusal.each:
            name = top_field(one.at)
            found.setdefault(f"{n}.{name if name in names else self.columns[0].name}", one)
        return found

    def _row(self, n: int, make: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        return {
            name.partition(".")[2]: value
            for name, value in read_all({f"{n}.{name}": one for name, one in make.items()}).items()
        }

    def _lines(self, text: str) -> list[list[str]]:
        """The cells of each line that is not empty. A cell with a line break or a quotation mark comes in quotation marks."""
        reader = csv.reader(io.StringIO(text, newline=None), delimiter="\t", strict=True)
        try:
            return [cells for cells in reader if any(map(str.strip, cells))]
        except csv.Error:
            self._refuse(
                f"第 {reader.line_num} 行的英文引号不成对，或某格内容过长；请改正，或在表中逐格填写",
                f"line {reader.line_num} has a quotation mark without its partner, or a cell that is too long: correct it, or fill in the table",
            )

    def _heads(self, line: Sequence[str]) -> list[str]:
        """The columns by the titles in a first line; empty where it holds no titles."""
        titles = {said.strip().lower(): one.name for one in self.columns for said in (one.title.zh, one.title.en)}
        found = [titles.get(cell.strip().lower(), "") for cell in line]
        if not any(found):
            return []
        if not all(found):
            unknown = [cell for cell, name in zip(line, found, strict=True) if not name]
            self._refuse(f"没有名为“{unknown[0]}”的列", f"there is no column called “{unknown[0]}”")
        if twice := [cell for cell, name in zip(line, found, strict=True) if found.count(name) > 1]:
            self._refuse(f"有两列都叫“{twice[0]}”", f"two columns are called “{twice[0]}”")
        return found

    def _check(self, lines: Sequence[Sequence[str]], names: Sequence[str]) -> None:
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


def _nothing(columns: Sequence[Column]) -> str:
    return "|" * (len(columns) - 1)


def _chosen(column: Column, said: str) -> str:
    """What a pasted cell means where the column has choices: its key, by the key itself or by its title. Else as it is."""
    for key, title in column.choices.items():
        titles = (title.zh, title.en) if isinstance(title, Text) else (title,)
        if said.lower() in (key.lower(), *(one.lower() for one in titles)):
            return key
    return said
