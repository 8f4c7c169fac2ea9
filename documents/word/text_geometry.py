"""Measures the text of an official paper by GB/T 9704-2012: from the red head to the date, and the heads of annexes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.etree import _Element as Element

from states.vocabulary import Text

from .deviations import (
    CHARACTER,
    LINE,
    NONE,
    WIDTH,
    Measuring,
    TextLine,
    characters,
    line_of,
    millimetres,
    points,
    same,
)
from .formatting import Formatting, is_on, number_of
from .marks import NAMESPACE, PARAGRAPH, block_mark

_DATE = re.compile(r"[1-9]\d{3}年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日")
_LIKE_DATE = re.compile(r"[\d〇○零一二三四五六七八九十]{2,4}\s*年.{1,4}月.{1,4}日|\{\{ *\w*(日期|date) *\}\}")
_BLANK_DATE = re.compile(r"[\s＿_]*年[\s＿_]*月[\s＿_]*日")
"""A date that is written in by hand."""
_CAPTION = re.compile(r"（.*(年.{1,4}月.{1,4}日|\{\{ *\w*(日期|date|_on) *\}\}).*）")
"""（2026年12月24日某委员会会议通过）, below the title of a resolution."""
_MARKING = re.compile(r"内部.{0,10}|[绝机秘]密.{0,10}|特急|加急")
_NUMBER = re.compile(r"[一-龥]+〔\d{4}〕[1-9]\d*号")
_LIKE_NUMBER = re.compile(r"\d{2,4}.*号$|\{\{ *\w*(文号|字号|number) *\}\}")
_ADDRESSEE = re.compile(r"\{\{ *(主送\w*|to) *\}\}")
_ANNEX = re.compile(r"附\s*件\s*\d*[：:]?")
_LEVELS = (
    (re.compile(r"[一二三四五六七八九十]+、"), "黑体"),
    (re.compile(r"（[一二三四五六七八九十]+）"), "楷体_GB2312"),
)
_DATE_TITLE = Text(zh="成文日期", en="the date")
_TITLE_CHARACTERS = 20
"""The characters of the size 2 on a line of 156 mm."""
_SWITCHES = (
    ("autoSpaceDE", Text(zh="“自动调整中文与西文间距”", en="“adjust space between Asian and Latin text”")),
    ("autoSpaceDN", Text(zh="“自动调整中文与数字间距”", en="“adjust space between Asian text and numbers”")),
    ("widowControl", Text(zh="“孤行控制”", en="“widow control”")),
)


class TextMeasuring(Measuring):
    """The measures of the text of one file, of which `document` is the root."""

    def __init__(self, document: Element, formatting: Formatting) -> None:
        super().__init__()
        self._document, self._formatting = document, formatting

    def measure_text(self, *, has_red_head: bool) -> None:
        lines = self._all_lines()
        first_annex = next((at for at, one in enumerate(lines) if _ANNEX.fullmatch(one.text)), len(lines))
        front = lines[:first_annex]
        at = self._measure_red_head(front) if has_red_head else -1
        title = self._title(front, at + 1, has_rule=at >= 0)
        if title is None:
            self.expect(None, Text(zh="标题", en="the title"), NONE, Text(zh="有", en="one"), False)
            return
        self._measure_title(front, title, has_rule=at >= 0)
        caption = self._measure_caption(front, title)
        begin = self._measure_addressee(front, title) if caption is None else caption + 1
        dates = [at for at in range(begin, len(front)) if _LIKE_DATE.fullmatch(front[at].text) or _BLANK_DATE.fullmatch(front[at].text)]  # fmt: skip
        if not dates and caption is not None:
            end = len(front)
        else:
            end = self._measure_signing(front, dates[-1]) if dates else self._without_date(front)
        self._measure_body(front[begin:end])
        for one in lines[first_annex:]:
            if _ANNEX.fullmatch(one.text):
                self._measure_annex(one)

    def _all_lines(self) -> list[TextLine]:
        numbers = {one: number for number, one in enumerate(self._document.iter(PARAGRAPH), 1)}
        body = self._document.find(f"{NAMESPACE}body")
        paragraphs = [] if body is None else body.iterchildren(PARAGRAPH)
        return [line_of(one, self._formatting, numbers[one]) for one in paragraphs if block_mark(one) is None]

    def _measure_red_head(self, lines: Sequence[TextLine]) -> int:
        """Measure the mark, the number and the red rule. Returns the index of the last of them, or -1."""
        first = next((at for at, one in enumerate(lines) if one.text), None)
        mark = (
            first
            if first is not None and lines[first].run.get("color", {}).get("val", "").upper() == "FF0000"
            else None
        )
        title = Text(zh="发文机关标志", en="the mark of the issuer")
        if mark is None:
            self.expect(None, title, NONE, Text(zh="首段红色大字", en="the first paragraph, in red"), False)
        else:
            one = lines[mark]
            self.expect_font(one, title, "方正小标宋简体")
            self.expect_alignment(one, title, "center")
            before = number_of(one.paragraph, "spacing", "before") or 0
            self.expect(one, Text(zh="发文机关标志的段前距", en="the space above the mark"), points(before), points(1700), before == 1700)  # fmt: skip
        begin = -1 if mark is None else mark
        rule = next((at for at in range(begin + 1, len(lines)) if _red_rule(lines[at])), None)
        number = next((at for at in range(begin + 1, len(lines)) if _LIKE_NUMBER.search(lines[at].text)), rule)
        self._measure_number(lines, mark, number)
        if rule is None:
            self.expect(None, Text(zh="红色分隔线", en="the red rule"), NONE, Text(zh="发文字号所在段的红色下框线", en="a red border below the number"), False)  # fmt: skip
        else:
            width, space = (number_of(lines[rule].paragraph, "pBdr.bottom", name) or 0 for name in ("sz", "space"))
            self.expect(lines[rule], Text(zh="红色分隔线的粗细", en="the width of the red rule"), points(width * 20 // 8), Text(zh="1 磅以上", en="1 pt or more"), width >= 8)  # fmt: skip
            self.expect(lines[rule], Text(zh="红色分隔线与发文字号的距离", en="the distance of the red rule from the number"), millimetres(space * 20), millimetres(227), space == 11)  # fmt: skip
        return max(at for at in (begin, rule, number, -1) if at is not None)

    def _measure_number(self, lines: Sequence[TextLine], mark: int | None, number: int | None) -> None:
        title = Text(zh="发文字号", en="the number")
        if number is None or not lines[number].text:
            self.expect(None, title, NONE, same("样纪〔2026〕1号"), False)
            return
        one = lines[number]
        if not one.is_template:
            self.expect(one, title, same(one.text), same("样纪〔2026〕1号"), _NUMBER.fullmatch(one.text) is not None)
        self.expect_alignment(one, title, "center")
        if mark is not None:
            self.expect_gap(
                lines, mark, number, Text(zh="发文机关标志与发文字号之间", en="between the mark and the number"), 2
            )

    def _title(self, lines: Sequence[TextLine], begin: int, *, has_rule: bool) -> int | None:
        """The index of the title: the first line of text, or the one after 内部 or 密级 where there is no red head."""
        written = (index for index in range(begin, len(lines)) if lines[index].text)
        first = next(written, None)
        if first is None or has_rule or not _MARKING.fullmatch(lines[first].text):
            return first
        self.expect_font(lines[first], Text(zh="密级和紧急程度", en="the marking"), "黑体")
        return next(written, first)

    def _measure_caption(self, lines: Sequence[TextLine], title: int) -> int | None:
        """Measure 题注 below the title, which has the date of a resolution. Returns its index, if there is one."""
        at = next((index for index in range(title + 1, len(lines)) if lines[index].text), None)
        if at is None or not _CAPTION.fullmatch(lines[at].text):
            return None
        name = Text(zh="题注", en="the caption")
        self.expect_font(lines[at], name, "楷体_GB2312")
        self.expect_alignment(lines[at], name, "center")
        return at

    def _measure_title(self, lines: Sequence[TextLine], at: int, *, has_rule: bool) -> None:
        one, title = lines[at], Text(zh="标题", en="the title")
        if has_rule:
            previous = max(index for index in range(at) if lines[index].text or _red_rule(lines[index]))
            self.expect_gap(
                lines, previous, at, Text(zh="红色分隔线与标题之间", en="between the red rule and the title"), 2
            )
        self.expect_font(one, title, "方正小标宋简体")
        self.expect_size(one, title, 44)
        self.expect_alignment(one, title, "center")
        self.expect(one, Text(zh="标题的“与下段同页”", en="the title’s “keep with next”"), Text(zh="未设", en="not set"), Text(zh="已设", en="set"), is_on(one.paragraph, "keepNext"))  # fmt: skip
        if not one.is_template:
            last = _last_title_line(one.element)
            self.expect(one, Text(zh="标题的末行", en="the last line of the title"), characters(last * CHARACTER), Text(zh="4 字以上", en="4 characters or more"), last >= 4)  # fmt: skip

    def _measure_addressee(self, lines: Sequence[TextLine], title: int) -> int:
        """Measure 主送机关, if there is one. Returns the index of the first line of the text."""
        at = next((index for index in range(title + 1, len(lines)) if lines[index].text), None)
        if at is None:
            return len(lines)
        one = lines[at]
        if not (one.text.endswith(("：", ":")) or _ADDRESSEE.search(one.text)):
            return at
        name = Text(zh="主送机关", en="the addressee")
        self.expect_gap(lines, title, at, Text(zh="标题与主送机关之间", en="between the title and the addressee"), 1)
        self.expect(one, Text(zh="主送机关的缩进", en="the indent of the addressee"), characters(one.left), characters(0), one.left == 0)  # fmt: skip
        self.expect(one, Text(zh="主送机关的末尾", en="the end of the addressee"), same(one.text[-1]), Text(zh="全角冒号“：”", en="the full-width colon ："), one.text.endswith("："))  # fmt: skip
        self.expect_type(one, name, "仿宋_GB2312")
        return at + 1

    def _without_date(self, lines: Sequence[TextLine]) -> int:
        """Say that there is no date. Returns the index at which the text ends: at 署名, which is not justified."""
        self.expect(None, _DATE_TITLE, NONE, Text(zh="有", en="one"), False)
        end = len(lines)
        while end and (not lines[end - 1].text or lines[end - 1].alignment in ("center", "right")):
            end -= 1
        return end

    def _measure_signing(self, lines: Sequence[TextLine], date: int) -> int:
        """Measure 署名 and 成文日期. Returns the index at which they begin."""
        one, name = lines[date], _DATE_TITLE
        is_open = one.is_template or _BLANK_DATE.fullmatch(one.text) is not None
        if not is_open:
            self.expect(one, name, same(one.text), same("2026年1月5日"), _DATE.fullmatch(one.text) is not None)
        self.expect_type(one, name, "仿宋_GB2312")
        self.expect_alignment(one, name, "right")
        signature = next((at for at in range(date - 1, -1, -1) if lines[at].text), date)
        signed = lines[signature]
        self.expect_type(signed, Text(zh="署名", en="the signature"), "仿宋_GB2312")
        # 署名 that is centred stands under a seal, 7.3.5.1; otherwise both are at the right, 7.3.5.2.
        sealed = signed.alignment == "center"
        right = Text(zh="成文日期的右缩进", en="the right indent of the date")
        self.expect(one, right, characters(one.right), characters(1280 if sealed else 640), one.right == (1280 if sealed else 640))  # fmt: skip
        if sealed:
            digits = sum(character.isdigit() for character in one.text) if not is_open else 7
            middle = WIDTH - 1280 - (3 * CHARACTER + digits * CHARACTER // 2) // 2
            centre = (signed.left + WIDTH - signed.right) // 2
            self.expect(signed, Text(zh="署名的中心（距版心左边）", en="the middle of the signature, from the left"), millimetres(centre), Text(zh=f"{millimetres(middle).zh}（以成文日期为准居中）", en=f"{millimetres(middle).en} (the middle of the date)"), abs(centre - middle) <= 160)  # fmt: skip
        else:
            self.expect(signed, Text(zh="署名的右缩进", en="the right indent of the signature"), characters(signed.right), characters(640), signed.right == 640)  # fmt: skip
        return signature

    def _measure_body(self, lines: Sequence[TextLine]) -> None:
        in_list = False
        for at, one in enumerate(lines):
            if not one.text:
                in_list = False
                continue
            if one.text.startswith(("附件：", "附件:")):
                in_list = True
                self._measure_list_of_annexes(lines, at)
            elif not in_list:
                self._measure_body_line(one)
            self._measure_rhythm(one)

    def _measure_body_line(self, one: TextLine) -> None:
        name = Text(zh="正文", en="the text")
        font = next((font for pattern, font in _LEVELS if pattern.match(one.text)), "仿宋_GB2312")
        self.expect_type(one, name, font)
        # In characters, which win; or in points, as some programs save it.
        chars = number_of(one.paragraph, "ind", "firstLineChars")
        indent = one.left if chars is None else chars * CHARACTER // 100
        self.expect(one, Text(zh="首行缩进", en="the indent of the first line"), characters(indent), characters(640), indent == 640)  # fmt: skip
        self.expect_alignment(one, name, "both")

    def _measure_rhythm(self, one: TextLine) -> None:
        """What 22 lines of 28 characters need."""
        spacing = one.paragraph.get("spacing", {})
        exact = spacing.get("lineRule") == "exact" and number_of(one.paragraph, "spacing", "line") == LINE
        line = number_of(one.paragraph, "spacing", "line")
        if spacing.get("lineRule", "auto") == "auto":
            measured = Text(zh=f"{(line or 240) / 240:.3g} 倍", en=f"{(line or 240) / 240:.3g} times a line")
        else:
            rule = Text(zh="固定值", en="exact") if spacing["lineRule"] == "exact" else Text(zh="最小值", en="at least")
            measured = Text(zh=f"{rule.zh} {points(line).zh}", en=f"{rule.en} {points(line).en}")
        self.expect(one, Text(zh="行距", en="the line spacing"), measured, Text(zh="固定值 28.95 磅（每页 22 行）", en="exact 28.95 pt (22 lines on a page)"), exact)  # fmt: skip
        around = sum(number_of(one.paragraph, "spacing", side) or 0 for side in ("before", "after"))
        self.expect(
            one, Text(zh="段前段后距", en="the space around the paragraph"), points(around), points(0), around == 0
        )
        narrow = number_of(one.run, "spacing")
        self.expect(one, Text(zh="字符间距", en="the character spacing"), points(narrow or 0), Text(zh="-0.25 磅（每行 28 字）", en="-0.25 pt (28 characters on a line)"), narrow == -5)  # fmt: skip
        for name, title in _SWITCHES:
            self.expect(one, title, Text(zh="开", en="on"), Text(zh="关", en="off"), name in one.paragraph and not is_on(one.paragraph, name))  # fmt: skip
        grid = "snapToGrid" not in one.paragraph or is_on(one.paragraph, "snapToGrid")
        self.expect(
            one, Text(zh="“对齐到网格”", en="“snap to grid”"), Text(zh="关", en="off"), Text(zh="开", en="on"), grid
        )

    def _measure_list_of_annexes(self, lines: Sequence[TextLine], at: int) -> None:
        one, name = lines[at], Text(zh="附件说明", en="the list of annexes")
        if previous := [index for index in range(at) if lines[index].text]:
            self.expect_gap(
                lines, previous[-1], at, Text(zh="正文与附件说明之间", en="between the text and the list of annexes"), 1
            )
        self.expect(one, Text(zh="附件说明的左缩进", en="the indent of the list of annexes"), characters(one.left), characters(640), one.left == 640)  # fmt: skip
        self.expect(one, Text(zh="附件说明的末尾", en="the end of the list of annexes"), same(one.text[-1]), Text(zh="没有标点", en="no mark"), one.text[-1] not in "。；;.，,")  # fmt: skip
        self.expect_type(one, name, "仿宋_GB2312")

    def _measure_annex(self, one: TextLine) -> None:
        name = Text(zh="附件", en="the annex")
        self.expect_font(one, name, "黑体")
        self.expect_size(one, name, 32)
        self.expect(one, Text(zh="“附件”的段前分页", en="the page break before the annex"), Text(zh="未设", en="not set"), Text(zh="已设", en="set"), is_on(one.paragraph, "pageBreakBefore"))  # fmt: skip
        self.expect(one, Text(zh="“附件”的缩进", en="the indent of the annex"), characters(one.left), characters(0), one.left == 0)  # fmt: skip


def _red_rule(line: TextLine) -> bool:
    return line.paragraph.get("pBdr.bottom", {}).get("color", "").upper() == "FF0000"


def _last_title_line(paragraph: Element) -> int:
    """The characters on the last line of a title: a line breaks by hand, or after twenty."""
    text = "".join(
        "\n" if one.tag == f"{NAMESPACE}br" else one.text or ""
        for one in paragraph.iter(f"{NAMESPACE}t", f"{NAMESPACE}br")
    )
    length = len(text.rpartition("\n")[2].strip())
    return length % _TITLE_CHARACTERS or length
