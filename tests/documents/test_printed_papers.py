"""Official papers as LibreOffice prints them: A4, 22 lines of 28 characters, page numbers outside, 版记 at the foot.

The fonts of official papers are missing on most machines that are not an office's. Others of the same width stand for
them, so what depends on a font's own shape has a wide tolerance here: where the ink of the red head begins.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs
from PIL import Image

from documents.papers.tables import NAMES as NAMES_OF_PAPERS
from documents.papers.templates.shipped import shipped_template
from documents.word.checking import check
from documents.word.filling import fill
from documents.word.geometry import measure
from documents.word.gongwen import OfficialPaper, for_each, text
from tests.conftest import require

from .official import CIRCULAR, MINUTES, NAMES, official

DPI = 200
FONTS = {
    "仿宋_GB2312": "Noto Serif CJK SC", "楷体_GB2312": "Noto Serif CJK SC", "方正小标宋简体": "Noto Serif CJK SC",
    "宋体": "Noto Serif CJK SC", "黑体": "Noto Sans CJK SC",
}  # fmt: skip
"""Each font of an official paper, and the free one that stands for it."""

FONT_RULE = '<match target="pattern"><test name="family"><string>{}</string></test><edit name="family" mode="assign" binding="strong"><string>{}</string></edit></match>'


class Line(Struct):
    """A text on a page and its box, in millimetres from the left and from the top."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def lines_of(words: list[Line]) -> list[Line]:
    """Words, which poppler ends between a character and a digit, joined to lines."""
    joined: list[Line] = []
    for word in words:
        if joined and abs(joined[-1].top - word.top) < 0.5 and word.left > joined[-1].left:
            joined[-1] = structs.replace(joined[-1], text=joined[-1].text + word.text, right=word.right)
        else:
            joined.append(word)
    return joined


class Printed(Struct):
    """A paper as it is printed."""

    pdf: Path

    @property
    def pages(self) -> list[str]:
        """The text of each page, laid out as on the page."""
        return run("pdftotext", "-layout", str(self.pdf), "-").split("\f")[:-1]

    @property
    def lines(self) -> list[list[Line]]:
        """The lines of each page. A table's rows are lines too, and a page number."""
        xml = run("pdftotext", "-bbox", str(self.pdf), "-")
        return [lines_of([Line(word[4], *(float(one) / 72 * 25.4 for one in word[:4])) for word in WORD.findall(page)]) for page in xml.split("<page ")[1:]]  # fmt: skip

    def ink(
        self, page: int, is_ink: Callable[[tuple[int, int, int]], bool], box: tuple[float, float, float, float]
    ) -> list[float]:
        """The heights in millimetres, from the top of a page, of the rows with ink within a box (left, top, right, bottom)."""
        left, top, right, bottom = (round(value / 25.4 * DPI) for value in box)
        width, height = right - left, bottom - top
        area = ("-x", str(left), "-y", str(top), "-W", str(width), "-H", str(height))
        file = self.pdf.with_suffix("")
        run("pdftoppm", "-r", str(DPI), "-f", str(page + 1), "-singlefile", *area, str(self.pdf), str(file))
        pixels = Image.open(file.with_suffix(".ppm")).convert("RGB").load()
        rows = [y for y in range(height) if any(is_ink(pixels[x, y]) for x in range(width))]  # type: ignore[index, arg-type]
        return [(y + top) / DPI * 25.4 for y in rows]


WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=180).stdout


def soffice(folder: Path, kind: str, target: Path, *files: Path) -> None:
    """Convert files with LibreOffice. `folder`: of the test, with its fonts."""
    command = (
        "env",
        f"FONTCONFIG_FILE={folder}/fonts.conf",
        "soffice",
        f"-env:UserInstallation=file://{folder}/profile",
    )
    run(*command, "--headless", "--convert-to", kind, "--outdir", str(target), *map(str, files))


def red(pixel: tuple[int, int, int]) -> bool:
    return pixel[0] > 180 and pixel[1] < 110 and pixel[2] < 110


def black(pixel: tuple[int, int, int]) -> bool:
    return max(pixel) < 140


LETTER = OfficialPaper(
    title="{{标题}}", body=[for_each("段", "情况", text("{{段.文}}")), text("{{要求}}")], signature="{{发文机关}}",
    date="{{成文日期}}", copies="抄送", issued_by="{{印发机关}}", issued_on="{{印发日期}}",
)  # fmt: skip
"""A paper without an annex, so that its text and 版记 may meet on the last page."""


def letter(length: int, paper: OfficialPaper = LETTER, **values: object) -> bytes:
    """The letter with so many lines of text before its last sentence."""
    return official(0, paper.build(), findings=[{"text": "国" * 26}] * length, demand="完。", **values)


LENGTHS = range(8, 18)
"""The lengths of a letter at which its end is near the end of the page."""

OPTIONS = ("满意", "基本满意", "不满意", "弃权")
TEAM = (
    "领导班子",
    "党总支书记",
    "院长",
    "副院长（分管教学与实训基地建设）",
    *(f"副院长 {number}" for number in range(1, 7)),
)
"""A team of nine, with the posts of some of them over two lines, and the team itself."""


def shipped(key: str, **values: Any) -> bytes:
    """A paper of the shipped template."""
    return fill(shipped_template(key), NAMES_OF_PAPERS[key], {"year": "2026", "unit_name": "样例学院", **values}, "")


def ballot() -> bytes:
    ticks = "　".join(f"□{option}" for option in OPTIONS)
    rows = [{"number": str(number), "subject": post, "options": ticks} for number, post in enumerate(TEAM)]
    rows[0] |= {"ballot": "民主测评", "subject_kind": "领导班子", "voters": "本部门教职工"}
    rows[1] |= {"subject_kind": "领导班子成员"}
    return shipped("ballot", items=rows, measure="样例职业技术学院部门年度工作考核办法（试行）", clause="第七条（二）2")


def count_sheet() -> bytes:
    columns = ("subject", "same_subject", "same_subject", "last_subject")
    rows = [
        {"number": str(number), column: post, "option": option}
        for number, post in enumerate(TEAM)
        for column, option in zip(columns, OPTIONS, strict=True)
    ]
    return shipped("count-sheet", items=rows)


PAPERS = {
    "ballot": ballot(),
    "count sheet": count_sheet(),
    "two reports": shipped(
        "personal-report",
        report_title="述职述廉报告",
        members=[{"name": "样例甲", "post": "院长"}, {"name": "样例乙", "post": "副院长", "follows": "续"}],
    ),
    **{f"{count} departments": official(count) for count in (0, 1, 60)},
    # Its first paragraph takes more than two pages.
    "long": official(60, findings=[{"text": "国" * 28 * 60}]),
    "minutes": official(60, MINUTES),
    "short signature": official(0, issuer="样例学院纪委"),
    **{f"letter {length}": letter(length, copies_to="样例部门，" * 12 + "存档") for length in LENGTHS},
    **{f"signature {length}": letter(length, structs.replace(LETTER, issued_by="")) for length in LENGTHS},
}
"""The papers that are printed, all at once: LibreOffice takes longer to start than to print them."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Printed]:
    """The papers, printed."""
    missing = [name for name in ("soffice", "pdftotext", "pdftoppm", "fc-list") if shutil.which(name) is None]
    if missing:
        require("LibreOffice and poppler", f"{', '.join(missing)} is not there")
    if "Noto Serif CJK SC" not in run("fc-list", ":lang=zh", "family"):
        require("fonts-noto-cjk", "no Chinese font is there to stand for those of an office")
    folder = tmp_path_factory.mktemp("printed")
    rules = "".join(FONT_RULE.format(*pair) for pair in FONTS.items())
    fonts = folder / "fonts.conf"
    fonts.write_text(
        f'<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{rules}</fontconfig>', "utf-8"
    )
    files = {name: folder / f"{name}.docx" for name in PAPERS}
    for name, file in files.items():
        file.write_bytes(PAPERS[name])
    soffice(folder, "pdf", folder, *files.values())
    return {name: Printed(file.with_suffix(".pdf")) for name, file in files.items()}


def test_the_paper_is_a4(printed: dict[str, Printed]) -> None:
    for name in ("long", "minutes"):
        size = re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", run("pdfinfo", str(printed[name].pdf)))
        assert [tuple(round(float(side) / 72 * 25.4) for side in one) for one in size] == [(210, 297)]


def test_a_page_has_22_lines_of_28_characters(printed: dict[str, Printed]) -> None:
    second = [one.strip() for one in printed["long"].pages[2].splitlines() if "国" in one]
    assert [len(one) for one in second] == [28] * 22


def test_the_mark_begins_35_millimetres_below_the_top_of_the_text(printed: dict[str, Printed]) -> None:
    first, *_ = printed["60 departments"].ink(0, red, (0, 0, 210, 150))
    assert first - 37 == pytest.approx(35, abs=3)


def test_the_red_rule_is_as_wide_as_the_text_and_4_millimetres_below_the_number(
    printed: dict[str, Printed],
) -> None:
    page = printed["60 departments"]
    left = page.ink(0, red, (28.2, 60, 28.8, 160))
    right = page.ink(0, red, (183.2, 60, 183.8, 160))
    assert left[-1] == right[-1]
    assert (
        page.ink(0, red, (26, left[-1] - 1, 27.5, left[-1] + 1))
        == page.ink(0, red, (184.5, left[-1] - 1, 186, left[-1] + 1))
        == []
    )
    (number,) = [one for one in page.lines[0] if one.text == "样纪〔2026〕12号"]
    ink = page.ink(0, black, (number.left, number.top, number.right, number.bottom + 1))
    assert left[0] - ink[-1] == pytest.approx(4, abs=1)


def test_the_numbers_of_odd_pages_are_right_and_of_even_ones_left_7_millimetres_below_the_text(
    printed: dict[str, Printed],
) -> None:
    page = printed["long"]
    assert len(page.pages) >= 5
    for index, lines in enumerate(page.lines):
        (number,) = [one for one in lines if one.top > 260]
        assert number.text == f"—{index + 1}—"
        if index % 2:
            assert number.left == pytest.approx(28 + 4.9, abs=0.5)
        else:
            assert number.right == pytest.approx(184 - 4.9, abs=0.5)
        # The first dash alone: the digits are higher than it.
        dash = page.ink(index, black, (number.left, 263, number.left + 3.5, 280))
        assert sum(dash) / len(dash) - 262 == pytest.approx(7, abs=0.5)


@pytest.mark.parametrize("count", [0, 1, 60])
def test_the_colophon_stands_at_the_foot_of_the_last_page_only(count: int, printed: dict[str, Printed]) -> None:
    page = printed[f"{count} departments"]
    assert [index for index, one in enumerate(page.pages) if "印发" in one] == [len(page.pages) - 1]
    # A line over the whole width, at the end of the text area.
    for left in (28.5, 105, 183):
        assert page.ink(len(page.pages) - 1, black, (left, 255, left + 0.5, 263))[-1] == pytest.approx(262, abs=0.5)


def test_a_text_that_fills_the_last_page_does_not_run_under_the_colophon(printed: dict[str, Printed]) -> None:
    counts = set()
    for length in LENGTHS:
        lines = printed[f"letter {length}"].lines
        counts.add(len(lines))
        top = next(one.top for one in lines[-1] if "抄送" in one.text)
        assert [
            one.text for one in lines[-1] if one.bottom > top and ("国" in one.text or "12月28日" in one.text)
        ] == []
    # At some of the lengths 版记 has room on the first page, and at some it has not.
    assert counts == {1, 2}


def test_a_table_over_two_pages_repeats_its_head(printed: dict[str, Printed]) -> None:
    with_rows = [one for one in printed["60 departments"].pages if "样例第" in one]
    assert len(with_rows) >= 2
    assert all(re.search(r"序号\s+部门\s+类别\s+等次\s+备注", one) for one in with_rows)


def test_the_date_ends_four_characters_from_the_margin_and_the_signature_is_centred_where_the_date_stands(
    printed: dict[str, Printed],
) -> None:
    for name, issuer in (("short signature", "样例学院纪委"), ("0 departments", "中共样例职业技术学院纪律检查委员会")):
        lines = [one for page in printed[name].lines for one in page]
        (date,) = [one for one in lines if one.text == "2026年12月28日"]
        signature = [one for one in lines if one.text == issuer][-1]
        assert date.right == pytest.approx(184 - 4 * 5.64, abs=0.5)
        # Half of ten characters, of which seven are digits, from there. The date itself is wider here: LibreOffice sets
        # digits apart from characters, whatever the paper says, and the digits of the font that stands in are wider.
        assert signature.middle == pytest.approx(date.right - (3 + 7 / 2) * 5.64 / 2, abs=0.5)


def test_the_signature_is_on_no_page_without_text(printed: dict[str, Printed]) -> None:
    pages = [printed[f"signature {length}"].lines for length in LENGTHS]
    assert {len(one) for one in pages} == {1, 2}
    assert all("完。" in [line.text for line in one[-1]] for one in pages)


def test_a_template_that_libreoffice_saves_again_is_filled_and_what_it_loses_is_said(
    printed: dict[str, Printed],
) -> None:
    folder = printed["long"].pdf.parent
    file = folder / "again.docx"
    file.write_bytes(CIRCULAR)
    soffice(folder, "docx:MS Word 2007 XML", folder / "again", file)
    again = (folder / "again" / file.name).read_bytes()
    assert check(again, NAMES, may_name_persons=False) == []
    # It does not save that digits stand close to characters. It saves the lines of 版记 at the cells, the first one at the
    # row of a mark, which is gone when the paper is filled in.
    lost = {"“自动调整中文与西文间距”", "“自动调整中文与数字间距”"}
    assert {one.what.zh for one in measure(again)} == lost
    assert {one.what.zh for one in measure(official(60, again))} == {*lost, "版记首条分隔线"}


def test_a_form_says_which_page_of_how_many(printed: dict[str, Printed]) -> None:
    pages = printed["minutes"].pages
    assert len(pages) >= 2
    for number, one in enumerate(pages, 1):
        assert re.search(rf"第\s*{number}\s*页\s*共\s*{len(pages)}\s*页", one)


def test_a_ballot_on_a_team_of_nine_is_one_page(printed: dict[str, Printed]) -> None:
    (page,) = printed["ballot"].pages
    assert page.count("□基本满意") == 1 + 9


def test_a_count_sheet_has_all_options_of_a_subject_on_one_page(printed: dict[str, Printed]) -> None:
    pages = printed["count sheet"].pages
    assert len(pages) == 2
    counts = [[len(re.findall(rf"(?<!本)(?<!不){option}", page)) for option in OPTIONS] for page in pages]
    assert [set(one) for one in counts] == [{5}, {5}]


def test_the_report_of_each_member_begins_on_a_page_of_its_own(printed: dict[str, Printed]) -> None:
    pages = printed["two reports"].pages
    assert [re.findall("样例[甲乙]", one) for one in pages] == [["样例甲"], ["样例甲"], ["样例乙"], ["样例乙"]]
    assert ["部门类别" in one or "报告日期" in one for one in pages] == [True, False, True, False]
    assert [re.findall(r"第\s*(\d)\s*页", one) for one in pages] == [["1"], ["2"], ["1"], ["2"]], "each counts from 1"


def test_the_signatures_of_a_count_sheet_stand_below_the_last_votes(printed: dict[str, Printed]) -> None:
    last = printed["count sheet"].pages[-1]
    assert "监票人" in last
    assert last.count("弃权") >= 1
