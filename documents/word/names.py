"""The names that the template of a paper may use, each in Chinese and in English, with an example.

Not here: which papers there are, and the values of the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

Values = Mapping[str, "str | Sequence[Mapping[str, str]]"]
"""The values of a paper, by the English name: a text, or for a list the texts of each row by the name of the column."""


class Name(Struct, frozen=True):
    """One name: `{{部门名称}}` or `{{unit_name}}`.

    - `example`: a long value, for the trial of a template.
    - `is_required`: a template without it is refused.
    - `names_persons`: its value has names of people.
    - `columns`: the names in each row of a list; none: it is a single text.
    """

    zh: str
    en: str
    example: str = ""
    is_required: bool = False
    names_persons: bool = False
    columns: tuple[Name, ...] = ()

    @property
    def is_list(self) -> bool:
        return bool(self.columns)


class NameTable:
    """The names of one paper, or the columns of one list. Each is found by its Chinese or its English word."""

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = tuple(names)
        self._by_word: dict[str, Name] = {word: name for name in self.names for word in (name.zh, name.en)}

    def __iter__(self) -> Iterator[Name]:
        return iter(self.names)

    def find(self, word: str) -> Name | None:
        return self._by_word.get(word)

    def nearest(self, word: str) -> str:
        """The name that is written most like this word; empty if none is like it."""
        return next(iter(get_close_matches(word, self._by_word, 1, 0.5)), "")


def example_values(names: NameTable) -> Values:
    """The example of each name; three rows of a list."""
    return {
        name.en: [{column.en: column.example for column in name.columns}] * 3 if name.is_list else name.example
        for name in names
    }
