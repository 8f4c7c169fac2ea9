r"""Reads a zip file as Office reads it, by the directory at its end. Rejects a damaged, ambiguous or too large file.

If the directory and the content of a zip file disagree, programs disagree on the file. Such a file is rejected, so that
the inspection reads the same parts as Office. Names are compared as in OPC: without case, and with `\` as `/`
(ECMA-376-2, 6.2.2). Not here: the content of the parts (`package.py`, `inspection.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from documents.rejection import OPEN_AND_SAVE, REMOVE_PASSWORD, Rejection, damaged_file

MAX_PARTS, MAX_UNPACKED_SIZE, MAX_TAIL = 5_000, 200 * 2**20, 1024
"""Limits: the number of parts, the bytes of all unpacked parts, the bytes after the directory (without blank ends)."""

_UNICODE_PATH = 0x7075
"""The extra field with another name for a part."""
_LOCAL_HEADER, _END_RECORD = b"PK\x03\x04", b"PK\x05\x06"


@contextmanager
def zip_errors() -> Iterator[None]:
    """During the `with`, every error that `zipfile` raises on a damaged file is raised as a `Rejection`."""
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise damaged_file() from error


class Archive:
    """The parts of a zip file, by their names in small letters.

    Raises `Rejection` if the file is damaged, ambiguous, too large, or has a password. A part is unpacked when it is
    read. No unpacked part is held in memory.
    """

    def __init__(self, data: bytes) -> None:
        with zip_errors():
            self._zip = ZipFile(BytesIO(data))
        entries = self._zip.infolist()
        _check_limits(entries)
        _check_layout(data, self._zip, entries)
        self.parts: Mapping[str, ZipInfo] = _by_name(entries)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a part, unpacked as they are read. Raises `Rejection` if they are damaged."""
        with zip_errors(), self._zip.open(self.parts[name]) as stream:
            yield stream

    def head(self, name: str, size: int = 512) -> bytes:
        """The first bytes of a part."""
        with self.open(name) as stream:
            return stream.read(size)


def _check_limits(entries: list[ZipInfo]) -> None:
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED_SIZE:
        raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Rejection("设有密码", "has a password", advice=REMOVE_PASSWORD)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise damaged_file()


def _by_name(entries: list[ZipInfo]) -> dict[str, ZipInfo]:
    parts: dict[str, ZipInfo] = {}
    for entry in entries:
        # `orig_filename`, because zipfile cuts `filename` at a NUL and other readers do not.
        name = entry.orig_filename.replace("\\", "/").lstrip("/").lower()
        if name in parts or "\0" in name or ".." in name.split("/"):
            raise damaged_file()
        if name.endswith("/"):
            if entry.file_size:
                raise damaged_file()
            continue
        parts[name] = entry
    return parts


def _has_other_name(entry: ZipInfo) -> bool:
    """Whether an extra field states another name for the part, which some readers prefer (APPNOTE, 4.6.9)."""
    extra, offset = entry.extra, 0
    while offset + 4 <= len(extra):
        kind, size = _number(extra, offset), _number(extra, offset + 2)
        if kind == _UNICODE_PATH and extra[offset + 9 : offset + 4 + size] != entry.orig_filename.encode():
            return True
        offset += 4 + size
    return False


def _check_layout(data: bytes, archive: ZipFile, entries: list[ZipInfo]) -> None:
    """Raises `Rejection` if the file differs from its directory, or if too much comes after the directory.

    The directory must list every part, and each part once. The header of a part must have the name and the compression
    that the directory states. No part may overlap another. There must be only one directory.
    """
    end_of_part = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        header = entry.header_offset  # the numbers below are offsets in a local header (APPNOTE, 4.3.7)
        is_header = data[header : header + 4] == _LOCAL_HEADER
        if header < end_of_part or not is_header or data.find(_LOCAL_HEADER, end_of_part, header) != -1:
            raise damaged_file()
        name_size, extra_size = _number(data, header + 26), _number(data, header + 28)
        encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
        if data[header + 30 : header + 30 + name_size].decode(encoding, "replace") != entry.orig_filename:
            raise damaged_file()
        if _number(data, header + 8) != entry.compress_type or _has_other_name(entry):
            raise damaged_file()
        end_of_part = header + 30 + name_size + extra_size + entry.compress_size
    directory = archive.start_dir
    end = data.find(_END_RECORD, directory)
    if end_of_part > directory or data.find(_LOCAL_HEADER, end_of_part, directory) != -1:
        raise damaged_file()
    if data.find(_END_RECORD, end + 4) != -1:
        raise damaged_file()
    if len(data[end + 22 :].strip(b"\0\r\n\t ")) > MAX_TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=OPEN_AND_SAVE)


def _number(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 2], "little")
