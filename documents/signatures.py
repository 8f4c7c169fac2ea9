"""File signatures: the first bytes by which a format is known, and whether a file is of a second format as well."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from .rejection import OPEN_AND_SAVE, Rejection

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
    b"MSCF", b"ITSF", b"L\0\0\0\x01\x14\x02\0", b"%PDF-", b"{\\rtf", _OLE, b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"!<arch>",
    b"\x00asm", b"FWS", b"CWS", b"ZWS",
)  # fmt: skip
_ARCHIVES = re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|<\?php|__HALT_COMPILER|<script[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(<\?php|<!doctype\s+html|<html|<head|<body|<script|<hta:|mime-version:)", re.IGNORECASE)
_PICTURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00",
    b"\x02\x00\x09\x00", b"\x01\0\0\0", b"\x00\x00\x01\x00", b"II\xbc\x01", b"RIFF", b"8BPS", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51",
    b"\xc5\xd0\xd3\xc6", b"%!PS-Adobe",
)  # fmt: skip
_PICT, _ISO = 522, 4
"""Where a PICT and a picture of the HEIF family say what they are."""


def is_program_or_archive(begins: bytes) -> bool:
    """Whether the first bytes are those of a program, an archive, a page of HTML, or another document."""
    return begins.startswith(_PROGRAMS) or bool(_PAGE.match(begins))


def is_old_office(data: bytes) -> bool:
    """Whether it is a compound file: Word, Excel or PowerPoint before 2007, or a newer one with a password."""
    return data.startswith(_OLE)


def has_password(data: bytes) -> bool:
    """Whether a compound file holds an encrypted Office file (MS-OFFCRYPTO, 2.3.4.4)."""
    return is_old_office(data) and "EncryptedPackage".encode("utf-16-le") in data


def is_picture(begins: bytes) -> bool:
    """Whether the first bytes are those of any picture Office shows: a raster, a metafile, or nothing at all."""
    if not begins or begins.startswith(_PICTURES) or begins[_ISO : _ISO + 4] == b"ftyp":
        return True
    return begins.startswith(b"\x1f\x8b") or (
        len(begins) > _PICT and b"\x00\x11\x02\xff" in begins[_PICT - 16 : _PICT + 16]
    )


def reject_second_format(data: bytes, tail: bytes = b"") -> None:
    """Raise `Rejection` if a file that is no Office file can be opened as an archive too, or if `tail`, the bytes after it, is one."""
    try:
        with ZipFile(BytesIO(data)) as opened:
            is_archive = bool(opened.infolist())
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        is_archive = False
    if is_archive or is_program_or_archive(tail) or _ARCHIVES.search(tail):
        raise Rejection("末尾藏有另一个文件", "hides another file at its end", advice=OPEN_AND_SAVE)
