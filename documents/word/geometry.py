"""Measures an official paper (公文) by GB/T 9704-2012, and says what is measured and what is expected.

These are warnings: the red head of an institution may differ. What depends on the layout (on which page 版记 stands,
where the ink of the mark begins) cannot be read from the file and is not measured. Neither are the text of annexes, and
a red rule or a page number that is drawn as a shape. The text itself is measured in `text_geometry.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from lxml.etree import _Element as Element

from states.vocabulary import Text

from .deviations import (
    LINE,
    NONE,
    WIDTH,
    GeometryWarning,
    Measuring,
    alignment_of,
    line_of,
    millimetres,
    points,
    same,
    size_of_type,
)
from .formatting import Formatting, attributes_of, number_of
from .marks import ANY, CELL, NAMESPACE, PARAGRAPH, ROW, block_mark, text_of
from .parts import NotXml, read_parts, xml_parts
from .text_geometry import TextMeasuring

PaperKind = Literal["red head", "paper", "form"]
"""An official paper with a red head, one without it, or a form, of which only the sheet of paper is measured."""


def measure(paper: bytes, kind: PaperKind = "red head") -> list[GeometryWarning]:
    """Every measure of a Word file that is not as expected. Raises `NotXml` for a damaged file, or one that is not of Word."""
    parts = dict(xml_parts(read_parts(paper)))
    formatting = Formatting(parts.get("word/styles.xml"))
    document = next((root for root in parts.values() if root.tag == f"{NAMESPACE}document"), None)
    if document is None:
        raise NotXml("word/document.xml")
    file, text = _FileMeasuring(parts, document, formatting), TextMeasuring(document, formatting)
    file.measure_sheet(is_official=kind != "form")
    if kind != "form":
        text.measure_text(has_red_head=kind == "red head")
        file.measure_footers()
    if kind == "red head":
        file.measure_colophon()
    file.measure_properties()
    return [*text.warnings, *file.warnings]


class _FileMeasuring(Measuring):
    """The measures of a file beside its text: paper, page numbers, 版记, and properties."""

    def __init__(self, parts: Mapping[str, Element], document: Element, formatting: Formatting) -> None:
        super().__init__()
        self._parts, self._document, self._formatting = parts, document, formatting

    # --- the sheet of paper

    def measure_sheet(self, *, is_official: bool) -> None:
        for section in self._document.iter(f"{NAMESPACE}sectPr"):
            values = {str(one.tag).removeprefix(NAMESPACE): attributes_of(one) for one in section}
            page, margins = values.get("pgSz", {}), values.get("pgMar", {})
            sides = sorted(number_of(values, "pgSz", side) or 0 for side in ("w", "h"))
            self.expect(None, Text(zh="纸张", en="the paper"), _joined(" × ", *map(millimetres, sides)), Text(zh="A4", en="A4"), sides == [11906, 16838])  # fmt: skip
            if not is_official or page.get("orient") == "landscape":
                continue
            for side, title, expected, tolerance in _MARGINS:
                value = number_of(values, "pgMar", side) if side in margins else None
                self.expect(None, title, millimetres(value), millimetres(expected), value is not None and abs(value - expected) <= tolerance)  # fmt: skip
            grid = values.get("docGrid", {})
            self.expect(None, Text(zh="文档网格", en="the grid"), same(grid.get("type", "") or "–"), Text(zh="只指定行网格（22 行）", en="lines only (22)"), grid.get("type") == "lines")  # fmt: skip
            pitch = number_of(values, "docGrid", "linePitch")
            self.expect(None, Text(zh="网格的行距", en="the line of the grid"), points(pitch), points(LINE), pitch == LINE)  # fmt: skip

    # --- the page number

    def measure_footers(self) -> None:
        settings = self._parts.get("word/settings.xml")
        different = settings is not None and settings.find(f"{NAMESPACE}evenAndOddHeaders") is not None
        self.expect(None, Text(zh="奇偶页不同", en="different odd and even pages"), Text(zh="未设", en="not set"), Text(zh="已设", en="set"), different)  # fmt: skip
        section = next(self._document.iterdescendants(f"{NAMESPACE}sectPr"), None)
        margins = None if section is None else section.find(f"{NAMESPACE}pgMar")
        footer = None if margins is None else number_of({"pgMar": attributes_of(margins)}, "pgMar", "footer")
        self.expect(None, Text(zh="页脚距页边", en="the footer from the edge"), millimetres(footer), millimetres(1440), footer == 1440)  # fmt: skip
        for kind, title, side in _PAGE_SIDES:
            part = self._footer(section, kind)
            one = None if part is None else next((one for one in part.iter(PARAGRAPH) if _has_page(one)), None)
            if one is None:
                self.expect(None, title, NONE, Text(zh="— 1 —", en="— 1 —"), False)
            else:
                self._measure_page_number(one, title, side)

    def _footer(self, section: Element | None, kind: str) -> Element | None:
        links = self._parts.get("word/_rels/document.xml.rels")
        if section is None or links is None:
            return None
        targets = {one.get("Id"): one.get("Target", "") for one in links}
        for one in section.iter(f"{NAMESPACE}footerReference"):
            values = attributes_of(one)
            if values.get("type") == kind:
                return self._parts.get(f"word/{targets.get(values.get('id'), '').removeprefix('/word/')}")
        return None

    def _measure_page_number(self, paragraph: Element, title: Text, side: str) -> None:
        one = line_of(paragraph, self._formatting)
        at = Text(zh=f"{title.zh}的位置", en=f"the side of {title.en}")
        self.expect(None, at, alignment_of(one.alignment), alignment_of(side), one.alignment == side)
        indent = one.right if side == "right" else one.left
        self.expect(None, Text(zh=f"{title.zh}的缩进", en=f"the indent of {title.en}"), points(indent), Text(zh="14 磅（1 字）", en="14 pt (one character)"), indent == 280)  # fmt: skip
        dashes = one.text.startswith("\u2014") and one.text.endswith("\u2014")
        self.expect(
            None, Text(zh=f"{title.zh}的一字线", en=f"the dashes of {title.en}"), same(one.text), same("— 1 —"), dashes
        )
        self.expect(None, Text(zh=f"{title.zh}的字体", en=f"the font of {title.en}"), same(one.font or "–"), same("宋体"), one.font == "宋体")  # fmt: skip
        self.expect(None, Text(zh=f"{title.zh}的字号", en=f"the size of {title.en}"), size_of_type(number_of(one.run, "sz")), size_of_type(28), number_of(one.run, "sz") == 28)  # fmt: skip

    # --- 版记

    def measure_colophon(self) -> None:
        name = Text(zh="版记", en="the colophon (版记)")
        tables = [
            one
            for one in self._document.iter(f"{NAMESPACE}tbl")
            if "印发" in "".join(map(text_of, one.iter(PARAGRAPH))) and next(one.iterancestors(_FALLBACK), None) is None
        ]
        if not tables:
            self.expect(
                None, name, NONE, Text(zh="文末的“抄送”和“印发”表格", en="a table with 抄送 and 印发 at the end"), False
            )
            return
        table = tables[-1]
        self.expect(None, Text(zh="版记的位置", en="the place of the colophon"), Text(zh="未固定在版心底部", en="not fixed at the bottom of the text area"), Text(zh="文本框，相对页边距底端对齐", en="a text box, aligned to the bottom margin"), _is_at_the_bottom(table))  # fmt: skip
        columns = [attributes_of(one) for one in table.iter(f"{NAMESPACE}gridCol")]
        width = sum(number_of({"gridCol": one}, "gridCol", "w") or 0 for one in columns)
        self.expect(None, Text(zh="版记的宽度", en="the width of the colophon"), millimetres(width), millimetres(WIDTH), width == WIDTH)  # fmt: skip
        for side, title, expected in _COLOPHON_LINES:
            size = _border(table, side)
            self.expect(None, title, Text(zh=f"{(size or 0) / 8:g} 磅", en=f"{(size or 0) / 8:g} pt"), Text(zh=f"{expected / 8:g} 磅", en=f"{expected / 8:g} pt"), size == expected)  # fmt: skip
        for paragraph in table.iter(PARAGRAPH):
            if block_mark(paragraph) is not None or not text_of(paragraph).strip() or _is_row_mark(paragraph):
                continue
            one = line_of(paragraph, self._formatting)
            self.expect(None, Text(zh="版记的字号", en="the size of the colophon"), size_of_type(number_of(one.run, "sz")), size_of_type(28), number_of(one.run, "sz") == 28)  # fmt: skip
            self.expect(None, Text(zh="版记的左右空", en="the room beside the colophon"), _joined("、", points(one.left), points(one.right)), Text(zh="各 14 磅（1 字）", en="14 pt (one character) each"), (one.left, one.right) == (280, 280))  # fmt: skip

    # --- the file

    def measure_properties(self) -> None:
        themes = any(str(name).endswith("Theme") for root in self._parts.values() for one in root.iter(f"{NAMESPACE}rFonts") for name in one.attrib)  # fmt: skip
        self.expect(None, Text(zh="主题字体", en="theme fonts"), Text(zh="有（会盖过所设字体）", en="some, which win over the fonts that are set"), NONE, not themes)  # fmt: skip
        for part, names in _PROPERTIES.items():
            for one in self._parts[part].iter() if part in self._parts else ():
                name = str(one.tag).rpartition("}")[2]
                if name in names:
                    self.expect(None, Text(zh=f"文档属性“{names[name].zh}”", en=f"the property {names[name].en}"), same(one.text or ""), Text(zh="空", en="none"), one.text in (None, "", "0"))  # fmt: skip
        styles = self._parts.get("word/styles.xml")
        languages = (
            set() if styles is None else {one.get(f"{NAMESPACE}eastAsia") for one in styles.iter(f"{NAMESPACE}lang")}
        )
        self.expect(None, Text(zh="语言", en="the language"), same("、".join(sorted(one or "–" for one in languages)) or "–"), same("zh-CN"), languages == {"zh-CN"})  # fmt: skip


def _has_page(paragraph: Element) -> bool:
    codes = "".join(one.text or "" for one in paragraph.iter(f"{NAMESPACE}instrText"))
    codes += "".join(one.get(f"{NAMESPACE}instr", "") for one in paragraph.iter(f"{NAMESPACE}fldSimple"))
    return re.search(r"\bPAGE\b", codes) is not None


def _joined(mark: str, *texts: Text) -> Text:
    return Text(zh=mark.join(one.zh for one in texts), en=mark.replace("、", ", ").join(one.en for one in texts))


def _border(table: Element, side: str) -> int | None:
    """The width of a line of a table in eighths of a point, set at the cells, as some programs save it, or for the table."""
    rows = list(table.iter(ROW))
    row, of_row = {"top": (0, "top"), "insideH": (0, "bottom"), "bottom": (-1, "bottom")}[side]
    of_cell = rows[row].find(f"{CELL}/{NAMESPACE}tcPr/{NAMESPACE}tcBorders/{NAMESPACE}{of_row}") if rows else None
    border = of_cell if of_cell is not None else table.find(f"{NAMESPACE}tblPr/{NAMESPACE}tblBorders/{NAMESPACE}{side}")
    return None if border is None else number_of({side: attributes_of(border)}, side, "sz")


def _is_row_mark(paragraph: Element) -> bool:
    return text_of(paragraph).startswith("{%") and ANY.fullmatch(text_of(paragraph)) is not None


def _is_at_the_bottom(table: Element) -> bool:
    """Whether a table is in a text box that is aligned to the bottom of the text area."""
    if next(table.iterancestors(f"{NAMESPACE}txbxContent"), None) is None:
        return False
    anchor = next(table.iterancestors(f"{_DRAWING}anchor"), None)
    place = None if anchor is None else anchor.find(f"{_DRAWING}positionV")
    if place is None or place.get("relativeFrom") != "margin":
        return False
    align = place.find(f"{_DRAWING}align")
    return align is not None and align.text == "bottom"


_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""The same content again, for programs that do not know text boxes of today."""
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_ROUNDING = 5
"""A tenth of a millimetre, in which programs round."""
_MARGINS = (
    ("top", Text(zh="上边距（天头）", en="the top margin"), 2098, 57),
    ("right", Text(zh="右边距", en="the right margin"), 1474, _ROUNDING),
    ("bottom", Text(zh="下边距", en="the bottom margin"), 1984, _ROUNDING),
    ("left", Text(zh="左边距（订口）", en="the left margin"), 1588, 57),
    ("gutter", Text(zh="装订线", en="the gutter"), 0, 0),
)
_PAGE_SIDES = (
    ("default", Text(zh="奇数页页码", en="the page number of odd pages"), "right"),
    ("even", Text(zh="偶数页页码", en="the page number of even pages"), "left"),
)
_COLOPHON_LINES = (
    ("top", Text(zh="版记首条分隔线", en="the first line of the colophon"), 8),
    ("insideH", Text(zh="版记中间的分隔线", en="the inner lines of the colophon"), 6),
    ("bottom", Text(zh="版记末条分隔线", en="the last line of the colophon"), 8),
)
_AUTHOR, _TIME = Text(zh="作者", en="author"), Text(zh="时间", en="time")
_PROPERTIES = {
    "docProps/core.xml": {
        "creator": _AUTHOR,
        "lastModifiedBy": _AUTHOR,
        "revision": Text(zh="修订次数", en="revision"),
        "created": _TIME,
        "modified": _TIME,
        "lastPrinted": _TIME,
    },
    "docProps/app.xml": {
        "Company": Text(zh="单位", en="company"),
        "Manager": Text(zh="主管", en="manager"),
        "TotalTime": _TIME,
    },
}
