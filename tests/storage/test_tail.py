"""The ledger suspects itself."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from storage.database.database import Database
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain
from storage.ledger.ledger import Ledger

Damage = Callable[..., None]

EDIT = "UPDATE entry SET body = replace(body, '\"present\":23', '\"present\":24') WHERE number = 3"
KINDS: dict[str, tuple[int, list[str]]] = {
    "a body edited": (3, [EDIT]),
    "a digest edited": (3, ["UPDATE entry SET digest = '0' WHERE number = 3"]),
    "the first digest edited": (1, ["UPDATE entry SET digest = '0' WHERE number = 1"]),
    "the last body edited": (6, [EDIT.replace("number = 3", "number = 6")]),
    "a kind edited": (3, ["UPDATE entry SET kind = 'Other' WHERE number = 3"]),
    "a stream edited": (3, ["UPDATE entry SET stream = 'year/2026' WHERE number = 3"]),
    "a version edited": (3, ["UPDATE entry SET version = 99 WHERE number = 3"]),
    "an entry dropped": (3, ["DELETE FROM entry WHERE number = 3"]),
    "the first entry dropped": (1, ["DELETE FROM entry WHERE number = 1"]),
    "the last entry dropped": (6, ["DELETE FROM entry WHERE number = 6"]),
    "every entry dropped": (1, ["DELETE FROM entry"]),
    "two entries swapped": (
        3,
        [f"UPDATE entry SET number = {a} WHERE number = {b}" for a, b in ((-1, 3), (3, 4), (4, -1))],
    ),
    "a number moved": (6, ["UPDATE entry SET number = 9 WHERE number = 6"]),
    "an entry slipped in": (7, ["INSERT INTO entry VALUES (7, 'x', 1, 'K', '{}', '0')"]),
    "a head too low": (6, ["UPDATE head SET number = 5"]),
    "a head too high": (7, ["UPDATE head SET number = 7"]),
    "a head far too high": (999_000, ["UPDATE head SET number = 1000000"]),
    "a head with another digest": (6, ["UPDATE head SET digest = '0'"]),
    "a head with another time": (6, ["UPDATE head SET recorded_at = '2026-12-02T00:00:00Z'"]),
    "a head without a time": (6, ["UPDATE head SET recorded_at = NULL"]),
    "no head": (1, ["DELETE FROM head"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_damage_is_found_with_its_number(
    database: Database, six: Ledger, damage: Damage, kind: str
) -> None:
    number, statements = KINDS[kind]
    damage(*statements)
    with pytest.raises(LedgerBroken) as caught:
        Ledger(database)
    assert caught.value.details["number"] == number
    assert str(number) in caught.value.render("zh")


def rewritten(six: Ledger, number: int, old: str, new: str) -> str:
    """SQL that edits the body of an entry and gives it the digest of its new body."""
    body: Any = list(six.rows())[number - 1][4]
    assert old in body
    edited = body.replace(old, new)
    digest = chain.digest(edited.encode())
    return f"UPDATE entry SET body = '{edited}', digest = '{digest}' WHERE number = {number}"


def test_an_entry_rewritten_with_its_digest_is_found_at_the_next(
    database: Database, six: Ledger, damage: Damage
) -> None:
    damage(rewritten(six, 3, '"present":23', '"present":24'))
    with pytest.raises(LedgerBroken) as caught:
        Ledger(database)
    assert caught.value.details["number"] == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"present":23', '"present": 23'),
        ('"recorded_at":"2026', '"recorded_at":"2025'),
        ('"version":3', '"version":3,"w":1'),
        ('"actor":"u1"', '"actor":null'),
    ],
)
def test_a_body_that_is_no_proper_entry_is_found(
    database: Database, six: Ledger, damage: Damage, old: str, new: str
) -> None:
    damage(rewritten(six, 6, old, new))
    with pytest.raises(LedgerBroken) as caught:
        Ledger(database)
    assert caught.value.details["number"] == 6


def test_a_version_that_does_not_follow_is_found(database: Database, ledger: Ledger, note: Any) -> None:
    for version in (1, 3):
        with ledger.transaction() as transaction:
            note(transaction, version=version)
    with pytest.raises(LedgerBroken) as caught:
        Ledger(database)
    assert caught.value.details["number"] == 2


def test_an_entry_of_a_newer_format_is_never_skipped(database: Database, six: Ledger, damage: Damage) -> None:
    damage(rewritten(six, 6, '"v":1', '"v":2'))
    with pytest.raises(UnknownEntry):
        Ledger(database)
    with pytest.raises(UnknownEntry):
        six.stream("assessment/2026/b")


@pytest.fixture
def long(ledger: Ledger, note: Any) -> Ledger:
    """A ledger of 3,000 entries, each the only one of its stream."""
    payload = chain.encode_canonical({"words": "记录" * 200})
    with ledger.transaction() as transaction:
        for number in range(3000):
            note(transaction, f"case/{number}", version=1, payload=payload)
    return ledger


def test_only_the_tail_is_checked_at_opening_and_all_of_it_when_asked(
    database: Database, long: Ledger, damage: Damage
) -> None:
    damage("UPDATE entry SET digest = '0' WHERE number = 1999")
    assert Ledger(database).head().number == 3000
    with pytest.raises(LedgerBroken):
        long.check_tail(5000)
    damage("UPDATE entry SET digest = '0' WHERE number = 2001")
    with pytest.raises(LedgerBroken) as caught:
        Ledger(database)
    assert caught.value.details["number"] == 2001


def test_reading_a_long_ledger_keeps_little_in_memory(long: Ledger) -> None:
    list(long.rows(last=200, batch=100))
    tracemalloc.start()
    total = sum(len(row[4]) for row in long.rows(batch=100))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 2_000_000
    assert peak < total / 4
