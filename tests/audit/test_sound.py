"""What passes in blocks is what passes row by row: how many rows are looked at together changes nothing that is found."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import replay as replaying
from audit.chain import fast_path
from audit.chain.hash_chain import HashChain, UnusableEntry
from audit.defect import Defect
from storage.ledger.chain import GENESIS, StoredEntry
from tests.audit.copies import Copy

Tamper = Callable[[StoredEntry, StoredEntry], tuple[StoredEntry, StoredEntry]]


def entry(row: StoredEntry, body: str) -> StoredEntry:
    return (*row[:4], body, sha256(body.encode()).hexdigest())


def joined(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    """Both bodies in the first row, with what the reader of many takes for a gap between them; nothing in the second."""
    return entry(one, f"{one[4]}\n{other[4]}"), entry(other, "")


def spaced(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    return entry(one, f"{one[4]} {other[4]}"), entry(other, " ")


def torn(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    """One value over both rows, and two in the first: as many values as rows."""
    half = one[4].index('"payload":') + len('"payload":')
    return entry(one, one[4] + one[4][:half]), entry(other, one[4][half:])


def newline_within(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    return entry(one, one[4].replace('"payload":{', '"payload":{\n', 1)), other


def zoned(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    return entry(one, one[4].replace('Z","role"', '+08:00","role"', 1)), other


def swapped(one: StoredEntry, other: StoredEntry) -> tuple[StoredEntry, StoredEntry]:
    return (*one[:4], *other[4:]), (*other[:4], *one[4:])


TAMPERED: tuple[Tamper, ...] = (joined, spaced, torn, newline_within, zoned, swapped)


def seen(rows: list[StoredEntry], size: int) -> tuple[list[tuple[int, str, str]], list[Defect]]:
    """What the chain makes of rows, so many at a time: every usable entry, and every defect."""
    chain, found, usable = HashChain(), list[Defect](), []
    for at in range(0, len(rows), size):
        for row, read in chain.follow(rows[at : at + size], found):
            if isinstance(read, UnusableEntry):
                usable.append((row[0], read.code, ""))
            else:
                usable += [(row[0] + n, repr(one), repr(one.payload)) for n, one in enumerate(read)]
    return usable, found


def slowly(rows: list[StoredEntry], monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[int, str, str]], list[Defect]]:
    with monkeypatch.context() as patched:
        patched.setattr(fast_path, "read_intact_block", lambda *_, **__: None)
        return seen(rows, 1)


def test_a_sound_ledger_passes_in_whole_blocks(ledger: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, read, blocks = slowly(ledger.rows, monkeypatch), fast_path.read_intact_block, []

    def read_and_record(*given: Any, **named: Any) -> Any:
        blocks.append(read(*given, **named))
        return blocks[-1]

    monkeypatch.setattr(fast_path, "read_intact_block", read_and_record)
    assert seen(ledger.rows, 100) == slow
    assert slow[1] == []
    assert len(blocks) == ceil(len(ledger.rows) / 100)
    assert None not in blocks, "an intact block was checked row by row"


@pytest.mark.parametrize("tamper", TAMPERED)
@pytest.mark.parametrize("at", [0, 7, 98])
def test_no_tampering_passes_in_a_block_that_does_not_pass_by_itself(
    ledger: Copy, tamper: Tamper, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*ledger.rows[:at], *tamper(*ledger.rows[at : at + 2]), *ledger.rows[at + 2 : 130]]
    slow = slowly(rows, monkeypatch)
    assert slow[1]
    for size in (1, 10, 100):
        assert seen(rows, size) == slow


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_however_many_are_looked_at_together_the_same_is_found(ledger: Copy, data: st.DataObject) -> None:
    rows = ledger.rows[:60]
    places = data.draw(st.lists(st.integers(0, 29), min_size=1, max_size=3, unique=True))
    for at in places:
        rows[2 * at : 2 * at + 2] = data.draw(st.sampled_from(TAMPERED))(*rows[2 * at : 2 * at + 2])
    one_by_one = seen(rows, 1)
    assert one_by_one != seen(ledger.rows[:60], 1)
    assert seen(rows, data.draw(st.integers(2, 60))) == one_by_one


def test_a_replay_of_a_tampered_ledger_says_the_same_in_blocks(ledger: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(ledger.rows)
    for at, tamper in zip(range(3, 200, 20), TAMPERED, strict=False):
        rows[at : at + 2] = tamper(*rows[at : at + 2])
    whole = replaying.replay(ledger.changed(rows=rows))
    monkeypatch.setattr(replaying, "BLOCK_SIZE", 1)
    assert replaying.replay(ledger.changed(rows=rows)) == whole
    assert len(whole.defects) > len(TAMPERED)


def test_a_digest_is_taken_on_trust_only_by_who_asks_what_entries_mean(ledger: Copy) -> None:
    rows = [(*row[:5], digest) for row, digest in zip(ledger.rows[:1], ["0" * 64], strict=True)]
    assert fast_path.read_intact_block(rows, GENESIS, None, {}, hashed=True) is None
    assert fast_path.read_intact_block(rows, GENESIS, None, {}, hashed=False) is not None
