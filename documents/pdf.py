"""PDF files: a header, an end, and nothing that acts when the file is opened.

Names may be written with `#4a` for a letter, and objects may lie packed in object streams: both are undone first.
An encrypted file is refused, for nobody can look into it.
"""

from __future__ import annotations

import re
import zlib

from .unfit import Unfit, broken

UNPACKED = 64 * 2**20
"""At most this many bytes of object streams are unpacked."""

_ACTS = re.compile(rb"/(JavaScript|Launch|ImportData|SubmitForm|RichMedia|GoToE)(?![A-Za-z0-9])")
_HIDES = re.compile(rb"/(EmbeddedFiles?|Filespec)(?![A-Za-z0-9])")
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_STREAM = re.compile(rb"stream\r?\n")


def look(data: bytes) -> None:
    """`Unfit` where the file is damaged or acts by itself."""
    if b"%%EOF" not in data[-2048:] or b"startxref" not in data[-4096:]:
        raise broken()
    said = _plain(data)
    if len(_PACKED.findall(said)) != len(_PACKED.findall(data)):
        raise broken()
    if _ENCRYPTED.search(said):
        raise Unfit("文件加了密或设有权限", "it is encrypted or restricted")
    _refuse(said)
    left = UNPACKED
    for packed in _PACKED.finditer(data):
        inside = _unpacked(data, packed.end(), left)
        left -= len(inside)
        _refuse(_plain(inside))


def _refuse(said: bytes) -> None:
    if _ACTS.search(said):
        raise Unfit("文件含有脚本或自动动作", "it holds a script or acts by itself")
    if _HIDES.search(said):
        raise Unfit("文件嵌入了其他文件", "another file is embedded in it")


def _plain(data: bytes) -> bytes:
    """The bytes with escaped letters of names written out."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data) if b"#" in data else data


def _unpacked(data: bytes, after: int, left: int) -> bytes:
    begins = _STREAM.search(data, after, after + 4096)
    if begins is None:
        raise broken()
    unpacking = zlib.decompressobj()
    try:
        inside = unpacking.decompress(data[begins.end() :], left)
    except zlib.error as error:
        raise broken() from error
    if unpacking.unconsumed_tail:
        raise Unfit("解压后过大（疑似压缩炸弹）", "it is far too large once unpacked")
    return inside
