"""Reads the fields of a Word text (ECMA-376-1, 17.16): page numbers, dates, and what else a program computes.

Not here: whether a field fetches something (`documents/office/word_fields.py`), and which ones a template may have
(`unseen.py`).
"""

from __future__ import annotations

import re

from lxml.etree import QName
from lxml.etree import _Element as Element
from msgspec import Struct

_NAME = re.compile(r"\s*(=|[^\s\\\"=]+)")


class WordField(Struct):
    """A field: its instruction, and the text of its last result, with those of the fields within it."""

    instruction: str = ""
    result: str = ""
    is_result: bool = False
    """While it is read: whether its instruction has ended."""

    @property
    def name(self) -> str:
        """The first word of the instruction in capitals; empty if the instruction has no word."""
        match = _NAME.match(self.instruction)
        return match[1].upper() if match is not None else ""


def fields_of(root: Element) -> list[WordField]:
    """Every field of a part; also one that never ends."""
    fields: list[WordField] = []
    unended: list[WordField] = []
    for element in root.iter():
        local = QName(element).localname
        if local == "fldSimple":
            texts = (one.text or "" for one in element.iter() if QName(one).localname == "t")
            fields.append(WordField(_attribute(element, "instr"), "".join(texts)))
        elif local == "fldChar":
            kind = _attribute(element, "fldCharType")
            if kind == "begin":
                unended.append(WordField())
                fields.append(unended[-1])
            elif kind == "separate" and unended:
                unended[-1].is_result = True
            elif kind == "end" and unended:
                unended.pop()
        elif local in ("instrText", "delInstrText") and unended and not unended[-1].is_result:
            unended[-1].instruction += element.text or ""
        elif local == "t":
            for one in unended:
                if one.is_result:
                    one.result += element.text or ""
    return fields


def _attribute(element: Element, local: str) -> str:
    return next((str(value) for name, value in element.attrib.items() if QName(name).localname == local), "")
