"""Templates of papers: the four marks, every fault with its place, nothing that is evaluated, and the same bytes always."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.word.checking import check
from documents.word.filling import UnfitValue, fill
from documents.word.names import Name, NameTable, Values

from .word_templates import lines, paragraph, table, template, text_box

NAMES = NameTable(
    [
        Name("部门名称", "unit_name"),
        Name("年度", "year", is_required=True),
        Name("抄送", "copies_to"),
        Name("负责人", "head", names_persons=True),
        Name("结果", "results", columns=(Name("部门", "unit"), Name("等次", "grade"), Name("备注", "remark"))),
    ]
)
VALUES: Values = {
    "unit_name": "样例学院",
    "year": "2026",
    "copies_to": "",
    "results": [
        {"unit": "样例学院", "grade": "合格", "remark": ""},
        {"unit": "样例中心", "grade": "优秀", "remark": "特色工作"},
    ],
}
YEAR = paragraph("{{年度}}")


def filled(data: bytes, **values: object) -> bytes:
    return fill(data, NAMES, {**VALUES, **values}, "考核结果")  # type: ignore[dict-item]


def faults(*body: str, may_name_persons: bool = True, with_year: bool = True, **parts: str) -> list[str]:
    data = template(*body, *([YEAR] if with_year else []), **parts)
    return [one.sentence.zh for one in check(data, NAMES, may_name_persons=may_name_persons)]


def test_a_name_becomes_its_value_in_either_language_and_however_word_splits_it() -> None:
    data = template(
        paragraph("{{部门名称}}：{{ unit_name }}"),
        paragraph("关于", "{", "{部门", "名称}", "}", "的通知"),
        text_box(paragraph("框内{{年度}}")),
        header=paragraph("{{年度}}年度"),
    )
    assert check(data, NAMES, may_name_persons=False) == []
    made = filled(data)
    assert lines(made)[:2] == ["样例学院：样例学院", "关于样例学院的通知"]
    assert "框内2026" in "".join(lines(made))
    assert lines(made, "word/header1.xml") == ["2026年度"]


def test_a_row_comes_once_for_each_item_and_not_at_all_for_none() -> None:
    rows = table(
        ("部门", "等次", "备注"),
        ("{%tr for 行 in 结果 %}", "", ""),
        ("{{行.部门}}", "{{行.等次}}", "{{行.备注}}"),
        ("{%tr endfor %}", "", ""),
    )
    assert faults(rows) == []
    data = template(rows)
    assert lines(filled(data)) == ["部门", "等次", "备注", "样例学院", "合格", "样例中心", "优秀", "特色工作"]
    assert lines(filled(data, results=[])) == ["部门", "等次", "备注"]


def test_a_paragraph_is_left_out_where_there_is_nothing_to_say() -> None:
    data = template(
        paragraph("{%p if 抄送 %}"), paragraph("抄送：{{抄送}}"), paragraph("{%p endif %}"), paragraph("完")
    )
    assert lines(filled(data)) == ["完"]
    assert lines(filled(data, copies_to="样例部")) == ["抄送：样例部", "完"]
    in_rows = template(
        paragraph("{%p for 行 in 结果 %}"), paragraph("{{行.部门}}"), paragraph("{%p if 行.备注 %}"),
        paragraph("（{{行.备注}}）"), paragraph("{%p endif %}"), paragraph("{%p endfor %}"),
    )  # fmt: skip
    assert lines(filled(in_rows)) == ["样例学院", "样例中心", "（特色工作）"]


def test_a_cell_that_loses_every_paragraph_still_has_one_as_word_demands() -> None:
    cell = f"<w:tc>{paragraph('{%p if 抄送 %}')}{paragraph('有')}{paragraph('{%p endif %}')}</w:tc>"
    made = filled(template(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"))
    with ZipFile(BytesIO(made)) as file:
        assert b"<w:tc><w:p/></w:tc>" in file.read("word/document.xml")


HOSTILE = (
    "{{ ''.__class__.__mro__ }}", "{{ cycler.__init__.__globals__ }}", "{{ self }}", "{{ 7*7 }}", "{{ 年度|upper }}", "{{ 年度() }}",
    "{{ 年度[0] }}", "{{ 行.部门.x }}", "{% set a = 1 %}", "{% include 'x' %}", "{% import 'x' as y %}", "{%p for a in [1] %}",
    "{%p if 1==1 %}", "{%p if not 抄送 %}", "{% raw %}", "{%tr for 行 in range(9) %}", "{{ lipsum }}", "{{ _ }}", "{{r 年度 }}", "{%- if x %}",
    "{{ 年度 }", "{ { 年度 } }}", "{# 注 #}", "｛｛年度｝｝", "{{}}", "{{ 部门名称 ~ 年度 }}", "{{ 年度 if 抄送 else 部门名称 }}",
)  # fmt: skip


@pytest.mark.parametrize("mark", HOSTILE)
@pytest.mark.parametrize(
    "put",
    [
        lambda mark: ((paragraph(mark),), {}),
        lambda mark: ((paragraph(*mark),), {}),
        lambda mark: ((text_box(paragraph(mark)),), {}),
        lambda mark: ((table((mark, "x"), ("y", "z")),), {}),
        lambda mark: ((), {"header": paragraph(mark)}),
    ],
    ids=["body", "split over runs", "text box", "table", "header"],
)
def test_what_is_no_mark_of_ours_is_refused_wherever_it_stands_and_never_evaluated(
    mark: str, put: Callable[[str], tuple[tuple[str, ...], dict[str, str]]]
) -> None:
    body, parts = put(mark)
    assert faults(*body, **parts) != []
    try:
        made = filled(template(*body, YEAR, **parts))
    except KeyError:
        return
    text = "".join(lines(made)) + "".join(lines(made, "word/header1.xml"))
    assert "49" not in text
    assert "<class" not in text


def test_a_mark_in_a_property_an_attribute_or_a_field_code_is_refused() -> None:
    alt = '<w:p><w:r><w:drawing><w:docPr w:descr="{{年度}}"/></w:drawing></w:r></w:p>'
    code = "<w:p><w:r><w:instrText>IF {{年度}}</w:instrText></w:r></w:p>"
    for body, parts in (((alt,), {}), ((code,), {}), ((), {"docProps/core.xml": "<t>{{年度}}</t>"})):
        assert any("不能填写的地方" in one for one in faults(*body, **parts))


def test_every_fault_is_said_at_once_with_its_place_and_the_nearest_name() -> None:
    said = faults(
        paragraph("总结"), paragraph("{{部门名}}共{{结果}}"), paragraph("前文 {%p if 抄送 %}"),
        table(("{%tr for 行 in 结果 %}", ""), ("{{行.等第}}", "{{部门}}"), ("{%tr endfor %}", "")), paragraph("{{行.部门}}"),
        paragraph("{%p endfor %}"), with_year=False,
    )  # fmt: skip
    for sentence in (
        "正文第 2 段“{{部门名}}共{{结果}}”：没有“部门名”，是否为“部门名称”？",
        "正文第 2 段“{{部门名}}共{{结果}}”：“结果”有多行，须放在逐行重复的表格行中",
        "正文第 3 段“前文 {%p if 抄送 %}”：开始和结束标记须各自单独成行（段）：tr 占一整行，p 占一整段",
        "没有“等第”，是否为“等次”？",
        "没有“部门”，是否为“部门名称”？",
        "名单为空时这个表格会一行也没有",
        "“行”只能用在逐行重复的行中",
        "这一标记没有配对的开始或结束",
        "模板：缺少“年度”。这份文书必须有此内容：请写上{{年度}}",
    ):
        assert any(sentence in one for one in said), (sentence, said)


def test_names_of_people_are_refused_in_a_paper_that_is_sent_around() -> None:
    assert faults(paragraph("{{负责人}}")) == []
    (said,) = faults(paragraph("{{负责人}}"), may_name_persons=False)
    assert "不能写姓名" in said


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        ("<w:p><w:ins><w:r><w:t>加</w:t></w:r></w:ins></w:p>", "修订标记"),
        ("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>", "隐藏文字"),
        ("<w:p><w:commentRangeStart/></w:p>", "批注"),
        ("<w:altChunk/>", "其他文件的内容"),
    ],
)
def test_what_nobody_would_see_in_a_template_is_refused(xml: str, says: str) -> None:
    assert any(says in one for one in faults(xml))


def test_a_damaged_part_and_a_document_type_are_refused_in_words() -> None:
    for data in ("<w:document", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'):
        assert faults(**{"word/document.xml": data}) == ["模板：文件已损坏。请用 Word 或 WPS 打开后另存"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300))
def test_any_text_stands_in_the_paper_as_it_is_or_is_refused(value: str) -> None:
    data = template(paragraph("{{部门名称}}"))
    try:
        made = filled(data, unit_name=value)
    except UnfitValue:
        assert any(ord(one) < 32 or ord(one) in (0x7F, 0xFFFE, 0xFFFF) for one in value)
        return
    line = "".join(lines(made))
    assert line == value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "⏎").replace("\t", "⇥")


@pytest.mark.parametrize(
    "value", ["A & B <c> \"d\" 'e'", "{{年度}}", "{%p endif %}", "=1+1", "😀𠮷", "长" * 10_000, "一\n二\t三"]
)
def test_hard_values_come_out_as_they_went_in(value: str) -> None:
    made = filled(template(paragraph("{{部门名称}}")), unit_name=value)
    assert lines(made) == [value.replace("\n", "⏎").replace("\t", "⇥")]


def test_a_control_character_is_refused_with_the_name() -> None:
    with pytest.raises(UnfitValue) as caught:
        filled(template(paragraph("{{部门名称}}")), unit_name="a\x0bb")
    assert "“部门名称”" in caught.value.render("zh")


def test_the_same_template_and_values_give_the_same_bytes_without_author_or_time() -> None:
    data = template(paragraph("{{部门名称}}"), table(("a", "b"), ("{%tr for 行 in 结果 %}", ""), ("{{行.部门}}", ""), ("{%tr endfor %}", "")))  # fmt: skip
    made = filled(data)
    assert made == filled(data)
    assert sha256(made).hexdigest() == "9d8887bdcd2be0f1dc6a0d5ddc6a171fd785cfddcd8c9cba70bf57a1f5ef9f40"
    with ZipFile(BytesIO(made)) as file:
        core = file.read("docProps/core.xml").decode()
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "<dc:title>考核结果</dc:title>" in core
    assert "creator" not in core


def test_what_is_filled_is_a_word_file_for_another_reader(tmp_path: Path) -> None:
    made = filled(template(paragraph("{{部门名称}}"), table(("部门", "等次"), ("{%tr for 行 in 结果 %}", ""), ("{{行.部门}}", "{{行.等次}}"), ("{%tr endfor %}", ""))))  # fmt: skip
    opened = docx.Document(BytesIO(made))
    assert [one.text for one in opened.paragraphs] == ["样例学院"]
    assert [[cell.text for cell in row.cells] for row in opened.tables[0].rows] == [
        ["部门", "等次"],
        ["样例学院", "合格"],
        ["样例中心", "优秀"],
    ]
