r"""A zip file as Office reads it: by its directory at the end, and nothing in it that the directory does not list.

Programs disagree on a zip file whose directory and content disagree. Such a file is rejected, so that what is
inspected here is what will be opened. Names are compared as OPC does: without case, `\\` as `/` (ECMA-376-2, 6.2.2).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from documents.rejection import OPEN_AND_SAVE, REMOVE_PASSWORD, Rejection, damaged_file

MEMBERS, UNPACKED, TAIL = 5_000, 200 * 2**20, 1024
"""At most: parts, bytes of all parts unpacked, bytes after the directory that are not blank."""

_UNICODE_PATH = 0x7075
_LOCAL, _END = b"PK\x03\x04", b"PK\x05\x06"


@contextmanager
def zip_errors() -> Iterator[None]:
    """Turn what `zipfile` raises on a damaged file into `Rejection`."""
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise damaged_file() from error


class Archive:
    """The parts of a zip file by their names in small letters. Raises `Rejection`; never holds a part unpacked."""

    def __init__(self, data: bytes) -> None:
        with zip_errors():
            self._zip = ZipFile(BytesIO(data))
        entries = self._zip.infolist()
        _bounded(entries)
        _laid_out(data, self._zip, entries)
        self.parts: Mapping[str, ZipInfo] = _named(entries)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a part, unpacked as they are read. `Rejection` where they are damaged."""
        with zip_errors(), self._zip.open(self.parts[name]) as stream:
            yield stream

    def head(self, name: str, size: int = 512) -> bytes:
        """The first bytes of a part."""
        with self.open(name) as stream:
            return stream.read(size)


def _bounded(entries: list[ZipInfo]) -> None:
    if len(entries) > MEMBERS or sum(entry.file_size for entry in entries) > UNPACKED:
        raise Rejection("解压后过大（疑似压缩炸弹）", "is far too large once unpacked", advice=OPEN_AND_SAVE)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Rejection("设有密码", "has a password", advice=REMOVE_PASSWORD)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise damaged_file()


def _named(entries: list[ZipInfo]) -> dict[str, ZipInfo]:
    named: dict[str, ZipInfo] = {}
    for entry in entries:
        # `orig_filename`: zipfile cuts a name at a NUL, other readers do not.
        name = entry.orig_filename.replace("\\", "/").lstrip("/").lower()
        if name in named or "\0" in name or ".." in name.split("/"):
            raise damaged_file()
        if name.endswith("/"):
            if entry.file_size:
                raise damaged_file()
            continue
        named[name] = entry
    return named


def _has_other_name(entry: ZipInfo) -> bool:
    """Whether an extra field gives the part another name, which some readers prefer (APPNOTE, 4.6.9)."""
    extra, at = entry.extra, 0
    while at + 4 <= len(extra):
        kind, size = (int.from_bytes(extra[at + n : at + n + 2], "little") for n in (0, 2))
        if kind == _UNICODE_PATH and extra[at + 9 : at + 4 + size] != entry.orig_filename.encode():
            return True
        at += 4 + size
    return False


def _laid_out(data: bytes, opened: ZipFile, entries: list[ZipInfo]) -> None:
    """Each part has one header, of the same name as in the directory, and overlaps no other; none is beside the directory."""
    at = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        begin = entry.header_offset
        if begin < at or data[begin : begin + 4] != _LOCAL or data.find(_LOCAL, at, begin) != -1:
            raise damaged_file()
        name, extra = (int.from_bytes(data[begin + n : begin + n + 2], "little") for n in (26, 28))
        encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
        if data[begin + 30 : begin + 30 + name].decode(encoding, "replace") != entry.orig_filename:
            raise damaged_file()
        if int.from_bytes(data[begin + 8 : begin + 10], "little") != entry.compress_type or _has_other_name(entry):
            raise damaged_file()
        at = begin + 30 + name + extra + entry.compress_size
    end = data.find(_END, opened.start_dir)
    if at > opened.start_dir or data.find(_LOCAL, at, opened.start_dir) != -1 or data.find(_END, end + 4) != -1:
        raise damaged_file()
    if len(data[end + 22 :].strip(b"\0\r\n\t ")) > TAIL:
        raise Rejection("末尾附有其他内容", "has something else attached at its end", advice=OPEN_AND_SAVE)
