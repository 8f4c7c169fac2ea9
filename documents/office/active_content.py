"""Rejects active content in the XML of an Office part: fields, formulas, actions, links, data connections, pictures.

All of these act or fetch something without a relationship. Also here: the limit of the rows of a sheet, and the keys of
the fonts in a Word file. Not here: the check of the relationships (`inspection.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO

from documents.links import is_local, reject_unsafe_link
from documents.rejection import REMOVE_AND_SAVE, Rejection
from states.vocabulary import Text

from . import formulas, word_fields
from .formulas import SHEET
from .package import Relationship
from .word_fields import WordFields
from .xml_reader import Attributes, Budget, ElementHandler, TextHandler, XmlReader, qualified_names

MAX_ROWS = 200_000
"""The most rows of one sheet."""

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_DRAWING = ("http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main")
_REFERENCES = (
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
_SHEET_DRAWING = (
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
"""The allowed actions of a button on a slide. `macro` is harmless, because no accepted file has macros."""

REMOVE_LINK = Text(
    zh="请删除该链接（选中后右键“取消超链接”），保存后再上传",
    en="Remove the link (right-click it, Remove Hyperlink), save and upload again",
)
_CONNECTION = Text(
    zh="请在“数据—查询和连接”中删除连接，保存后再上传",
    en="Delete it under Data – Queries & Connections, save and upload again",
)


class ActiveContent(XmlReader):
    """A reader of one part of an Office file. It raises `Rejection` at unsafe active content and at too many rows.

    `relationships` are the part's own, by their ids. After `read`:

    - `has_open_link`: the text of a cell decides where a link of the part leads;
    - `font_keys`: the key of each embedded font, by the id of its relationship.
    """

    def __init__(self, budget: Budget, relationships: Mapping[str, Relationship]) -> None:
        element_handlers = {name: handler for names, handler in self._element_handlers() for name in names}
        text_handlers: dict[str, TextHandler] = dict.fromkeys(_FORMULAS, self._check_formula)
        text_handlers |= dict.fromkeys(_INSTRUCTIONS, self._add_instruction)
        text_handlers |= dict.fromkeys(qualified_names(_OLD_EXCEL, "FmlaMacro"), _check_macro)
        text_handlers |= dict.fromkeys(qualified_names(_PROPERTIES, "HyperlinkBase"), _check_link_base)
        super().__init__(budget, element_handlers, text_handlers)
        self.relationships, self.fields, self.rows = relationships, WordFields(), 0
        self.has_open_link = False
        self.font_keys: dict[str, str] = {}

    def read(self, stream: IO[bytes]) -> None:
        super().read(stream)
        self.fields.close()

    def _element_handlers(self) -> Iterator[tuple[tuple[str, ...], ElementHandler]]:
        yield from self._word_handlers()
        yield from self._sheet_handlers()
        yield from self._drawing_handlers()
        yield qualified_names(_THREADS, "hyperlink"), _link_check("url")

    def _word_handlers(self) -> Iterator[tuple[tuple[str, ...], ElementHandler]]:
        yield qualified_names(_WORD, "fldChar"), self._mark_field
        yield qualified_names(_WORD, "fldSimple"), _check_simple_field
        for local in ("embedRegular", "embedBold", "embedItalic", "embedBoldItalic"):
            yield qualified_names(_WORD, local), self._note_font_key
        yield qualified_names(_VIDEO, "webVideoPr"), _rejecting("含有联网视频", "holds a video from the net")

    def _sheet_handlers(self) -> Iterator[tuple[tuple[str, ...], ElementHandler]]:
        yield qualified_names(SHEET, "row"), self._count_row
        for local in ("ddeLink", "oleLink"):
            yield (
                qualified_names(SHEET, local),
                _rejecting("引用其他程序的数据（DDE 或 OLE）", "draws on another program's data (DDE or OLE)"),
            )
        for local in ("dbPr", "webPr", "olapPr"):
            yield qualified_names(SHEET, local), _check_connection
        for local in ("oledbPr", "dataFeedPr"):
            yield qualified_names(_EXCEL_2010, local), _check_connection
        yield qualified_names(SHEET, "textPr"), _check_text_connection
        yield qualified_names(SHEET, "connection"), _check_connection_file
        for local in ("sp", "pic", "graphicFrame", "cxnSp", "grpSp"):
            yield qualified_names(_SHEET_DRAWING, local), _check_shape_macro

    def _drawing_handlers(self) -> Iterator[tuple[tuple[str, ...], ElementHandler]]:
        for local in ("hlinkClick", "hlinkMouseOver", "hlinkHover"):
            check = _check_action if local == "hlinkClick" else self._check_pointer_action
            yield qualified_names(_DRAWING, local), check
        for local in ("imagedata", "fill", "stroke", "textpath"):
            yield qualified_names(_VML, local), _check_picture_source
        for local in _SHAPES:
            yield qualified_names(_VML, local), _link_check("href")

    def _count_row(self, _: Attributes) -> None:
        self.rows += 1
        if self.rows > MAX_ROWS:
            advice = Text(
                zh="请删除表格末尾的空白行后另存", en="Delete the empty rows at the end of the sheet and save it again"
            )
            raise Rejection(f"超过 {MAX_ROWS} 行", f"has more than {MAX_ROWS} rows", advice=advice)

    def _mark_field(self, attributes: Attributes) -> None:
        self.fields.mark(_attribute(attributes, _WORD, "fldCharType"))

    def _note_font_key(self, attributes: Attributes) -> None:
        self.font_keys[_attribute(attributes, _REFERENCES, "id")] = _attribute(attributes, _WORD, "fontKey")

    def _add_instruction(self, piece: str) -> None:
        self.fields.add_instruction(piece)

    def _check_formula(self, formula: str) -> None:
        self.has_open_link |= formulas.check_formula(formula)

    def _check_pointer_action(self, attributes: Attributes) -> None:
        """Check an action that runs without a click, when the pointer passes over a shape."""
        _check_action(attributes)
        relationship = self.relationships.get(_attribute(attributes, _REFERENCES, "id"))
        if relationship is not None and relationship.is_external:
            raise Rejection("含有不经点击即会打开的链接", "has a link that opens without a click")


_FORMULAS = (
    *(name for local in formulas.FORMULA_ELEMENTS for name in qualified_names(SHEET, local)),
    *qualified_names(_EXCEL_2009, "f"),
)
_INSTRUCTIONS = (*qualified_names(_WORD, "instrText"), *qualified_names(_WORD, "delInstrText"))


def _attribute(attributes: Attributes, namespaces: tuple[str, ...], local: str) -> str:
    return next((attributes[name] for name in qualified_names(namespaces, local) if name in attributes), "")


def _rejecting(zh: str, en: str) -> ElementHandler:
    """A handler that rejects every element."""

    def handle(_: Attributes) -> None:
        raise Rejection(zh, en, advice=REMOVE_AND_SAVE)

    return handle


def _link_check(name: str) -> ElementHandler:
    """A handler that rejects an unsafe link in the attribute `name`."""

    def handle(attributes: Attributes) -> None:
        reject_unsafe_link(attributes.get(name, ""), REMOVE_LINK)

    return handle


def _check_simple_field(attributes: Attributes) -> None:
    word_fields.check_field(_attribute(attributes, _WORD, "instr"))


def _check_connection(attributes: Attributes) -> None:
    """Reject a data connection.

    A deleted connection leaves an element without a connection string, which is accepted.
    """
    connection, command = attributes.get("connection"), attributes.get("command", "")
    is_deleted = connection is not None and not connection.strip() and not command.strip()
    if not is_deleted:
        raise Rejection("含有外部数据连接", "holds a connection to data elsewhere", advice=_CONNECTION)


def _check_connection_file(attributes: Attributes) -> None:
    """Reject a connection whose definition is in a file elsewhere."""
    if attributes.get("odcFile", "") and not is_local(attributes["odcFile"]):
        raise Rejection("含有外部数据连接", "holds a connection to data elsewhere", advice=_CONNECTION)


def _check_text_connection(attributes: Attributes) -> None:
    """Reject a connection to a text file elsewhere, as `_check_connection` does."""
    if not is_local(attributes.get("sourceFile", "")):
        _check_connection(attributes)


def _check_macro(name: str) -> None:
    """Reject the name of a macro that may lead to a program. A click on a shape calls the macro.

    A macro of this file, or of a workbook that it is linked to, does no harm, because no accepted file has macros.
    """
    if re.search(r"[\\/|:]", name):
        raise Rejection("含有会启动程序的动作按钮", "has a button that starts a program")


def _check_shape_macro(attributes: Attributes) -> None:
    _check_macro(attributes.get("macro", ""))


def _check_action(attributes: Attributes) -> None:
    action = attributes.get("action", "").strip().lower()
    if action and not _ACTION.match(action):
        raise Rejection("含有会启动程序的动作按钮", "has a button that starts a program")


def _check_link_base(address: str) -> None:
    """Reject an unsafe base address. Office puts it before every link that is not a complete address."""
    reject_unsafe_link(address, REMOVE_LINK)


def _check_picture_source(attributes: Attributes) -> None:
    addresses = (
        attributes.get("src", ""),
        *(_attribute(attributes, _OLD_OFFICE, name) for name in ("href", "althref")),
    )
    if any(address and not is_local(address) for address in addresses):
        raise Rejection("链接了网络图片", "fetches a picture from elsewhere")
