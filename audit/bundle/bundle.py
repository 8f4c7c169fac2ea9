"""A bundle: one file with all an auditor needs to check a ledger far from the machine it was written on.

A *ledger* bundle holds the ledger from its first entry to the last one of a year. A *dossier* holds the entries of one assessment
and of what they rest on, each with the proof that it is under a seal. Both hold the rulebooks, the seals and keys, a page for a browser,
and `verify.py`, which needs nothing but Python (docs/ledger-format.md, "Bundles").

A bundle appears under its name whole or not at all: it is written to another file, flushed to the disk, and then renamed.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import IO

import msgspec

from audit.reader import HeadRow, Projection, SealTables
from states.user_errors import UserError
from states.vocabulary import Text
from storage import private_files as disk
from storage.ledger import chain
from storage.ledger.chain import StoredEntry
from storage.vault.account_secrets import AccessRow

FORMAT = 1
"""The form of the bundles this release writes."""

ENTRIES, ABOUT, KEYS, DOCUMENTS, PAGE, VERIFIER, LIST = (
    "entries.jsonl", "about.json", "keys.json", "documents.json", "index.html", "verify.py", "dossier.note",
)  # fmt: skip

MARK = b"kaohe-bundle-sha256:"
"""What the comment of the zip begins with; the SHA-256 of all bytes before it follows."""

PROGRAM = Path(__file__).with_name(VERIFIER)
"""The program that lies in every bundle."""
# Only its text is used. It is a second implementation of docs/ledger-format.md: were it imported here, or did it import anything of ours,
# a fault of ours could be in both and would hide itself. Contracts in pyproject.toml hold both directions.

_LONGEST = 1 << 20
"""How many bytes a line of the entries may have (docs/ledger-format.md, "Limits")."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold. Every file has it, so that the same ledger makes the same bundle, byte for byte."""


class BundleNotWritten(UserError):
    """The file could not be written. A file that had its name before is untouched."""

    zh = "未能写出 {path}：{why}。原有文件未动；请检查磁盘空间和目录权限后重试。"
    en = "{path} could not be written: {why}. The file that was there before is untouched. Check disk space and permissions, then try again."


class BundleWriter:
    """Writes the files of a bundle. `put` each once, in the order a reader wants them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=False)

    def put(self, name: str, content: bytes) -> None:
        """A whole file."""
        self.stream(name, (content,))

    def stream(self, name: str, blocks: Iterable[bytes]) -> None:
        """A file, a block at a time."""
        told = zipfile.ZipInfo(name, _EPOCH)
        # A document is stored as it is: most are packed already, and those that are not must not look like a bomb.
        told.compress_type = zipfile.ZIP_STORED if name.startswith("documents/") else zipfile.ZIP_DEFLATED
        told.create_system, told.external_attr = 3, 0o644 << 16
        with self._zip.open(told, "w") as opened:
            for block in blocks:
                opened.write(block)

    def close(self, mark: bytes) -> None:
        self._zip.comment = mark
        self._zip.close()

    def abandon(self) -> None:
        """Write nothing more. Without this the zip would write its directory when it is garbage-collected."""
        self._zip.fp = None


_LARGE = Text(zh="超过 2 GiB，请按部门导出", en="it would have more than 2 GiB; export by department")


@contextmanager
def write_bundle(path: Path) -> Iterator[BundleWriter]:
    """A new bundle at `path`. BundleNotWritten, and then nothing at `path` has changed."""
    try:
        with disk.replacing(path) as file:
            files = BundleWriter(file)
            try:
                yield files
                files.close(MARK + b"0" * 64)
            finally:
                files.abandon()
            _mark(file)
    except OSError as error:
        raise BundleNotWritten(path=path, why=error.strerror or str(error)) from error
    except (zipfile.LargeZipFile, RuntimeError, struct.error) as error:
        raise BundleNotWritten(path=path, why=_LARGE) from error


def _mark(file: IO[bytes]) -> None:
    """Write the digest of all bytes before the mark into the mark, so that one bit changed anywhere is found."""
    file.flush()
    end = file.seek(0, os.SEEK_END) - 64
    file.seek(0)
    hashing, rest = sha256(), end - len(MARK)
    while rest:
        block = file.read(min(1 << 20, rest))
        hashing.update(block)
        rest -= len(block)
    file.seek(end)
    file.write(hashing.hexdigest().encode())


def canonical_json(value: object) -> bytes:
    """A value as the canonical JSON of a bundle's small files."""
    return msgspec.json.encode(value, order="sorted") + b"\n"


_DAMAGED = (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error)
"""What `zipfile` raises for a part that is missing or damaged."""


class BundleReader:
    """Reads a bundle for the replay. The tables that a database has beside a ledger are not in it.

    Only for a file that `verify.py` found to be of the strict form: `zipfile` itself believes more than it should.
    In an `excerpt` (a dossier) entries are left out between others.
    """

    def __init__(self, archive: zipfile.ZipFile, *, excerpt: bool = False) -> None:
        self._archive, self._excerpt = archive, excerpt

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after number `after`, as a database would have it. Damage ends it; `verify.py` reports that."""
        try:
            with self._archive.open(ENTRIES) as opened:
                for place in count(1):
                    line = opened.readline(_LONGEST + 1)
                    if not line.endswith(b"\n"):
                        return
                    row = _row(line[:-1], None if self._excerpt else place)
                    if row[0] > after:
                        yield row
        except _DAMAGED:
            return

    def projections(self) -> Iterator[Projection] | None:
        return None

    def command_ids(self) -> Iterator[tuple[str, int, int]] | None:
        return None

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        """Every rulebook in it: digest -> (id, source). One that is damaged is not usable."""
        found = {}
        for name in self._archive.namelist():
            if name.startswith("rulebooks/"):
                id_, _, digest = name.removeprefix("rulebooks/").removesuffix(".toml").partition("@")
                found[digest] = id_, self._text(name)
        return found

    def head(self) -> HeadRow | None:
        """None: the end of a bundle is its last entry, which `verify.py` compares with `about.json`."""
        return None

    def seals(self) -> SealTables:
        """None: `verify.py` compares a bundle's seals with its entries."""
        return SealTables()

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}

    def _text(self, name: str) -> str:
        try:
            return self._archive.read(name).decode()
        except _DAMAGED:
            return ""


class _Place(msgspec.Struct):
    """The fields of a body that the columns of a row repeat."""

    number: int = 0
    stream: str = ""
    version: int = 0
    kind: str = ""


def _row(body: bytes, number: int | None) -> StoredEntry:
    """A body as a row of the table; `number` is its place, None to take the number in the body."""
    try:
        place = msgspec.json.decode(body, type=_Place)
    except (msgspec.DecodeError, UnicodeDecodeError):
        place = _Place()
    text = body.decode(errors="surrogateescape")
    return place.number if number is None else number, place.stream, place.version, place.kind, text, chain.digest(body)


def entry_lines(rows: Iterable[StoredEntry], size: int = 1000) -> Iterator[bytes]:
    """The bodies of rows, one on a line, a block of some at a time."""
    block: list[str] = []
    for row in rows:
        block.append(row[4])
        if len(block) == size:
            yield _lines(block)
            block.clear()
    yield _lines(block)


def _lines(bodies: Sequence[str]) -> bytes:
    return "".join(f"{body}\n" for body in bodies).encode(errors="surrogateescape")
