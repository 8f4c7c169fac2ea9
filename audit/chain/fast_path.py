"""The fast check of a block. It returns the decoded entries and facts if all rows of the block are intact.

If any row is not, it returns nothing, and `hash_chain.py` finds out what is wrong.

To check a single row costs about ten function calls. Here each check is one comparison of two lists for the whole
block. The checks must be exactly those that `hash_chain.py` makes of a row. Most of them are the same comparison,
written for columns. One is not: that each body is the canonical JSON of its own entry. This is the proof that it is
checked all the same.

The bodies are joined by newlines and decoded together. The decoder needs no separator between values, so it would
accept two values in one body, or one value that extends over two bodies. Three facts exclude that:

1. The decoder returns as many entries as there are rows.
2. The entries, encoded again with a newline after each, give exactly the bytes that were decoded.
3. A canonical value contains no newline (JSON escapes newlines in strings, and the canonical form has no white space).

By 2 and 3 the block has one newline after each entry and no others: as many newlines as entries. By 1 that is as many
as rows, and joining added one for each row. So no body contains a newline: line n of the block is body n, and it is the
canonical form of entry n.

`tests/audit/test_sound.py` compares both checks: each tampering, in blocks of any size, gives the same defects.
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
_RECORDED_AT = attrgetter("recorded_at")

FactCache = dict[tuple[str, bytes], Fact]
"""Decoded facts by kind and payload.

One round of the scheduler writes the same reminder for sixty departments; it is decoded once.
"""

MAX_CACHED_PAYLOAD, MAX_CACHED_FACTS = 256, 4096
"""The cache takes payloads of at most so many bytes, because long ones seldom repeat.

It is emptied above so many facts.
"""


def read_intact_block(
    rows: Sequence[StoredEntry], previous: str | None, before: datetime | None, fact_cache: FactCache, *, hashed: bool
) -> list[Entry] | None:
    """The entries of consecutive rows, with their payloads decoded to facts, if every row is intact; otherwise None.

    `previous` and `before` are the digest and the time of the entry before the block. `hashed`: also compute the digest
    of each body.
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
            and _are_envelopes_plain(entries, before)
            and _decode_facts(entries, fact_cache)
        )
    except (TypeError, ValueError, UnknownEntry):
        return None
    return entries if intact else None


def _are_envelopes_plain(entries: Sequence[Entry], before: datetime | None) -> bool:
    """Whether all entries have this format, times in UTC that never decrease, and no note that the clock was slow."""
    times = list(map(_RECORDED_AT, entries))
    return (
        (before is None or before <= times[0])
        and times == sorted(times)
        and all(
            entry.v == FORMAT
            and entry.machine_clock is None
            and entry.recorded_at.tzinfo is UTC
            and entry.happened_at.tzinfo is UTC
            for entry in entries
        )
    )


def _decode_facts(entries: Sequence[Entry], fact_cache: FactCache) -> bool:
    """Replace each payload by its fact. Returns whether every payload is the canonical form of its fact."""
    if len(fact_cache) > MAX_CACHED_FACTS:
        fact_cache.clear()
    fact: Any
    for entry in entries:
        payload = bytes(entry.payload)
        fact = fact_cache.get((entry.kind, payload))
        if fact is None:
            fact = fact_of(entry)
            if chain.encode(fact) != payload:
                return False
            if len(payload) <= MAX_CACHED_PAYLOAD:
                fact_cache[entry.kind, payload] = fact
        force_setattr(entry, "payload", fact)  # An entry is immutable, but no other code has this one yet.
    return True
