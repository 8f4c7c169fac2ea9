"""The formulas of a workbook: those that fetch, those that run, and where those lead that are links (`HYPERLINK`).

A link's address may be put together. What it begins with must say where it leads. Where a cell says it, every text of the workbook may
be that cell's, and is judged as an address (`CellTextReader`). An address that a function computes is refused: nobody can see where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from documents.links import has_safe_prefix, is_safe_cell_text, reject_unsafe_link
from documents.rejection import Rejection
from states.vocabulary import Text

from .xml_reader import Budget, XmlReader, qualified_names

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
"""The elements that hold a formula."""

_NAMES = (
    r"WEBSERVICE|IMAGE|CALL|REGISTER(?:\.ID)?|RTD|SQL\.REQUEST|STOCKHISTORY|TRANSLATE|DETECTLANGUAGE|COPILOT|PY"
    r"|EXEC|EXECUTE|INITIATE|POKE|REQUEST|FOPEN|SEND\.KEYS|RUN"
)
_HINT = re.compile(rf"\||HYPERLINK|{_NAMES}", re.IGNORECASE)
_QUOTED = re.compile(r"""\"[^"]*\"|'(?:[^']|'')*'""")
_ACTS = re.compile(rf"(?<![\w.])(?:_xlfn\.)?(?:_xlws\.)?({_NAMES})\(|(\|)", re.IGNORECASE)
"""What asks another program or the net, the functions of Excel 4 that start one, and `program|topic!item`, which is DDE (ECMA-376-1, 18.17.2.3)."""

_LINK = re.compile(r"(?<![\w.])HYPERLINK\(", re.IGNORECASE)
_JOIN = re.compile(r"(?:_xlfn\.)?CONCAT(?:ENATE)?\((.*)\)", re.IGNORECASE | re.DOTALL)
_OF_CELL, _COMPUTED = "\ue000", "\ue001"
"""Stand in an address for a cell's text, and for what a function computes."""
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_CELL = re.compile(
    r"(?:'(?:[^']|'')*'!|[\w.]+!)?[\w.$@]*(?:\[.*\])?|(?:_xlfn\.)?(?:[VHX]?LOOKUP|INDEX|INDIRECT|OFFSET)\(.*\)",
    re.IGNORECASE | re.DOTALL,
)
"""A cell, a name, a column of a table, or a function that picks a cell."""
_SIGNS = re.compile(r"""\"(?:[^"]|"")*\"|'(?:[^']|'')*'|[^"']""")
_VALUE = Text(zh="请把该公式改为数值，保存后再上传", en="Replace the formula by its value, save and upload again")
_CELL_ADVICE = Text(
    zh="请删除该内容，或把链接公式改为数值，保存后再上传",
    en="Remove it, or replace the formulas of links by their values, save and upload again",
)


def check_formula(formula: str) -> bool:
    """`Rejection` where the formula fetches, runs, or is a link that may not come in. Whether it is a link whose address a cell says."""
    if not _HINT.search(formula):
        return False
    if found := _ACTS.search(_QUOTED.sub("''", formula)):
        name = (found[1] or "DDE").upper()
        raise Rejection(f"含有自动取数的公式（{name}）", f"holds a formula that fetches data ({name})", advice=_VALUE)
    links = [_link(list(_pieces(address))) for address in _addresses(formula)]
    return any(links)


def _link(pieces: list[str]) -> bool:
    """A link by the pieces of its address. Whether a cell decides where it leads."""
    joined = "".join(pieces)
    if has_safe_prefix(re.split(f"[{_OF_CELL}{_COMPUTED}]", joined)[0]):
        return False
    if _COMPUTED in joined or _OF_CELL * 2 in joined:
        zh, en = "含有用公式算出地址的链接（HYPERLINK）", "has a link whose address a formula computes (HYPERLINK)"
        raise Rejection(zh, en, advice=_VALUE)
    reject_unsafe_link(joined.replace(_OF_CELL, "x"), _VALUE)
    return _OF_CELL in joined


def _addresses(formula: str) -> Iterator[str]:
    """The first argument of every `HYPERLINK`."""
    bare = _LITERAL.sub(lambda found: '"' + "\0" * (len(found[0]) - 2) + '"', formula)
    for found in _LINK.finditer(bare):
        yield next(_split(formula[found.end() :], ",", closes=True))


def _pieces(address: str) -> Iterator[str]:
    for piece in map(str.strip, _split(address, "&")):
        if literal := _LITERAL.fullmatch(piece):
            yield re.sub(f"[{_OF_CELL}{_COMPUTED}]", "", literal[1]).replace('""', '"')
        elif joined := _JOIN.fullmatch(piece):
            for one in _split(joined[1], ","):
                yield from _pieces(one)
        else:
            yield _OF_CELL if _CELL.fullmatch(piece) else _COMPUTED


def _split(text: str, at: str, *, closes: bool = False) -> Iterator[str]:
    """The pieces of a text between the signs that stand outside of quotation marks and brackets; to its closing bracket, if it `closes`."""
    depth, piece = 0, ""
    for sign in _SIGNS.findall(text):
        depth += sign in ("(", "[", "{")
        depth -= sign in (")", "]", "}")
        if depth < 0 and closes:
            break
        if sign == at and depth == 0:
            yield piece
            piece = ""
        else:
            piece += sign
    yield piece


class CellTextReader(XmlReader):
    """Every text of one part of a workbook, which a cell may hand to a link."""

    def __init__(self, budget: Budget) -> None:
        heard: dict[str, Callable[[str], None]] = dict.fromkeys(
            (*qualified_names(SHEET, "t"), *qualified_names(SHEET, "v")), _text
        )
        heard |= {name: _literals for local in FORMULA_ELEMENTS for name in qualified_names(SHEET, local)}
        super().__init__(budget, {}, heard)


def _text(said: str) -> None:
    if not is_safe_cell_text(said):
        raise Rejection(
            f"含有会启动程序的链接“{said[:60]}”",
            f"has a link that may start a program, “{said[:60]}”",
            advice=_CELL_ADVICE,
        )


def _literals(formula: str) -> None:
    for literal in _LITERAL.findall(formula):
        _text(literal)
