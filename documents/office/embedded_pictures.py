"""Inspects pictures within an Office file, each as far as its format can be read.

PNG and JPEG are inspected as in `documents/pictures.py`, and metafiles as in `metafiles.py`. BMP, GIF, TIFF and WebP
are decoded; of several frames only the first one. Of a JPEG XR only the size is read. All bytes of these five formats
are searched for a hidden ZIP archive. A format that nothing here can read is rejected, and PostScript (EPS) is rejected
because it is a program. Not here: SVG (`svg.py`).

`Budget` limits the number of pictures and pixels in a file; the process limits the time (`documents/worker.py`).
"""

from __future__ import annotations

import copy
import warnings
import zlib
from io import BytesIO
from struct import error, unpack_from

from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from documents import file_formats, pictures
from documents.rejection import MAKE_SMALLER, OPEN_AND_SAVE, Rejection, damaged_file, too_much_to_check
from states.vocabulary import Text

from . import metafiles
from .xml_reader import Budget

_PRELOADED = (copy,)
"""Imported with this module: Pillow imports it when it decodes a GIF, and by then the process can open no file."""

MAX_SIZE, MAX_UNPACKED_SIZE, MAX_DECODED_SIZE = 64 * 2**20, 32 * 2**20, 100 * 2**20
"""Limits in bytes: of a picture, of a packed metafile when it is unpacked, of the pixels of a decoded picture."""

_READERS = (
    (b"GIF8", GifImagePlugin.GifImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    (b"II*\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)
_PNG, _JPEG, _GZIP, _EXTENDED_RANGE = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x1f\x8b", b"II\xbc\x01"
_POSTSCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")
_ONE_BYTE_MODES = frozenset(("1", "L", "P"))
"""Pillow's modes that use one byte for a pixel. The others use four."""
_WIDTH, _HEIGHT = 0xBC80, 0xBC81
"""Tags of a JPEG XR."""
_AS_PICTURE = Text(
    zh="请把该图片复制后“选择性粘贴”为 PNG 或 JPEG，保存后再上传",
    en="Copy the picture, paste it as PNG or JPEG (Paste Special), save and upload again",
)
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, error)


def inspect(data: bytes, budget: Budget) -> None:
    """Inspect a picture and subtract it from the budget. An empty part is accepted.

    Raises `Rejection` if it is no picture, is damaged, cannot be checked, runs a program, hides an archive, or is over
    the budget.
    """
    if not data:
        return
    budget.pictures -= 1
    if len(data) > MAX_SIZE or budget.pictures < 0:
        raise too_much_to_check()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _read(data, budget)
    except _DECODER_ERRORS as cause:
        raise damaged_file() from cause


def _read(data: bytes, budget: Budget) -> None:
    """Inspect a picture by its format. Raises `Rejection`, or one of `_DECODER_ERRORS` if the picture is damaged."""
    reader = next((reader for signature, reader in _READERS if data.startswith(signature)), None)
    if data.startswith(_PNG):
        _use_pixels(budget, *unpack_from(">II", data, 16))
        pictures.inspect(data)
    elif data.startswith(_JPEG):
        _use_pixels(budget, *JpegImagePlugin.JpegImageFile(BytesIO(data)).size)
        pictures.inspect(data)
    elif reader is not None:
        _decode(reader(BytesIO(data)), budget)
        file_formats.reject_second_format(data)
    elif data.startswith(_EXTENDED_RANGE):
        _use_pixels(budget, *_extended_range(data))
        file_formats.reject_second_format(data)
    elif data.startswith(_GZIP):
        metafiles.inspect(_unpack(data))
    elif metafiles.is_metafile(data):
        metafiles.inspect(data)
    elif data.startswith(_POSTSCRIPT):
        raise Rejection(
            "是 PostScript 图片（EPS），其中是程序",
            "is a PostScript picture (EPS), which is a program",
            advice=_AS_PICTURE,
        )
    elif file_formats.is_picture(data[:600]):
        raise Rejection("的格式无法检查", "is of a kind that cannot be checked", advice=_AS_PICTURE)
    else:
        raise Rejection("有一处图片不是图片", "holds a picture that is not a picture", advice=_AS_PICTURE)


def _decode(picture: ImageFile, budget: Budget) -> None:
    width, height = picture.size
    _use_pixels(budget, width, height)
    if width * height * (1 if picture.mode in _ONE_BYTE_MODES else 4) > MAX_DECODED_SIZE:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)
    picture.load()


def _use_pixels(budget: Budget, width: int, height: int) -> None:
    budget.pixels -= width * height
    if budget.pixels < 0:
        raise Rejection("图片尺寸过大", "is too large a picture", advice=MAKE_SMALLER)


def _extended_range(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG XR (ITU T.832, A.5). PowerPoint writes one for a picture with a removed background."""
    (directory,) = unpack_from("<I", data, 4)
    (count,) = unpack_from("<H", data, directory)
    values: dict[int, int] = {}
    for index in range(count):
        tag, kind, _, value = unpack_from("<HHII", data, directory + 2 + 12 * index)
        values[tag] = value if kind == 4 else value & 0xFFFF  # 4 is a number of 32 bits; the others have 16
    return values[_WIDTH], values[_HEIGHT]


def _unpack(data: bytes) -> bytes:
    """The metafile in a gzip file. Raises `Rejection` if it is damaged or too large."""
    decompressor = zlib.decompressobj(31)
    try:
        unpacked = decompressor.decompress(data, MAX_UNPACKED_SIZE)
    except zlib.error as cause:
        raise damaged_file() from cause
    if decompressor.unconsumed_tail or decompressor.unused_data.strip(b"\0"):
        raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
    return unpacked
