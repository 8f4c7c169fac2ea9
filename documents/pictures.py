"""Inspects PNG and JPEG pictures: each is complete and not too large, and no file or program is hidden in it.

Not here: other pictures, which are accepted only within an Office file (`office/embedded_pictures.py`).

A PNG is unpacked in pieces, and Pillow decodes a JPEG at an eighth of its size. So a picture of a hundred million
pixels needs no more memory than a small one. Phones write more pictures, a short film or notes after a JPEG. That is
accepted; an archive or a program is not.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from struct import error, unpack_from

from PIL import Image, JpegImagePlugin, MpoImagePlugin, TiffImagePlugin

from . import file_formats
from .rejection import MAKE_SMALLER, OPEN_AND_SAVE, Rejection, damaged_file

MAX_PIXELS = 200_000_000
"""The most pixels of a picture. A phone of today takes pictures of 200 million."""
_MAX_TEXT = 8 * 2**20
"""The most bytes of a PNG's text, unpacked."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Channels of a PNG by its colour type."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Bits of a channel that a PNG may have, by its colour type."""
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: the first column and row of each pass, and its steps (PNG, 8.2)."""
_PROGRAM_TEXT = re.compile(rb"<\?php|<script[\s>]|__HALT_COMPILER", re.IGNORECASE)
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG segments that state the size of the picture (ITU T.81, B.2.2)."""
_PRELOADED = (JpegImagePlugin, MpoImagePlugin, TiffImagePlugin)
"""Imported with this module, because a process that inspects a picture can open no file any more."""


def inspect(data: bytes) -> None:
    """Raises `Rejection` if the picture is damaged or too large, or if another file or a program is hidden in it."""
    if b"%PDF-" in data[:1024]:
        raise file_formats.hidden_file()
    try:
        end = _png(data) if data.startswith(_PNG) else _jpeg(data)
    except error as cause:
        raise damaged_file() from cause
    tail = data[end:].lstrip(b"\0\r\n\t ")
    file_formats.reject_second_format(data, tail)


def _png(data: bytes) -> int:
    """The offset of the end of the picture.

    Raises `Rejection` unless every chunk is complete and there are as many pixels as the header says (PNG, 5 and 10).
    """
    width, height, depth, colour, _, _, interlaced = unpack_from(">IIBBBBB", data, 16)
    if data[12:16] != b"IHDR" or depth not in _DEPTHS.get(colour, ()) or interlaced > 1:
        raise damaged_file()
    _check_size(width, height)
    remaining = _count_bytes(width, height, depth * _CHANNELS[colour], interlaced)
    decompressor, offset, kind = zlib.decompressobj(), 8, b""
    while kind != b"IEND":
        length, kind = unpack_from(">I4s", data, offset)
        body = data[offset + 8 : offset + 8 + length]
        (checksum,) = unpack_from(">I", data, offset + 8 + length)
        if zlib.crc32(kind + body) != checksum:
            raise damaged_file()
        offset += 12 + length
        if kind == b"IDAT":
            remaining -= sum(len(piece) for piece in _unpack(decompressor, body))
        elif kind in (b"zTXt", b"iTXt", b"iCCP", b"tEXt"):
            _check_text(body)
        elif kind[:1].islower():  # a chunk that a viewer may ignore
            _check_no_file(body)
    if remaining > len(decompressor.flush()):
        raise damaged_file()
    return offset


def _unpack(decompressor: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    try:
        while body and not decompressor.eof:
            yield decompressor.decompress(body, 2**18)
            body = decompressor.unconsumed_tail
    except zlib.error as cause:
        raise damaged_file() from cause


def _count_bytes(width: int, height: int, bits: int, interlaced: int) -> int:
    """The bytes of all rows, unpacked. Each row begins with one byte that names its filter. `bits`: of one pixel."""
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _check_text(body: bytes) -> None:
    """Raises `Rejection` if the text of a PNG contains program code, or is far larger when it is unpacked."""
    text = body
    # The packed text comes after a keyword, a zero byte and one or two flags. Plain text has no packed part.
    for start in (match.start() for match in re.finditer(rb"\x00[\x00-\x01]{0,2}", body[:300])):
        try:
            decompressor = zlib.decompressobj()
            text = decompressor.decompress(body[start:].lstrip(b"\0\1"), _MAX_TEXT)
        except zlib.error:
            continue
        if decompressor.unconsumed_tail:
            raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
        break
    _check_no_program(text)


def _check_no_program(text: bytes) -> None:
    if _PROGRAM_TEXT.search(text):
        raise Rejection("图片附注中藏有程序代码", "hides program code in the picture's notes", advice=OPEN_AND_SAVE)


def _check_no_file(content: bytes) -> None:
    if file_formats.is_foreign_format(content):
        raise Rejection("藏有另一个文件", "hides another file", advice=OPEN_AND_SAVE)


def _jpeg(data: bytes) -> int:
    """The offset of the end of the first picture.

    Raises `Rejection` unless its segments are complete and its pixels can be decoded (ITU T.81, B).
    """
    end = _check_segments(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = JpegImagePlugin.JpegImageFile(BytesIO(data[:end]))
            _check_size(*picture.size)
            picture.draft(picture.mode, (max(1, picture.width // 8), max(1, picture.height // 8)))
            picture.load()
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError) as cause:
            raise damaged_file() from cause
    return end


def _check_segments(data: bytes) -> int:
    """Check every segment up to the end of the picture, and return the offset of that end."""
    offset = 2
    while True:
        marker = _MARKER.search(data, offset)
        if marker is None:
            raise damaged_file()
        kind, offset = data[marker.end() - 1], marker.end()
        if kind == 0xD9:  # end of the picture
            return offset
        if kind in (0x01, 0xD8):  # markers without a segment
            continue
        (length,) = unpack_from(">H", data, offset)
        segment = data[offset : offset + length]
        if kind in _FRAME_HEADERS:
            _check_size(*unpack_from(">HH", segment, 3))
        if kind >= 0xE0:  # the data of an application, or a comment
            _check_no_program(segment)
            _check_no_file(segment[2:])
            # With "/*" or "//" as its length the file is a valid script too: the rest of the picture is its comment.
            if kind == 0xE0 and length in (0x2F2A, 0x2F2F):
                raise Rejection("同时也是一段脚本", "is a script as well", advice=OPEN_AND_SAVE)
        offset += length


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)
    if not width or not height:
        raise damaged_file()


Image.MAX_IMAGE_PIXELS = None  # `_check_size` limits them before anything is decoded.
