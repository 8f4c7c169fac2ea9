"""Windows metafiles, EMF (MS-EMF) and WMF (MS-WMF): lists of records that draw, read to their end.

Some records do more than draw: an escape may name code to be called (`SETABORTPROC`, CVE-2005-4560) or a driver to be loaded.
"""

from __future__ import annotations

from struct import unpack_from

from documents import signatures
from documents.rejection import OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check

RECORDS, TAIL = 500_000, 1024
"""At most: records of one picture, bytes after its end."""

_PLACEABLE, _EMF = b"\xd7\xcd\xc6\x9a", b"\x01\0\0\0"
_WMF = (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")
_END, _COMMENT, _ESCAPES, _NAMED_ESCAPE = 14, 70, (105, 106), 110
_WMF_ESCAPE, _ABORT = 0x0626, 9


def is_metafile(data: bytes) -> bool:
    """Whether the first bytes are those of a metafile."""
    return data.startswith((_PLACEABLE, *_WMF)) or (data.startswith(_EMF) and data[40:44] == b" EMF")


def inspect(data: bytes) -> None:
    """`Rejection` where it is damaged, or holds a record that acts or hides something. `struct.error` where it is cut off."""
    if not is_metafile(data):
        raise damaged_file()
    end = _emf(data) if data.startswith(_EMF) else _wmf(data)
    if len(data[end:].strip(b"\0")) > TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=OPEN_AND_SAVE)
    signatures.reject_second_format(data, data[end:])


def _emf(data: bytes) -> int:
    """Where the picture ends."""
    at = 0
    for _ in range(RECORDS):
        kind, size = map(int, unpack_from("<II", data, at))
        if size < 8 or size % 4 or at + size > len(data):
            raise damaged_file()
        if kind == _NAMED_ESCAPE or (kind in _ESCAPES and unpack_from("<I", data, at + 8)[0] == _ABORT):
            raise _acts()
        if kind == _COMMENT and signatures.is_program_or_archive(data[at + 12 : at + min(size, 64)]):
            raise Rejection("藏有另一个文件", "hides another file", advice=OPEN_AND_SAVE)
        at += size
        if kind == _END:
            return at
    raise too_much_to_check()


def _wmf(data: bytes) -> int:
    at = 22 if data.startswith(_PLACEABLE) else 0
    if not data[at:].startswith(_WMF):
        raise damaged_file()
    at += 18
    for _ in range(RECORDS):
        words, kind = map(int, unpack_from("<IH", data, at))
        if words < 3 or at + 2 * words > len(data):
            raise damaged_file()
        if kind == _WMF_ESCAPE and unpack_from("<H", data, at + 6)[0] == _ABORT:
            raise _acts()
        at += 2 * words
        if kind == 0:
            return at
    raise too_much_to_check()


def _acts() -> Rejection:
    return Rejection("含有会执行程序的图元记录", "holds a record that runs a program", advice=OPEN_AND_SAVE)
