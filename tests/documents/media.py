"""Pictures that are embedded in Office files: everyday ones, and hostile ones."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from io import BytesIO
from struct import pack

from PIL import Image

from .building import chunk, jpeg_with, picture, png_with, raw_pdf, zipped
from .parts import emf, emf_record, extended_range, wmf, wmf_record


def _moving() -> bytes:
    made = BytesIO()
    Image.new("P", (20, 20)).save(
        made, "GIF", save_all=True, append_images=[Image.new("P", (20, 20), n) for n in range(5)]
    )
    return made.getvalue()


EVERYDAY: dict[str, Callable[[], bytes]] = {
    **{f"{form}, {mode}": (lambda form=form, mode=mode: picture(form, mode=mode)) for form, modes in {  # type: ignore[misc]
        "PNG": ("1", "L", "P", "RGB", "RGBA"), "JPEG": ("L", "RGB", "CMYK"), "GIF": ("L", "P"), "BMP": ("1", "L", "P", "RGB"),
        "TIFF": ("1", "L", "RGB", "RGBA", "CMYK"), "WEBP": ("RGB", "RGBA"),
    }.items() for mode in modes},
    **{f"TIFF, {packing}": (lambda packing=packing: picture("TIFF", mode="1" if packing == "group4" else "RGB", compression=packing)) for packing in ("group4", "tiff_lzw", "jpeg", "tiff_deflate", "packbits")},  # type: ignore[misc]
    "a moving GIF": _moving,
    "EMF": lambda: emf(emf_record(70, pack("<I", 12) + b"EMF+" + bytes(8))),
    "EMF with an escape of a printer": lambda: emf(emf_record(106, pack("<II", 4110, 0))),
    "WMF": lambda: wmf(wmf_record(0x0626, pack("<HHI", 15, 4, 0))),
    "a WMF that can be placed": lambda: b"\xd7\xcd\xc6\x9a" + bytes(18) + wmf(),
    "a packed EMF": lambda: gzip.compress(emf()),
    "a packed WMF": lambda: gzip.compress(wmf()),
    "JPEG XR": extended_range,
    "nothing": bytes,
    "a scan of a page at 600 dots": lambda: picture("TIFF", (4960, 7016), mode="1", compression="group4"),
    "a large bitmap": lambda: picture("BMP", (3000, 3000)),
}  # fmt: skip

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a PNG of too many pixels": (lambda: b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 234, 96] * 2 + [8, 0, 0, 0, 0])) + chunk(b"IEND", b""), "尺寸过大"),
    "half a PNG": (lambda: picture()[:-40], "损坏"),
    "half a JPEG": (lambda: picture("JPEG", (900, 900))[:2000], "损坏"),
    "a bomb in a PNG's words": (lambda: png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60 * 2**20)))), "压缩炸弹"),
    "PHP in a JPEG's words": (lambda: jpeg_with(0xFE, b"<?php system($_GET[0]); ?>"), "程序代码"),
    "a ZIP after a PNG": (lambda: picture() + zipped({"a": b"b"}), "藏有"),
    "a ZIP after a GIF": (lambda: picture("GIF", mode="P") + zipped({"a": b"b"}), "藏有"),
    "a ZIP after an EMF": (lambda: emf() + zipped({"a": b"b"}), "藏有"),
    "a ZIP in a bitmap": (lambda: picture("BMP") + zipped({"a": b"b"}), "藏有"),
    "much after an EMF": (lambda: emf() + b"x" * 5000, "附有"),
    "half a GIF": (lambda: picture("GIF", (300, 300), "L")[:900], "损坏"),
    "half a TIFF": (lambda: picture("TIFF", compression="tiff_lzw")[:200], "损坏"),
    "a bitmap of too many pixels": (lambda: picture("BMP", (1, 1))[:18] + pack("<ii", 60000, 60000) + picture("BMP", (1, 1))[26:], "尺寸过大"),
    "a TIFF of too many pixels": (lambda: picture("TIFF").replace(pack("<HHII", 256, 4, 1, 64), pack("<HHII", 256, 4, 1, 60000)).replace(pack("<HHII", 257, 4, 1, 48), pack("<HHII", 257, 4, 1, 60000)), "尺寸过大"),
    "a packed bomb": (lambda: gzip.compress(bytes(60 * 2**20)), "压缩炸弹"),
    "a packed program": (lambda: gzip.compress(b"MZ" + bytes(900)), "损坏"),
    "WMF that calls code (MS06-001)": (lambda: wmf(wmf_record(0x0626, pack("<HH", 9, 4) + bytes(4))), "执行程序"),
    "a packed WMF that calls code": (lambda: gzip.compress(wmf(wmf_record(0x0626, pack("<HH", 9, 4) + bytes(4)))), "执行程序"),
    "EMF that calls code": (lambda: emf(emf_record(106, pack("<II", 9, 0))), "执行程序"),
    "EMF that loads a driver": (lambda: emf(emf_record(110, bytes(16))), "执行程序"),
    "EMF with a program in a note": (lambda: emf(emf_record(70, pack("<I", 64) + b"MZ" + bytes(62))), "藏有"),
    "EMF whose records overlap": (lambda: emf(pack("<II", 70, 4)), "损坏"),
    "EMF without its end": (lambda: emf()[:-20], "损坏"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(a) (w) file", "PostScript"),
    "PostScript with a preview": (lambda: b"\xc5\xd0\xd3\xc6" + bytes(600), "PostScript"),
    "a PDF": (raw_pdf, "不是图片"),
    "a picture of Photoshop": (lambda: b"8BPS" + bytes(600), "无法检查"),
    "a picture of an iPhone": (lambda: b"\0\0\0\x18ftypheic" + bytes(600), "无法检查"),
    "JPEG XR of too many pixels": (lambda: extended_range(60000, 60000), "尺寸过大"),
    "a program": (lambda: b"MZ" + bytes(600), "不是图片"),
    "words": (lambda: b"what is no picture", "不是图片"),
}  # fmt: skip
