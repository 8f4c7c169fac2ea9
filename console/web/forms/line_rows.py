"""The rows of a form for the lines of a record: which are filled in, their options, and which row a fault belongs to.

Each row has the fields of the form (`person.2`) and those of the kind of record (`fields.outcome.2`). A form has four
rows at least and always an empty one. Not here: reading the other fields of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from console.web.request.page_request import PageRequest
from states.refusals import Malformed
from states.rulebook.calculation.record_kinds import FieldKind, RecordKind
from states.vocabulary import Text

from .fields import Fields

_ROWS = 4
"""The number of rows in an empty form."""

_MAX_ROWS = 50
"""The number of rows that are read from a form, at most."""


class LineRows:
    """The rows of one form.

    `lines`: the name of the list in the command (`sanctions`). `labels`: the title of each field of a row besides those
    of the kind, by name; a fault of a whole row is shown at the first of them.
    """

    def __init__(self, request: PageRequest, kind: RecordKind, lines: str, labels: Mapping[str, Text]) -> None:
        self._request, self._kind, self._lines = request, kind, lines
        self._titles = {**labels, **{f"fields.{field.key}": label_of(field) for field in kind.field}}
        self._whole_row = next(iter(labels)) if kind.personal else f"fields.{kind.first.key}"

    @property
    def filled(self) -> list[int]:
        """The numbers of the rows in which something was typed."""
        form = self._request.form
        return [row for row in range(_MAX_ROWS) if any(form.text(f"{name}.{row}") for name in self._titles)]

    @property
    def to_read(self) -> list[int]:
        """The rows to read. If none is filled in, the first, so that the refusal names what is missing."""
        return self.filled or [0]

    def count(self, recorded: int) -> int:
        """The number of rows to show: one for each recorded line and one more."""
        return max(_ROWS, recorded + 1)

    @property
    def labels(self) -> dict[str, Text]:
        """The titles of the fields of all rows that are filled in, by name."""
        return {f"{name}.{row}": title for row in self.filled for name, title in self._titles.items()}

    @property
    def choices(self) -> dict[str, list[tuple[str, Text]]]:
        """By field of the kind: its options."""
        return {field.key: [(one.key, one.title.text) for one in field.option] for field in self._kind.field}

    def readers(self, fields: Fields, row: int) -> dict[str, Callable[[], str]]:
        """The readers of the options of a row, by name."""
        return {f"fields.{kind.key}.{row}": partial(self._read, fields, row, kind) for kind in self._kind.field}

    def options(self, values: Mapping[str, Any], row: int) -> dict[str, str]:
        """The options of a row from the values that its readers gave."""
        return {kind.key: values[f"fields.{kind.key}.{row}"] for kind in self._kind.field}

    def field_of(self, path: str) -> str:
        """The form field for a path in the command: `sanctions.1` is the second row that is filled in."""
        head, _, rest = path.partition(".")
        number, _, name = rest.partition(".")
        if head != self._lines:
            return head
        rows = self.filled
        row = rows[int(number)] if number.isdigit() and int(number) < len(rows) else 0
        return f"{name if name in self._titles else self._whole_row}.{row}"

    def initial(self, fields: Mapping[str, str], row: int) -> Iterator[tuple[str, str]]:
        """The initial fields of a row for the options of a recorded line."""
        return ((f"fields.{key}.{row}", option) for key, option in fields.items())

    @staticmethod
    def _read(fields: Fields, row: int, kind: FieldKind) -> str:
        word = fields.word(f"fields.{kind.key}.{row}", label_of(kind))
        if word not in kind.options:
            why = Text(zh="不在所列选项之中", en="it is not one of those listed")
            raise Malformed(what=label_of(kind), why=why, clause=fields.clause)
        return word


def label_of(kind: FieldKind) -> Text:
    """The title of a field of the rulebook, within a sentence."""
    return Text(zh=kind.title.zh, en=f"the {kind.title.en.lower()}")
