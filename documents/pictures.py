"""PNG and JPEG: their parts follow one another to the end, and there are no more pixels than a screen can show."""

from __future__ import annotations

from struct import error, unpack_from

from .unfit import Unfit, broken

PIXELS = 100_000_000
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))


def look_png(data: bytes) -> None:
    """Every chunk lies within the file, from IHDR to IEND."""
    at = 8
    try:
        if data[12:16] != b"IHDR":
            raise broken()
        _sized(*unpack_from(">II", data, 16))
        while True:
            length, kind = unpack_from(">I4s", data, at)
            at += 12 + length
            if at > len(data):
                raise broken()
            if kind == b"IEND":
                return
    except error as short:
        raise broken() from short


def look_jpeg(data: bytes) -> None:
    """Every segment lies within the file, up to the picture itself, and the picture ends."""
    at = 2
    try:
        while True:
            mark, kind = unpack_from(">BB", data, at)
            if mark != 0xFF:
                raise broken()
            if kind == 0xFF or kind in _ALONE:
                at += 1 if kind == 0xFF else 2
                continue
            if kind == 0xDA:
                break
            if kind in _SIZED:
                _sized(*unpack_from(">HH", data, at + 5))
            at += 2 + max(2, unpack_from(">H", data, at + 2)[0])
    except error as short:
        raise broken() from short
    if b"\xff\xd9" not in data[at:]:
        raise broken()


def _sized(one: int, other: int) -> None:
    if one * other > PIXELS:
        raise Unfit("图片尺寸过大", "the picture is too large")
    if not one or not other:
        raise broken()
