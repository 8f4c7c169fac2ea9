"""The marks of a template: a field, and the beginning and the end of what is repeated or left out.

    {{部门名称}}                     the value of a name
    {%tr for 行 in 结果 %}           a table row that is only this mark; the rows up to {%tr endfor %} come once for each
    {{行.等次}}                      the value of a column, between these two
    {%p if 抄送 %}                   a paragraph that is only this mark; what is up to {%p endif %} comes if there is a value

`tr` stands for rows and `p` for paragraphs; both may be repeated and left out. There is nothing else: no expression, no
filter, no call, no text in quotes. So a template has nothing that could be evaluated.

Not here: whether the names exist (`checking.py`), and replacing the marks (`filling.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from lxml.etree import _Element as Element
from msgspec import Struct

NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARAGRAPH, ROW, TEXT, CELL = (f"{NAMESPACE}{name}" for name in ("p", "tr", "t", "tc"))

Level = Literal["tr", "p"]

ANY = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
"""A mark in the text of a paragraph, which may be spread over several runs."""
_OPEN, _CLOSE = "[{｛﹛]", "[}｝﹜]"
STRAY = re.compile(rf"{_OPEN}\s*{_OPEN}|{_CLOSE}\s*{_CLOSE}|{_OPEN}[%％#]|[%％#]{_CLOSE}")
"""What remains of a mark that is not closed, or was typed with full-width braces or with spaces between them."""

_WORD = r"[^\W\d]\w*"
_FIELD = re.compile(rf"({_WORD})(?:\.({_WORD}))?")
_FOR = re.compile(rf"(tr|p) +for +({_WORD}) +in +({_WORD})")
_IF = re.compile(rf"(tr|p) +if +({_WORD})(?:\.({_WORD}))?")
_END = re.compile(r"(tr|p) +(endfor|endif)")


class Field(Struct, frozen=True):
    """The value of a name; with `variable`, of a column of the row that the variable stands for."""

    name: str
    variable: str | None = None


class Begin(Struct, frozen=True):
    """The beginning of a block: repeated for each row of the list `name`, or present only if `name` has a value.

    `variable` stands for the row, in a repeated block; in the other kind it is the row that has the column `name`.
    """

    level: Level
    kind: Literal["for", "if"]
    name: str
    variable: str | None = None


class End(Struct, frozen=True):
    """The end of a block of this kind."""

    level: Level
    kind: Literal["for", "if"]


Mark = Field | Begin | End


def read_mark(text: str) -> Mark | None:
    """Read a mark, with its braces. None: the text has none of the four forms."""
    inner = text[2:-2].strip()
    if text.startswith("{{"):
        field = _FIELD.fullmatch(inner)
        if field is None:
            return None
        return Field(field[1]) if field[2] is None else Field(field[2], field[1])
    if end := _END.fullmatch(inner):
        return End(_level(end[1]), "for" if end[2] == "endfor" else "if")
    if begin := _FOR.fullmatch(inner):
        return Begin(_level(begin[1]), "for", begin[3], begin[2])
    if condition := _IF.fullmatch(inner):
        name, variable = (condition[2], None) if condition[3] is None else (condition[3], condition[2])
        return Begin(_level(condition[1]), "if", name, variable)
    return None


def _level(text: str) -> Level:
    return "tr" if text == "tr" else "p"


def own_texts(paragraph: Element) -> list[Element]:
    """The text elements of a paragraph in their order, without those of paragraphs within it (a text box has some)."""
    if next(paragraph.iterdescendants(PARAGRAPH), None) is None:
        return list(paragraph.iterdescendants(TEXT))
    return list(_own_texts(paragraph))


def _own_texts(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == TEXT:
            yield child
        elif child.tag != PARAGRAPH:
            yield from _own_texts(child)


def text_of(paragraph: Element) -> str:
    return "".join(one.text or "" for one in own_texts(paragraph))


def block_mark(element: Element) -> Begin | End | None:
    """The mark of a block that a paragraph or a table row is, and nothing else; None for any other element."""
    if element.tag == PARAGRAPH:
        text, level = text_of(element), "p"
    elif element.tag == ROW:
        text, level = "".join(text_of(one) for one in element.iter(PARAGRAPH)), "tr"
    else:
        return None
    text = text.strip()
    mark = read_mark(text) if ANY.fullmatch(text) else None
    return mark if isinstance(mark, Begin | End) and mark.level == level else None


def ends_of(marks: Sequence[Mark | None]) -> dict[int, int]:
    """The index of the end of each block among elements side by side, by the index of its beginning.

    `marks`: what each of the elements is (`block_mark`). A beginning without an end is left out.
    """
    ends: dict[int, int] = {}
    begun: dict[tuple[Level, str], list[int]] = {}
    for index, mark in enumerate(marks):
        if isinstance(mark, Begin):
            begun.setdefault((mark.level, mark.kind), []).append(index)
        elif isinstance(mark, End) and (indices := begun.get((mark.level, mark.kind))):
            ends[indices.pop()] = index
    return ends
