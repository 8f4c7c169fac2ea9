"""Packs the parts of a zip file (an Office file, or several files in one) again: the same parts give the same bytes.

The bytes do not depend on the day, the machine, or the version of zlib: the parts are stored as they are, in the order
of their names, with the first time that a zip file can have.
"""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

_FIRST = "[Content_Types].xml"
"""The part that readers expect at the beginning."""
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE = 3, 0o600 << 16


def pack(data: bytes) -> bytes:
    """The same parts, packed in one way."""
    made = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(made, "w", ZIP_STORED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != _FIRST, name)):
            part = ZipInfo(name, _FIRST_TIME)
            part.create_system, part.external_attr = _UNIX, _READABLE
            new.writestr(part, old.read(name))
    return made.getvalue()
