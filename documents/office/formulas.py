"""Rejects formulas of a workbook that fetch data or run a program, and unsafe links in formulas (`HYPERLINK`).

The address of a link may be joined from several pieces. Its beginning must show where it leads. If the address comes
from a cell, any text of the workbook may be that cell's text, so all of them are checked as addresses
(`CellTextReader`). An address that a function computes is rejected, because nobody can know where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from documents.links import has_safe_prefix, is_safe_cell_text, reject_unsafe_link
from documents.rejection import Rejection
from states.vocabulary import Text

from .xml_reader import Budget, TextHandler, XmlReader, qualified_names

SHEET = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
FORMULA_ELEMENTS = (
    "f",
    "definedName",
    "formula",
    "formula1",
    "formula2",
    "calculatedColumnFormula",
    "totalsRowFormula",
)
"""The elements that contain a formula."""

_FETCHING_FUNCTIONS = (
    r"WEBSERVICE|IMAGE|CALL|REGISTER(?:\.ID)?|RTD|SQL\.REQUEST|STOCKHISTORY|TRANSLATE|DETECTLANGUAGE|COPILOT|PY"
    r"|EXEC|EXECUTE|INITIATE|POKE|REQUEST|FOPEN|SEND\.KEYS|RUN"
)
_RELEVANT_NAMES = re.compile(rf"\||HYPERLINK|{_FETCHING_FUNCTIONS}", re.IGNORECASE)
_QUOTED = re.compile(r"""\"[^"]*\"|'(?:[^']|'')*'""")
_FORBIDDEN = re.compile(rf"(?<![\w.])(?:_xlfn\.)?(?:_xlws\.)?({_FETCHING_FUNCTIONS})\(|(\|)", re.IGNORECASE)
"""Functions that ask another program or the net, functions of Excel 4 that start a program, and DDE, which is written
`program|topic!item` (ECMA-376-1, 18.17.2.3).
"""

_LINK = re.compile(r"(?<![\w.])HYPERLINK\(", re.IGNORECASE)
_JOIN = re.compile(r"(?:_xlfn\.)?CONCAT(?:ENATE)?\((.*)\)", re.IGNORECASE | re.DOTALL)
_CELL_TEXT, _COMPUTED = "\ue000", "\ue001"
"""Placeholders in an address: for the text of a cell, and for the result of a function."""
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_CELL = re.compile(
    r"(?:'(?:[^']|'')*'!|[\w.]+!)?[\w.$@]*(?:\[.*\])?|(?:_xlfn\.)?(?:[VHX]?LOOKUP|INDEX|INDIRECT|OFFSET)\(.*\)",
    re.IGNORECASE | re.DOTALL,
)
"""A cell, a name, a column of a table, or a function that picks a cell."""
_TOKENS = re.compile(r"""\"(?:[^"]|"")*\"|'(?:[^']|'')*'|[^"']""")
_VALUE = Text(zh="请把该公式改为数值，保存后再上传", en="Replace the formula by its value, save and upload again")
_CELL_ADVICE = Text(
    zh="请删除该内容，或把链接公式改为数值，保存后再上传",
    en="Remove it, or replace the formulas of links by their values, save and upload again",
)


def check_formula(formula: str) -> bool:
    """Check a formula. Returns True if it has a link whose address comes from a cell.

    Raises `Rejection` if the formula fetches data, runs a program, or is an unsafe link.
    """
    if not _RELEVANT_NAMES.search(formula):
        return False
    if match := _FORBIDDEN.search(_QUOTED.sub("''", formula)):
        name = (match[1] or "DDE").upper()
        raise Rejection(f"含有自动取数的公式（{name}）", f"holds a formula that fetches data ({name})", advice=_VALUE)
    # `any` over a generator would stop at the first link with an address from a cell and not check the others.
    links = [_check_link(list(_pieces(address))) for address in _addresses(formula)]
    return any(links)


def _check_link(pieces: list[str]) -> bool:
    """Check a link by the pieces of its address. Returns True if a cell decides where it leads. Raises `Rejection`."""
    joined = "".join(pieces)
    if has_safe_prefix(re.split(f"[{_CELL_TEXT}{_COMPUTED}]", joined)[0]):
        return False
    if _COMPUTED in joined or _CELL_TEXT * 2 in joined:
        zh, en = "含有用公式算出地址的链接（HYPERLINK）", "has a link whose address a formula computes (HYPERLINK)"
        raise Rejection(zh, en, advice=_VALUE)
    reject_unsafe_link(joined.replace(_CELL_TEXT, "x"), _VALUE)
    return _CELL_TEXT in joined


def _addresses(formula: str) -> Iterator[str]:
    """The first argument of every `HYPERLINK`."""
    # `HYPERLINK(` within a literal is no call, so the literals are blanked for the search.
    blanked = _LITERAL.sub(lambda match: '"' + "\0" * (len(match[0]) - 2) + '"', formula)
    for match in _LINK.finditer(blanked):
        yield next(_split(formula[match.end() :], ",", until_bracket=True))


def _pieces(address: str) -> Iterator[str]:
    """The pieces that an address is joined from: literal text, or a placeholder for a cell or a function."""
    for piece in map(str.strip, _split(address, "&")):
        if literal := _LITERAL.fullmatch(piece):
            yield re.sub(f"[{_CELL_TEXT}{_COMPUTED}]", "", literal[1]).replace('""', '"')
        elif joined := _JOIN.fullmatch(piece):
            for argument in _split(joined[1], ","):
                yield from _pieces(argument)
        else:
            yield _CELL_TEXT if _CELL.fullmatch(piece) else _COMPUTED


def _split(text: str, separator: str, *, until_bracket: bool = False) -> Iterator[str]:
    """Split a text at a separator, but not within quotation marks or brackets.

    With `until_bracket` the text ends at the closing bracket that has no opening one.
    """
    depth, piece = 0, ""
    for token in _TOKENS.findall(text):
        depth += token in ("(", "[", "{")
        depth -= token in (")", "]", "}")
        if depth < 0 and until_bracket:
            break
        if token == separator and depth == 0:
            yield piece
            piece = ""
        else:
            piece += token
    yield piece


class CellTextReader(XmlReader):
    """Checks every text of one part of a workbook as an address, because a link may take it from a cell."""

    def __init__(self, budget: Budget) -> None:
        handlers: dict[str, TextHandler] = dict.fromkeys(
            (*qualified_names(SHEET, "t"), *qualified_names(SHEET, "v")), _check_text
        )
        handlers |= {name: _check_literals for local in FORMULA_ELEMENTS for name in qualified_names(SHEET, local)}
        super().__init__(budget, {}, handlers)


def _check_text(text: str) -> None:
    if not is_safe_cell_text(text):
        raise Rejection(
            f"含有会启动程序的链接“{text[:60]}”",
            f"has a link that may start a program, “{text[:60]}”",
            advice=_CELL_ADVICE,
        )


def _check_literals(formula: str) -> None:
    for literal in _LITERAL.findall(formula):
        _check_text(literal)
