"""Templates and values that mean harm: found with a sentence, or they come out as the text that they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.papers.tables import NAMES as NAMES_OF
from documents.papers.templates.shipped import shipped_template
from documents.word.checking import MAX_FAULTS, check
from documents.word.filling import UnfitValue, fill
from documents.word.names import Name, NameTable, Values, example_values

from .hostile_templates import EVERYDAY, HIDDEN, MARKS, YEAR
from .word_templates import lines, paragraph, table, template, text_box

NAMES = NameTable(
    [
        Name("部门名称", "unit_name"),
        Name("年度", "year", is_required=True),
        Name("抄送", "copies_to"),
        Name("结果", "results", columns=(Name("部门", "unit"), Name("备注", "remark"))),
    ]
)
VALUES: Values = {
    "unit_name": "样例学院",
    "year": "2026",
    "copies_to": "",
    "results": [{"unit": "样例学院", "remark": ""}, {"unit": "样例中心", "remark": "特色工作"}],
}


def faults(data: bytes) -> list[str]:
    return [one.sentence.zh for one in check(data, NAMES, may_name_persons=False)]


def filled(data: bytes, title: str = "通知", **values: object) -> bytes:
    return fill(data, NAMES, {**VALUES, **values}, title)  # type: ignore[dict-item]


@pytest.mark.parametrize(("make", "says"), [*HIDDEN.values(), *MARKS.values()], ids=[*HIDDEN, *MARKS])
def test_a_hostile_template_is_refused_with_the_reason_in_both_languages(make: Callable[[], bytes], says: str) -> None:
    found = check(make(), NAMES, may_name_persons=False)
    assert any(says in one.sentence.zh for one in found), found
    assert all(one.sentence.en[0].isupper() for one in found)


@pytest.mark.parametrize("make", [make for make, _ in MARKS.values()], ids=MARKS)
def test_a_mark_that_nobody_checked_is_not_evaluated_either(make: Callable[[], bytes]) -> None:
    try:
        made = filled(make())
    except KeyError:
        return
    with ZipFile(BytesIO(made)) as file:
        text = b"".join(file.read(name) for name in file.namelist())
    for evaluated in (b"49", b"<class", b"function", b"lipsum at"):
        assert evaluated not in text


@pytest.mark.parametrize("make", EVERYDAY.values(), ids=EVERYDAY)
def test_what_an_office_writes_has_no_fault_and_is_filled(make: Callable[[], bytes]) -> None:
    assert faults(make()) == []
    assert "2026" in "".join(lines(filled(make())))


@pytest.mark.parametrize(
    "body",
    [
        paragraph("{%p if 抄送 %}") * 3_000,
        paragraph("{%p endif %}") * 3_000,
        "".join(paragraph(f"{{{{名称{number}}}}}") for number in range(3_000)),
        table(("a",), *(("{%tr for 行 in 结果 %}",), ("{{行.没有}}",), ("{%tr endfor %}",)) * 1_000),
    ],
    ids=["beginnings", "ends", "unknown names", "blocks"],
)
def test_thousands_of_faults_are_found_in_one_pass_and_the_first_200_are_said(body: str) -> None:
    said = faults(template(YEAR, body))
    assert len(said) == MAX_FAULTS + 1
    assert "只列出前 200 处" in said[-1]


def test_what_is_too_large_or_too_deep_for_a_template_is_refused() -> None:
    blocks = paragraph("{%p if 抄送 %}") * 3_000 + paragraph("{%p endif %}") * 3_000
    (deep,) = faults(template(YEAR, blocks))
    assert "嵌套超过 8 层" in deep
    for large in (
        template(YEAR, paragraph("字" * 500) * 3_000),
        template(YEAR, **{"word/header1.dat": "<a>" + "字" * 2**21 + "</a>"}),
        template(YEAR, **{"word/media/a.png": "0" * (33 * 2**20)}),
    ):
        assert faults(large) == ["模板：模板过大。请删去不需要的内容，压缩图片后再保存"]
    assert faults(template(YEAR, "<w:sdt>" * 3_000 + "</w:sdt>" * 3_000)) == [
        "模板：文件已损坏。请用 Word 或 WPS 打开后另存"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    made = BytesIO()
    with ZipFile(BytesIO(template(YEAR))) as old, ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("word/header2.dat", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding))
    assert faults(made.getvalue()) == ["模板：文件已损坏。请用 Word 或 WPS 打开后另存"]


def test_no_author_company_or_program_of_the_template_is_in_the_paper() -> None:
    core = '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"><creator>样例人员</creator></cp:coreProperties>'
    properties = '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/{}-properties"><a>样例人员</a></Properties>'
    made = filled(
        template(
            YEAR,
            **{
                "docProps/core.xml": core,
                "package/services/metadata/core-properties/a1.psmdcp": core,
                "docProps/app.xml": properties.format("extended"),
                "docProps/custom.xml": properties.format("custom"),
                "docProps/other.xml": properties.format("extended"),
            },
        )
    )
    with ZipFile(BytesIO(made)) as file:
        parts = {name: file.read(name).decode() for name in file.namelist()}
    assert [name for name, text in parts.items() if "样例人员" in text] == []
    assert [name for name, text in parts.items() if "<dc:title>通知</dc:title>" in text] == [
        "docProps/core.xml",
        "package/services/metadata/core-properties/a1.psmdcp",
    ]


def test_the_small_picture_of_the_template_is_not_in_the_paper() -> None:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"
    with ZipFile(BytesIO(template(YEAR))) as file:
        relations = file.read("_rels/.rels").decode()
    added = f'<Relationship Id="r9" Type="{kind}" Target="docProps/thumbnail.jpeg"/></Relationships>'
    data = template(
        YEAR,
        **{
            "_rels/.rels": relations.replace("</Relationships>", added),
            "docProps/thumbnail.jpeg": "the page of last year",
        },
    )
    assert faults(data) == []
    made = filled(data)
    with ZipFile(BytesIO(made)) as file:
        assert "docProps/thumbnail.jpeg" not in file.namelist()
        assert b"thumbnail" not in file.read("_rels/.rels")
    assert docx.Document(BytesIO(made)).paragraphs[0].text == "2026"


ANY_TEXT = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from("{}%｛｝ \t\n\r\v\x00\x7f\u0085\u2028\u202e\ufeff\ufffe\ud800😀𠮷&<>\"'=+-@]"), max_size=40
)
"""Any text, also what is no text: lone surrogates and control characters."""
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold."""


def as_said(text: str) -> str:
    """How python-docx says a text: it knows one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


PLACES = template(
    paragraph("{{部门名称}}{{年度}}"),
    table(("a", "b"), ("{%tr for 行 in 结果 %}", ""), ("{{行.部门}}", "（{{行.备注}}）"), ("{%tr endfor %}", "")),
    text_box(paragraph("{{", "年度", "}}")),
    header=paragraph("第{{年度}}"),
)


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_is_read_by_another_program_as_it_is_or_refused_with_its_name(first: str, second: str) -> None:
    rows = [{"unit": first, "remark": second}]
    try:
        made = filled(PLACES, unit_name=first, year=second, results=rows)
    except UnfitValue:
        assert UNFIT.search(first + second)
        return
    assert not UNFIT.search(first + second)
    opened = docx.Document(BytesIO(made))
    assert opened.paragraphs[0].text == as_said(first) + as_said(second)
    assert [cell.text for cell in opened.tables[0].rows[1].cells] == [as_said(first), f"（{as_said(second)}）"]
    shown = as_said(second).replace("\n", "⏎").replace("\t", "⇥")
    assert lines(made, "word/header1.xml") == [f"第{shown}"]
    assert "".join(lines(made)).endswith(shown)


@given(st.text(max_size=60))
def test_any_text_in_every_name_leaves_a_paper_that_another_program_opens(value: str) -> None:
    names = NAMES_OF["result-letter"]
    values = {name.en: [{column.en: value for column in name.columns}] if name.is_list else value for name in names}
    try:
        made = fill(shipped_template("result-letter"), names, values, value)
    except UnfitValue:
        assert UNFIT.search(value)
        return
    assert docx.Document(BytesIO(made)).core_properties.title == as_said(value)


def test_a_value_that_is_refused_is_named() -> None:
    for key, name in (("unit_name", "部门名称"), ("year", "年度")):
        with pytest.raises(UnfitValue) as refused:
            filled(PLACES, **{key: "a\ud800b"})
        assert f"“{name}”的内容中有不能写入 Word 文件的控制字符" in refused.value.render("zh")


def test_a_control_character_in_the_title_is_refused() -> None:
    for title in ("通\x00知", "通\ud800知"):
        with pytest.raises(UnfitValue):
            filled(template(YEAR), title=title)


@pytest.mark.parametrize(
    "value",
    ["=cmd|'/c calc'!A0", "]]>", "&lt;w:p/&gt;", "\u202e反写\u202c", "٣٤", "e\u0301\u200d", "字" * 10_000, " \t ", "</w:t></w:r>", "{{年度}}{% raw %}"],
    ids=["a formula", "character data", "escapes", "written backwards", "digits", "joined", "10,000", "blank", "tags", "marks"],
)  # fmt: skip
def test_hard_values_come_out_of_every_shipped_template_as_they_went_in(value: str) -> None:
    for key, names in NAMES_OF.items():
        required = [name for name in names if name.is_required and not name.is_list]
        values = {**example_values(names), **{name.en: value for name in required}}
        opened = "\n".join(lines(fill(shipped_template(key), names, values, "题")))
        assert opened.count(value.replace("\t", "⇥")) >= len(required), key


FRAGMENTS = st.sampled_from(
    ["{{年度}}", "{{部门名称}}", "{{行.部门}}", "{%p if 抄送 %}", "{%p endif %}", "{%tr endfor %}", "{", "}", "{{", "}}", "{%", "文", "", " "]
)  # fmt: skip
LINES = st.sampled_from(["文", "{{年度}}年", "{{unit_name}}", "{{行.部门}}", "（{{行.备注}}）"]) | st.lists(
    FRAGMENTS, max_size=3
).map("".join)
BLOCKS = (
    ("{%p if 抄送 %}", "{%p endif %}"),
    ("{%p if 年度 %}", "{%p endif %}"),
    ("{%p for 行 in 结果 %}", "{%p endfor %}"),
    ("{%p if 行.备注 %}", "{%p endif %}"),
)
ROWS = (("{%tr for 行 in 结果 %}", "{%tr endfor %}"), ("{%tr if 抄送 %}", "{%tr endif %}"))


def in_block(ends: tuple[str, str], content: list[str]) -> str:
    return "".join([paragraph(ends[0]), *content, paragraph(ends[1])])


def in_rows(ends: tuple[str, str], lines: list[str], head: bool) -> str:
    rows = [(ends[0], ""), *((line, "") for line in lines), (ends[1], "")]
    return table(*([("部门", "备注")] if head else []), *rows)


BODIES = st.recursive(
    LINES.map(paragraph) | st.builds(in_rows, st.sampled_from(ROWS), st.lists(LINES, max_size=2), st.booleans()),
    lambda inner: st.builds(in_block, st.sampled_from(BLOCKS), st.lists(inner, max_size=3)),
    max_leaves=6,
)


@given(st.lists(BODIES, max_size=4))
def test_a_template_without_a_fault_is_filled_and_no_mark_of_it_remains(bodies: list[str]) -> None:
    """The check and the filling agree on what a mark is, whatever is written."""
    data = template(YEAR, *bodies)
    if faults(data):
        return
    for values in ({}, {"copies_to": "样例部", "results": []}):
        text = "\n".join(lines(filled(data, **values)))
        assert not re.search(r"\{\{|\}\}|\{%|%\}|行\.|抄送", text)
