"""Decodes the fact of an entry: its payload, by its kind."""

from __future__ import annotations

import msgspec

from states.acts import FACTS
from states.vocabulary import Fact
from storage.errors import UnknownEntry

from .chain import Entry

_DECODERS = {kind: msgspec.json.Decoder(fact) for kind, fact in FACTS.items()}


def fact_of(entry: Entry) -> Fact:
    """The fact of an entry.

    Raises UnknownEntry for a kind that this release does not know, because no entry may be skipped. Raises msgspec's
    ValueError if the payload does not have the form of its kind.
    """
    decoder = _DECODERS.get(entry.kind)
    if decoder is None:
        raise UnknownEntry(number=entry.number, kind=entry.kind, v=entry.v)
    return decoder.decode(entry.payload)
