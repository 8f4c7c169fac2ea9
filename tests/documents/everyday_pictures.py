"""Pictures as phones, scanners and chat programs make them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from PIL import Image

from .building import chunk, jpeg_with, picture, png_with

PICTURES: dict[str, Callable[[], bytes]] = {
    **{f"a PNG, {mode}": (lambda mode=mode: picture("PNG", mode=mode)) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")},  # type: ignore[misc]
    **{f"a JPEG, {mode}": (lambda mode=mode: picture("JPEG", mode=mode)) for mode in ("L", "RGB", "CMYK")},  # type: ignore[misc]
    "a progressive JPEG": lambda: picture("JPEG", (800, 600), progressive=True),
    "a JPEG with its place and time": lambda: picture("JPEG", exif=_exif(), dpi=(300, 300)),
    "a white scan at 600 dots": lambda: picture("PNG", (4960, 7016), mode="1"),
    "a photograph of 48 million pixels": lambda: picture("JPEG", (8000, 6000), mode="L"),
    "a picture and its film": lambda: picture("JPEG") + b"\0\0\0\x18ftypmp42" + bytes(range(1, 200)),
    "two pictures in one": lambda: picture("JPEG") + picture("JPEG"),
    "a JPEG with blank bytes after it": lambda: picture("JPEG") + bytes(2000),
    "a PNG with words": lambda: png_with(chunk(b"tEXt", b"Comment\0a talk on script and php")),
    "a PNG with packed words": lambda: png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"words " * 500))),
    "a JPEG with words": lambda: jpeg_with(0xFE, b"JavaScript and /Launch are words here"),
    "a moving PNG": lambda: picture("PNG", save_all=True, append_images=[]),
}  # fmt: skip


def _exif() -> bytes:
    made = Image.Exif()
    made[0x010F], made[0x0132] = "Phone", "2026:11:28 10:00:00"
    return made.tobytes()
