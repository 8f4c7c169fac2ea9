"""Active content in the XML of an Office part: fields, formulas, actions and connections, which act or fetch without a relationship."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from documents.links import is_local, reject_unsafe_link
from documents.rejection import REMOVE_AND_SAVE, Rejection
from states.vocabulary import Text

from . import formulas, word_fields
from .formulas import SHEET
from .package import Relationship
from .word_fields import WordFields
from .xml_reader import Attributes, Budget, ElementHandler, XmlReader, qualified_names

ROWS = 200_000
"""Rows of one sheet, at most."""

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
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
_SHAPES = (
    "shape",
    "shapetype",
    "group",
    "rect",
    "roundrect",
    "oval",
    "line",
    "polyline",
    "arc",
    "curve",
    "image",
    "background",
)
_OLD_OFFICE = ("urn:schemas-microsoft-com:office:office",)
_OLD_EXCEL = ("urn:schemas-microsoft-com:office:excel",)
_PLACED = (
    "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing",
)
_THREADS = ("http://schemas.microsoft.com/office/spreadsheetml/2020/threadedcomments2",)
_PROPERTIES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
    "http://purl.oclc.org/ooxml/officeDocument/extendedProperties",
)

_ACTION = re.compile(
    r"ppaction://(hlinksldjump|hlinkshowjump|customshow|hlinkfile|hlinkpres|media|noaction|macro)(\?|$)"
)
"""What a button on a slide may do: go to a slide, follow a link, play, or call a macro, of which there is none."""

REMOVE_LINK = Text(
    zh="请删除该链接（选中后右键“取消超链接”），保存后再上传",
    en="Remove the link (right-click it, Remove Hyperlink), save and upload again",
)
_CONNECTION = Text(
    zh="请在“数据—查询和连接”中删除连接，保存后再上传",
    en="Delete it under Data – Queries & Connections, save and upload again",
)


class ActiveContent(XmlReader):
    """One part of an Office file. `relationships` are the part's own, by their ids.

    `has_open_link`: cells say where a link of it leads. `font_keys`: what uncovers embedded fonts, by their ids.
    """

    def __init__(self, budget: Budget, relationships: Mapping[str, Relationship]) -> None:
        begin = {name: heard for names, heard in self._heard() for name in names}
        text: dict[str, Callable[[str], None]] = dict.fromkeys(_FORMULAS, self._formula)
        text |= dict.fromkeys(_INSTRUCTIONS, self._instruction)
        text |= dict.fromkeys(qualified_names(_OLD_EXCEL, "FmlaMacro"), _macro)
        text |= dict.fromkeys(qualified_names(_PROPERTIES, "HyperlinkBase"), _base)
        super().__init__(budget, begin, text)
        self.relationships, self.fields, self.rows = relationships, WordFields(), 0
        self.has_open_link = False
        self.font_keys: dict[str, str] = {}

    def read(self, stream: IO[bytes]) -> None:
        super().read(stream)
        self.fields.close()

    def _heard(self) -> Iterator[tuple[tuple[str, ...], ElementHandler]]:
        yield qualified_names(SHEET, "row"), self._row
        yield qualified_names(_WORD, "fldChar"), self._field
        yield qualified_names(_WORD, "fldSimple"), lambda said: word_fields.check_field(_of(said, _WORD, "instr"))
        for local in ("embedRegular", "embedBold", "embedItalic", "embedBoldItalic"):
            yield qualified_names(_WORD, local), self._font
        yield qualified_names(_VIDEO, "webVideoPr"), _refusal("含有联网视频", "holds a video from the net")
        for local in ("hlinkClick", "hlinkMouseOver", "hlinkHover"):
            yield qualified_names(_DRAWN, local), self._over if local != "hlinkClick" else _action
        for local in ("ddeLink", "oleLink"):
            yield (
                qualified_names(SHEET, local),
                _refusal("引用其他程序的数据（DDE 或 OLE）", "draws on another program's data (DDE or OLE)"),
            )
        for local in ("dbPr", "webPr", "olapPr"):
            yield qualified_names(SHEET, local), _connected
        for local in ("oledbPr", "dataFeedPr"):
            yield qualified_names(_EXCEL_2010, local), _connected
        yield qualified_names(SHEET, "textPr"), _text_file
        yield qualified_names(SHEET, "connection"), _connection_file
        for local in ("sp", "pic", "graphicFrame", "cxnSp", "grpSp"):
            yield qualified_names(_PLACED, local), lambda said: _macro(said.get("macro", ""))
        for local in ("imagedata", "fill", "stroke", "textpath"):
            yield qualified_names(_VML, local), _source
        for local in _SHAPES:
            yield qualified_names(_VML, local), lambda said: reject_unsafe_link(said.get("href", ""), REMOVE_LINK)
        yield qualified_names(_THREADS, "hyperlink"), lambda said: reject_unsafe_link(said.get("url", ""), REMOVE_LINK)

    def _row(self, _: Attributes) -> None:
        self.rows += 1
        if self.rows > ROWS:
            advice = Text(
                zh="请删除表格末尾的空白行后另存", en="Delete the empty rows at the end of the sheet and save it again"
            )
            raise Rejection(f"超过 {ROWS} 行", f"has more than {ROWS} rows", advice=advice)

    def _field(self, said: Attributes) -> None:
        self.fields.mark(_of(said, _WORD, "fldCharType"))

    def _font(self, said: Attributes) -> None:
        self.font_keys[_of(said, _MARKS, "id")] = _of(said, _WORD, "fontKey")

    def _instruction(self, piece: str) -> None:
        self.fields.instruction(piece)

    def _formula(self, formula: str) -> None:
        self.has_open_link |= formulas.check_formula(formula)

    def _over(self, said: Attributes) -> None:
        """What happens when the pointer passes: no click."""
        _action(said)
        leads = self.relationships.get(_of(said, _MARKS, "id"))
        if leads is not None and leads.is_external:
            raise Rejection("含有不经点击即会打开的链接", "has a link that opens without a click")


_FORMULAS = (
    *(name for local in formulas.FORMULA_ELEMENTS for name in qualified_names(SHEET, local)),
    *qualified_names(_EXCEL_2009, "f"),
)
_INSTRUCTIONS = (*qualified_names(_WORD, "instrText"), *qualified_names(_WORD, "delInstrText"))


def _of(said: Attributes, namespaces: tuple[str, ...], local: str) -> str:
    return next((said[name] for name in qualified_names(namespaces, local) if name in said), "")


def _refusal(zh: str, en: str) -> ElementHandler:
    def heard(_: Attributes) -> None:
        raise Rejection(zh, en, advice=REMOVE_AND_SAVE)

    return heard


def _connected(said: Attributes) -> None:
    """A connection; one that was deleted stays behind without its words."""
    if "connection" in said and not said["connection"].strip() and not said.get("command", "").strip():
        return
    raise Rejection("含有外部数据连接", "holds a connection to data elsewhere", advice=_CONNECTION)


def _connection_file(said: Attributes) -> None:
    """A connection whose words lie in a file elsewhere."""
    if said.get("odcFile", "") and not is_local(said["odcFile"]):
        raise Rejection("含有外部数据连接", "holds a connection to data elsewhere", advice=_CONNECTION)


def _macro(name: str) -> None:
    """What a shape on a sheet calls when it is clicked. Of this file, or of a workbook that it is linked to, there is nothing to call."""
    if re.search(r"[\\/|:]", name):
        raise Rejection("含有会启动程序的动作按钮", "has a button that starts a program")


def _text_file(said: Attributes) -> None:
    if not is_local(said.get("sourceFile", "")):
        _connected(said)


def _action(said: Attributes) -> None:
    action = said.get("action", "").strip().lower()
    if action and not _ACTION.match(action):
        raise Rejection("含有会启动程序的动作按钮", "has a button that starts a program")


def _base(address: str) -> None:
    """What the file puts before each link that is no whole address."""
    reject_unsafe_link(address, REMOVE_LINK)


def _source(said: Attributes) -> None:
    for address in (said.get("src", ""), *(_of(said, _OLD_OFFICE, local) for local in ("href", "althref"))):
        if address and not is_local(address):
            raise Rejection("链接了网络图片", "fetches a picture from elsewhere")
