"""Recognises file formats, mostly by their first bytes. Rejects a file that is also a file of a second format.

Not here: whether a format is accepted (`kinds.py`), and whether the file is a complete file of it (the parsers).
"""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from .rejection import OPEN_AND_SAVE, Rejection

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN_FORMATS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
    b"MSCF", b"ITSF", b"L\0\0\0\x01\x14\x02\0", b"%PDF-", b"{\\rtf", _OLE, b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"!<arch>",
    b"\x00asm", b"FWS", b"CWS", b"ZWS",
)  # fmt: skip
"""The first bytes of programs, scripts, archives, and documents."""
_EMBEDDED_FORMATS = re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|<\?php|__HALT_COMPILER|<script[\s>]", re.IGNORECASE)
"""Marks of archives and scripts. Programs find an archive or a script also after other bytes."""
_HTML_OR_SCRIPT = re.compile(
    rb"\s*(<\?php|<!doctype\s+html|<html|<head|<body|<script|<hta:|mime-version:)", re.IGNORECASE
)
_PICTURE_FORMATS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00",
    b"\x02\x00\x09\x00", b"\x01\0\0\0", b"\x00\x00\x01\x00", b"II\xbc\x01", b"RIFF", b"8BPS", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51",
    b"\xc5\xd0\xd3\xc6", b"%!PS-Adobe",
)  # fmt: skip
_GZIP = b"\x1f\x8b"
_PICT_MARKER, _FTYP_MARKER = b"\x00\x11\x02\xff", b"ftyp"
_PICT_OFFSET, _FTYP_OFFSET = 522, 4
"""The offsets of the format marker in a PICT file and in a file of the HEIF family."""


def is_foreign_format(head: bytes) -> bool:
    """Whether the first bytes are those of a program, a script, an archive, a page of HTML, a PDF, RTF or OLE file."""
    return head.startswith(_FOREIGN_FORMATS) or bool(_HTML_OR_SCRIPT.match(head))


def is_old_office(data: bytes) -> bool:
    """Whether it is an OLE compound file: an Office file from before 2007, or a newer one encrypted with a password."""
    return data.startswith(_OLE)


def has_password(data: bytes) -> bool:
    """Whether the data is a compound file with an encrypted Office file in it (MS-OFFCRYPTO, 2.3.4.4)."""
    return is_old_office(data) and "EncryptedPackage".encode("utf-16-le") in data


def is_picture(head: bytes) -> bool:
    """Whether the first bytes are those of a picture that Office can show, raster or metafile."""
    if head.startswith(_PICTURE_FORMATS) or head[_FTYP_OFFSET : _FTYP_OFFSET + 4] == _FTYP_MARKER:
        return True
    # .emz and .wmz are gzipped metafiles.
    if head.startswith(_GZIP):
        return True
    # The version opcode of a PICT comes after a header of 512 bytes, a size and a frame. It is searched for within 16
    # bytes of that offset.
    return len(head) > _PICT_OFFSET and _PICT_MARKER in head[_PICT_OFFSET - 16 : _PICT_OFFSET + 16]


def reject_second_format(data: bytes, tail: bytes = b"") -> None:
    """Raises `Rejection` if the file is also a ZIP archive, or if another file comes after its end.

    `tail` is the bytes after the end of the file's own format. They must not begin as a file of a foreign format, and
    must not contain a mark of an archive or a script. Not for Office files, which are ZIP archives themselves.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            is_archive = bool(archive.infolist())
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        is_archive = False
    if is_archive or is_foreign_format(tail) or _EMBEDDED_FORMATS.search(tail):
        raise hidden_file()


def hidden_file() -> Rejection:
    """The rejection of a file that is also a file of a second format."""
    return Rejection("末尾藏有另一个文件", "hides another file at its end", advice=OPEN_AND_SAVE)
