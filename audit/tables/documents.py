"""The documents compared with the entries that name them, by digest and size."""

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

_KEYS = {"media_type", "sha256", "size"}


def check_documents(database: Database) -> TableFindings:
    """Every document an entry names, its bytes read."""
    sizes, defects, absent, seen = documents.all_sizes(database), [], set[str](), set[str]()
    for entry in queries.entries_of(database, containing='"sha256":'):
        for digest, size in _named(table_facts.payload_of(entry.body)):
            if digest not in sizes:
                absent.add(digest)
                continue
            if sizes[digest] not in (size, -1):
                wrong = make_defect(
                    "document_size", entry.number, entry.stream, sha256=digest, size=size, stored=sizes[digest]
                )
                defects.append(wrong)
            if digest not in seen and (sizes[digest] == -1 or not documents.is_intact(database, digest)):
                defects.append(make_defect("document_bytes", entry.number, entry.stream, sha256=digest))
            seen.add(digest)
    return TableFindings(tuple(defects), (_absent(len(absent)),) if absent else ())


def skip_documents(database: Database) -> TableFindings:
    """Read no document, and say so in a caveat."""
    count = len(documents.all_sizes(database))
    return TableFindings((), (_left_out(count),) if count else ())


def _named(value: Any) -> Iterator[tuple[str, int]]:
    """Digest and size of every document that a payload names, at any depth."""
    if isinstance(value, dict):
        if value.keys() == _KEYS:
            yield value["sha256"], value["size"]
        for one in value.values():
            yield from _named(one)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)


def _absent(count: int) -> Text:
    return Text(
        zh=f"台账提到的 {count} 份文件不在本库：是从未存入，还是被删除，无从证明。",
        en=f"{count} documents that entries name are not stored here: whether they never were, or were deleted, would not show.",
    )


def _left_out(count: int) -> Text:
    return Text(
        zh=f"{count} 份文件的内容未作核对（--without-documents）。",
        en=f"The bytes of {count} documents were not read (--without-documents).",
    )
