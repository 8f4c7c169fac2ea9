"""Fills the template of a paper: each name becomes its value, in the XML. The same input gives the same bytes.

Not here: whether the template is right (`checking.py` has to find no fault in it first).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy

from lxml import etree
from lxml.etree import _Element as Element

from documents.xml_text import fits, with_plain_breaks
from states.user_errors import UserError

from .marks import (
    ANY,
    CELL,
    NAMESPACE,
    PARAGRAPH,
    TEXT,
    Begin,
    Field,
    block_mark,
    ends_of,
    own_texts,
    read_mark,
)
from .names import NameTable, Values
from .parts import TEXT_ROOTS, read_parts, remove_thumbnail, write_parts, xml_bytes, xml_parts

MAKER = 1
"""The version of the filling. It changes when the same template and the same values give other bytes."""

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_PIECES = re.compile(r"(\n|\t)")


class UnfitValue(UserError):
    """A value cannot stand in a Word file."""

    zh = "“{name}”的内容中有不能写入 Word 文件的控制字符。请删除后重新生成。"
    en = (
        "The value of “{name}” has a control character, which a Word file cannot hold. Remove it and make the paper "
        "again."
    )


Rows = Mapping[str, tuple[NameTable, Mapping[str, str]]]
"""By variable: the columns of a list, and its present row."""


def fill(template: bytes, names: NameTable, values: Values, title: str) -> bytes:
    """The paper: the template with these values, and with this title among its properties.

    A name without a value is left empty. Raises `UnfitValue`, and KeyError for a template with a fault.
    """
    if not fits(title):
        raise UnfitValue(name="标题")
    parts = read_parts(template)
    for name, root in list(xml_parts(parts)):
        if root.tag in TEXT_ROOTS:
            _Filling(names, values).fill_children(root, {})
            parts[name] = xml_bytes(root)
    remove_thumbnail(parts)
    return write_parts(parts, title)


class _Filling:
    def __init__(self, names: NameTable, values: Values) -> None:
        self._names, self._values = names, values

    def fill_children(self, parent: Element, rows: Rows) -> None:
        """Fill everything within an element."""
        children, index = list(parent), 0
        marks = [block_mark(child) for child in children]
        ends = ends_of(marks)
        while index < len(children):
            mark = marks[index]
            if isinstance(mark, Begin):
                end = ends.get(index)
                if end is None:
                    raise KeyError(mark.name)
                self._fill_block(parent, mark, children[index : end + 1], rows)
                index = end + 1
                continue
            if children[index].tag == PARAGRAPH:
                self._fill_paragraph(children[index], rows)
            if _has_paragraphs(children[index]):
                self.fill_children(children[index], rows)
            index += 1
        # A cell without a paragraph is no cell for Word.
        if parent.tag == CELL and parent.find(PARAGRAPH) is None:
            etree.SubElement(parent, PARAGRAPH)

    def _fill_block(
        self,
        parent: Element,
        mark: Begin,
        block: list[Element],
        rows: Rows,
    ) -> None:
        """Replace a block, with the marks at its ends, by its content: once for each row, or if there is a value."""
        body = block[1:-1]
        if mark.kind == "for":
            name = self._names.find(mark.name)
            items = self._values.get(name.en, ()) if name is not None else ()
            if name is None or isinstance(items, str):
                raise KeyError(mark.name)
            columns = NameTable(name.columns)
            scopes = [{**rows, mark.variable or "": (columns, item)} for item in items]
        else:
            scopes = [dict(rows)] if self._value(Field(mark.name, mark.variable), rows) else []
        for scope in scopes:
            holder = etree.Element(parent.tag)
            holder.extend(deepcopy(body))
            self.fill_children(holder, scope)
            for element in holder:
                block[0].addprevious(element)
        for element in block:
            parent.remove(element)

    def _fill_paragraph(self, paragraph: Element, rows: Rows) -> None:
        """Replace the fields of a paragraph. A field may be spread over several runs; the first one gets the value."""
        texts = own_texts(paragraph)
        whole = "".join(one.text or "" for one in texts)
        fields = [(match.span(), self._text_of(match.group(), rows)) for match in ANY.finditer(whole)]
        if not fields:
            return
        begin = 0
        for text in texts:
            end = begin + len(text.text or "")
            _set_text(text, _replaced(whole, begin, end, fields))
            begin = end

    def _text_of(self, mark: str, rows: Rows) -> str:
        field = read_mark(mark)
        if not isinstance(field, Field):
            raise KeyError(mark)
        value = self._value(field, rows)
        if not isinstance(value, str):
            raise KeyError(field.name)
        if not fits(value):
            raise UnfitValue(name=field.name)
        return with_plain_breaks(value)

    def _value(self, field: Field, rows: Rows) -> object:
        names, values = (self._names, self._values) if field.variable is None else rows[field.variable]
        name = names.find(field.name)
        if name is None:
            raise KeyError(field.name)
        return values.get(name.en, () if name.is_list else "")


def _has_paragraphs(element: Element) -> bool:
    """Whether something within an element may be filled in: a paragraph, or a cell that lacks one."""
    return element.tag == CELL or next(element.iterdescendants(PARAGRAPH, CELL), None) is not None


def _replaced(whole: str, begin: int, end: int, fields: list[tuple[tuple[int, int], str]]) -> str:
    """The text of one run after the replacement: a field belongs to the run in which it begins."""
    pieces, at = [], begin
    for (first, last), value in fields:
        if last <= begin or first >= end:
            continue
        pieces.append(whole[at : max(at, first)])
        if first >= begin:
            pieces.append(value)
        at = min(last, end)
    pieces.append(whole[at:end])
    return "".join(pieces)


def _set_text(element: Element, text: str) -> None:
    """Set the text of a run. A line break and a tab become elements of their own."""
    first, *others = _PIECES.split(text)
    element.text = first
    element.set(_SPACE, "preserve")
    last = element
    for piece in others:
        if piece in ("\n", "\t"):
            added = etree.Element(f"{NAMESPACE}{'br' if piece == chr(10) else 'tab'}")
        else:
            added = etree.Element(TEXT)
            added.text = piece
            added.set(_SPACE, "preserve")
        last.addnext(added)
        last = added
