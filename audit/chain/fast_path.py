"""Whether a block of rows is sound, asked of all its rows at once: each question is one comparison of two whole columns.

It says yes or no; what is wrong, and with which row, `links.py` finds. It asks exactly what is asked there. That the bodies
may be read together needs a proof, because what reads many JSON values asks for nothing between them: as many entries as
rows were read; written again, a line for each, they are the same bytes; and no payload holds a newline, as what is canonical
never does. So the block has as many newlines as the rows, and each line is the canonical form of its own row's entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from msgspec.structs import force_setattr

from states.vocabulary import Fact
from storage.errors import UnknownEntry
from storage.ledger import chain
from storage.ledger.chain import FORMAT, Entry, StoredEntry
from storage.ledger.facts import fact_of

_COLUMNS = attrgetter("number", "stream", "version", "kind", "previous")
_AT = attrgetter("recorded_at")

KnownFacts = dict[tuple[str, bytes], Fact]
"""Facts by kind and payload: one round of the clock says the same of sixty units."""

MAX_KNOWN_PAYLOAD, MANY = 256, 4096
"""Payloads of up to so many bytes are worth knowing, and so many of them."""


def read_intact_block(
    rows: Sequence[StoredEntry], link: str | None, at: datetime | None, known: KnownFacts, *, hashed: bool
) -> list[Entry] | None:
    """The entries of consecutive rows, each payload a fact, if every one is sound; None if not.

    The entry before them has the digest `link` and was recorded `at`. `hashed` asks for the rows' own digests too.
    """
    try:
        numbers, streams, versions, kinds, bodies, digests = zip(*rows, strict=True)
        block = "\n".join(bodies).encode()
        found = chain.decode_lines(block)
        links = (link, *digests[:-1])
        sound = (
            len(found) == len(rows)
            and numbers == tuple(range(numbers[0], numbers[0] + len(rows)))
            and list(map(_COLUMNS, found)) == list(zip(numbers, streams, versions, kinds, links, strict=True))
            and chain.encode_lines(found) == block + b"\n"
            and (not hashed or tuple(map(chain.digest, block.split(b"\n"))) == digests)
            and _in_time(found, at)
            and _with_facts(found, known)
        )
    except (TypeError, ValueError, UnknownEntry):
        return None
    return found if sound else None


def _in_time(found: Sequence[Entry], at: datetime | None) -> bool:
    """Whether all are of this format, in UTC and in the order of time; none by a machine whose clock ran behind."""
    times = list(map(_AT, found))
    return (
        (at is None or at <= times[0])
        and times == sorted(times)
        and all(
            one.v == FORMAT
            and one.machine_clock is None
            and one.recorded_at.tzinfo is UTC
            and one.happened_at.tzinfo is UTC
            for one in found
        )
    )


def _with_facts(found: Sequence[Entry], known: KnownFacts) -> bool:
    """Put its fact in the place of each payload; whether every payload is the canonical form of its fact."""
    if len(known) > MANY:
        known.clear()
    fact: Any
    for entry in found:
        payload = bytes(entry.payload)
        fact = known.get((entry.kind, payload))
        if fact is None:
            fact = fact_of(entry)
            if chain.encode(fact) != payload:
                return False
            if len(payload) <= MAX_KNOWN_PAYLOAD:
                known[entry.kind, payload] = fact
        force_setattr(entry, "payload", fact)  # nobody else has seen this entry yet
    return True
