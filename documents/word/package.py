"""The parts of a Word file beside its text: styles, fonts, settings, footers, and the page that the text stands on.

All measures are of GB/T 9704-2012; lengths are in twips (20 to a point, 567 to a centimetre), sizes of type in half
points. Not here: the text (`gongwen.py`), and whether a file keeps the measures (`geometry.py`).
"""

from __future__ import annotations

from html import escape

from .parts import write_parts

WIDTH = 8844
"""The width of the text: 156 mm."""
LINE = 579
"""The height of a line: 22 fill the page. With 580 there are 21."""
CHARACTER = 320
"""The width of a character of size 3 (16 points)."""

OFFICIAL_MARGINS = 'w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:footer="1440"'
FORM_MARGINS = 'w:top="1417" w:right="1474" w:bottom="1417" w:left="1588" w:footer="850"'
"""More room on the page, and the same width of the text."""

SONG, HEI, KAI, FANGSONG, TITLE = "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312", "方正小标宋简体"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006"
_PACKAGE = "application/vnd.openxmlformats-package"
_DOCUMENT = "application/vnd.openxmlformats-officedocument"
_MAIN = f"{_DOCUMENT}.wordprocessingml"
SHAPE = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    f' xmlns:r="{_OFFICE}"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    f' xmlns:wps="{SHAPE}"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_OTHER_PARTS = (
    ("styles", f"{_MAIN}.styles+xml"),
    ("settings", f"{_MAIN}.settings+xml"),
    ("fontTable", f"{_MAIN}.fontTable+xml"),
    ("footer1", f"{_MAIN}.footer+xml"),
    ("footer2", f"{_MAIN}.footer+xml"),
)


def fonts(name: str) -> str:
    """The element that sets a font for all four kinds of characters: if one is not set, Word takes another font for it."""
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"/>'


def word_file(
    title: str, text: str, *, footers: tuple[str, str], margins: str = OFFICIAL_MARGINS, is_in_parts: bool = False
) -> bytes:
    """A whole Word file of a text of paragraphs and tables. `footers`: of the odd pages and of the even ones.

    `is_in_parts`: the pages after each `section` count from 1.
    """
    types = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in _OTHER_PARTS)
    links = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{name.rstrip("12")}" Target="{name}.xml"/>'
        for name, _ in _OTHER_PARTS
    )
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PARTS}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
        f'<Override PartName="/docProps/core.xml" ContentType="{_PACKAGE}.core-properties+xml"/>'
        f'<Override PartName="/docProps/app.xml" ContentType="{_DOCUMENT}.extended-properties+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PARTS}/relationships">'
        f'<Relationship Id="text" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="core" Type="{_PARTS}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        f'<Relationship Id="app" Type="{_OFFICE}/extended-properties" Target="docProps/app.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PARTS}/relationships">{links}</Relationships>',
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{text}{section(margins, is_in_parts=is_in_parts)}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_NAMESPACES}>{_STYLES}</w:styles>",
        "word/settings.xml": f"<w:settings {_NAMESPACES}>{_SETTINGS}</w:settings>",
        "word/fontTable.xml": f"<w:fonts {_NAMESPACES}>{_FONTS}</w:fonts>",
        "word/footer1.xml": f"<w:ftr {_NAMESPACES}>{footers[0]}</w:ftr>",
        "word/footer2.xml": f"<w:ftr {_NAMESPACES}>{footers[1]}</w:ftr>",
        "docProps/core.xml": "",
        "docProps/app.xml": "",
    }
    return write_parts({name: f"{_HEAD}{text}".encode() for name, text in texts.items()}, title)


def section(margins: str, *, is_in_parts: bool = True) -> str:
    """The pages of the whole text, or of the part of it that ends with the paragraph which has this among its properties."""
    numbers = '<w:pgNumType w:start="1"/>' if is_in_parts else ""
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="footer1"/>'
        '<w:footerReference w:type="even" r:id="footer2"/>'
        f'<w:pgSz w:w="11906" w:h="16838"/><w:pgMar {margins} w:header="851" w:gutter="0"/>'
        f'{numbers}<w:docGrid w:type="lines" w:linePitch="{LINE}"/></w:sectPr>'
    )


_SETTINGS = (
    '<w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word"'
    ' w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>'
)

# Where a font is missing, Word takes the other name: recent systems have 仿宋 and 楷体 and none of the names of GB 2312.
_FONTS = "".join(
    f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
    for name, other in ((FANGSONG, "仿宋"), (KAI, "楷体"), (TITLE, "华文中宋"), (HEI, "SimHei"), (SONG, "SimSun"))
)


def _exact(height: int, before: int = 0) -> str:
    return f'<w:spacing w:before="{before}" w:after="0" w:line="{height}" w:lineRule="exact"/>'


def _style(key: str, name: str, base: str, paragraph: str = "", run: str = "") -> str:
    """A paragraph style. The elements of `paragraph` and `run` have to be in the order of the schema."""
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{base}"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


# LibreOffice gives two lines of the grid to a line of large type, even if its height is exact.
_NO_GRID = '<w:snapToGrid w:val="0"/>'
_NO_SPACING = '<w:spacing w:val="0"/>'
_TWO_IN = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'


def cell_margins(width: int) -> str:
    """The room at the left and the right of the text in a cell."""
    sides = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side in ("left", "right"))
    return f"<w:tblCellMar>{sides}</w:tblCellMar>"


_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)

_BASE_STYLES = (
    f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts(FANGSONG)}{_size(32)}"
    '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>'
    # With `overflowPunct` a full stop hangs outside the text area.
    # Without the two `autoSpace` a number pushes a character off its line.
    '<w:style w:type="paragraph" w:default="1" w:styleId="Plain"><w:name w:val="Normal"/><w:qFormat/><w:pPr>'
    '<w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
    f'{_exact(LINE)}<w:jc w:val="both"/></w:pPr>'
    f'<w:rPr>{fonts(FANGSONG)}<w:spacing w:val="-5"/>{_size(32)}</w:rPr></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="PlainTable"><w:name w:val="Normal Table"/>'
    f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{cell_margins(85)}</w:tblPr></w:style>'
    f'<w:style w:type="table" w:customStyle="1" w:styleId="Grid"><w:name w:val="公文表格"/><w:basedOn w:val="PlainTable"/>'
    f"<w:tblPr><w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr></w:style>"
)

_STYLES = _BASE_STYLES + "".join((
    _style("Body", "公文正文", "Plain", _TWO_IN),
    _style("Mark", "发文机关标志", "Plain", f'{_NO_GRID}{_exact(900, 1700)}<w:jc w:val="center"/>',
           f'{fonts(TITLE)}<w:color w:val="FF0000"/>{_NO_SPACING}<w:w w:val="90"/>{_size(64)}'),
    _style("Number", "发文字号", "Plain",
           # A line that is no higher than its type: the rule is 4 mm below the line, and that is to be below the number.
           '<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="11" w:color="FF0000"/></w:pBdr>'
           f'{_NO_GRID}{_exact(360, LINE - 360)}<w:jc w:val="center"/>'),
    _style("Heading", "公文标题", "Plain", f'<w:keepNext/><w:keepLines/>{_NO_GRID}<w:jc w:val="center"/><w:outlineLvl w:val="0"/>',
           f"{fonts(TITLE)}{_NO_SPACING}{_size(44)}"),
    _style("Addressee", "主送机关", "Plain", "<w:keepNext/>"),
    _style("Level1", "一级标题", "Body", '<w:keepNext/><w:outlineLvl w:val="1"/>', fonts(HEI)),
    _style("Level2", "二级标题", "Body", '<w:keepNext/><w:outlineLvl w:val="2"/>', fonts(KAI)),
    _style("Annexes", "附件说明", "Plain", '<w:ind w:left="1920" w:hanging="1280"/>'),
    _style("Annex", "附件", "Plain", '<w:keepNext/><w:pageBreakBefore/><w:ind w:left="0" w:firstLine="0"/>', fonts(HEI)),
    _style("Colophon", "版记", "Plain", f'<w:tabs><w:tab w:val="right" w:pos="8564"/></w:tabs>{_NO_GRID}{_exact(420)}<w:ind w:left="280" w:right="280"/>',
           f"{_NO_SPACING}{_size(28)}"),
    _style("PageNumber", "页码", "Plain", '<w:spacing w:line="240" w:lineRule="auto"/>',
           f"{fonts(SONG)}{_NO_SPACING}{_size(28)}"),
    _style("Cell", "表格文字", "Plain",
           f'{_NO_GRID}<w:spacing w:before="40" w:after="40" w:line="360" w:lineRule="atLeast"/><w:jc w:val="center"/>',
           f"{_NO_SPACING}{_size(24)}"),
    _style("CellHead", "表格栏目", "Cell", "", fonts(HEI)),
    _style("HeadLine", "表头说明", "Plain", '<w:tabs><w:tab w:val="right" w:pos="8844"/></w:tabs><w:jc w:val="left"/>',
           f"{_NO_SPACING}{_size(24)}"),
    _style("Note", "表下说明", "HeadLine", f'{_NO_GRID}<w:spacing w:before="0" w:after="0" w:line="400" w:lineRule="exact"/>'),
))  # fmt: skip


def text_run(text: str, properties: str = "") -> str:
    return f'<w:r>{_run_properties(properties)}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'


def _run_properties(properties: str) -> str:
    return f"<w:rPr>{properties}</w:rPr>" if properties else ""


def field_run(instruction: str) -> str:
    """A field, such as PAGE, that Word replaces by its result."""
    kinds = ("begin", "separate", "end")
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in kinds)
    code = f'<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
    return f"{begin}{code}{separate}{text_run('1')}{end}"


def paragraph(style: str, content: str = "", properties: str = "") -> str:
    """A paragraph of these runs. `properties` come in addition to those of the style."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{content}</w:p>'


EMPTY_LINE = paragraph("Plain")
