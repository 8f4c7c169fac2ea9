"""The fields of a Word text (ECMA-376-1, 17.16): which of them fetch something when they are updated, and where those lead that are links.

A field's instruction may lie in many pieces, and other fields may lie in it. It is put together first.
"""

from __future__ import annotations

import re

from documents.links import has_safe_prefix, is_local, reject_unsafe_link
from documents.rejection import Rejection
from states.vocabulary import Text

_FETCHES = frozenset(
    (
        "DDE",
        "DDEAUTO",
        "INCLUDETEXT",
        "IMPORT",
        "LINK",
        "RD",
        "DATABASE",
        "HTMLACTIVEX",
        "HTMLCONTROL",
        "CONTROL",
        "PRINT",
    )
)
_PICTURES = frozenset(("INCLUDEPICTURE", "INCLUDE"))
_LINK_SWITCHES = frozenset(("\\l", "\\o", "\\t"))
"""Switches of HYPERLINK with a word after them: a place in the file, a tip, a frame."""
_INNER = "\0"
"""Stands for a field within an instruction: what it will say is not known."""
_WORDS = re.compile(r'"((?:\\.|[^"\\])*)"?|([^\s"]+)')

_UNLINK = Text(
    zh="请在 Word 中全选，按 Ctrl+Shift+F9 把域转为文字，保存后再上传",
    en="In Word, select everything, press Ctrl+Shift+F9 to turn fields into text, save and upload that",
)


class WordFields:
    """The fields of one part, in the order of its text. Raises `Rejection` at one that fetches."""

    def __init__(self) -> None:
        self._open: list[str | None] = [""]
        # The first is no field: instructions that stand outside of one. None: the instruction has ended.

    def mark(self, kind: str) -> None:
        """A field begins, its instruction ends (`separate`), or it ends."""
        if kind == "begin":
            if len(self._open) > 1:
                self.instruction(_INNER)
            self._open.append("")
        elif len(self._open) > 1:
            check_field(self._open[-1])
            self._open[-1] = None
            if kind == "end":
                self._open.pop()

    def instruction(self, piece: str) -> None:
        """A piece of the instruction of the innermost field."""
        if self._open[-1] is not None:
            self._open[-1] += piece

    def close(self) -> None:
        """The part has ended: what is still open is judged."""
        for instruction in self._open:
            check_field(instruction)


def check_field(instruction: str | None) -> None:
    """`Rejection` where the field fetches something from elsewhere, or where nobody can say what it does."""
    if instruction is None or not instruction.strip():
        return
    words = [quoted or plain for quoted, plain in _WORDS.findall(instruction)] or [""]
    name = words[0].strip().upper()
    if _INNER in name:
        raise Rejection("含有由其他域拼成的域", "holds a field that other fields put together", advice=_UNLINK)
    if name in _FETCHES:
        raise Rejection(f"含有自动取数的域（{name}）", f"holds a field that fetches data ({name})", advice=_UNLINK)
    if name == "HYPERLINK":
        _link(words[1:])
    if name in _PICTURES:
        address = next((word for word in words[1:] if not re.fullmatch(r"\\[a-z*!#@]", word)), "")
        if _INNER in address or not (is_local(address) and is_local(address.replace("\\\\", "\\"))):
            raise Rejection("含有从网上取图的域", "holds a field that fetches a picture", advice=_UNLINK)


def _link(words: list[str]) -> None:
    """A link as a field: its address is the word that is no switch and belongs to none."""
    before = ("", *words)
    addresses = [
        word for last, word in zip(before, words, strict=False)
        if last.lower() not in _LINK_SWITCHES and not re.fullmatch(r"\\[a-z*!#@]", word, re.IGNORECASE)
    ]  # fmt: skip
    for address in addresses:
        for written in (address, address.replace("\\\\", "\\")):
            beginning, inner, _ = written.partition(_INNER)
            if inner and not has_safe_prefix(beginning):
                raise Rejection("含有由其他域拼成的链接", "has a link that other fields put together", advice=_UNLINK)
            reject_unsafe_link(beginning if inner else written, _UNLINK)
