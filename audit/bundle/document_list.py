"""The list of the documents that the entries of a bundle name (docs/ledger-format.md, "Bundles")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from storage.ledger.chain import StoredEntry

_DOCUMENT_FIELDS = {"media_type", "sha256", "size"}
"""An object with exactly these fields names a document."""

DocumentName = tuple[str, int, str]
"""The name of a document in an entry: digest, size, media type."""


class _Payload(msgspec.Struct):
    payload: Any = None


class CitedDocuments:
    """The documents that entries name, each with the numbers of those entries. Add the entries in order (`add_row`)."""

    def __init__(self) -> None:
        self._numbers: dict[DocumentName, list[int]] = {}

    def add_row(self, row: StoredEntry) -> None:
        """Add the next entry."""
        number, _stream, _version, _kind, body, _digest = row
        if '"sha256"' in body:
            for name in _document_names(body):
                numbers = self._numbers.setdefault(name, [])
                if number not in numbers[-1:]:
                    numbers.append(number)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each document, sorted by digest.

        If entries disagree about size or type, there is a row for each of these.
        """
        return [
            {"entries": self._numbers[name], "media_type": name[2], "sha256": name[0], "size": name[1]}
            for name in sorted(self._numbers)
        ]


def _document_names(body: str) -> Iterator[DocumentName]:
    """Every document that a body names, at any depth of its payload.

    Nothing if the body cannot be read; the replay reports that.
    """
    try:
        stack = [msgspec.json.decode(body, type=_Payload).payload]
    except (msgspec.DecodeError, UnicodeError):
        return
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if value.keys() == _DOCUMENT_FIELDS and _is_document_name(value):
                yield value["sha256"], value["size"], value["media_type"]
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _is_document_name(value: dict[str, Any]) -> bool:
    return _is_digest(value["sha256"]) and type(value["size"]) is int and isinstance(value["media_type"], str)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None
