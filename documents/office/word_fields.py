"""Rejects fields of a Word text (ECMA-376-1, 17.16) that fetch something, and fields that are unsafe links.

The instruction of a field may come in many pieces and may contain other fields. The pieces are joined first.
"""

from __future__ import annotations

import re

from documents.links import has_safe_prefix, is_local, reject_unsafe_link
from documents.rejection import Rejection
from states.vocabulary import Text

_FETCHING_FIELDS = frozenset(
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
_PICTURE_FIELDS = frozenset(("INCLUDEPICTURE", "INCLUDE"))
_LINK_SWITCHES = frozenset(("\\l", "\\o", "\\t"))
"""Switches of HYPERLINK that take the next word: a place in the file, a tip, a frame."""
_INNER = "\0"
"""Stands for a field within an instruction, whose result is unknown."""
_SWITCH = r"\\[a-z*!#@]"
_WORDS = re.compile(r'"((?:\\.|[^"\\])*)"?|([^\s"]+)')

_UNLINK = Text(
    zh="请在 Word 中全选，按 Ctrl+Shift+F9 把域转为文字，保存后再上传",
    en="In Word, select everything, press Ctrl+Shift+F9 to turn fields into text, save and upload that",
)


class WordFields:
    """The fields of one part, in the order of its text.

    The methods raise `Rejection` at a field that is not accepted.
    """

    def __init__(self) -> None:
        # The instructions of the open fields, the innermost last. The first item is no field: it collects instructions
        # outside of any field. None: the instruction of that field has ended and its result follows.
        self._open: list[str | None] = [""]

    def mark(self, kind: str) -> None:
        """Handle the beginning of a field, the end of its instruction (`separate`), or the end of the field."""
        if kind == "begin":
            if len(self._open) > 1:
                self.add_instruction(_INNER)
            self._open.append("")
        elif len(self._open) > 1:
            check_field(self._open[-1])
            self._open[-1] = None
            if kind == "end":
                self._open.pop()

    def add_instruction(self, piece: str) -> None:
        """Add a piece to the instruction of the innermost field."""
        if self._open[-1] is not None:
            self._open[-1] += piece

    def close(self) -> None:
        """Check the fields that are still open at the end of the part."""
        for instruction in self._open:
            check_field(instruction)


def check_field(instruction: str | None) -> None:
    """Raises `Rejection` if the field fetches something, is an unsafe link, or has an effect that nobody can determine.

    An `instruction` that is None was checked before (`WordFields.mark`).
    """
    if instruction is None or not instruction.strip():
        return
    words = [quoted or plain for quoted, plain in _WORDS.findall(instruction)] or [""]
    name = words[0].strip().upper()
    if _INNER in name:
        raise Rejection("含有由其他域拼成的域", "holds a field that other fields put together", advice=_UNLINK)
    if name in _FETCHING_FIELDS:
        raise Rejection(f"含有自动取数的域（{name}）", f"holds a field that fetches data ({name})", advice=_UNLINK)
    if name == "HYPERLINK":
        _check_link(words[1:])
    if name in _PICTURE_FIELDS:
        address = next((word for word in words[1:] if not re.fullmatch(_SWITCH, word)), "")
        if _INNER in address or not (is_local(address) and is_local(address.replace("\\\\", "\\"))):
            raise Rejection("含有从网上取图的域", "holds a field that fetches a picture", advice=_UNLINK)


def _check_link(words: list[str]) -> None:
    """Check the address of a HYPERLINK field: every word that is neither a switch nor the argument of a switch."""
    addresses = [
        word
        for previous, word in zip(("", *words), words, strict=False)
        if previous.lower() not in _LINK_SWITCHES and not re.fullmatch(_SWITCH, word, re.IGNORECASE)
    ]
    for address in addresses:
        # A backslash may be written once or twice in an instruction, so both readings must be safe.
        for target in (address, address.replace("\\\\", "\\")):
            beginning, inner, _ = target.partition(_INNER)
            if inner and not has_safe_prefix(beginning):
                raise Rejection("含有由其他域拼成的链接", "has a link that other fields put together", advice=_UNLINK)
            reject_unsafe_link(beginning if inner else target, _UNLINK)
