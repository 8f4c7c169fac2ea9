"""Compares the stored documents with the entries that name them: size, and the digest of the bytes.

A document that is not stored is no defect, because it may never have been stored; a caveat counts such documents. A
stored document that no entry names is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit.defect import make_defect
from states.vocabulary import Text
from storage import queries
from storage.database.database import Database
from storage.papers import documents

from . import table_facts
from .findings import TableFindings

_DOCUMENT_FIELDS = {"media_type", "sha256", "size"}
"""The fields of `states.vocabulary.Document`."""

_NO_ROW = -1
"""The size that `documents.all_sizes` gives for bytes whose row was deleted."""


def check_documents(database: Database) -> TableFindings:
    """Check the size and the bytes of every stored document that an entry names. A caveat counts the others named."""
    sizes, defects = documents.all_sizes(database), []
    missing, checked = set[str](), set[str]()
    for entry in queries.entries_of(database, containing='"sha256":'):
        for digest, size in _named_documents(table_facts.payload_of(entry.body)):
            if digest not in sizes:
                missing.add(digest)
                continue
            stored = sizes[digest]
            if stored not in (size, _NO_ROW):
                defects.append(
                    make_defect("document_size", entry.number, entry.stream, sha256=digest, size=size, stored=stored)
                )
            if digest not in checked and (stored == _NO_ROW or not documents.is_intact(database, digest)):
                defects.append(make_defect("document_bytes", entry.number, entry.stream, sha256=digest))
            checked.add(digest)
    return TableFindings(tuple(defects), (_missing_caveat(len(missing)),) if missing else ())


def skip_documents(database: Database) -> TableFindings:
    """Read no document. A caveat says how many were skipped."""
    count = len(documents.all_sizes(database))
    return TableFindings((), (_skipped_caveat(count),) if count else ())


def _named_documents(value: Any) -> Iterator[tuple[str, int]]:
    """Digest and size of every document that a payload names, at any depth."""
    if isinstance(value, dict):
        if value.keys() == _DOCUMENT_FIELDS:
            yield value["sha256"], value["size"]
        for item in value.values():
            yield from _named_documents(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named_documents(item)


def _missing_caveat(count: int) -> Text:
    return Text(
        zh=f"台账提到的 {count} 份文件不在本库：是从未存入，还是被删除，无从证明。",
        en=(
            f"{count} documents that entries name are not stored here. Nothing shows whether they were never stored "
            f"or were deleted."
        ),
    )


def _skipped_caveat(count: int) -> Text:
    return Text(
        zh=f"{count} 份文件的内容未作核对（--without-documents）。",
        en=f"The bytes of {count} documents were not read (--without-documents).",
    )
