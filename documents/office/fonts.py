"""Fonts within an Office file: of Word, hidden behind a key (ECMA-376-1, 17.8.1), and of PowerPoint, as Embedded OpenType."""

from __future__ import annotations

from struct import error, unpack_from
from uuid import UUID

from documents.rejection import Rejection
from states.vocabulary import Text

LARGEST, TAIL = 48 * 2**20, 64
"""Bytes at most: of a font, and after its last table."""

_KINDS = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
_ADVICE = Text(
    zh="请在“文件—选项—保存”中取消“将字体嵌入文件”，保存后再上传",
    en="Clear Embed fonts in the file under File – Options – Save, save and upload again",
)


def inspect_obfuscated(data: bytes, key: str) -> None:
    """`Rejection` where what the key uncovers is no font."""
    try:
        mask = UUID(key).bytes[::-1] * 2
    except ValueError as wrong:
        raise _none() from wrong
    _tables(bytes(one ^ other for one, other in zip(data[:32], mask, strict=False)) + data[32:])


def inspect_embedded(data: bytes) -> None:
    """`Rejection` where the bytes are no Embedded OpenType file. Its tables may be packed in a way that only Office unpacks."""
    try:
        (size,) = unpack_from("<I", data, 0)
    except error as short:
        raise _none() from short
    if size != len(data) or data[34:36] != b"LP":
        raise _none()


def font_without_key() -> Rejection:
    """A font that no key uncovers."""
    return _none()


def _tables(data: bytes) -> None:
    """The font's tables lie in the file, and nothing lies behind them. A collection of fonts says only that it is one."""
    if not data.startswith(_KINDS):
        raise _none()
    if data.startswith(b"ttcf"):
        return
    try:
        (count,) = unpack_from(">H", data, 4)
        ends = [sum(unpack_from(">II", data, 12 + 16 * number + 8)) for number in range(count)]
    except error as short:
        raise _none() from short
    if not ends or max(ends) > len(data) or len(data) > max(ends) + TAIL:
        raise _none()


def _none() -> Rejection:
    return Rejection("嵌入的字体不是字体", "has an embedded font that is none", advice=_ADVICE)
