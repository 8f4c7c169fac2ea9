"""Writes and reads a bundle: one file with everything that an auditor needs to check a ledger on another computer.

A *ledger* bundle contains the ledger from its first entry to the last entry of a year. A *dossier* contains the entries
of one assessment and the entries that its result depends on, each with the proof that it is under a seal. Both contain
the rulebooks, the seals and keys, a page for a browser, and `verify.py`, which needs only Python
(docs/ledger-format.md, "Bundles").

A bundle gets its name only when it is complete: it is written to another file, flushed to the disk, and then renamed.
Not here: what is put into a bundle (`export.py`, `dossier.py`), and its checks (`check.py`).
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
"""The number of the format of the bundles that this release writes."""

ENTRIES, ABOUT, KEYS, DOCUMENTS, PAGE, VERIFIER, LIST = (
    "entries.jsonl", "about.json", "keys.json", "documents.json", "index.html", "verify.py", "dossier.note",
)  # fmt: skip

MARK = b"kaohe-bundle-sha256:"
"""The beginning of the comment of the zip file. After it comes the SHA-256 of all bytes before the comment."""

PROGRAM = Path(__file__).with_name(VERIFIER)
"""The file of the program that is copied into every bundle."""
# Only its text is used. It is a second implementation of docs/ledger-format.md: if one of the two imported the other,
# they could share a fault, and neither would report it. Contracts in pyproject.toml forbid both directions.

_MAX_LINE = 1 << 20
"""The most bytes that a line of the entries may have (docs/ledger-format.md, "Limits")."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can store.

Every part has it, so that the same ledger gives the same bundle, byte for byte.
"""


class BundleNotWritten(UserError):
    """The file could not be written. If there was a file with this name, it did not change."""

    zh = "未能写出 {path}：{why}。原有文件未动；请检查磁盘空间和目录权限后重试。"
    en = (
        "{path} could not be written: {why}. The file that was there before is untouched. Check disk space and "
        "permissions, then try again."
    )


class BundleWriter:
    """Writes the parts of a bundle. Write each part once, in the order in which a person would read them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=False)

    def put(self, name: str, content: bytes) -> None:
        """Write a part from its whole content."""
        self.stream(name, (content,))

    def stream(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write a part block by block."""
        info = zipfile.ZipInfo(name, _EPOCH)
        # Documents are not compressed: most are compressed already, and a check must not take the others for a
        # decompression bomb.
        info.compress_type = zipfile.ZIP_STORED if name.startswith("documents/") else zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = 3, 0o644 << 16
        with self._zip.open(info, "w") as part:
            for block in blocks:
                part.write(block)

    def close(self, comment: bytes) -> None:
        """Write the directory of the zip file and its comment."""
        self._zip.comment = comment
        self._zip.close()

    def abandon(self) -> None:
        """Write nothing more. Otherwise `zipfile` would write the directory when the object is garbage-collected."""
        self._zip.fp = None


_TOO_LARGE = Text(zh="超过 2 GiB，请按部门导出", en="it would have more than 2 GiB; export by department")


@contextmanager
def write_bundle(path: Path) -> Iterator[BundleWriter]:
    """Write a new bundle to `path`. Raises `BundleNotWritten` if that fails; then a file at `path` has not changed."""
    try:
        with disk.replacing(path) as file:
            files = BundleWriter(file)
            try:
                yield files
                files.close(MARK + b"0" * 64)
            finally:
                files.abandon()
            _write_digest(file)
    except OSError as error:
        raise BundleNotWritten(path=path, why=error.strerror or str(error)) from error
    except (zipfile.LargeZipFile, RuntimeError, struct.error) as error:
        raise BundleNotWritten(path=path, why=_TOO_LARGE) from error


def _write_digest(file: IO[bytes]) -> None:
    """Replace the zeros after the mark by the digest of all bytes before it, so that a change of any bit is found."""
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
    """Encode a value as the canonical JSON of the small files of a bundle."""
    return msgspec.json.encode(value, order="sorted") + b"\n"


_UNREADABLE = (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error)
"""The errors of `zipfile` for a part that is missing or damaged."""


class BundleReader:
    """Reads a bundle for the replay. A bundle has none of the tables that a database has beside the ledger.

    Use it only after `verify.py` accepted the form of the file, because `zipfile` does not check enough. `excerpt`: the
    bundle is a dossier, so entries are left out between others.
    """

    def __init__(self, archive: zipfile.ZipFile, *, excerpt: bool = False) -> None:
        self._archive, self._excerpt = archive, excerpt

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Every entry after number `after`, as the row of a database.

        It stops at damage, because `verify.py` reports that.
        """
        try:
            with self._archive.open(ENTRIES) as part:
                for position in count(1):
                    line = part.readline(_MAX_LINE + 1)
                    if not line.endswith(b"\n"):
                        return
                    row = _row_of(line[:-1], None if self._excerpt else position)
                    if row[0] > after:
                        yield row
        except _UNREADABLE:
            return

    def projections(self) -> Iterator[Projection] | None:
        return None

    def command_ids(self) -> Iterator[tuple[str, int, int]] | None:
        return None

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        """Every rulebook in the bundle: digest → (id, source).

        The source of a damaged one is empty, so it does not have its digest.
        """
        rulebooks = {}
        for name in self._archive.namelist():
            if name.startswith("rulebooks/"):
                id_, _, digest = name.removeprefix("rulebooks/").removesuffix(".toml").partition("@")
                rulebooks[digest] = id_, self._text(name)
        return rulebooks

    def head(self) -> HeadRow | None:
        """None, because a bundle has no head. `verify.py` compares its last entry with `about.json`."""
        return None

    def seals(self) -> SealTables:
        """Empty, because `verify.py` compares the seals of a bundle with its entries."""
        return SealTables()

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}

    def _text(self, name: str) -> str:
        try:
            return self._archive.read(name).decode()
        except _UNREADABLE:
            return ""


class _RowFields(msgspec.Struct):
    """The fields of a body that the columns of a row repeat."""

    number: int = 0
    stream: str = ""
    version: int = 0
    kind: str = ""


def _row_of(body: bytes, position: int | None) -> StoredEntry:
    """The row of a body as in a database. Its number is `position`; for None it is the number in the body."""
    try:
        fields = msgspec.json.decode(body, type=_RowFields)
    except (msgspec.DecodeError, UnicodeDecodeError):
        fields = _RowFields()
    number = fields.number if position is None else position
    text = body.decode(errors="surrogateescape")
    return number, fields.stream, fields.version, fields.kind, text, chain.digest(body)


def entry_lines(rows: Iterable[StoredEntry], size: int = 1000) -> Iterator[bytes]:
    """The bodies of the rows, each on a line, in blocks of `size` lines."""
    block: list[str] = []
    for row in rows:
        block.append(row[4])
        if len(block) == size:
            yield _lines(block)
            block.clear()
    yield _lines(block)


def _lines(bodies: Sequence[str]) -> bytes:
    return "".join(f"{body}\n" for body in bodies).encode(errors="surrogateescape")
