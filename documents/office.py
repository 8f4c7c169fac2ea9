"""Word, Excel and PowerPoint files (OOXML): a zip of XML parts, unpacked within bounds and read without any DTD.

Refused: macros, embedded objects, ActiveX, anything fetched from elsewhere when the file is opened (a template, a
picture, another workbook; a plain link somebody clicks is none), bombs, and sheets no reader could open.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from io import BytesIO
from xml.parsers import expat
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from .unfit import Unfit, broken

MEMBERS, UNPACKED, XML, ELEMENTS, ROWS = 2_000, 200 * 2**20, 48 * 2**20, 800_000, 100_000
"""At most: parts, bytes of all parts unpacked, bytes of XML, elements of XML, rows of all sheets."""
RATIO, SMALL = 100, 2**20
"""A part of more than `SMALL` bytes may be unpacked to this many times its size."""
_PIECE = 2**16

_ACTIVE = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/|/ctrlprops/|customui/", re.IGNORECASE)
_EMBEDDED = re.compile(r"/embeddings/|oleobject", re.IGNORECASE)
_ELSEWHERE = re.compile(r"/externallinks/|/querytables/|xl/connections\.xml", re.IGNORECASE)
_DDE = re.compile(r"\bDDE(AUTO)?\b|\bINCLUDE(TEXT|PICTURE)\b", re.IGNORECASE)


def look(main: str) -> Callable[[bytes], None]:
    """The look at a file whose first part is `main`."""

    def at(data: bytes) -> None:
        try:
            with ZipFile(BytesIO(data)) as opened:
                _look(opened, main)
        except (
            BadZipFile,
            LargeZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
        ) as error:
            raise broken() from error

    return at


def _look(opened: ZipFile, main: str) -> None:
    parts = opened.infolist()
    _bounded(parts)
    names = [part.filename for part in parts]
    if len({name.lower() for name in names}) != len(names) or any(".." in n or n.startswith("/") for n in names):
        raise broken()
    if "[Content_Types].xml" not in names or main not in names:
        raise Unfit("文件内容与后缀不符", "what is in it is not what its ending says")
    for name in names:
        _named(name)
    reading = _Reading()
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            reading.part(opened, part)


def _bounded(parts: list[ZipInfo]) -> None:
    bomb = Unfit("解压后过大（疑似压缩炸弹）", "it is far too large once unpacked")
    if len(parts) > MEMBERS or sum(part.file_size for part in parts) > UNPACKED:
        raise bomb
    if any(part.file_size > max(SMALL, RATIO * part.compress_size) for part in parts):
        raise bomb
    if any(part.flag_bits & 1 for part in parts):
        raise Unfit("文件设有密码", "it has a password")


def _named(name: str) -> None:
    if _ACTIVE.search(f"/{name}"):
        raise Unfit("文件含有宏或控件", "it holds macros or controls")
    if _EMBEDDED.search(f"/{name}"):
        raise Unfit("文件嵌入了其他文件（OLE 对象）", "another file is embedded in it (an OLE object)")
    if _ELSEWHERE.search(f"/{name}"):
        raise Unfit("文件引用了外部数据", "it draws on data elsewhere")


class _Reading:
    """The XML of all parts, counted together."""

    def __init__(self) -> None:
        self.bytes = self.elements = self.rows = 0

    def part(self, opened: ZipFile, part: ZipInfo) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_dtd
        parser.StartElementHandler = self._links if part.filename.endswith((".rels", "].xml")) else self._counted
        if part.filename.startswith("word/"):
            parser.buffer_text, parser.CharacterDataHandler = True, _fields
        try:
            with opened.open(part) as stream:
                while piece := stream.read(_PIECE):
                    self.bytes += len(piece)
                    if self.bytes > XML:
                        raise _too_much()
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise broken() from error

    def _counted(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > ELEMENTS:
            raise _too_much()
        if name.endswith("row") and name.rpartition(":")[2] == "row":
            self.rows += 1
            if self.rows > ROWS:
                raise Unfit(f"表格超过 {ROWS} 行", f"its sheets have more than {ROWS} rows")
        if name == "w:fldSimple":
            _fields(attributes.get("w:instr", ""))

    def _links(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > ELEMENTS:
            raise _too_much()
        if "macroEnabled" in attributes.get("ContentType", "") or attributes.get("Type", "").endswith("/vbaProject"):
            raise Unfit("文件含有宏或控件", "it holds macros or controls")
        elsewhere = attributes.get("TargetMode", "").lower() == "external"
        if elsewhere and not attributes.get("Type", "").endswith("/hyperlink"):
            raise Unfit("文件引用了外部模板、图片或数据", "it fetches a template, a picture or data from elsewhere")


def _fields(said: str) -> None:
    if _DDE.search(said) and re.match(r"\s*(DDE(AUTO)?|INCLUDE(TEXT|PICTURE))\s", said, re.IGNORECASE):
        raise Unfit("文件含有自动取数的域（DDE）", "it holds a field that fetches from elsewhere (DDE)")


def _refuse_dtd(*_: object) -> None:
    raise Unfit("文件含有 DTD 或外部实体声明", "it declares a DTD or external entities")


def _too_much() -> Unfit:
    return Unfit("内容过多，无法打开", "there is too much in it to open")
