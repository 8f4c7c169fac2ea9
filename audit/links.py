"""The chain, entry by entry: numbers, digests, columns, links, times, form. What an entry means is not asked here.

Sound entries are by far the commonest and take one decoding, one hashing, one encoding and one comparison of each
kind (`Chain.follow`); what does not pass is looked at again, slowly, until everything wrong with it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from states.chart import FACTS
from states.vocabulary import Fact
from storage import chain
from storage.chain import FORMAT, GENESIS, Entry, Row
from storage.errors import LedgerBroken, UnknownEntry

from .report import Defect, defect

Found = list[Defect]


def _decoder(fact: type[Fact]) -> Callable[[bytes], Entry]:
    """Entry and fact in one pass: an `Entry` whose payload is already the fact."""
    kind: type[Entry] = msgspec.defstruct(
        f"EntryOf{fact.kind}", [("payload", fact)], bases=(Entry,), frozen=True, kw_only=True, forbid_unknown_fields=True,
        gc=False,
    )  # fmt: skip
    return msgspec.json.Decoder(kind).decode


_DECODERS: Mapping[str, Callable[[bytes], Entry]] = {kind: _decoder(fact) for kind, fact in FACTS.items()}


class Broken(Exception):
    """An entry that holds nothing to go on with; `code` and `given` are its defect's."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(code)
        self.code, self.given = code, given


class Chain:
    """Where the chain stands: the last number, its stored digest (None where unknown) and the last time."""

    def __init__(self) -> None:
        self.number = 0
        self.read = 0
        self.link: str | None = GENESIS
        self.at: datetime | None = None

    def follow(self, row: Row, found: Found) -> Entry | Broken | None:
        """The entry of the next row, its payload a fact; what was `found` wrong is added.

        `Broken` where its stream cannot go on; None where the row is not to be used.
        """
        number, stream, version, kind, body, stored = row
        try:
            raw = body.encode()
            entry = _DECODERS[kind](raw)
            at = entry.recorded_at
            if (
                number == self.number + 1
                and entry.previous == self.link
                and sha256(raw).hexdigest() == stored
                and entry.number == number
                and entry.stream == stream
                and entry.version == version
                and entry.kind == kind
                and entry.v == FORMAT
                and entry.machine_clock is None
                and (self.at is None or at >= self.at)
                and chain.encode(entry) == raw
            ):
                self.number, self.link, self.at = number, stored, at
                self.read += 1
                return entry
        except (KeyError, ValueError, AttributeError, TypeError):
            pass
        return self._look(row, found)
