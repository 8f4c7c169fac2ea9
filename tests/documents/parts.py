"""Makes parts of Office files that no program of the tests makes: metafiles, embedded fonts and pictures."""

from __future__ import annotations

from struct import pack
from uuid import UUID

from .building import MICROSOFT, OFFICE, WORD_NS, Office

KEY = "{014A78CA-46C8-4C53-9A1C-2B1E0A5D6F70}"
FONT = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
_TABLE = "application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"


def emf(*records: bytes) -> bytes:
    """A metafile with these records between its header and its end."""
    inside = b"".join(records) + pack("<5I", 14, 20, 0, 16, 20)
    header = pack("<2I8i", 1, 88, 0, 0, 9, 9, 0, 0, 9, 9) + b" EMF" + pack("<3I2H3I2i2i", 0x10000, 88 + len(inside), 2 + len(records), 1, 0, 0, 0, 0, 9, 9, 9, 9)  # fmt: skip
    return header + inside


def emf_record(kind: int, inside: bytes) -> bytes:
    return pack("<II", kind, 8 + len(inside)) + inside


def wmf(*records: bytes) -> bytes:
    """A metafile of sixteen bits."""
    return pack("<HHHIHIH", 1, 9, 0x300, 9, 0, 9, 0) + b"".join(records) + pack("<IH", 3, 0)


def wmf_record(kind: int, inside: bytes) -> bytes:
    return pack("<IH", 3 + len(inside) // 2, kind) + inside


def extended_range(width: int = 10, height: int = 10) -> bytes:
    """The beginning of a JPEG XR, as PowerPoint keeps the original of a picture that it has cut out."""
    return b"II\xbc\x01" + pack("<IHHHIIHHIII", 8, 2, 0xBC80, 4, 1, width, 0xBC81, 4, 1, height, 0) + bytes(40)


def font(inside: bytes = b"glyphs. ") -> bytes:
    """The smallest font: a directory with one table."""
    return pack(">IHHHH4sIII", 0x10000, 1, 16, 0, 0, b"head", 0, 28, len(inside)) + inside.ljust(8)


def covered(data: bytes, key: str = KEY) -> bytes:
    """A font in the form in which Word obfuscates it (ECMA-376-1, 17.8.1)."""
    mask = UUID(key).bytes[::-1] * 2
    return bytes(one ^ other for one, other in zip(data[:32], mask, strict=False)) + data[32:]


def with_font(data: bytes, made: bytes, key: str = KEY) -> bytes:
    """A Word file in which a font is embedded."""
    file = Office(data).add("word/fonts/font1.odttf", made, FONT)
    table = next(iter(name for name in file.parts if name.endswith("fontTable.xml")), "")
    id_ = file.relate("font", "fonts/font1.odttf", source=table)
    return file.inside(f'<w:font xmlns:w="{WORD_NS}" xmlns:r="{OFFICE}" w:name="a"><w:embedRegular r:id="{id_}" w:fontKey="{key}"/></w:font>', part=table).data()  # fmt: skip


def slide_font(inside: bytes = bytes(80)) -> bytes:
    """Embedded OpenType, as PowerPoint embeds a font."""
    return pack("<I", 36 + len(inside)) + bytes(30) + b"LP" + inside


def with_picture(data: bytes, made: bytes, content_type: str = "image/png", kind: str = f"{OFFICE}/image") -> bytes:
    """An Office file with one more picture."""
    file = Office(data)
    folder = file.main.rpartition("/")[0]
    file.add(f"{folder}/media/image77.dat", made, content_type)
    file.relate(kind, "media/image77.dat")
    return file.data()


HD_PHOTO = MICROSOFT.replace("2006", "2007") + "/hdphoto"
