"""What the XML of an Office part says that acts or fetches without a relationship: fields, formulas, actions, connections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO

from states.vocabulary import Text

from .fields import Fields, judge
from .markup import Attributes, Budget, Heard, Markup, named
from .package import Relationship
from .targets import is_local
from .unfit import SAVE_ANEW, Unfit

ROWS = 200_000
"""Rows of one sheet, at most."""

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_SHEET = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_DRAWN = ("http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main")
_MARKS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_EXCEL_2010 = ("http://schemas.microsoft.com/office/spreadsheetml/2010/11/main",)
_EXCEL_2009 = (
    "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
    "http://schemas.microsoft.com/office/excel/2006/main",
)
_VIDEO = ("http://schemas.microsoft.com/office/word/2012/wordprocessingDrawing",)
_VML = ("urn:schemas-microsoft-com:vml",)

_HINT = re.compile(r"\||WEBSERVICE|IMAGE|CALL|REGISTER|RTD|SQL\.REQUEST", re.IGNORECASE)
_QUOTED = re.compile(r"""\"[^"]*\"|'(?:[^']|'')*'""")
_ACTS = re.compile(
    r"(?<![\w.])(?:_xlfn\.(?:_xlws\.)?)?(WEBSERVICE|IMAGE|CALL|REGISTER(?:\.ID)?|RTD|SQL\.REQUEST)\(|(\|)",
    re.IGNORECASE,
)
"""Formulas that ask another program or the net, and `program|topic!item`, which is DDE (ECMA-376-1, 18.17.2.3)."""

_CONNECTION = Text(
    zh="请在“数据—查询和连接”中删除连接，保存后再上传",
    en="Delete it under Data – Queries & Connections, save and upload again",
)


class Content(Markup):
    """One part of an Office file. `relationships` are the part's own, by their ids."""

    def __init__(self, budget: Budget, relationships: Mapping[str, Relationship]) -> None:
        begin = {name: heard for names, heard in self._heard() for name in names}
        text = dict.fromkeys(_FORMULAS, self._formula) | dict.fromkeys(_INSTRUCTIONS, self._instruction)
        super().__init__(budget, begin, text)
        self.relationships, self.fields, self.rows = relationships, Fields(), 0

    def read(self, stream: IO[bytes]) -> None:
        super().read(stream)
        self.fields.close()

    def _heard(self) -> Iterator[tuple[tuple[str, ...], Heard]]:
        yield named(_SHEET, "row"), self._row
        yield named(_WORD, "fldChar"), self._field
        yield named(_WORD, "fldSimple"), lambda said: judge(_of(said, _WORD, "instr"))
        yield named(_VIDEO, "webVideoPr"), _refusal("含有联网视频", "holds a video from the net")
        for local in ("hlinkClick", "hlinkMouseOver", "hlinkHover"):
            yield named(_DRAWN, local), self._over if local != "hlinkClick" else _action
        for local in ("ddeLink", "oleLink"):
            yield (
                named(_SHEET, local),
                _refusal("引用其他程序的数据（DDE 或 OLE）", "draws on another program's data (DDE or OLE)"),
            )
        for local in ("dbPr", "webPr", "olapPr"):
            yield named(_SHEET, local), _connected
        for local in ("oledbPr", "dataFeedPr"):
            yield named(_EXCEL_2010, local), _connected
        yield named(_SHEET, "textPr"), _text_file
        for local in ("imagedata", "fill", "stroke", "textpath"):
            yield named(_VML, local), _source

    def _row(self, _: Attributes) -> None:
        self.rows += 1
        if self.rows > ROWS:
            advice = Text(
                zh="请删除表格末尾的空白行后另存", en="Delete the empty rows at the end of the sheet and save it again"
            )
            raise Unfit(f"超过 {ROWS} 行", f"has more than {ROWS} rows", advice=advice)

    def _field(self, said: Attributes) -> None:
        self.fields.mark(_of(said, _WORD, "fldCharType"))

    def _instruction(self, piece: str) -> None:
        self.fields.instruction(piece)

    def _formula(self, formula: str) -> None:
        if _HINT.search(formula) and (found := _ACTS.search(_QUOTED.sub("''", formula))):
            name = (found[1] or "DDE").upper()
            advice = Text(
                zh="请把该公式改为数值，保存后再上传", en="Replace the formula by its value, save and upload again"
            )
            raise Unfit(f"含有自动取数的公式（{name}）", f"holds a formula that fetches data ({name})", advice=advice)

    def _over(self, said: Attributes) -> None:
        """What happens when the pointer passes: no click."""
        _action(said)
        leads = self.relationships.get(_of(said, _MARKS, "id"))
        if leads is not None and leads.is_external:
            raise Unfit("含有不经点击即会打开的链接", "has a link that opens without a click")


_FORMULAS = (
    *(name for local in ("f", "definedName", "formula", "formula1", "formula2", "calculatedColumnFormula", "totalsRowFormula") for name in named(_SHEET, local)),
    *named(_EXCEL_2009, "f"),
)  # fmt: skip
_INSTRUCTIONS = (*named(_WORD, "instrText"), *named(_WORD, "delInstrText"))


def _of(said: Attributes, namespaces: tuple[str, ...], local: str) -> str:
    return next((said[name] for name in named(namespaces, local) if name in said), "")


def _refusal(zh: str, en: str) -> Heard:
    def heard(_: Attributes) -> None:
        raise Unfit(zh, en, advice=SAVE_ANEW)

    return heard


def _connected(said: Attributes) -> None:
    """A connection; one that was deleted stays behind without its words."""
    if "connection" in said and not said["connection"].strip() and not said.get("command", "").strip():
        return
    raise Unfit("含有外部数据连接", "holds a connection to data elsewhere", advice=_CONNECTION)


def _text_file(said: Attributes) -> None:
    if not is_local(said.get("sourceFile", "")):
        _connected(said)


def _action(said: Attributes) -> None:
    action = said.get("action", "").strip().lower()
    if action.startswith("ppaction://program"):
        raise Unfit("含有会启动程序的动作按钮", "has a button that starts a program")


def _source(said: Attributes) -> None:
    address = said.get("src", "")
    if address and not is_local(address):
        raise Unfit("链接了网络图片", "fetches a picture from elsewhere")
