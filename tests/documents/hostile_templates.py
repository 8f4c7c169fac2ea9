"""Templates that would show, keep or do something that nobody sees in them, each by one trick: `what -> (template, says)`.

Not here: the files that no upload takes at all, with macros, embedded files and fields that fetch (`hostile_office.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from .word_templates import W, paragraph, table, template, text_box

YEAR = paragraph("{{年度}}")


def run(content: str) -> str:
    return f"<w:r>{content}</w:r>"


BEGIN, SEPARATE, END = (run(f'<w:fldChar w:fldCharType="{kind}"/>') for kind in ("begin", "separate", "end"))


def field(instruction: str, result: str = "1") -> str:
    """A field as Word writes it: its beginning, its instruction, its last result, its end."""
    return f"<w:p>{BEGIN}{code(instruction)}{SEPARATE}{run(f'<w:t>{result}</w:t>')}{END}</w:p>"


def code(instruction: str) -> str:
    return run(f'<w:instrText xml:space="preserve">{instruction}</w:instrText>')


def simple_field(instruction: str, result: str = "1") -> str:
    return f'<w:p><w:fldSimple w:instr="{instruction}">{run(f"<w:t>{result}</w:t>")}</w:fldSimple></w:p>'


def part(name: str, content: str, root: str = "hdr", namespace: str = W) -> dict[str, str]:
    """A part of a Word file with this content."""
    return {name: f'<w:{root} xmlns:w="{namespace}">{content}</w:{root}>'}


HIDDEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "an inserted word": (lambda: template(YEAR, "<w:p><w:ins><w:r><w:t>加</w:t></w:r></w:ins></w:p>"), "修订标记"),
    "a deleted word": (lambda: template(YEAR, "<w:p><w:del><w:r><w:delText>删</w:delText></w:r></w:del></w:p>"), "修订标记"),
    "an inserted paragraph": (lambda: template(YEAR, "<w:p><w:pPr><w:rPr><w:ins w:author='a'/></w:rPr></w:pPr></w:p>"), "修订标记"),
    "another look before": (lambda: template(YEAR, "<w:p><w:pPr><w:pPrChange w:author='a'/></w:pPr></w:p>"), "修订标记"),
    "another look of letters before": (lambda: template(YEAR, "<w:p><w:r><w:rPr><w:rPrChange w:author='a'/></w:rPr></w:r></w:p>"), "修订标记"),
    "a deleted row": (lambda: template(YEAR, "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>"), "修订标记"),
    "an inserted cell": (lambda: template(YEAR, "<w:tbl><w:tr><w:tc><w:tcPr><w:cellIns/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>"), "修订标记"),
    "a page that was changed": (lambda: template(YEAR, "<w:sectPr><w:sectPrChange w:author='a'/></w:sectPr>"), "修订标记"),
    "a moved word": (lambda: template(YEAR, "<w:p><w:moveFromRangeStart/><w:moveTo/></w:p>"), "修订标记"),
    "a change in a header": (lambda: template(YEAR, header="<w:p><w:ins/></w:p>"), "修订标记"),
    "a change in a header that is called otherwise": (lambda: template(YEAR, **part("word/header1.dat", "<w:p><w:ins/></w:p>")), "修订标记"),
    "a change in a header of capitals": (lambda: template(YEAR, **part("word/HEADER2.XML", "<w:p><w:ins/></w:p>")), "修订标记"),
    "a change in the strict form": (lambda: template(YEAR, **part("word/header2.xml", "<w:p><w:ins/></w:p>", namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")), "修订标记"),
    "hidden text": (lambda: template(YEAR, "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>"), "隐藏文字"),
    "text hidden by its style": (lambda: template(YEAR, **part("word/styles.xml", "<w:style><w:rPr><w:vanish w:val='1'/></w:rPr></w:style>", "styles")), "隐藏文字"),
    "a hidden row": (lambda: template(YEAR, "<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>"), "隐藏文字"),
    "a comment": (lambda: template(YEAR, "<w:p><w:r><w:commentReference/></w:r></w:p>"), "批注"),
    "comments that nothing leads to": (lambda: template(YEAR, **part("word/comments.xml", "<w:comment w:author='a'><w:p/></w:comment>", "comments")), "批注"),
    "the text of another file": (lambda: template(YEAR, "<w:altChunk/>"), "其他文件"),
    "a document within": (lambda: template(YEAR, "<w:subDoc/>"), "其他文件"),
    "another template": (lambda: template(YEAR, **part("word/settings.xml", "<w:attachedTemplate/>", "settings")), "其他模板"),
    "a mail merge": (lambda: template(YEAR, **part("word/settings.xml", "<w:mailMerge><w:connectString w:val='a'/></w:mailMerge>", "settings")), "邮件合并"),
    "a control that takes its text from other data": (lambda: template(YEAR, "<w:sdt><w:sdtPr><w:dataBinding w:xpath='/a'/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>{{年度}}</w:t></w:r></w:p></w:sdtContent></w:sdt>"), "内容控件"),
    "a control that takes its text from other data, of today": (lambda: template(YEAR, "<w:sdt><w:sdtPr><x:dataBinding xmlns:x='http://schemas.microsoft.com/office/word/2012/wordml'/></w:sdtPr></w:sdt>"), "内容控件"),
    "a name that a field replaces": (lambda: template(YEAR, field("QUOTE 优秀", "{{年度}}")), "域"),
    "a name that a simple field replaces": (lambda: template(YEAR, simple_field("PAGE", "{{年度}}")), "域"),
    "a name within a field over paragraphs": (lambda: template(YEAR, f"<w:p>{BEGIN}{code('PAGE')}{SEPARATE}</w:p>{YEAR}<w:p>{END}</w:p>"), "域"),
    "the day of today": (lambda: template(YEAR, field(" DATE \\@ yyyy ")), "域（DATE）"),
    "the time in a header": (lambda: template(YEAR, header=simple_field("TIME")), "域（TIME）"),
    "the name of the reader": (lambda: template(YEAR, field("USERNAME")), "域（USERNAME）"),
    "a word from the properties": (lambda: template(YEAR, field("DOCPROPERTY Company")), "域（DOCPROPERTY）"),
    "a field in pieces": (lambda: template(YEAR, f"<w:p>{BEGIN}{code('DA')}{code('TE')}{END}</w:p>"), "域（DATE）"),
    "a field that is made of others": (lambda: template(YEAR, f"<w:p>{BEGIN}{BEGIN}{code('PAGE')}{END}{code('ATE')}{END}</w:p>"), "域（ATE）"),
    "a program to press": (lambda: template(YEAR, field("MACROBUTTON a 按")), "域（MACROBUTTON）"),
}  # fmt: skip
"""What is in the file and not seen, or changes what the paper says when somebody opens it."""

MARKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a name in the description of a picture": (lambda: template(YEAR, '<w:p><w:r><w:drawing><w:docPr w:descr="{{年度}}"/></w:drawing></w:r></w:p>'), "不能填写的地方"),
    "a name in a field's instruction": (lambda: template(YEAR, field("PAGE {{年度}}")), "不能填写的地方"),
    "a name in a property": (lambda: template(YEAR, **{"docProps/custom.xml": "<a>{{年度}}</a>"}), "不能填写的地方"),
    "a name in a link": (lambda: template(YEAR, **{"word/_rels/header1.xml.rels": '<Relationships xmlns="a"><Relationship Target="https://example.invalid/{{年度}}"/></Relationships>'}), "不能填写的地方"),
    "a name in a chart": (lambda: template(YEAR, **{"word/charts/chart1.xml": '<c:chart xmlns:c="a" xmlns:d="b"><d:t>{{年度}}</d:t></c:chart>'}), "不能填写的地方"),
    "a name in a comment": (lambda: template(YEAR, **part("word/comments.xml", "<w:p><w:r><w:t>{{年度}}</w:t></w:r></w:p>", "comments")), "不能填写的地方"),
    "a name in data of another program": (lambda: template(YEAR, **{"customXml/item1.xml": "<a b='{{年度}}'/>"}), "不能填写的地方"),
    "a name in the building blocks": (lambda: template(YEAR, **part("word/glossary/document.xml", YEAR, "glossaryDocument")), "不能填写的地方"),
    "a name in the strict form": (lambda: template(YEAR, **part("word/header2.xml", YEAR, namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")), "不能填写的地方"),
    "braces of both widths": (lambda: template(YEAR, paragraph("｛{年度}｝")), "没有配对"),
    "braces of both widths, the other way": (lambda: template(YEAR, paragraph("{｛年度｝}")), "没有配对"),
    "braces apart": (lambda: template(YEAR, paragraph("{ {年度} }")), "没有配对"),
    "small braces": (lambda: template(YEAR, paragraph("﹛﹛年度﹜﹜")), "没有配对"),
    "braces that a comment of XML takes apart": (lambda: template(YEAR, "<w:p><w:r><w:t>{<!--a-->{ 单位 }<?b c?>}</w:t></w:r></w:p>"), "没有“单位”"),
    "braces in character data": (lambda: template(YEAR, "<w:p><w:r><w:t><![CDATA[{{ 7*7 }}]]></w:t></w:r></w:p>"), "不是模板能用的标记"),
    "braces by their numbers": (lambda: template(YEAR, "<w:p><w:r><w:t>&#123;&#x7b; 7*7 &#125;}</w:t></w:r></w:p>"), "不是模板能用的标记"),
    "a mark over two paragraphs": (lambda: template(YEAR, paragraph("{{年"), paragraph("度}}")), "没有配对"),
    "a mark over two cells": (lambda: template(YEAR, table(("{{年", "度}}"), ("a", "b"))), "没有配对"),
    "a mark into a text box": (lambda: template(YEAR, "<w:p>" + run("<w:t>{{年</w:t>") + run("<w:pict><w:txbxContent>" + paragraph("度}}") + "</w:txbxContent></w:pict>") + "</w:p>"), "没有配对"),
    "a mark in a text box of a footer": (lambda: template(YEAR, **part("word/footer1.xml", text_box(paragraph("{{ x() }}")), "ftr")), "页脚"),
    "a mark in a footnote": (lambda: template(YEAR, **part("word/footnotes.xml", f"<w:footnote>{paragraph('{{', ' lipsum ', '|upper}}')}</w:footnote>", "footnotes")), "脚注"),
    "a mark in an endnote": (lambda: template(YEAR, **part("word/endnotes.xml", f"<w:endnote>{paragraph('{% set x %}')}</w:endnote>", "endnotes")), "尾注"),
    "a name with nothing to be seen in it": (lambda: template(YEAR, paragraph("{{年\u200b度}}")), "不是模板能用的标记"),
    "a name that reads backwards": (lambda: template(YEAR, paragraph("{{\u202e度年}}")), "不是模板能用的标记"),
    "a very long mark": (lambda: template(YEAR, paragraph("{{" + "年" * 100_000 + "}}")), "没有“"),
}  # fmt: skip
"""Marks that are none, or stand where nothing is filled in."""

EVERYDAY: dict[str, Callable[[], bytes]] = {
    "page numbers": lambda: template(YEAR, field(" PAGE \\* MERGEFORMAT "), simple_field("NUMPAGES")),
    "a page number that is counted": lambda: template(YEAR, f"<w:p>{BEGIN}{code('= ')}{BEGIN}{code('PAGE')}{SEPARATE}{run('<w:t>3</w:t>')}{END}{code(' - 1')}{SEPARATE}{run('<w:t>2</w:t>')}{END}</w:p>"),
    "a table of contents": lambda: template(YEAR, field('TOC \\o "1-3"', "一、总则")),
    "a link": lambda: template(YEAR, field('HYPERLINK "https://example.invalid/"', "网站")),
    "text that is not hidden": lambda: template(YEAR, "<w:p><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>在</w:t></w:r></w:p>"),
    "a control with text": lambda: template("<w:sdt><w:sdtPr><w:alias w:val='a'/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>{{年度}}</w:t></w:r></w:p></w:sdtContent></w:sdt>"),
    "a name beside a field": lambda: template(f"<w:p>{run('<w:t>{{年度}}</w:t>')}{BEGIN}{code('PAGE')}{SEPARATE}{run('<w:t>1</w:t>')}{END}{run('<w:t>{{部门名称}}</w:t>')}</w:p>"),
    "a letterhead as SVG": lambda: template(YEAR, **{"word/media/a.svg": '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg"/>'}),
    "one brace": lambda: template(YEAR, paragraph("｛注｝{注} 集合{1, 2}")),
    "three levels of blocks": lambda: template(YEAR, *(paragraph("{%p if 抄送 %}") for _ in range(3)), *(paragraph("{%p endif %}") for _ in range(3))),
}  # fmt: skip
"""What an office writes and no fault is found in."""
