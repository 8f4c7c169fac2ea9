"""Where a link leads, in every place that a file has for one."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pytest

from documents.inspection import FileNotAccepted, inspect
from documents.kinds import parser_of
from documents.links import is_local, is_safe_link
from documents.office.formulas import check_formula
from documents.rejection import Rejection

from .building import OFFICE, WORD_NS, Office, office, raw_pdf
from .everyday import report_sheet, sheet, slides, with_field, word
from .links import ELSEWHERE, EVERYDAY, HOSTILE, LOCAL

W = f'xmlns:w="{WORD_NS}"'
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/main"
VML = "urn:schemas-microsoft-com:vml"


@pytest.mark.parametrize("target", EVERYDAY)
def test_a_link_to_a_page_a_letter_a_place_or_a_document_is_taken(target: str) -> None:
    assert is_safe_link(target)


@pytest.mark.parametrize("target", HOSTILE)
def test_a_link_to_anything_else_is_refused(target: str) -> None:
    assert not is_safe_link(target)


@pytest.mark.parametrize("target", LOCAL)
def test_what_lies_on_the_readers_machine_is_not_fetched(target: str) -> None:
    assert is_local(target)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_only_looks_like_a_path_of_the_readers_machine_is_elsewhere(target: str) -> None:
    assert not is_local(target)


def related(data: bytes, target: str) -> bytes:
    made = Office(data)
    made.relate("hyperlink", escape(target), external=True)
    return made.data()


def as_field(target: str, *, simple: bool = False) -> bytes:
    said = escape(f' HYPERLINK "{target}" \\o "tip" ')
    if simple:
        return Office(word()).inside(f'<w:p {W}><w:fldSimple w:instr="{said}"/></w:p>', before="</w:body").data()
    return with_field(said)


def as_formula(target: str) -> bytes:
    return Office(sheet()).inside(f'<definedNames><definedName name="a">HYPERLINK("{escape(target)}")</definedName></definedNames>').data()  # fmt: skip


def of_shape(target: str) -> bytes:
    return Office(word()).inside(f'<w:p {W}><w:r><w:pict><v:rect xmlns:v="{VML}" href="{escape(target)}"/></w:pict></w:r></w:p>', before="</w:body").data()  # fmt: skip


def of_base(target: str) -> bytes:
    made = Office(word())
    return made.inside(f"<HyperlinkBase>{escape(target)}</HyperlinkBase>", part="docProps/app.xml").data()


def of_slide(target: str) -> bytes:
    made = Office(slides(1))
    part = made.first(r"ppt/slides/slide\d+\.xml$")
    id_ = made.relate("hyperlink", escape(target), source=part, external=True)
    said = f'<a:hlinkClick xmlns:a="{DRAWN}" xmlns:r="{OFFICE}" r:id="{id_}" action="ppaction://hlinkfile"/>'
    return made.inside(said, part=part).data()


def of_pdf(target: str) -> bytes:
    said = target.encode("utf-16-be", "replace").hex().encode()
    return raw_pdf(b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI <FEFF" + said + b"> >> >>")


PLACES: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "a link of Word": ("docx", lambda target: related(word(), target)),
    "a field of Word": ("docx", as_field),
    "a simple field of Word": ("docx", lambda target: as_field(target, simple=True)),
    "a shape of Word": ("docx", of_shape),
    "the base of all links": ("docx", of_base),
    "a link of Excel": ("xlsx", lambda target: related(report_sheet(), target)),
    "a formula of Excel": ("xlsx", as_formula),
    "an action of PowerPoint": ("pptx", of_slide),
    "a link of a PDF": ("pdf", of_pdf),
}


@pytest.mark.parametrize("where", PLACES)
def test_a_link_is_judged_wherever_a_file_has_one_and_the_refusal_names_it(where: str) -> None:
    ending, put = PLACES[where]
    parser_of(ending)(put("https://example.invalid/"))
    for target in ("powershell:calc", "C:\\Windows\\System32\\cmd.exe", "\\\\example.invalid\\a.lnk"):
        with pytest.raises(Rejection) as found:
            parser_of(ending)(put(target))
        assert f"链接“{target}”" in found.value.why.zh


@pytest.mark.parametrize("formula", [
    'HYPERLINK("https://example.invalid/"&ENCODEURL(A2))', "HYPERLINK(\"#'\"&A2&\"'!A1\",A2)", 'HYPERLINK("#"&CELL("address",A1))',
    'HYPERLINK(A2,"打开")', "HYPERLINK([@地址])", "HYPERLINK(VLOOKUP(A2,Sheet2!A:B,2,0))", 'HYPERLINK("D:\\照片\\"&A2&".jpg")', 'HYPERLINK(B2&"\\"&A2,"打开")',
    '"HYPERLINK(""powershell:x"")"', 'IF(A2="","",HYPERLINK("mailto:"&A2))',
])  # fmt: skip
def test_a_link_formula_of_everyday_is_taken(formula: str) -> None:
    check_formula(formula)


@pytest.mark.parametrize("formula", [
    'HYPERLINK("power"&"shell:calc")', 'HYPERLINK(CONCATENATE("power","shell:calc"))', 'HYPERLINK(CHAR(112)&"owershell:calc")', "HYPERLINK(A2&B2)",
    'HYPERLINK(SUBSTITUTE("powershell;x",";",":"))', 'HYPERLINK("D:\\a\\"&A2&".exe")', 'SUM(1)+hyperlink( "cmd.exe" )', "HYPERLINK(IF(A1,B1,C1))",
])  # fmt: skip
def test_a_link_formula_that_is_put_together_to_hide_its_address_is_refused(formula: str) -> None:
    with pytest.raises(Rejection):
        check_formula(formula)


@pytest.mark.parametrize(("said", "is_taken"), [
    ("D:\\资料\\附件.docx", True), ("https://example.invalid", True), ("联系人：张", True), ("ISO9001:2015", True), ("powershell:calc", False), ("a.exe", False),
])  # fmt: skip
def test_where_a_cell_says_where_a_link_leads_every_text_is_judged(said: str, is_taken: bool) -> None:
    body = '<definedNames><definedName name="a">HYPERLINK(Sheet1!A1)</definedName></definedNames>'
    strings = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{said}</t></si></sst>'
    type_ = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    linked = Office(office("xlsx", body)).add("xl/sharedStrings.xml", strings, type_).data()
    parser_of("xlsx")(Office(office("xlsx")).add("xl/sharedStrings.xml", strings, type_).data())
    if is_taken:
        parser_of("xlsx")(linked)
    else:
        with pytest.raises(Rejection):
            parser_of("xlsx")(linked)


def test_a_link_that_a_field_in_it_finishes_is_taken_only_where_it_leads_to_a_page() -> None:
    inner = '</w:instrText><w:fldChar w:fldCharType="begin"/><w:instrText> MERGEFIELD a </w:instrText><w:fldChar w:fldCharType="end"/><w:instrText>'
    parser_of("docx")(with_field(f' HYPERLINK "https://example.invalid/{inner}" '))
    with pytest.raises(Rejection):
        parser_of("docx")(with_field(f' HYPERLINK "{inner}" '))


def test_a_refused_link_is_named_in_both_languages() -> None:
    with pytest.raises(FileNotAccepted) as refused:
        inspect("a.docx", related(word(), "powershell:calc"))
    assert refused.value.render("zh") == "文件“a.docx”未收下：正文含有会启动程序的链接“powershell:calc”。请删除该链接（选中后右键“取消超链接”），保存后再上传。"  # fmt: skip
    assert "may start a program, “powershell:calc” (the text)" in refused.value.render("en")
