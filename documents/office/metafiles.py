"""Inspects Windows metafiles, EMF (MS-EMF) and WMF (MS-WMF): no record may run code, and no file may be hidden.

A metafile is a list of drawing records, which is read to its end. Some records do more than draw: an escape may name
code to call (`SETABORTPROC`, CVE-2005-4560) or a driver to load. What the records draw is not checked.
"""

from __future__ import annotations

from struct import unpack_from

from documents import file_formats
from documents.rejection import OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check

MAX_RECORDS, MAX_TAIL = 500_000, 1024
"""Limits: records of one picture, bytes after its end."""

_PLACEABLE, _EMF = b"\xd7\xcd\xc6\x9a", b"\x01\0\0\0"
_WMF = (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")
_END, _COMMENT, _ESCAPES, _NAMED_ESCAPE = 14, 70, (105, 106), 110
"""Types of EMF records: end, comment, escapes (EMR_DRAWESCAPE, EMR_EXTESCAPE), and an escape of a named driver."""
_WMF_ESCAPE, _ABORT = 0x0626, 9
"""The type of a WMF record for an escape, and the escape SETABORTPROC."""


def is_metafile(data: bytes) -> bool:
    """Whether the first bytes are those of a metafile."""
    return data.startswith((_PLACEABLE, *_WMF)) or (data.startswith(_EMF) and data[40:44] == b" EMF")


def inspect(data: bytes) -> None:
    """Raises `Rejection` if the metafile is damaged or has a record that acts or hides something.

    Raises `struct.error` if it is cut off.
    """
    if not is_metafile(data):
        raise damaged_file()
    end = _emf(data) if data.startswith(_EMF) else _wmf(data)
    if len(data[end:].strip(b"\0")) > MAX_TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=OPEN_AND_SAVE)
    file_formats.reject_second_format(data, data[end:])


def _emf(data: bytes) -> int:
    """Check every record, and return the offset of the end of the picture."""
    offset = 0
    for _ in range(MAX_RECORDS):
        kind, size = map(int, unpack_from("<II", data, offset))
        if size < 8 or size % 4 or offset + size > len(data):
            raise damaged_file()
        if kind == _NAMED_ESCAPE or (kind in _ESCAPES and unpack_from("<I", data, offset + 8)[0] == _ABORT):
            raise _program_record()
        if kind == _COMMENT and file_formats.is_foreign_format(data[offset + 12 : offset + min(size, 64)]):
            raise Rejection("藏有另一个文件", "hides another file", advice=OPEN_AND_SAVE)
        offset += size
        if kind == _END:
            return offset
    raise too_much_to_check()


def _wmf(data: bytes) -> int:
    """Like `_emf`. The size of a record counts words of two bytes."""
    offset = 22 if data.startswith(_PLACEABLE) else 0
    if not data[offset:].startswith(_WMF):
        raise damaged_file()
    offset += 18
    for _ in range(MAX_RECORDS):
        words, kind = map(int, unpack_from("<IH", data, offset))
        if words < 3 or offset + 2 * words > len(data):
            raise damaged_file()
        if kind == _WMF_ESCAPE and unpack_from("<H", data, offset + 6)[0] == _ABORT:
            raise _program_record()
        offset += 2 * words
        if kind == 0:
            return offset
    raise too_much_to_check()


def _program_record() -> Rejection:
    return Rejection("含有会执行程序的图元记录", "holds a record that runs a program", advice=OPEN_AND_SAVE)
