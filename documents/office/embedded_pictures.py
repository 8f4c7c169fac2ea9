"""Pictures within an Office file, each decoded or read to its end: PNG and JPEG like those that are handed in by themselves.

Of a picture with several frames (GIF, TIFF, WebP) the first is decoded; that nothing else is packed behind is asked of all its bytes.
A picture of a kind that nothing here can read is refused, PostScript (EPS) because it is a program. How many pictures a file may hold, and
of how many pixels altogether, is `Budget`'s to bound; how long all that takes, the process's.
"""

from __future__ import annotations

import copy
import warnings
import zlib
from io import BytesIO
from struct import error, unpack_from

from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from documents import pictures, signatures
from documents.rejection import MAKE_SMALLER, OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check
from states.vocabulary import Text

from . import metafiles
from .xml_reader import Budget

_USED = (copy,)
"""Loaded now: Pillow imports it inside a function when it decodes a GIF, and by then the process can open no file."""

LARGEST, UNPACKED, HELD = 64 * 2**20, 32 * 2**20, 100 * 2**20
"""Bytes at most: of a picture, of a packed metafile unpacked, of a decoded picture's pixels."""

_READERS = (
    (b"GIF8", GifImagePlugin.GifImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    (b"II*\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)
_PNG, _JPEG, _GZIP, _EXTENDED_RANGE = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x1f\x8b", b"II\xbc\x01"
_POSTSCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")
_SMALL = frozenset(("1", "L", "P"))
"""The modes in which a pixel is held in one byte; in any other it is held in four."""
_WIDTH, _HEIGHT = 0xBC80, 0xBC81
_AS_PICTURE = Text(
    zh="请把该图片复制后“选择性粘贴”为 PNG 或 JPEG，保存后再上传",
    en="Copy the picture, paste it as PNG or JPEG (Paste Special), save and upload again",
)
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, error)


def inspect(data: bytes, budget: Budget) -> None:
    """`Rejection` where it is no picture, a damaged one, one that acts, or one too many."""
    if not data:
        return
    budget.pictures -= 1
    if len(data) > LARGEST or budget.pictures < 0:
        raise too_much_to_check()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _read(data, budget)
    except _DAMAGE as damaged:
        raise damaged_file() from damaged


def _read(data: bytes, budget: Budget) -> None:
    reader = next((reader for begins, reader in _READERS if data.startswith(begins)), None)
    if data.startswith(_PNG):
        _count(budget, *unpack_from(">II", data, 16))
        pictures.inspect(data)
    elif data.startswith(_JPEG):
        _count(budget, *JpegImagePlugin.JpegImageFile(BytesIO(data)).size)
        pictures.inspect(data)
    elif reader is not None:
        _decode(reader(BytesIO(data)), budget)
        signatures.reject_second_format(data)
    elif data.startswith(_EXTENDED_RANGE):
        _count(budget, *_extended_range(data))
        signatures.reject_second_format(data)
    elif data.startswith(_GZIP):
        metafiles.inspect(_unpacked(data))
    elif metafiles.is_metafile(data):
        metafiles.inspect(data)
    elif data.startswith(_POSTSCRIPT):
        raise Rejection(
            "是 PostScript 图片（EPS），其中是程序",
            "is a PostScript picture (EPS), which is a program",
            advice=_AS_PICTURE,
        )
    elif signatures.is_picture(data[:600]):
        raise Rejection("的格式无法检查", "is of a kind that cannot be checked", advice=_AS_PICTURE)
    else:
        raise Rejection("有一处图片不是图片", "holds a picture that is none", advice=_AS_PICTURE)


def _decode(picture: ImageFile, budget: Budget) -> None:
    width, height = picture.size
    _count(budget, width, height)
    if width * height * (1 if picture.mode in _SMALL else 4) > HELD:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)
    picture.load()


def _count(budget: Budget, width: int, height: int) -> None:
    budget.pixels -= width * height
    if budget.pixels < 0:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)


def _extended_range(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG XR, which PowerPoint writes for a picture that it has cut out (ITU T.832, A.5)."""
    (at,) = unpack_from("<I", data, 4)
    (count,) = unpack_from("<H", data, at)
    found: dict[int, int] = {}
    for number in range(count):
        tag, kind, _, value = unpack_from("<HHII", data, at + 2 + 12 * number)
        found[tag] = value if kind == 4 else value & 0xFFFF
    return found[_WIDTH], found[_HEIGHT]


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(31)
    try:
        said = unpacking.decompress(data, UNPACKED)
    except zlib.error as damaged:
        raise damaged_file() from damaged
    if unpacking.unconsumed_tail or unpacking.unused_data.strip(b"\0"):
        raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
    return said
