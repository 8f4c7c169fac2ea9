"""PNG and JPEG, decoded: the picture is complete, and no other file is hidden in it.

A PNG is unpacked in pieces, a JPEG is decoded by Pillow at an eighth of its size, so a picture of a hundred million pixels takes no more
memory than a small one. Phones write further pictures, a short film or notes after a JPEG: that is accepted, but not an archive or a
program.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from struct import error, unpack_from

from PIL import Image, JpegImagePlugin, MpoImagePlugin, TiffImagePlugin

from . import signatures
from .rejection import MAKE_SMALLER, OPEN_AND_SAVE, Rejection, damaged_file

PIXELS = 200_000_000
"""At most. A phone of today takes 200 million."""
_TEXT = 8 * 2**20
"""Bytes of a PNG's packed notes, unpacked, at most."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: the first column and row of each pass, and its steps (PNG, 8.2)."""
_PROGRAM_TEXT = re.compile(rb"<\?php|<script[\s>]|__HALT_COMPILER", re.IGNORECASE)
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_USED = (JpegImagePlugin, MpoImagePlugin, TiffImagePlugin)
"""Loaded now: a process that inspects a picture can open no file any more."""


def inspect(data: bytes) -> None:
    """`Rejection` where the picture is damaged, too large, or also something else."""
    if b"%PDF-" in data[:1024]:
        signatures.reject_second_format(b"", b"%PDF-")
    try:
        end = _png(data) if data.startswith(_PNG) else _jpeg(data)
    except error as short:
        raise damaged_file() from short
    tail = data[end:].lstrip(b"\0\r\n\t ")
    signatures.reject_second_format(data, tail)


def _png(data: bytes) -> int:
    """Where the picture ends. Every chunk is whole, and the pixels are as many as the header says (PNG, 5 and 10)."""
    width, height, depth, colour, _, _, interlaced = unpack_from(">IIBBBBB", data, 16)
    if data[12:16] != b"IHDR" or depth not in _DEPTHS.get(colour, ()) or interlaced > 1:
        raise damaged_file()
    _sized(width, height)
    left = _rows(width, height, depth * _CHANNELS[colour], interlaced)
    unpacking, at, packed = zlib.decompressobj(), 8, b""
    while packed != b"IEND":
        length, packed = unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (checked,) = unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(packed + body) != checked:
            raise damaged_file()
        at += 12 + length
        if packed == b"IDAT":
            left -= sum(len(piece) for piece in _unpacked(unpacking, body))
        elif packed in (b"zTXt", b"iTXt", b"iCCP", b"tEXt"):
            _notes(body)
        elif packed[:1].islower():
            _no_file(body)
    if left > len(unpacking.flush()):
        raise damaged_file()
    return at


def _unpacked(unpacking: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    try:
        while body and not unpacking.eof:
            yield unpacking.decompress(body, 2**18)
            body = unpacking.unconsumed_tail
    except zlib.error as damaged:
        raise damaged_file() from damaged


def _rows(width: int, height: int, bits: int, interlaced: int) -> int:
    """Bytes of all rows, each with its filter before it."""
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _notes(body: bytes) -> None:
    """What is written in a PNG: no program, and no bomb."""
    said = body
    for begin in (match.start() for match in re.finditer(rb"\x00[\x00-\x01]{0,2}", body[:300])):
        try:
            unpacking = zlib.decompressobj()
            said = unpacking.decompress(body[begin:].lstrip(b"\0\1"), _TEXT)
        except zlib.error:
            continue
        if unpacking.unconsumed_tail:
            raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
        break
    _no_program(said)


def _no_program(notes: bytes) -> None:
    if _PROGRAM_TEXT.search(notes):
        raise Rejection("图片附注中藏有程序代码", "hides program code in the picture's notes", advice=OPEN_AND_SAVE)


def _no_file(notes: bytes) -> None:
    if signatures.is_program_or_archive(notes):
        raise Rejection("藏有另一个文件", "hides another file", advice=OPEN_AND_SAVE)


def _jpeg(data: bytes) -> int:
    """Where the first picture ends. Its segments are whole, and its pixels can be decoded (ITU T.81, B)."""
    end = _segments(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = JpegImagePlugin.JpegImageFile(BytesIO(data[:end]))
            _sized(*picture.size)
            picture.draft(picture.mode, (max(1, picture.width // 8), max(1, picture.height // 8)))
            picture.load()
        except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError) as damaged:
            raise damaged_file() from damaged
    return end


def _segments(data: bytes) -> int:
    at = 2
    while True:
        found = _MARKER.search(data, at)
        if found is None:
            raise damaged_file()
        kind, at = data[found.end() - 1], found.end()
        if kind == 0xD9:
            return at
        if kind in (0x01, 0xD8):
            continue
        (length,) = unpack_from(">H", data, at)
        segment = data[at : at + length]
        if kind in _SIZED:
            _sized(*unpack_from(">HH", segment, 3))
        if kind >= 0xE0:
            _no_program(segment)
            _no_file(segment[2:])
            # "/*" or "//" as a length: the picture begins as a script does.
            if kind == 0xE0 and length in (0x2F2A, 0x2F2F):
                raise Rejection("同时也是一段脚本", "is a script as well", advice=OPEN_AND_SAVE)
        at += length


def _sized(one: int, other: int) -> None:
    if one * other > PIXELS:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)
    if not one or not other:
        raise damaged_file()


Image.MAX_IMAGE_PIXELS = None  # `_sized` bounds them, before anything is decoded.
