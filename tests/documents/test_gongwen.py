"""Official papers: the templates that are shipped have the measures of GB/T 9704, and every other measure is found."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import docx
import pytest

from documents.inspection import inspect
from documents.packing import pack
from documents.word.checking import check
from documents.word.filling import fill
from documents.word.geometry import PaperKind, measure
from documents.word.gongwen import (
    FormRow,
    OfficialPaper,
    PlainForm,
    TableColumn,
    field_table,
    for_each,
    grouped_table,
    if_present,
    line,
    lone_head,
    lone_row,
    part_title,
    text,
)
from documents.word.marks import NAMESPACE, PARAGRAPH
from documents.word.names import Name, NameTable
from documents.word.parts import NotXml

from .official import CIRCULAR, MINUTES, NAMES, official
from .word_templates import lines

BODY = "各部门对照反馈的问题"


def changed(paper: bytes, part: str, pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> bytes:
    """The paper with one part of its XML changed at the first place of a pattern, which it must have."""
    made = BytesIO()
    with ZipFile(BytesIO(paper)) as old, ZipFile(made, "w", ZIP_STORED) as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == part:
                data, count = re.subn(pattern, replacement, data, count=1)
                assert count == 1, pattern
            new.writestr(name, data)
    return pack(made.getvalue())


def sentences(paper: bytes, kind: PaperKind = "red head") -> list[str]:
    return [one.sentence.zh for one in measure(paper, kind)]


# --- the templates --------------------------------------------------------------------------------


@pytest.mark.parametrize("template", [CIRCULAR, MINUTES], ids=["circular", "minutes"])
def test_a_template_has_no_fault_and_is_accepted_as_an_upload(template: bytes) -> None:
    assert check(template, NAMES, may_name_persons=False) == []
    inspect("a.docx", template)


def test_the_templates_have_the_measures() -> None:
    assert sentences(CIRCULAR) == []
    assert sentences(MINUTES, "form") == []


def test_the_templates_are_the_same_bytes_on_every_machine() -> None:
    assert [sha256(one).hexdigest()[:16] for one in (CIRCULAR, MINUTES)] == ["d36e4e785d704ffe", "1d290f276e95b9fc"]


@pytest.mark.parametrize("count", [0, 1, 60])
def test_a_paper_has_the_measures_for_any_number_of_departments(count: int) -> None:
    assert sentences(official(count)) == []
    assert sentences(official(count, MINUTES), "form") == []


@pytest.mark.parametrize("value", ["A & B <c> \"d\" 'e'", "😀𠮷", "{{年度}}", "长" * 3_000, "一\n二\t三", "样" * 40])
def test_hard_values_change_no_measure(value: str) -> None:
    made = official(
        2, issuer=value, findings=[{"text": value}], demand=value, copies_to=value, issued_by=value, to=value
    )
    assert [one for one in sentences(made) if "末尾" not in one] == []


def test_a_paper_without_copies_annexes_or_a_seal_has_the_measures_too() -> None:
    assert sentences(official(1, copies_to="", demand="", findings=[])) == []
    plain = OfficialPaper(
        mark="{{发文机关}}", number="{{发文字号}}", title="{{标题}}", body=[text("{{要求}}")], signature="{{发文机关}}",
        date="{{成文日期}}", is_sealed=False, issued_by="{{印发机关}}", issued_on="{{印发日期}}",
    ).build()  # fmt: skip
    assert check(plain, NAMES, may_name_persons=False) == []
    assert sentences(plain) == sentences(official(0, plain)) == []
    headless = OfficialPaper(title="{{标题}}", to="{{部门名称}}", body=[text("{{要求}}")], signature="{{发文机关}}", date="{{成文日期}}").build()  # fmt: skip
    assert sentences(headless, "paper") == sentences(official(0, headless), "paper") == []
    assert "发文机关标志：实测没有，应为首段红色大字" in sentences(headless)


def test_one_annex_has_no_number_and_several_have() -> None:
    made = lines(official(1))
    assert [one for one in made if "附件" in one] == ["附件：1.2026年度考核结果", "附件1", "附件2"]
    assert "2.2026年度考核说明" in made


def test_another_reader_opens_the_paper_and_finds_its_text() -> None:
    opened = docx.Document(BytesIO(official(60)))
    texts = [one.text for one in opened.paragraphs]
    assert "样纪〔2026〕12号" in texts
    assert "2026年12月28日" in texts
    assert len(opened.tables[0].rows) == 61
    assert opened.core_properties.title == "考核结果的通报"
    assert (opened.core_properties.author, opened.core_properties.last_modified_by) == ("", "")
    assert opened.settings.odd_and_even_pages_header_footer


def test_a_table_is_parted_from_the_next_and_begins_on_the_page_of_what_is_said_before_it() -> None:
    form = PlainForm(title="A & B <c>", body=[text("前"), line("表头"), field_table(FormRow(("甲", ""))), field_table(FormRow(("乙", "")))]).build()  # fmt: skip
    body = docx.Document(BytesIO(form)).element.body
    kinds = [str(one.tag).rpartition("}")[2] for one in body]
    assert kinds == ["p", "p", "p", "p", "tbl", "p", "tbl", "p", "sectPr"]
    kept = [one.find(f"{NAMESPACE}pPr/{NAMESPACE}keepNext") is not None for one in body.iterchildren(PARAGRAPH)]
    assert kept == [False, False, False, True, True, False]
    assert lines(form)[:3] == ["A & B <c>", "前", "表头"]


# --- other measures -------------------------------------------------------------------------------

DOCUMENT, STYLES, SETTINGS = "word/document.xml", "word/styles.xml", "word/settings.xml"


def of_style(key: str, pattern: str) -> str:
    """A pattern within a style."""
    return rf'(w:styleId="{key}">(?:(?!</w:style>).)*?){pattern}'


@pytest.mark.parametrize(
    ("part", "pattern", "replacement", "warning"),
    [
        (DOCUMENT, 'w:w="11906"', 'w:w="12240"', "纸张：实测215.9 毫米 × 297.0 毫米，应为A4"),
        (DOCUMENT, 'w:top="2098"', 'w:top="1440"', "上边距（天头）：实测25.4 毫米，应为37.0 毫米"),
        (DOCUMENT, 'w:left="1588" w:footer', 'w:left="1800" w:footer', "左边距（订口）：实测31.8 毫米，应为28.0 毫米"),
        (DOCUMENT, 'w:right="1474"', 'w:right="1418"', "右边距：实测25.0 毫米，应为26.0 毫米"),
        (DOCUMENT, 'w:bottom="1984"', 'w:bottom="1440"', "下边距：实测25.4 毫米，应为35.0 毫米"),
        (DOCUMENT, 'w:gutter="0"', 'w:gutter="567"', "装订线：实测10.0 毫米，应为0.0 毫米"),
        (DOCUMENT, 'w:type="lines"', 'w:type="linesAndChars"', "文档网格：实测linesAndChars，应为只指定行网格（22 行）"),
        (DOCUMENT, 'w:linePitch="579"', 'w:linePitch="312"', "网格的行距：实测15.6 磅，应为28.95 磅"),
        (DOCUMENT, 'w:footer="1440"', 'w:footer="992"', "页脚距页边：实测17.5 毫米，应为25.4 毫米"),
        (STYLES, of_style("Plain", 'w:line="579"'), r'\1w:line="580"', "行距：实测固定值 29 磅，应为固定值 28.95 磅（每页 22 行）"),
        (STYLES, of_style("Plain", 'w:lineRule="exact"'), r'\1w:lineRule="auto"', "行距：实测2.41 倍"),
        (STYLES, of_style("Plain", 'w:after="0"'), r'\1w:after="120"', "段前段后距：实测6 磅，应为0 磅"),
        (STYLES, of_style("Plain", 'w:spacing w:val="-5"'), r'\1w:spacing w:val="-4"', "字符间距：实测-0.2 磅"),
        (STYLES, of_style("Plain", '<w:autoSpaceDE w:val="0"/>'), r"\1", "“自动调整中文与西文间距”：实测开，应为关"),
        (STYLES, of_style("Plain", '<w:autoSpaceDN w:val="0"/>'), r"\1<w:autoSpaceDN/>", "“自动调整中文与数字间距”：实测开，应为关"),
        (STYLES, of_style("Plain", '<w:widowControl w:val="0"/>'), r"\1", "“孤行控制”：实测开，应为关"),
        (STYLES, of_style("Plain", "<w:autoSpaceDE"), r'\1<w:snapToGrid w:val="0"/><w:autoSpaceDE', "“对齐到网格”：实测关，应为开"),
        (STYLES, of_style("Plain", 'w:eastAsia="仿宋_GB2312"'), r'\1w:eastAsia="宋体"', "正文的字体：实测宋体，应为仿宋_GB2312"),
        (STYLES, of_style("Plain", '<w:sz w:val="32"/>'), r'\1<w:sz w:val="28"/>', "正文的字号：实测四号（14 磅），应为三号（16 磅）"),
        (STYLES, of_style("Plain", 'w:jc w:val="both"'), r'\1w:jc w:val="left"', "正文的对齐：实测左对齐，应为两端对齐"),
        (STYLES, of_style("Body", 'w:firstLineChars="200"'), r'\1w:firstLineChars="0"', "首行缩进：实测0 字，应为2 字"),
        (STYLES, of_style("Body", 'w:firstLineChars="200" w:firstLine="640"'), r'\1w:firstLine="420"', "首行缩进：实测1.31 字，应为2 字"),
        (STYLES, of_style("Mark", 'w:color w:val="FF0000"'), r'\1w:color w:val="000000"', "发文机关标志：实测没有"),
        (STYLES, of_style("Mark", 'w:eastAsia="方正小标宋简体"'), r'\1w:eastAsia="黑体"', "发文机关标志的字体：实测黑体，应为方正小标宋简体"),
        (STYLES, of_style("Mark", 'w:jc w:val="center"'), r'\1w:jc w:val="left"', "发文机关标志的对齐：实测左对齐，应为居中"),
        (STYLES, of_style("Mark", 'w:before="1700"'), r'\1w:before="0"', "发文机关标志的段前距：实测0 磅，应为85 磅"),
        (STYLES, of_style("Number", 'w:color="FF0000"'), r'\1w:color="000000"', "红色分隔线：实测没有"),
        (STYLES, of_style("Number", 'w:sz="12"'), r'\1w:sz="4"', "红色分隔线的粗细：实测0.5 磅，应为1 磅以上"),
        (STYLES, of_style("Number", 'w:space="11"'), r'\1w:space="1"', "红色分隔线与发文字号的距离：实测0.4 毫米，应为4.0 毫米"),
        (STYLES, of_style("Number", 'w:jc w:val="center"'), r'\1w:jc w:val="right"', "发文字号的对齐：实测右对齐，应为居中"),
        (STYLES, of_style("Heading", 'w:eastAsia="方正小标宋简体"'), r'\1w:eastAsia="宋体"', "标题的字体：实测宋体，应为方正小标宋简体"),
        (STYLES, of_style("Heading", '<w:sz w:val="44"/>'), r'\1<w:sz w:val="36"/>', "标题的字号：实测18 磅，应为二号（22 磅）"),
        (STYLES, of_style("Heading", 'w:jc w:val="center"'), r'\1w:jc w:val="left"', "标题的对齐：实测左对齐，应为居中"),
        (STYLES, of_style("Heading", "<w:keepNext/>"), r"\1", "标题的“与下段同页”：实测未设，应为已设"),
        (STYLES, of_style("Level1", 'w:eastAsia="黑体"'), r'\1w:eastAsia="宋体"', "“一、考核情况”，正文的字体：实测宋体，应为黑体"),
        (STYLES, of_style("Level2", 'w:eastAsia="楷体_GB2312"'), r'\1w:eastAsia="宋体"', "“（一）压实责任”，正文的字体：实测宋体，应为楷体_GB2312"),
        (STYLES, of_style("Level1", "<w:rPr>"), r"\1<w:rPr><w:b/>", "正文加粗：实测是，应为否"),
        (STYLES, of_style("Annex", "<w:pageBreakBefore/>"), r"\1", "“附件”的段前分页：实测未设，应为已设"),
        (STYLES, of_style("Annex", 'w:eastAsia="黑体"'), r'\1w:eastAsia="宋体"', "附件的字体：实测宋体，应为黑体"),
        (STYLES, of_style("Annexes", 'w:left="1920"'), r'\1w:left="1280"', "附件说明的左缩进：实测0 字，应为2 字"),
        (STYLES, of_style("PageNumber", 'w:eastAsia="宋体"'), r'\1w:eastAsia="黑体"', "奇数页页码的字体：实测黑体，应为宋体"),
        (STYLES, of_style("PageNumber", '<w:sz w:val="28"/>'), r'\1<w:sz w:val="21"/>', "偶数页页码的字号：实测10.5 磅，应为四号（14 磅）"),
        (STYLES, of_style("Colophon", '<w:sz w:val="28"/>'), r'\1<w:sz w:val="32"/>', "版记的字号：实测三号（16 磅），应为四号（14 磅）"),
        (STYLES, of_style("Colophon", 'w:right="280"'), r'\1w:right="0"', "版记的左右空：实测14 磅、0 磅，应为各 14 磅（1 字）"),
        (STYLES, 'w:eastAsia="zh-CN"', 'w:eastAsia="ja-JP"', "语言：实测ja-JP，应为zh-CN"),
        (STYLES, "<w:rFonts ", '<w:rFonts w:eastAsiaTheme="minorEastAsia" ', "主题字体：实测有（会盖过所设字体），应为没有"),
        (SETTINGS, "<w:evenAndOddHeaders/>", "", "奇偶页不同：实测未设，应为已设"),
        ("word/footer1.xml", 'w:jc w:val="right"', 'w:jc w:val="center"', "奇数页页码的位置：实测居中，应为右对齐"),
        ("word/footer2.xml", 'w:jc w:val="left"', 'w:jc w:val="right"', "偶数页页码的位置：实测右对齐，应为左对齐"),
        ("word/footer1.xml", 'w:right="280"', 'w:right="0"', "奇数页页码的缩进：实测0 磅，应为14 磅（1 字）"),
        ("word/footer1.xml", "— ", "- ", "奇数页页码的一字线：实测- 1 —，应为— 1 —"),
        ("word/footer2.xml", " PAGE ", " DATE ", "偶数页页码：实测没有，应为— 1 —"),
        (DOCUMENT, "样纪〔2026〕12号", "样纪[2026]012号", "发文字号：实测样纪[2026]012号，应为样纪〔2026〕1号"),
        (DOCUMENT, "样纪〔2026〕12号", "", "发文字号：实测没有"),
        (DOCUMENT, r"(文件</w:t></w:r></w:p>)<w:p>.*?</w:p>", r"\1", "发文机关标志与发文字号之间的空行：实测1.4 行，应为2 行"),
        (DOCUMENT, r"(12号</w:t></w:r></w:p>)<w:p>.*?</w:p>", r"\1", "红色分隔线与标题之间的空行：实测1 行，应为2 行"),
        (DOCUMENT, r"(考核结果的通报</w:t></w:r></w:p>)<w:p>.*?</w:p>", r"\1", "标题与主送机关之间的空行：实测0 行，应为1 行"),
        (DOCUMENT, "考核结果的通报", "通报", "标题的末行：实测2 字，应为4 字以上"),
        (DOCUMENT, "各部门：", "各部门:", "主送机关的末尾：实测:，应为全角冒号“：”"),
        (DOCUMENT, 'w:val="Addressee"', 'w:val="Body"', "主送机关的缩进：实测2 字，应为0 字"),
        (DOCUMENT, "2026年12月28日", "2026年09月01日", "成文日期：实测2026年09月01日，应为2026年1月5日"),
        (DOCUMENT, "2026年12月28日", "", "成文日期：实测没有，应为有"),
        (DOCUMENT, "2026年12月28日", "二〇二六年十二月二十八日", "成文日期：实测二〇二六年十二月二十八日，应为2026年1月5日"),
        (DOCUMENT, 'w:right="1280"', 'w:right="0"', "成文日期的右缩进：实测0 字，应为4 字"),
        (DOCUMENT, r'<w:ind w:left="\d+" w:right="-\d+"/>(<w:jc w:val="center"/>)', r"\1", "署名的中心（距版心左边）：实测78.0 毫米，应为113.7 毫米（以成文日期为准居中）"),
        (DOCUMENT, "1.2026年度考核结果", "1.2026年度考核结果。", "附件说明的末尾：实测。，应为没有标点"),
        (DOCUMENT, "<wp:align>bottom", "<wp:align>top", "版记的位置：实测未固定在版心底部"),
        (DOCUMENT, r'(<w:gridCol w:w=)"8844"', r'\1"8000"', "版记的宽度：实测141.1 毫米，应为156.0 毫米"),
        (DOCUMENT, 'w:insideH w:val="single" w:sz="6"', 'w:insideH w:val="single" w:sz="8"', "版记中间的分隔线：实测1 磅，应为0.75 磅"),
        (DOCUMENT, '<w:top w:val="single" w:sz="8"', '<w:top w:val="single" w:sz="4"', "版记首条分隔线：实测0.5 磅，应为1 磅"),
        (DOCUMENT, '<w:bottom w:val="single" w:sz="8"', '<w:bottom w:val="single" w:sz="4"', "版记末条分隔线：实测0.5 磅，应为1 磅"),
        (STYLES, of_style("Plain", 'w:ascii="仿宋_GB2312"'), r'\1w:ascii=""', "正文的西文字体：实测未设，应为已设"),
        (DOCUMENT, r'(w:right="1280"/><w:jc w:val=)"right"', r'\1"left"', "成文日期的对齐：实测左对齐，应为右对齐"),
        (STYLES, of_style("Annex", 'w:left="0"'), r'\1w:left="640"', "“附件”的缩进：实测2 字，应为0 字"),
        (DOCUMENT, r"<w:p>(?:(?!<w:p>).)*</w:p>(<w:p>(?:(?!<w:p>).)*附件：1)", r"\1", "正文与附件说明之间的空行：实测0 行，应为1 行"),
        (DOCUMENT, "日印发", "日发", "版记：实测没有"),
        ("docProps/core.xml", "</dc:title>", "</dc:title><dc:creator>样例人员</dc:creator>", "文档属性“作者”：实测样例人员，应为空"),
        ("docProps/app.xml", "/>$", "><Company>样例公司</Company></Properties>", "文档属性“单位”：实测样例公司，应为空"),
    ],
)  # fmt: skip
def test_every_other_measure_is_found(part: str, pattern: str, replacement: str, warning: str) -> None:
    warnings = sentences(changed(official(), part, pattern, replacement))
    assert any(warning in one for one in warnings), warnings


def test_a_margin_may_differ_by_a_millimetre_where_the_standard_allows_it_and_elsewhere_by_rounding() -> None:
    for side, value in (("top", 2098 + 57), ("top", 2098 - 57), ("left", 1588 + 57), ("right", 1474 + 5)):
        assert sentences(changed(official(), DOCUMENT, rf'(pgMar.*?w:{side}=)"\d+"', rf'\1"{value}"')) == []
    assert sentences(changed(official(), DOCUMENT, r'(pgMar.*?w:top=)"\d+"', r'\1"2156"')) != []


def test_a_warning_names_its_place_in_both_languages_and_counts_the_others() -> None:
    paper = changed(official(), STYLES, of_style("Body", 'w:firstLineChars="200"'), r'\1w:firstLineChars="0"')
    (warning,) = measure(paper)
    assert (warning.paragraph, warning.count) == (10, 14)
    assert warning.sentence.zh.startswith("正文第 10 段“根据规定，2026年度落实党风廉政建设责任制考核…”，首行缩进：")
    assert warning.sentence.zh.endswith("（共 14 处）")
    assert warning.sentence.en.startswith("Paragraph 10 “根据规定")
    assert "the indent of the first line: 0 characters, expected 2 characters (14 places)" in warning.sentence.en


def test_a_date_may_be_left_to_be_written_by_hand() -> None:
    assert sentences(official(date="　　　　年　　月　　日")) == []


def test_a_paragraph_that_is_formatted_by_hand_is_measured_as_it_is() -> None:
    direct = rf'(<w:pStyle w:val="Body"/>)(</w:pPr><w:r>)(<w:t xml:space="preserve">{BODY})'
    by_hand = r'\1<w:spacing w:line="600"/>\2<w:rPr><w:rFonts w:eastAsia="宋体"/><w:b w:val="1"/></w:rPr>\3'
    warnings = sentences(changed(official(), DOCUMENT, direct, by_hand))
    assert [one.partition("”，")[2] for one in warnings] == [
        "正文的字体：实测宋体，应为仿宋_GB2312",
        "正文加粗：实测是，应为否",
        "行距：实测固定值 30 磅，应为固定值 28.95 磅（每页 22 行）",
    ]


def test_a_measure_that_is_no_number_is_a_warning_and_no_error() -> None:
    paper = official()
    for part in (DOCUMENT, STYLES):
        with ZipFile(BytesIO(paper)) as file:
            text_of_part = file.read(part).decode()
        strange = re.sub(r'="-?\d+"', '="½"', text_of_part.partition("<w:")[2])
        made = changed(paper, part, r"(?s)<w:.*", lambda _, new=strange: f"<w:{new}")  # type: ignore[misc]
        assert sentences(made) != []


def test_a_file_that_is_not_of_word_is_refused() -> None:
    made = changed(official(), DOCUMENT, r"(?s)<w:.*", f'<w:hdr xmlns:w="{NAMESPACE[1:-1]}"/>')
    with pytest.raises(NotXml):
        measure(made)


def test_a_paper_that_another_program_made_is_measured_and_not_refused() -> None:
    made = docx.Document()
    made.add_heading("通知", 1)
    made.add_paragraph("各部门：")
    made.add_paragraph("请按时完成。")
    file = BytesIO()
    made.save(file)
    warnings = sentences(file.getvalue())
    assert any("纸张" in one for one in warnings)
    assert any("主题字体" in one for one in warnings)
    assert "版记：实测没有，应为文末的“抄送”和“印发”表格" in warnings


# --- parts and tables of a form -------------------------------------------------------------------


ROWS = NameTable(
    [
        Name(
            "项",
            "rows",
            columns=tuple(Name(zh, en) for zh, en in (("始", "a"), ("续", "b"), ("末", "c"), ("名", "name"))),
        )
    ]
)
GROUPS = [
    {"a": "甲", "name": "1"},
    {"b": "甲", "name": "2"},
    {"b": "甲", "name": "3"},
    {"c": "甲", "name": "4"},
    {"a": "乙", "name": "5"},
    {"c": "乙", "name": "6"},
]


def body(form: PlainForm, rows: list[dict[str, str]]) -> Any:
    return docx.Document(BytesIO(fill(form.build(), ROWS, {"rows": rows}, ""))).element.body


def test_a_group_of_rows_has_one_cell_for_all_of_them_and_stays_on_one_page() -> None:
    columns = (TableColumn("对象", "{{行.始}}", is_joined=True), TableColumn("名", "{{行.名}}"))
    form = PlainForm(body=[grouped_table(*columns, rows="项", group=("始", "续", "末"))])
    assert check(form.build(), ROWS, may_name_persons=False) == []
    _, *rows = body(form, GROUPS).xpath("w:tbl/w:tr")
    assert ["".join(one.xpath(".//w:t/text()")) for one in rows] == ["甲1", "2", "3", "4", "乙5", "6"]
    joined = [one.xpath("string(w:tc[1]/w:tcPr/w:vMerge/@w:val)") for one in rows]
    assert joined == ["restart", "continue", "continue", "continue", "restart", "continue"]
    assert [bool(one.xpath(".//w:keepNext")) for one in rows] == [True, True, True, False, True, False]


def test_a_part_of_a_form_begins_on_a_new_page_and_its_rows_look_like_one_table() -> None:
    column = TableColumn("名", "{{行.名}}")
    parts = [if_present("行.始", part_title("{{行.始}}", 6), lone_head(column)), lone_row(column, lines=1)]
    form = PlainForm(body=[for_each("行", "项", *parts), line("完")])
    assert check(form.build(), ROWS, may_name_persons=False) == []
    made = body(form, GROUPS)
    titles = made.xpath("w:p[w:pPr/w:pageBreakBefore]")
    assert ["".join(one.xpath(".//w:t/text()")) for one in titles] == ["甲", "乙"]
    assert [one.get(f"{NAMESPACE}before") for one in made.xpath("w:p/w:pPr[w:pageBreakBefore]/w:spacing")] == [
        str(6 * 579)
    ] * 2
    kinds = "".join(one.tag.removeprefix(NAMESPACE)[0] for one in made)
    # A title, the room below it, a head and its rows with nothing between; at the end a paragraph, and the section.
    assert kinds == "pp" + "ttttt" + "pp" + "ttt" + "ps"
