"""Whether all rows of a block are intact, asked of whole columns at once. It says yes or no; `hash_chain.py` says what is wrong.

Checking a row by itself costs some ten function calls; here each question is one comparison of two lists for the whole block. It
must ask exactly what `hash_chain.py` asks of a row. Most questions are the same comparison, written for columns. One is not: that each
body is the canonical JSON of its own entry. Here is why it still holds.

The bodies are joined by newlines and decoded together. The decoder of many values asks for nothing between them, so two values in
one body, or one value over two bodies, would be read without an error. Three facts rule that out:

1. as many entries were read as there are rows;
2. written again, each on a line of its own, the entries give the very bytes that were read;
3. a canonical value has no newline in it (JSON escapes newlines in strings, and the canonical form has no white space).

By 2 and 3 the block has one newline after each entry and no other, so as many newlines as entries. By 1 that is as many as rows, and
each row was given one. So no body has a newline of its own: line n of the block is body n, and it is the canonical form of entry n.

`tests/audit/test_sound.py` holds both paths together: each tampering, in blocks of any size, gives the same defects.
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
"""Facts by kind and payload. One round of the clock writes the same reminder for sixty departments, so decoding it once is enough."""

MAX_KNOWN_PAYLOAD, MAX_KNOWN_FACTS = 256, 4096
"""Only short payloads are remembered, and so many of them: long ones seldom repeat."""


def read_intact_block(
    rows: Sequence[StoredEntry], previous: str | None, before: datetime | None, known: KnownFacts, *, hashed: bool
) -> list[Entry] | None:
    """The entries of consecutive rows, each payload decoded to its fact, if every row is intact; None if any is not.

    `previous` and `before` are the digest and time of the entry before the block. `hashed` also computes each row's digest again.
    """
    try:
        numbers, streams, versions, kinds, bodies, digests = zip(*rows, strict=True)
        block = "\n".join(bodies).encode()
        entries = chain.decode_lines(block)
        previous_digests = (previous, *digests[:-1])
        intact = (
            len(entries) == len(rows)
            and numbers == tuple(range(numbers[0], numbers[0] + len(rows)))
            and list(map(_COLUMNS, entries))
            == list(zip(numbers, streams, versions, kinds, previous_digests, strict=True))
            and chain.encode_lines(entries) == block + b"\n"
            and (not hashed or tuple(map(chain.digest, block.split(b"\n"))) == digests)
            and _times_in_order(entries, before)
            and _decode_facts(entries, known)
        )
    except (TypeError, ValueError, UnknownEntry):
        return None
    return entries if intact else None


def _times_in_order(entries: Sequence[Entry], before: datetime | None) -> bool:
    """Whether all entries are of this format and in UTC, their times do not run backwards, and no machine's clock ran behind."""
    times = list(map(_AT, entries))
    return (
        (before is None or before <= times[0])
        and times == sorted(times)
        and all(
            one.v == FORMAT
            and one.machine_clock is None
            and one.recorded_at.tzinfo is UTC
            and one.happened_at.tzinfo is UTC
            for one in entries
        )
    )


def _decode_facts(entries: Sequence[Entry], known: KnownFacts) -> bool:
    """Put its fact in the place of each payload; whether every payload is the canonical form of its fact."""
    if len(known) > MAX_KNOWN_FACTS:
        known.clear()
    fact: Any
    for entry in entries:
        payload = bytes(entry.payload)
        fact = known.get((entry.kind, payload))
        if fact is None:
            fact = fact_of(entry)
            if chain.encode(fact) != payload:
                return False
            if len(payload) <= MAX_KNOWN_PAYLOAD:
                known[entry.kind, payload] = fact
        force_setattr(entry, "payload", fact)  # frozen, but nobody else has this entry yet
    return True
