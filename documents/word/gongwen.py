"""Makes the Word templates that are shipped: official papers (公文) by GB/T 9704-2012, and plain forms to fill in by hand.

A paper is a list of blocks: `text`, `heading`, `part_title`, `line`, tables, `sign_lines`, and `if_present` and
`for_each` around blocks. Each text in them may have marks (`marks.py`). The same paper gives the same bytes.

    OfficialPaper(title="{{标题}}", mark="{{发文机关}}文件", number="{{发文字号}}", to="{{主送}}", body=[text("……")],
                  signature="{{发文机关}}", date="{{成文日期}}", issued_by="{{印发机关}}", issued_on="{{印发日期}}").build()

Not here: which papers there are, their names, and their values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from .package import (
    CHARACTER,
    EMPTY_LINE,
    FORM_MARGINS,
    HEI,
    KAI,
    LINE,
    SHAPE,
    WIDTH,
    cell_margins,
    field_run,
    fonts,
    paragraph,
    section,
    text_run,
    word_file,
)

Block = str
"""The XML of one or several paragraphs or tables."""

Align = Literal["left", "center", "right"]
Joined = Literal["", "restart", "continue"]
"""Whether a cell begins one that reaches over several rows, or goes on with it."""
_JOINED: tuple[Joined, Joined] = ("restart", "continue")


# --- the blocks -----------------------------------------------------------------------------------


def text(content: str) -> Block:
    """A paragraph of an official paper: justified, the first line two characters in."""
    return paragraph("Body", _runs(content))


def heading(level: Literal[1, 2, 3, 4], content: str) -> Block:
    """A heading, which is written with its number: 一、 · （一） · 1. · （1）. The lower two look like text."""
    return paragraph({1: "Level1", 2: "Level2"}.get(level, "Body"), _runs(content))


def part_title(content: str, lines_above: int = 0) -> Block:
    """The title of a part of a form, on a new page; on a title page with so many lines of room above it."""
    above = f'<w:spacing w:before="{lines_above * LINE}"/>' if lines_above else ""
    return paragraph("Heading", _runs(content), f"<w:pageBreakBefore/>{above}") + _low(LINE // 2)


def new_part() -> Block:
    """The end of a part of a form whose pages count from 1 in each part (`PlainForm.is_in_parts`)."""
    return _low(20).replace("</w:pPr>", f"{section(FORM_MARGINS)}</w:pPr>")


def on_one_page(*blocks: Block) -> Block:
    """These blocks on one page, as long as they fit on one."""
    *others, last = blocks
    return _with_next("".join(others)) + last


def addressee(content: str) -> Block:
    """主送: to whom a report is sent, with the colon."""
    return paragraph("Addressee", _runs(content))


def line(content: str = "", align: Align = "left") -> Block:
    """A paragraph that begins at the margin, such as a head line of a form; empty: an empty line."""
    return paragraph("HeadLine", _runs(content), _align(align)) if content else EMPTY_LINE


def note(content: str) -> Block:
    """A note under a table, in the size of the table."""
    return paragraph("Note", _runs(content))


def if_present(name: str, *blocks: Block) -> Block:
    """These blocks if the name has a value, and nothing otherwise. `name` may be a column: 行.备注."""
    return f"{_mark(f'p if {name}')}{''.join(blocks)}{_mark('p endif')}"


def for_each(variable: str, name: str, *blocks: Block) -> Block:
    """These blocks once for each row of the list `name`; in them the variable stands for the row."""
    return f"{_mark(f'p for {variable} in {name}')}{''.join(blocks)}{_mark('p endfor')}"


class TableColumn(Struct, frozen=True):
    """A column: its head, what its cells have, and its width in relation to the other columns.

    `is_joined`: in a `grouped_table`, one cell reaches over all rows of a group.
    """

    head: str
    content: str = ""
    width: int = 1
    align: Align = "center"
    is_joined: bool = False


def table(*columns: TableColumn, rows: str, variable: str = "行", lines: int = 0) -> Block:
    """A table with a head that is repeated on each page, and one row for each row of the list `rows`.

    `lines`: the least height of these rows in lines of type, for what is written by hand.
    """
    widths, height = _widths([one.width for one in columns]), _height(lines)
    body = _row(_cells(columns, widths), height=height)
    return _table(widths, _row_mark(f"tr for {variable} in {rows}", len(columns)), body, _row_mark("tr endfor", len(columns)), head=_head(columns, widths))  # fmt: skip


def grouped_table(*columns: TableColumn, rows: str, group: tuple[str, str, str], variable: str = "行") -> Block:
    """A table with a head, in which the rows of the list `rows` stand in groups, each on one page.

    `group`: three columns of the list. The first row of a group has a value of the first one only, the last row of the
    last one only, and a row between them of the second one only. A last row that has a value of the second one is on the
    page of what follows the table.
    """
    widths, count = _widths([one.width for one in columns]), len(columns)
    # Without a height LibreOffice draws the joined cells of the last group one row high.
    first, further = (_row(_cells(columns, widths, joined), height=_height(1)) for joined in _JOINED)
    kinds = zip(group, (_with_next(first), _with_next(further), further), strict=True)
    body = (part for name, row in kinds for part in _row_if(f"{variable}.{name}", row, count))
    return _table(widths, _row_mark(f"tr for {variable} in {rows}", count), *body, _row_mark("tr endfor", count), head=_head(columns, widths), is_apart=False) + _with_next(_GAP)  # fmt: skip


def lone_head(*columns: TableColumn) -> Block:
    """The head of a table whose rows are `lone_row`s."""
    widths = _widths([one.width for one in columns])
    return _table(widths, head=_head(columns, widths), is_apart=False)


def lone_row(*columns: TableColumn, lines: int = 0) -> Block:
    """A row that is a table of its own, for a list of which some rows begin a new page.

    Those that follow each other look like one table, because nothing is between them. Something else must follow the
    last one.
    """
    widths = _widths([one.width for one in columns])
    return _table(widths, _row(_cells(columns, widths), height=_height(lines)), is_apart=False)


class FormRow(Struct, frozen=True):
    """A row of a form: labels and what stands beside each, by turns. `lines`: its least height in lines of type."""

    cells: tuple[str, ...]
    lines: int = 1


def field_table(*rows: FormRow) -> Block:
    """The table of a form: labels with fields beside them. Each row has one or two pairs, or a text over its width."""
    label = WIDTH // 7
    widths = [label, WIDTH // 2 - label, label, WIDTH - WIDTH // 2 - label]
    return _table(widths, *(_form_row(row, widths) for row in rows))


def sign_lines(*roles: str) -> Block:
    """A line for each role to sign on, with room for the date."""
    *others, last = (line(f"{role}（签名）：＿＿＿＿＿＿＿＿\t　　　　年　　月　　日") for role in roles)
    return _with_next(_low(LINE // 2) + "".join(others)) + last


# --- the papers -----------------------------------------------------------------------------------


class PaperAnnex(Struct, frozen=True):
    """An annex: its title, which stands in 附件说明 too, and its blocks. It begins on a page of its own."""

    title: str
    body: Sequence[Block]


class OfficialPaper(Struct, frozen=True, kw_only=True):
    """An official paper (公文) by GB/T 9704-2012.

    - `title`: its title; a line break in its value is a line break in the paper.
    - `mark`, `number`: 发文机关标志 with the red rule below 发文字号; without a mark it is a paper without a red head.
      A line has 15 characters of the mark. A longer one needs a line break in its value.
    - `marking`: what stands above everything else at the left, such as 内部. For a paper without a red head.
    - `caption`: 题注 below the title, with the day and the meeting of a 决议, which has no signature and no date then.
    - `to`: 主送机关, without the colon.
    - `signature`, `date`: 署名 and 成文日期, 7.3.5. `is_sealed`: a seal is put over them.
    - `copies`: the name whose value is 抄送; the line is left out if that is empty.
    - `issued_by`, `issued_on`: 印发机关 and 印发日期; without them the paper has no 版记.
    """

    title: str
    body: Sequence[Block]
    mark: str = ""
    number: str = ""
    marking: str = ""
    caption: str = ""
    to: str = ""
    signature: str = ""
    date: str = ""
    is_sealed: bool = True
    annexes: Sequence[PaperAnnex] = ()
    copies: str = ""
    issued_by: str = ""
    issued_on: str = ""

    def build(self, file_title: str = "") -> bytes:
        """The Word file. `file_title`: the title among its properties, until the paper is filled in."""
        blocks = [*self._head(), *self.body, *self._list_of_annexes()]
        if self.signature:
            # No page has the seal and the date alone, 7.3.5.1: they go to the next page with the end of the text.
            end = len(blocks) - len(self._list_of_annexes()) - 1
            blocks[end:] = [one if _REPEATED.search(one) else _with_next(one) for one in blocks[end:]]
            blocks += self._signing()
        for number, annex in enumerate(self.annexes, 1):
            blocks += self._annex(number, annex)
        if self.issued_by:
            blocks.append(_colophon(self.copies, f"{self.issued_by}\t{self.issued_on}印发"))
        return word_file(file_title, _with_tables(blocks), footers=(_page_number("right"), _page_number("left")))

    def _head(self) -> list[Block]:
        head = []
        if self.mark:
            head += [paragraph("Mark", _runs(self.mark)), EMPTY_LINE, EMPTY_LINE]
            head += [paragraph("Number", _runs(self.number)), EMPTY_LINE, EMPTY_LINE]
        if self.marking:
            head.append(paragraph("Plain", text_run(self.marking, fonts(HEI))))
        head.append(paragraph("Heading", _runs(self.title)))
        if self.caption:
            head.append(paragraph("Plain", text_run(self.caption, fonts(KAI)), _align("center")))
        head.append(EMPTY_LINE)
        return [*head, paragraph("Addressee", _runs(f"{self.to}："))] if self.to else head

    def _list_of_annexes(self) -> list[Block]:
        """附件说明, 7.3.4: the titles of the annexes below the text; with numbers if there are several."""
        if not self.annexes:
            return []
        if len(self.annexes) == 1:
            return [EMPTY_LINE, paragraph("Annexes", _runs(f"附件：{self.annexes[0].title}"), _indent(3, 2 + 3))]
        first, *others = (f"{number}.{annex.title}" for number, annex in enumerate(self.annexes, 1))
        lines = [paragraph("Annexes", _runs(f"附件：{first}"))]
        return [EMPTY_LINE, *lines, *(paragraph("Annexes", _runs(one), _indent(1, 2 + 3 + 1)) for one in others)]

    def _signing(self) -> list[Block]:
        """署名 and 成文日期, which stay together on one page.

        With a seal the date ends four characters from the margin, and the signature is centred on it: on the middle of
        a date of ten characters, so it is up to a quarter of a character off for a shorter or a longer one. A signature
        of 15 to 18 characters reaches into the right margin; that is better than one which is broken.
        """
        if not self.is_sealed:
            properties = f'<w:ind w:right="{2 * CHARACTER}"/><w:jc w:val="right"/>'
            signature = EMPTY_LINE + paragraph("Plain", _runs(self.signature), properties)
            return [_with_next(signature), paragraph("Plain", _runs(self.date), properties)]
        date_end = 4 * CHARACTER
        middle, half = date_end + _DATE_WIDTH // 2, _LONGEST_SIGNATURE // 2
        centred = f'<w:ind w:left="{WIDTH - middle - half}" w:right="{middle - half}"/><w:jc w:val="center"/>'
        signature = EMPTY_LINE + EMPTY_LINE + paragraph("Plain", _runs(self.signature), centred)
        date = paragraph("Plain", _runs(self.date), f'<w:ind w:right="{date_end}"/><w:jc w:val="right"/>')
        return [_with_next(signature), date]

    def _annex(self, number: int, annex: PaperAnnex) -> list[Block]:
        name = "附件" if len(self.annexes) == 1 else f"附件{number}"
        head = [paragraph("Annex", _runs(name)), EMPTY_LINE, paragraph("Heading", _runs(annex.title)), EMPTY_LINE]
        return [*head, *annex.body]


_DATE_WIDTH = 3 * CHARACTER + 7 * CHARACTER // 2
"""The width of 2026年6月30日: three characters and seven digits of half their width."""
_LONGEST_SIGNATURE = 18 * CHARACTER


class PlainForm(Struct, frozen=True, kw_only=True):
    """A form or a list that is no official paper: its title, blocks, and pages that say 第 1 页 共 2 页.

    `title` is empty if each part of it has a title of its own (`part_title`). `is_in_parts`: its pages say 第 1 页, and
    count from 1 in each part (`new_part`).
    """

    body: Sequence[Block]
    title: str = ""
    is_in_parts: bool = False

    def build(self, file_title: str = "") -> bytes:
        """The Word file. `file_title`: the title among its properties, until the paper is filled in."""
        of_all = text_run(" 页　共 ") + field_run("NUMPAGES") + text_run(" 页")
        count = text_run("第 ") + field_run("PAGE") + (text_run(" 页") if self.is_in_parts else of_all)
        footer = paragraph("PageNumber", count, '<w:jc w:val="center"/>')
        head = [paragraph("Heading", _runs(self.title)), _low(LINE // 2)] if self.title else []
        blocks = [*head, *self.body]
        return word_file(file_title, _with_tables(blocks), footers=(footer, footer), margins=FORM_MARGINS, is_in_parts=self.is_in_parts)  # fmt: skip


# --- their XML ------------------------------------------------------------------------------------


_REPEATED = re.compile(r"\{%(p|tr) for")
"""What is repeated so often that it may not fit on one page."""


_PARAGRAPH = r'(<w:p><w:pPr><w:pStyle w:val="\w+"/>)(?!<w:keepNext/>)'


def _with_next(blocks: Block) -> Block:
    """The same paragraphs, each on the page of the next one."""
    return re.sub(_PARAGRAPH, r"\1<w:keepNext/>", blocks)


def _with_tables(blocks: Sequence[Block]) -> Block:
    """All blocks; a paragraph before a table is on the page on which the table begins."""
    return re.sub(rf"{_PARAGRAPH}((?:(?!<w:p>).)*</w:p><w:tbl>)", r"\1<w:keepNext/>\2", "".join(blocks))


def _runs(content: str) -> str:
    """A text as runs; a tab in it is a tab, and a line break a line break."""
    lines = ("<w:r><w:tab/></w:r>".join(map(text_run, one.split("\t"))) for one in content.split("\n"))
    return "<w:r><w:br/></w:r>".join(lines)


def _align(align: Align) -> str:
    return f'<w:jc w:val="{align}"/>'


def _indent(hanging: int, left: int) -> str:
    """Further lines `left` characters in, and the first one `hanging` characters less."""
    return f'<w:ind w:left="{left * CHARACTER}" w:hanging="{hanging * CHARACTER}"/>'


def _mark(inner: str) -> Block:
    return paragraph("Plain", text_run(f"{{%{inner} %}}"))


def _widths(shares: Sequence[int]) -> list[int]:
    """The widths of columns in twips: together the width of the text."""
    ends = [WIDTH * sum(shares[: index + 1]) // sum(shares) for index in range(len(shares))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def _cell(
    content: str,
    width: int,
    style: str,
    align: Align = "center",
    *,
    span: int = 1,
    at: Literal["top", "center"] = "center",
    joined: Joined = "",
) -> str:
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    merged = f'<w:vMerge w:val="{joined}"/>' if joined else ""
    properties = f'<w:tcW w:w="{width}" w:type="dxa"/>{spanned}{merged}<w:vAlign w:val="{at}"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(style, _runs(content), _align(align))}</w:tc>"


def _cells(columns: Sequence[TableColumn], widths: Sequence[int], joined: Joined = "") -> list[str]:
    """The cells of a row. `joined`: for the columns with one cell over several rows, whether it begins or goes on."""
    return [
        _cell(
            "" if one.is_joined and joined == "continue" else one.content,
            width,
            "Cell",
            one.align,
            joined=joined if one.is_joined else "",
        )
        for one, width in zip(columns, widths, strict=True)
    ]


def _head(columns: Sequence[TableColumn], widths: Sequence[int]) -> str:
    """The row with the heads of the columns."""
    return _row([_cell(one.head, width, "CellHead") for one, width in zip(columns, widths, strict=True)], is_head=True)


def _row(cells: Sequence[str], *, is_head: bool = False, height: int = 0) -> str:
    tall = f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{tall}{'<w:tblHeader/>' if is_head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def _row_mark(inner: str, columns: int) -> str:
    """The row that is only a mark; it is gone when the paper is filled in."""
    return _row([_cell(f"{{%{inner} %}}", WIDTH, "Cell", "left", span=columns)])


def _row_if(name: str, row: str, columns: int) -> list[str]:
    """A row that is there if the name has a value, with its marks."""
    return [_row_mark(f"tr if {name}", columns), row, _row_mark("tr endif", columns)]


def _height(lines: int) -> int:
    """The height of a row with so many lines of type; 0: as high as what is in it."""
    return lines * 400 + 80 if lines else 0


def _form_row(row: FormRow, widths: Sequence[int]) -> str:
    """A row of one or two pairs of a label and a field, or of one text. What is long is written from the top."""
    at: Literal["top", "center"] = "top" if row.lines > 1 else "center"
    if len(row.cells) == 1:
        cells = [_cell(row.cells[0], sum(widths), "Cell", "left", span=4, at=at)]
    else:
        spans = (1, 3) if len(row.cells) == 2 else (1, 1, 1, 1)
        ends = [sum(spans[: index + 1]) for index in range(len(spans))]
        cells = [
            _cell(
                content, sum(widths[end - span : end]), *_PAIR[index % 2], span=span, at=at if index % 2 else "center"
            )
            for index, (content, span, end) in enumerate(zip(row.cells, spans, ends, strict=True))
        ]
    return _row(cells, height=_height(row.lines))


_PAIR: tuple[tuple[str, Align], ...] = (("CellHead", "center"), ("Cell", "left"))


def _table(widths: Sequence[int], *rows: str, head: str = "", is_apart: bool = True) -> Block:
    """A table. `is_apart`: with room after it, and never joined to another one."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    properties = f'<w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{''.join(rows)}</w:tbl>{_GAP if is_apart else ''}"


def _page_number(side: Align) -> str:
    """— 1 — in the size 4, one character in from the outer side, 7.5."""
    number = text_run("— ") + field_run("PAGE") + text_run(" —")
    return paragraph("PageNumber", number, f'<w:ind w:{side}="280"/>{_align(side)}')


def _low(height: int) -> str:
    """An empty paragraph of this height. It parts a table from what follows: from another one, Word would join both."""
    properties = f'<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{height}" w:lineRule="exact"/>'
    return paragraph("Plain", properties=properties)


_GAP, _END = _low(160), _low(20)
_EMU = 635
"""The units of a drawing in one twip."""
_COLOPHON_LINES = 4
"""The lines that 版记 may take: 抄送 in three of them."""


def _colophon(copies: str, issued: str) -> Block:
    """版记, 7.4: a table in a text box at the bottom of the last page.

    A table or frame that floats would come below the date in LibreOffice. The paragraph that the box hangs on is as
    high as the box, so that a text which leaves too little room takes both to the next page.
    """
    rows = ""
    if copies:
        rows += _colophon_row(f"{{%tr if {copies} %}}")
        rows += _colophon_row(f"抄送：{{{{{copies}}}}}。", '<w:ind w:left="1120" w:right="280" w:hanging="840"/>')
        rows += _colophon_row("{%tr endif %}")
    rows += _colophon_row(issued)
    outer, inner = (f'w:val="single" w:sz="{size}" w:space="0" w:color="000000"' for size in (8, 6))
    borders = f"<w:top {outer}/><w:bottom {outer}/><w:insideH {inner}/>"
    content = (
        f'<w:tbl><w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{cell_margins(0)}'
        f'</w:tblPr><w:tblGrid><w:gridCol w:w="{WIDTH}"/></w:tblGrid>{rows}</w:tbl>{_END}'
    )
    height = LINE * _COLOPHON_LINES
    size = f'cx="{WIDTH * _EMU}" cy="{LINE * 2 * _EMU}"'
    box = (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="0" locked="0"'
        ' layoutInCell="1" allowOverlap="1">'
        '<wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>'
        '<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>'
        f'<wp:extent {size}/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/><wp:docPr id="1" name="版记"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{SHAPE}"><wps:wsp><wps:cNvSpPr txBox="1"/>'
        f'<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "<a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>"
        f"<wps:txbx><w:txbxContent>{content}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:spAutoFit/></wps:bodyPr>'
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r>"
    )
    return paragraph(
        "Plain", box, f'<w:spacing w:before="{height - LINE}" w:after="0" w:line="{LINE}" w:lineRule="exact"/>'
    )


def _colophon_row(content: str, indent: str = "") -> str:
    height = f'<w:trHeight w:val="{LINE}" w:hRule="atLeast"/>'
    cell = f'<w:tcW w:w="{WIDTH}" w:type="dxa"/><w:vAlign w:val="center"/>'
    row = f"<w:tc><w:tcPr>{cell}</w:tcPr>{paragraph('Colophon', _runs(content), indent)}</w:tc>"
    return f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{row}</w:tr>"
