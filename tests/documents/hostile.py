"""Files somebody might hand in, good and hostile, made here: `(name, bytes)`, and for the hostile ones why they are refused."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p/></w:body></w:document>'
BOOK = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

File = tuple[str, bytes]


def zipped(parts: dict[str, str | bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def word(**parts: str | bytes) -> bytes:
    """A Word file; `parts` by name with `__` for `/` and `_xml` for `.xml`."""
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": WORD} | named(parts))


def excel(**parts: str | bytes) -> bytes:
    return zipped({"[Content_Types].xml": TYPES, "xl/workbook.xml": BOOK} | named(parts))


def named(parts: dict[str, str | bytes]) -> dict[str, str | bytes]:
    return {k.replace("__", "/").replace("_", "."): v for k, v in parts.items()}


def rels(kind: str, target: str, mode: str = "External") -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{REL}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    )


def pdf(inside: bytes = b"", trailer: bytes = b"") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + inside + b" >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\nxref\n0 1\n0000000000 65535 f \n"
        b"trailer\n<< /Size 3 /Root 1 0 R " + trailer + b" >>\nstartxref\n120\n%%EOF\n"
    )


def object_stream(inside: bytes) -> bytes:
    packed = zlib.compress(inside, 9)
    body = b"/X 9 0 R >>\nendobj\n9 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n"
    return pdf(body % len(packed) + packed + b"\nendstream\nendobj\n3 0 obj\n<<")


def png(width: int = 4, height: int = 4) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    picture = zlib.compress(b"\0\0\0\0\0" * 4)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", picture) + chunk(b"IEND", b"")


def jpeg(width: int = 4, height: int = 4) -> bytes:
    sized = b"\xff\xc0" + pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8\xff\xe0\0\4ab" + sized + b"\xff\xda\0\2data\xff\xd9"


def million_rows() -> bytes:
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    # Random enough that it is no bomb by its ratio alone.
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n * 7919 % 1000003}</v></c></row>' for n in range(1, 1_000_001))
    return excel(xl__worksheets__sheet1_xml=head + rows + "</sheetData></worksheet>")


def many_elements() -> bytes:
    inside = "".join(f'<w:r w:v="{n * 7919 % 1000003}"/>' for n in range(900_000))
    return word(word__footnotes_xml=WORD.replace("<w:p/>", inside))


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + WORD.replace("<w:p/>", "&b;")
XXE = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + WORD.replace("<w:p/>", "&a;")
DDE = WORD.replace("<w:p/>", "<w:p><w:r><w:instrText> DDEAUTO cmd &quot;/c calc&quot;</w:instrText></w:r></w:p>")
FIELD = WORD.replace("<w:p/>", '<w:fldSimple w:instr=" INCLUDEPICTURE http://example.invalid/a.png "/>')
MACRO_TYPES = TYPES.replace(
    "/>", '><Override PartName="/w" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
)


def encrypted() -> bytes:
    made = bytearray(word())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(signature)
        made[place + at] |= 1
    return bytes(made)


def twice() -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "WORD/document.xml"):
            archive.writestr(name, TYPES if "Content" in name else WORD)
    return made.getvalue()


GOOD: dict[str, Callable[[], File]] = {
    "a Word file with a link": lambda: (
        "a.docx",
        word(word___rels__document_xml_rels=rels("hyperlink", "https://example.invalid")),
    ),
    "an Excel file": lambda: (
        "a.xlsx",
        excel(xl__worksheets__sheet1_xml="<worksheet><sheetData><row r='1'/></sheetData></worksheet>"),
    ),
    "a PDF": lambda: ("报告.PDF", pdf(b"/OpenAction [2 0 R /Fit]")),
    "a PDF with packed objects": lambda: ("a.pdf", object_stream(b"9 0 << /Type /Page >>")),
    "a PNG": lambda: ("a.png", png()),
    "a JPEG": lambda: ("a.jpg", jpeg()),
    "text": lambda: ("a.txt", "廉政建设\r\n".encode()),
    "text of an old machine": lambda: ("a.txt", "廉政建设\r\n".encode("gb18030")),
}

HOSTILE: dict[str, tuple[Callable[[], File], str]] = {
    "nothing": (lambda: ("a.docx", b""), "空的"),
    "too many bytes": (lambda: ("a.txt", b"a" * (20 * 2**20 + 1)), "超过 20 MB"),
    "a program": (lambda: ("a.exe", b"MZ" + bytes(100)), "不能上传“exe”"),
    "no ending": (lambda: ("a", b"abc"), "不能上传“无后缀”"),
    "an old Word file": (lambda: ("a.doc", b"\xd0\xcf\x11\xe0" + bytes(600)), "不能上传“doc”"),
    "a page of HTML": (lambda: ("a.html", b"<script>alert(1)</script>"), "不能上传“html”"),
    "a drawing that may run scripts": (lambda: ("a.svg", b"<svg/>"), "不能上传“svg”"),
    "an archive": (lambda: ("a.zip", zipped({"a": "b"})), "不能上传“zip”"),
    "a program called PDF": (lambda: ("a.pdf", b"MZ" + bytes(100)), "不是 pdf 格式"),
    "an archive called Word": (lambda: ("a.docx", zipped({"a.txt": "b"})), "内容与后缀不符"),
    "Excel called Word": (lambda: ("a.docx", excel()), "内容与后缀不符"),
    "half a Word file": (lambda: ("a.docx", word()[:200]), "已损坏"),
    "an old Excel file called xlsx": (lambda: ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600)), "不是 xlsx 格式"),
    "a file with macros by its ending": (lambda: ("a.docm", word()), "不能上传“docm”"),
    "macros": (lambda: ("a.docx", word(word__vbaProject_bin=b"x")), "宏"),
    "macros by their type": (lambda: ("a.docx", zipped({"[Content_Types].xml": MACRO_TYPES, "word/document.xml": WORD})), "宏"),
    "an Excel 4 macro sheet": (lambda: ("a.xlsx", excel(xl__macrosheets__sheet1_xml="<a/>")), "宏"),
    "ActiveX": (lambda: ("a.docx", word(word__activeX__a_xml="<a/>")), "控件"),
    "an OLE object": (lambda: ("a.docx", word(word__embeddings__oleObject1_bin=b"x")), "OLE"),
    "another workbook's data": (lambda: ("a.xlsx", excel(xl__externalLinks__l1_xml="<a/>")), "外部数据"),
    "a template from elsewhere": (lambda: ("a.docx", word(word___rels__settings_xml_rels=rels("attachedTemplate", "https://example.invalid/t"))), "外部模板"),
    "a picture from elsewhere": (lambda: ("a.docx", word(word___rels__document_xml_rels=rels("image", "//example.invalid/p"))), "外部模板"),
    "a DDE field": (lambda: ("a.docx", word(word__document_xml=DDE)), "DDE"),
    "a field that fetches": (lambda: ("a.docx", word(word__document_xml=FIELD)), "DDE"),
    "a billion laughs": (lambda: ("a.docx", word(word__document_xml=LAUGHS)), "DTD"),
    "an external entity": (lambda: ("a.docx", word(word__document_xml=XXE)), "DTD"),
    "XML that is none": (lambda: ("a.docx", word(word__document_xml="<a><b></a>")), "已损坏"),
    "a bomb of one part": (lambda: ("a.docx", word(word__media__a_png=bytes(60 * 2**20))), "压缩炸弹"),
    "a bomb of many parts": (lambda: ("a.xlsx", excel(**{f"p{n}": b"x" for n in range(2_001)})), "压缩炸弹"),
    "a million rows": (lambda: ("a.xlsx", million_rows()), "行"),
    "a million elements": (lambda: ("a.docx", many_elements()), "内容过多"),
    "a path upwards": (lambda: ("a.docx", zipped({"[Content_Types].xml": TYPES, "word/document.xml": WORD, "../x.xml": "<a/>"})), "已损坏"),
    "two parts of one name": (lambda: ("a.docx", twice()), "已损坏"),
    "a password": (lambda: ("a.docx", encrypted()), "密码"),
    "a PDF without an end": (lambda: ("a.pdf", pdf()[:-40]), "已损坏"),
    "a PDF with a script": (lambda: ("a.pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")), "脚本"),
    "a PDF with a script in other letters": (lambda: ("a.pdf", pdf(b"/OpenAction << /S /Java#53cript >>")), "脚本"),
    "a PDF that starts a program": (lambda: ("a.pdf", pdf(b"/OpenAction << /S /Launch /F (cmd.exe) >>")), "脚本"),
    "a PDF with a file in it": (lambda: ("a.pdf", pdf(b"/Names << /EmbeddedFiles 4 0 R >>")), "嵌入"),
    "a PDF with a packed script": (lambda: ("a.pdf", object_stream(b"9 0 << /S /JavaScript >>")), "脚本"),
    "a PDF of a bomb": (lambda: ("a.pdf", object_stream(bytes(80 * 2**20))), "压缩炸弹"),
    "an encrypted PDF": (lambda: ("a.pdf", pdf(trailer=b"/Encrypt 5 0 R")), "加了密"),
    "a picture of too many pixels": (lambda: ("a.png", png(60_000, 60_000)), "尺寸过大"),
    "half a picture": (lambda: ("a.png", png()[:-20]), "已损坏"),
    "half a photograph": (lambda: ("a.jpg", jpeg()[:-6]), "已损坏"),
    "a photograph of too many pixels": (lambda: ("a.jpg", jpeg(60_000, 60_000)), "尺寸过大"),
    "bytes called text": (lambda: ("a.txt", bytes(range(256))), "不是纯文本"),
}  # fmt: skip
