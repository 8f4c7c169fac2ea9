"""What is measured in a paper and what is expected: the warning, the units in which it is written, and the list of them.

Not here: the measures themselves (`geometry.py`, `text_geometry.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import _Element as Element
from msgspec import Struct, structs

from states.vocabulary import Text

from .formatting import Formatting, Properties, is_on, number_of
from .marks import ANY, own_texts, text_of


class GeometryWarning(Struct, frozen=True):
    """A measure that is not as expected: where (paragraph 0: the file as a whole), and of how many paragraphs it is true."""

    paragraph: int
    excerpt: str
    what: Text
    measured: Text
    expected: Text
    count: int = 1

    @property
    def sentence(self) -> Text:
        zh = f"{self.what.zh}：实测{self.measured.zh}，应为{self.expected.zh}"
        en = f"{self.what.en}: {self.measured.en}, expected {self.expected.en}"
        if self.paragraph:
            zh, en = (
                f"正文第 {self.paragraph} 段“{self.excerpt}”，{zh}",
                f"Paragraph {self.paragraph} “{self.excerpt}”, {en}",
            )
        if self.count > 1:
            zh, en = f"{zh}（共 {self.count} 处）", f"{en} ({self.count} places)"
        return Text(zh=zh, en=f"{en[:1].upper()}{en[1:]}")


NONE = Text(zh="没有", en="none")
_SIZES = {44: "二号（22 磅）", 32: "三号（16 磅）", 28: "四号（14 磅）"}
LINE, WIDTH, CHARACTER = 579, 8844, 320


def same(value: object) -> Text:
    return Text(zh=str(value), en=str(value))


def millimetres(twips: int | None) -> Text:
    return NONE if twips is None else Text(zh=f"{twips / 56.6929:.1f} 毫米", en=f"{twips / 56.6929:.1f} mm")


def points(twips: int | None) -> Text:
    return NONE if twips is None else Text(zh=f"{twips / 20:g} 磅", en=f"{twips / 20:g} pt")


def characters(twips: int | None) -> Text:
    return NONE if twips is None else Text(zh=f"{twips / CHARACTER:.3g} 字", en=f"{twips / CHARACTER:.3g} characters")


def size_of_type(half_points: int | None) -> Text:
    if half_points is None:
        return NONE
    return Text(zh=_SIZES.get(half_points, f"{half_points / 2:g} 磅"), en=f"{half_points / 2:g} pt")


def line_count(count: float) -> Text:
    return Text(zh=f"{count:g} 行", en=f"{count:g} line{'' if count == 1 else 's'}")


_ALIGNMENTS = {
    "left": Text(zh="左对齐", en="left"),
    "center": Text(zh="居中", en="centred"),
    "right": Text(zh="右对齐", en="right"),
    "both": Text(zh="两端对齐", en="justified"),
}


def alignment_of(value: str) -> Text:
    return _ALIGNMENTS.get(value, same(value))


class TextLine(Struct):
    """A paragraph of the text that is not in a table: its number, its text without blanks at the ends, its formatting."""

    element: Element
    number: int
    text: str
    paragraph: Properties
    run: Properties

    @property
    def is_template(self) -> bool:
        return ANY.search(self.text) is not None

    @property
    def left(self) -> int:
        """Where the first line begins."""
        return self._indent("left") + self._indent("start") + self._indent("firstLine") - self._indent("hanging")

    @property
    def right(self) -> int:
        return self._indent("right") + self._indent("end")

    def _indent(self, side: str) -> int:
        return number_of(self.paragraph, "ind", side) or 0

    @property
    def alignment(self) -> str:
        value = self.paragraph.get("jc", {}).get("val", "left")
        return {"start": "left", "end": "right"}.get(value, value)

    @property
    def font(self) -> str:
        return self.run.get("rFonts", {}).get("eastAsia", "")


def line_of(paragraph: Element, formatting: Formatting, number: int = 0) -> TextLine:
    """A paragraph with its formatting; that of its runs is read from the first one that has a text."""
    runs = [text.getparent() for text in own_texts(paragraph) if (text.text or "").strip()]
    run = {} if not runs or runs[0] is None else formatting.of_run(runs[0], paragraph)
    return TextLine(paragraph, number, text_of(paragraph).strip(), formatting.of_paragraph(paragraph), run)


class Measuring:
    """Collects the warnings about one paper."""

    def __init__(self) -> None:
        self.warnings: list[GeometryWarning] = []

    def expect(self, place: TextLine | None, what: Text, measured: Text, expected: Text, is_so: bool) -> None:
        """Add a warning unless it is so; the same one at several places is counted at the first."""
        if is_so:
            return
        for at, one in enumerate(self.warnings):
            if (one.what, one.measured, one.expected) == (what, measured, expected):
                self.warnings[at] = structs.replace(one, count=one.count + 1)
                return
        text = "" if place is None else place.text if len(place.text) <= 24 else f"{place.text[:24]}…"
        self.warnings.append(GeometryWarning(place.number if place else 0, text, what, measured, expected))

    def expect_font(self, one: TextLine, name: Text, font: str) -> None:
        self.expect(one, Text(zh=f"{name.zh}的字体", en=f"the font of {name.en}"), same(one.font or "–"), same(font), one.font == font)  # fmt: skip

    def expect_size(self, one: TextLine, name: Text, size: int) -> None:
        measured = number_of(one.run, "sz")
        self.expect(
            one,
            Text(zh=f"{name.zh}的字号", en=f"the size of {name.en}"),
            size_of_type(measured),
            size_of_type(size),
            measured == size,
        )

    def expect_type(self, one: TextLine, name: Text, font: str) -> None:
        """The font for all four kinds of characters, the size 3, and not bold."""
        self.expect_font(one, name, font)
        self.expect_size(one, name, 32)
        fonts = one.run.get("rFonts", {})
        unset = [kind for kind in ("ascii", "hAnsi", "cs") if not fonts.get(kind)]
        self.expect(
            one,
            Text(zh=f"{name.zh}的西文字体", en=f"the Latin font of {name.en}"),
            Text(zh="未设", en="not set"),
            Text(zh="已设", en="set"),
            not unset,
        )
        self.expect(one, Text(zh=f"{name.zh}加粗", en=f"{name.en} in bold"), Text(zh="是", en="yes"), Text(zh="否", en="no"), not is_on(one.run, "b"))  # fmt: skip

    def expect_alignment(self, one: TextLine, name: Text, alignment: str) -> None:
        title = Text(zh=f"{name.zh}的对齐", en=f"the alignment of {name.en}")
        self.expect(one, title, alignment_of(one.alignment), alignment_of(alignment), one.alignment == alignment)

    def expect_gap(self, lines: Sequence[TextLine], before: int, after: int, what: Text, expected: int) -> None:
        """So many empty lines between two, as empty paragraphs or as space; less than half a line may differ."""
        empty = sum(
            min(1, (number_of(one.paragraph, "spacing", "line") or LINE) / LINE) for one in lines[before + 1 : after]
        )
        space = (number_of(lines[before].paragraph, "spacing", "after") or 0) + (number_of(lines[after].paragraph, "spacing", "before") or 0)  # fmt: skip
        measured = round(empty + space / LINE, 1)
        self.expect(lines[after], Text(zh=f"{what.zh}的空行", en=f"the empty lines {what.en}"), line_count(measured), line_count(expected), abs(measured - expected) < 0.5)  # fmt: skip
