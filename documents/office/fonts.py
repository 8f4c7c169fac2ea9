"""Inspects fonts within an Office file: the list of tables of a Word font, only the header of a PowerPoint font.

Word obfuscates a font with a key (ECMA-376-1, 17.8.1). PowerPoint embeds it as Embedded OpenType. The glyphs of a font
are not checked.
"""

from __future__ import annotations

from struct import error, unpack_from
from uuid import UUID

from documents.rejection import Rejection
from states.vocabulary import Text

MAX_SIZE, MAX_TAIL = 48 * 2**20, 64
"""Limits: bytes of a font, bytes after its last table."""

_SIGNATURES = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
_CFF = b"\1\0\4"
"""The beginning of a bare table of glyphs, which OFD files have as a font."""
_EOT_MAGIC_NUMBER = b"LP"
_ADVICE = Text(
    zh="请在“文件—选项—保存”中取消“将字体嵌入文件”，保存后再上传",
    en="Clear Embed fonts in the file under File – Options – Save, save and upload again",
)


def inspect_obfuscated(data: bytes, key: str) -> None:
    """Inspect a font that Word obfuscated with `key`, a GUID. Raises `Rejection` if it is not a font."""
    try:
        mask = UUID(key).bytes[::-1] * 2
    except ValueError as cause:
        raise _not_a_font() from cause
    # Only the first 32 bytes are obfuscated.
    _check_tables(bytes(byte ^ key_byte for byte, key_byte in zip(data[:32], mask, strict=False)) + data[32:])


def inspect_embedded(data: bytes) -> None:
    """Raises `Rejection` if the bytes are not an Embedded OpenType file.

    Only the header is checked, because the tables may be packed in a way that only Office can unpack.
    """
    try:
        (size,) = unpack_from("<I", data, 0)
    except error as cause:
        raise _not_a_font() from cause
    if size != len(data) or data[34:36] != _EOT_MAGIC_NUMBER:
        raise _not_a_font()


def is_font(head: bytes) -> bool:
    """Whether the first bytes are those of a font."""
    return head.startswith((*_SIGNATURES, _CFF))


def inspect_plain(data: bytes, advice: Text) -> None:
    """Inspect a font as a file of its own has it. Raises `Rejection` with this advice if it is not a font."""
    if not data.startswith(_CFF):
        _check_tables(data, advice)


def font_without_key() -> Rejection:
    """The rejection of an obfuscated font without a key."""
    return _not_a_font()


def _check_tables(data: bytes, advice: Text = _ADVICE) -> None:
    """Raises `Rejection` unless all tables of the font are within the file and nothing comes after them.

    Of a collection of fonts only the first bytes are checked.
    """
    if not data.startswith(_SIGNATURES):
        raise _not_a_font(advice)
    if data.startswith(b"ttcf"):
        return
    try:
        (count,) = unpack_from(">H", data, 4)
        ends = [sum(unpack_from(">II", data, 12 + 16 * number + 8)) for number in range(count)]
    except error as cause:
        raise _not_a_font(advice) from cause
    if not ends or max(ends) > len(data) or len(data) > max(ends) + MAX_TAIL:
        raise _not_a_font(advice)


def _not_a_font(advice: Text = _ADVICE) -> Rejection:
    return Rejection("嵌入的字体不是字体", "has an embedded font that is not a font", advice=advice)
