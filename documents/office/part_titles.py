"""Names the parts of an Office file with the words of its author: the text, a header, slide 3."""

from __future__ import annotations

import re

from states.vocabulary import Text

_TITLES = (
    (r"wordprocessingml\.document", "正文", "the text"),
    (r"glossary", "构建基块", "the building blocks"),
    (r"\.header\+", "页眉", "a header"),
    (r"\.footer\+", "页脚", "a footer"),
    (r"footnotes|endnotes", "脚注", "the notes"),
    (r"comment", "批注", "the comments"),
    (r"\.settings\+", "文档设置", "the document's settings"),
    (r"chart", "图表", "a chart"),
    (r"externallink", "外部链接", "the links to other workbooks"),
    (r"connections", "数据连接", "the data connections"),
    (r"\.worksheet\+", "第 {n} 张工作表", "worksheet {n}"),
    (r"spreadsheetml\.sheet", "工作簿", "the workbook"),
    (r"\.slide\+", "第 {n} 张幻灯片", "slide {n}"),
    (r"slidelayout|slidemaster", "幻灯片母版", "the slide master"),
    (r"presentationml\.presentation", "演示文稿", "the presentation"),
    (r"^image/", "一幅图片", "a picture"),
    (r"drawing|vml", "图形", "a drawing"),
    (r"styles|theme|numbering|font", "样式", "the styles"),
)


def part_title(name: str, content_type: str) -> Text | None:
    """The title of a part; None if its author knows no name for it."""
    number = re.search(r"(\d+)\.\w+$", name)
    for pattern, zh, en in _TITLES:
        if re.search(pattern, content_type):
            n = number[1] if number else "1"
            return Text(zh=zh.format(n=n), en=en.format(n=n))
    return None
