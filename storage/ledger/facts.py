"""From an entry to its fact: the payload, decoded by the kind."""

from __future__ import annotations

import msgspec

from states.chart import FACTS
from states.vocabulary import Fact
from storage.errors import UnknownEntry

from .chain import Entry

_DECODERS = {kind: msgspec.json.Decoder(fact) for kind, fact in FACTS.items()}


def fact_of(entry: Entry) -> Fact:
    """The fact of an entry. UnknownEntry for a kind this release does not know: it is never skipped.

    ValueError (msgspec) if the payload is not of its kind's form.
    """
    decoder = _DECODERS.get(entry.kind)
    if decoder is None:
        raise UnknownEntry(number=entry.number, kind=entry.kind, v=entry.v)
    return decoder.decode(entry.payload)
