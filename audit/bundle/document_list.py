"""The documents that entries name: the list a bundle brings of them (docs/ledger-format.md, "Bundles")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from storage.ledger.chain import StoredEntry

_DOCUMENT = {"media_type", "sha256", "size"}
"""The fields of an object that names a document, and no others."""

DocumentName = tuple[str, int, str]
"""A document as an entry names it: digest, size, media type."""


class _Payload(msgspec.Struct):
    payload: Any = None


class CitedDocuments:
    """The documents entries name, each with the numbers of the entries that name it."""

    def __init__(self) -> None:
        self._numbers: dict[DocumentName, list[int]] = {}

    def take(self, row: StoredEntry) -> None:
        """The next entry."""
        if '"sha256"' in row[4]:
            for name in _named(row[4]):
                numbers = self._numbers.setdefault(name, [])
                if row[0] not in numbers[-1:]:
                    numbers.append(row[0])

    def rows(self) -> list[dict[str, Any]]:
        """One for each document, in order; one for each size and type where entries disagree about a digest."""
        return [
            {"entries": self._numbers[name], "media_type": name[2], "sha256": name[0], "size": name[1]}
            for name in sorted(self._numbers)
        ]


def _named(body: str) -> Iterator[DocumentName]:
    """Every document that a body names, at any depth of its payload. None if the body cannot be read, which the replay reports."""
    try:
        waiting = [msgspec.json.decode(body, type=_Payload).payload]
    except (msgspec.DecodeError, UnicodeError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.keys() == _DOCUMENT and _is_name(value):
                yield value["sha256"], value["size"], value["media_type"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _is_name(value: dict[str, Any]) -> bool:
    return _is_digest(value["sha256"]) and type(value["size"]) is int and isinstance(value["media_type"], str)
