"""Makes OFD files (GB/T 33190-2016) from their parts: those of an office, and each published or possible trick.

The structure is that of the standard's schema and of files of several producers: OFD.xml, Doc_0/Document.xml with its
pages and resources, a signature with its seal, and the attachment of an electronic invoice.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from .building import jpeg_with, picture, raw_pdf, zipped
from .hostile_office import ARCHIVES
from .parts import font

NAMESPACE = "http://www.ofdspec.org/2016"
NET = "https://example.invalid/x"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DER = b"\x30\x82\x01\x02" + bytes(range(256))
"""The beginning of a value as a program for signatures writes it."""


def part(root: str, content: str = "", attributes: str = "", namespace: str = NAMESPACE) -> bytes:
    return f'{_HEAD}<ofd:{root} xmlns:ofd="{namespace}" {attributes}>{content}</ofd:{root}>'.encode()


def _document(inside: str = "") -> bytes:
    return part(
        "Document",
        "<ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
        "</ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        f'<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>{inside}',
    )


def page(inside: str = "") -> bytes:
    return part(
        "Page",
        '<ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="3" Boundary="30 30 150 9" Font="4" Size="5.6"><ofd:TextCode X="0" Y="5">'
        f"关于2026年度考核结果的通报 https://example.invalid/ JavaScript &lt;script&gt;</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content>{inside}",
    )


def ofd(**parts: bytes | str) -> bytes:
    """A circular on one page. `parts`: further parts, or others in place of these; `/` is `__`, `.` is `_` before the ending."""
    return zipped(
        {**PLAIN, **{_name(key): one.encode() if isinstance(one, str) else one for key, one in parts.items()}}
    )


def _name(key: str) -> str:
    return ".".join(key.replace("__", "/").rsplit("_", 1))


PLAIN: dict[str, bytes] = {
    "OFD.xml": part(
        "OFD",
        "<ofd:DocBody><ofd:DocInfo><ofd:DocID>0</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>",
        'Version="1.0" DocType="OFD"',
    ),
    "Doc_0/Document.xml": _document(),
    "Doc_0/PublicRes.xml": part(
        "Res",
        '<ofd:Fonts><ofd:Font ID="4" FontName="仿宋"><ofd:FontFile>font_4.ttf</ofd:FontFile></ofd:Font></ofd:Fonts><ofd:MultiMedias>'
        '<ofd:MultiMedia ID="5" Type="Image"><ofd:MediaFile>image_5.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>',
        'BaseLoc="Res"',
    ),
    "Doc_0/Pages/Page_0/Content.xml": page(),
    "Doc_0/Res/font_4.ttf": font(),
    "Doc_0/Res/image_5.png": picture(),
}
SEALED: dict[str, bytes | str] = {
    "Doc_0__Signs__Signatures_xml": part("Signatures", '<ofd:Signature ID="s1" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/>'),
    "Doc_0__Signs__Sign_0__Signature_xml": part(
        "Signature",
        '<ofd:SignedInfo><ofd:References CheckMethod="1.2.156.10197.1.401"><ofd:Reference FileRef="/Doc_0/Document.xml"><ofd:CheckValue>AA==</ofd:CheckValue>'
        '</ofd:Reference></ofd:References><ofd:StampAnnot ID="1" PageRef="1" Boundary="120 200 40 40"/><ofd:Seal><ofd:BaseLoc>/Doc_0/Signs/Sign_0/Seal.esl</ofd:BaseLoc></ofd:Seal>'
        "</ofd:SignedInfo><ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue>",
    ),
    "Doc_0__Signs__Sign_0__Seal_esl": _DER,
    "Doc_0__Signs__Sign_0__SignedValue_dat": _DER,
}  # fmt: skip
"""The parts of a signature with a seal."""


def attached(file: str, content: bytes, **attributes: str) -> dict[str, Any]:
    """The parts of an attachment."""
    said = " ".join(f'{key}="{escape(value)}"' for key, value in {"ID": "9", "Name": "annex", **attributes}.items())
    return {
        "Doc_0__Attachs__Attachments_xml": part("Attachments", f"<ofd:Attachment {said}><ofd:FileLoc>{file}</ofd:FileLoc></ofd:Attachment>"),
        f"Doc_0__Attachs__{file.replace('.', '_')}": content,
        "Doc_0__Document_xml": _document("<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"),
    }  # fmt: skip


def acting(action: str, event: str = "CLICK") -> bytes:
    """A file whose page has an action."""
    return ofd(
        Doc_0__Pages__Page_0__Content_xml=page(
            f'<ofd:Actions><ofd:Action Event="{event}">{action}</ofd:Action></ofd:Actions>'
        )
    )


def linked(address: str, more: str = "") -> bytes:
    return acting(f'<ofd:URI URI="{escape(address)}" {more}/>')


_OLD = {name.replace("/", "__").replace(".", "_"): data.replace(b"/2016", b"") for name, data in PLAIN.items() if name.endswith(".xml")}  # fmt: skip

EVERYDAY: dict[str, Callable[[], bytes]] = {
    "a circular": ofd,
    "a sealed circular": lambda: ofd(**SEALED),
    "bookmarks and a link to a page of the net": lambda: acting(f'<ofd:Goto><ofd:Dest Type="Fit" PageID="1"/></ofd:Goto></ofd:Action><ofd:Action Event="CLICK"><ofd:URI URI="{NET}"/>'),
    "a page to begin with": lambda: acting('<ofd:Goto><ofd:Dest Type="Fit" PageID="1"/></ofd:Goto>', "DO"),
    "an electronic invoice": lambda: ofd(**attached("original_invoice.xml", b'<?xml version="1.0"?><eInvoice xmlns="http://example.invalid/"><URI>1</URI></eInvoice>', Name="original_invoice", Format="xml")),
    "a picture attached": lambda: ofd(**attached("tulip.jpg", picture("JPEG"), Name="照片.jpg")),
    "a namespace without the year": lambda: ofd(**_OLD),
    "names that nobody declares": lambda: ofd(Doc_0__Tags__CustomTag_xml=b'<?xml version="1.0"?>\n<:eInvoice xmlns:=""><Code><ofd:ObjectRef PageRef="1">3</ofd:ObjectRef></Code></:eInvoice>'),
    "a black and white picture": lambda: ofd(Doc_0__Res__image_6_jb2=b"\x97JB2\r\n\x1a\n\1\0\0\0\1" + bytes(60)),
    "a bare table of glyphs": lambda: ofd(Doc_0__Res__font_5_ttf=b"\1\0\4\2" + bytes(60)),
    "an empty part": lambda: ofd(Doc_0__Res__x_dat=b""),
}  # fmt: skip
"""What an office's systems issue."""

_OF_OFFICE = ("a PDF in it", "a part of two names", "a part with another name beside it")
"""Tricks with a part that only an Office file has."""
_BOMB = b"<a>" + b"<b/>" * 1_600_000 + b"</a>"

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a link to a program": (lambda: linked("file:///C:/Windows/System32/cmd.exe"), "第 1 页含有会启动程序的链接"),
    "a link to a program's scheme": (lambda: linked("ms-msdt:/id"), "启动程序"),
    "a script as a link": (lambda: linked("java&#10;script:alert(1)".replace("&#10;", "\n")), "启动程序"),
    "a base for a link": (lambda: linked("x", 'Base="ms-msdt:"'), "启动程序"),
    "a link whose prefix hides another": (lambda: linked(NET, 'ofd:URI="ms-msdt:/id"'), "已损坏"),
    "a link outside of any action": (lambda: ofd(Doc_0__Pages__Page_0__Content_xml=page('<ofd:URI URI="calc.exe"/>')), "启动程序"),
    "a page of the net when opened": (lambda: acting(f'<ofd:URI URI="{NET}"/>', "DO"), "自动执行"),
    "a page of the net when a page is shown": (lambda: acting(f'<ofd:URI URI="{NET}"/>', "po"), "自动执行"),
    "a page of the net at no event": (lambda: acting(f'<ofd:URI URI="{NET}"/>', ""), "自动执行"),
    "a page of the net after an inner action": (lambda: acting(f'<ofd:Region><ofd:Action Event="CLICK"/></ofd:Region><ofd:URI URI="{NET}"/>', "DO"), "自动执行"),
    "an embedded file opened": (lambda: acting('<ofd:GotoA AttachID="9"/>'), "嵌入的文件"),
    "a sound": (lambda: acting('<ofd:Sound ResourceID="5"/>', "DO"), "多媒体"),
    "a film": (lambda: acting('<ofd:Movie ResourceID="5"/>'), "多媒体"),
    "a film among the resources": (lambda: ofd(Doc_0__PublicRes_xml=part("Res", '<ofd:MultiMedia ID="5" Type="Video"><ofd:MediaFile>a.dat</ofd:MediaFile></ofd:MultiMedia>')), "多媒体"),
    "an action of a producer": (lambda: acting('<x:Launch xmlns:x="http://example.invalid/" File="calc.exe"/>'), "无法识别的动作"),
    "a script of a producer": (lambda: acting('<ofd:Goto/></ofd:Action><ofd:Action Event="DO"><ofd:JavaScript>app.alert(1)</ofd:JavaScript>'), "脚本"),
    "a script in the extensions": (lambda: ofd(Doc_0__Extensions_xml=part("Extensions", '<ofd:Extension AppName="a" RefId="1"><ofd:Data><script>x</script></ofd:Data></ofd:Extension>')), "脚本"),
    "a picture elsewhere": (lambda: ofd(Doc_0__PublicRes_xml=part("Res", f'<ofd:MultiMedia ID="5" Type="Image"><ofd:MediaFile>{NET}</ofd:MediaFile></ofd:MultiMedia>')), "外部文件"),
    "a picture on a share": (lambda: ofd(Doc_0__PublicRes_xml=part("Res", '<ofd:MultiMedia ID="5" Type="Image"><ofd:MediaFile>\\\\example.invalid\\a</ofd:MediaFile></ofd:MultiMedia>')), "外部文件"),
    "a font elsewhere": (lambda: ofd(Doc_0__PublicRes_xml=part("Res", f"<ofd:Font ID='4'><ofd:FontFile>{NET}</ofd:FontFile></ofd:Font>")), "外部文件"),
    "a page elsewhere": (lambda: ofd(Doc_0__Document_xml=part("Document", f'<ofd:Page ID="1" BaseLoc="{NET}"/>')), "外部文件"),
    "a profile of colours elsewhere": (lambda: ofd(Doc_0__PublicRes_xml=part("Res", f'<ofd:ColorSpace ID="1" Type="RGB" Profile="{NET}"/>')), "外部文件"),
    "a document beside one elsewhere": (lambda: ofd(Doc_0__Document_xml=_document(f"<ofd:Annotations><x/>{NET}</ofd:Annotations>")), "外部文件"),
    "a style sheet": (lambda: ofd(Doc_0__Extensions_xml=f'<?xml version="1.0"?><?xml-stylesheet href="{NET}"?><a/>'), "外部文件"),
    "an attached program": (lambda: ofd(**attached("a.dat", b"MZ" + bytes(90), Name="a.exe")), "嵌入"),
    "an attached Word file": (lambda: ofd(**attached("a.docx", zipped({"a": b"b"}), Name="附件.docx")), "嵌入"),
    "an attached PDF": (lambda: ofd(**attached("a.pdf", raw_pdf(), Name="附件.pdf")), "嵌入"),
    "an attached script called data": (lambda: ofd(**attached("a.dat", b"del *.*", Name="a", Format="bat")), "嵌入"),
    "an attached setting that starts a program": (lambda: ofd(**attached("a.xml", b"<PCSettings><DeepLink>calc.exe</DeepLink></PCSettings>", Name="a.settingcontent-ms")), "嵌入"),
    "an attachment with the ending of a program as its format": (lambda: ofd(**attached("a.xml", b"<a/>", Format=".hta")), "嵌入"),
    "an attachment without an ending": (lambda: ofd(**attached("a", b"<a/>")), "嵌入"),
    "an attached page of HTML": (lambda: ofd(**attached("a.xml", b"<html><body onload='x()'/></html>")), "网页"),
    "an attached page under another name": (lambda: ofd(**attached("a.xml", b"<h:body xmlns:h='http://www.w3.org/1999/xhtml' onload='x()'/>")), "网页"),
    "an attached drawing": (lambda: ofd(**attached("a.xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")), "网页"),
    "a program as a picture": (lambda: ofd(Doc_0__Res__image_5_png=b"MZ" + bytes(90)), "嵌入"),
    "a program as a seal": (lambda: ofd(**{**SEALED, "Doc_0__Signs__Sign_0__Seal_esl": b"MZ" + bytes(90)}), "嵌入"),
    "an archive in the resources": (lambda: ofd(Doc_0__Res__a_dat=zipped({"a.exe": b"MZ"})), "嵌入"),
    "text that nobody knows": (lambda: ofd(Doc_0__Res__a_cmd=b"del *.*"), "嵌入"),
    "an archive after a black and white picture": (lambda: ofd(Doc_0__Res__a_jb2=b"\x97JB2\r\n\x1a\n" + bytes(60) + zipped({"a": b"b"})), "藏有另一个文件"),
    "a program in a picture": (lambda: ofd(Doc_0__Res__image_5_png=jpeg_with(0xEF, b"MZ\x90\0" + bytes(90))), "藏有另一个文件"),
    "half a picture": (lambda: ofd(Doc_0__Res__image_5_png=picture()[:-40]), "已损坏"),
    "a file that is not a font": (lambda: ofd(Doc_0__Res__font_4_ttf=b"\0\1\0\0\0\1" + bytes(300)), "不是字体"),
    "a font with something after it": (lambda: ofd(Doc_0__Res__font_4_ttf=font() + b"MZ" + bytes(200)), "不是字体"),
    "a DTD": (lambda: ofd(Doc_0__Document_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "DTD"),
    "a DTD in the entry": (lambda: ofd(OFD_xml=PLAIN["OFD.xml"].replace(b"?>\n", b'?><!DOCTYPE a SYSTEM "https://example.invalid/a">')), "DTD"),
    "a DTD in what is called a picture": (lambda: ofd(Doc_0__Res__image_5_png=b'\xef\xbb\xbf <!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "DTD"),
    "entities that grow": (lambda: ofd(Doc_0__Document_xml=b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "' + b"&b;" * 999 + b'">]><a>&d;</a>'), "DTD"),
    "an encoding that nobody reads": (lambda: ofd(Doc_0__Document_xml='<?xml version="1.0" encoding="GB18030"?><a>中</a>'.encode("gb18030")), "已损坏"),
    "no document": (lambda: ofd(OFD_xml=part("OFD", "", 'DocType="OFD"')), "已损坏"),
    "a document that is not there": (lambda: ofd(OFD_xml=PLAIN["OFD.xml"].replace(b"Doc_0/Document.xml", b"Doc_1/Document.xml")), "已损坏"),
    "another entry": (lambda: ofd(OFD_xml=part("Document")), "已损坏"),
    "encrypted parts": (lambda: ofd(Encryptions_xml=part("Encryptions")), "加密"),
    "half of XML": (lambda: ofd(Doc_0__Document_xml=_document()[:-5]), "已损坏"),
    "a bomb of one part": (lambda: ofd(Doc_0__x_dat=bytes(210 * 2**20)), "压缩炸弹"),
    "a bomb of many parts": (lambda: ofd(**{f"x{number}_dat": b"" for number in range(5_100)}), "压缩炸弹"),
    "a bomb of XML": (lambda: ofd(Doc_0__x_xml=b"<a>" + b" " * (70 * 2**20) + b"</a>"), "内容过多"),
    "a bomb of elements": (lambda: ofd(Doc_0__x_xml=_BOMB), "内容过多"),
    "a zip of anything": (lambda: zipped({"a.txt": b"a"}), "已损坏"),
    **{what: (lambda change=change: change(ofd(**SEALED)), why) for what, (change, why) in ARCHIVES.items() if "bomb" not in what and what not in _OF_OFFICE},
}  # fmt: skip
"""What is refused, and what is said of it."""
