"""What an entry's bytes are."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from states.vocabulary import Fact, Stamp
from storage.errors import LedgerBroken, UnknownEntry
from storage.ledger import chain

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEYS = st.text(st.characters(exclude_categories=("Cs",), max_codepoint=0xFFFF), max_size=10)
LEAVES = st.none() | st.booleans() | st.integers(-chain.LARGEST_INTEGER, chain.LARGEST_INTEGER) | WORDS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)

TIME = datetime(2026, 12, 1, tzinfo=UTC)
ENTRY = chain.Entry(
    v=1,
    number=1,
    stream="year/2026",
    version=1,
    kind="YearOpened",
    payload=msgspec.Raw(b'{"year":2026}'),
    actor="clock",
    role="clock",
    home=None,
    happened_at=TIME,
    recorded_at=TIME,
    machine_clock=None,
    principal=None,
    principal_home=None,
    rulebook="",
    command="c1",
    previous=chain.GENESIS,
)
BODY = chain.encode(ENTRY)


class Scored(Fact):
    score: Decimal
    on: date
    at: datetime


@given(VALUES)
def test_what_we_write_is_rfc_8785(value: Any) -> None:
    assert chain.encode_canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_what_we_write_is_recognised_as_canonical(value: Any) -> None:
    assert chain.is_canonical(chain.encode_canonical(value))


@pytest.mark.parametrize(
    "value",
    [0.5, [1e300], {"a": {"b": -0.25}}, 2**53, -(2**53), {"a": 2**60}, [1, 2**53], {"😀": 1}, {"a": [{"😀": 1}]}],
)
def test_what_json_readers_might_disagree_about_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        chain.encode_canonical(value)


def test_what_only_looks_suspicious_is_written() -> None:
    value = {"id": "9" * 40, "words": '":12345678901234567,[1.5e9 😀', "most": chain.LARGEST_INTEGER}
    assert chain.encode_canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("body", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b"1.0", b'"\\u0061"', b"{", b""])
def test_bytes_written_otherwise_are_not_canonical(body: bytes) -> None:
    assert not chain.is_canonical(body)


def test_a_fact_is_written_with_decimals_as_text_and_dates_as_iso_8601() -> None:
    fact = Scored(score=Decimal("87.50"), on=date(2026, 12, 1), at=TIME + timedelta(microseconds=100))
    assert chain.encode_canonical(fact) == b'{"at":"2026-12-01T00:00:00.000100Z","on":"2026-12-01","score":"87.50"}'


def test_a_time_is_written_in_utc_with_six_decimals_or_none() -> None:
    eight = timezone(timedelta(hours=8))
    assert chain.format_time(chain.to_utc(datetime(2026, 12, 1, 8, tzinfo=eight))) == "2026-12-01T00:00:00Z"
    assert chain.format_time(TIME + timedelta(microseconds=10)) == "2026-12-01T00:00:00.000010Z"


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError):
        chain.to_utc(datetime(2026, 12, 1))


def test_the_digest_is_sha_256() -> None:
    assert chain.digest(BODY) == hashlib.sha256(BODY).hexdigest()


def test_the_body_of_an_entry_is_canonical_as_a_whole() -> None:
    assert chain.is_canonical(BODY)
    assert rfc8785.dumps(msgspec.json.decode(BODY)) == BODY


def test_an_entry_read_and_written_again_is_the_same_bytes() -> None:
    assert chain.encode(chain.decode(BODY)) == BODY == chain.encode(chain.decode(BODY.decode()))


def test_an_entry_can_serve_as_a_stamp() -> None:
    stamp: Stamp = ENTRY
    assert (stamp.number, stamp.actor) == (1, "clock")


def test_a_newer_format_is_named_and_not_guessed_at() -> None:
    newer = BODY.replace(b'"v":1', b'"v":2').replace(b'"actor"', b'"aspect":1,"actor"')
    for body in (newer, BODY.replace(b'"v":1', b'"v":2')):
        with pytest.raises(UnknownEntry) as caught:
            chain.decode(body)
        assert caught.value.details == {"number": 1, "kind": "YearOpened", "v": 2}


@pytest.mark.parametrize("body", [BODY.replace(b'"actor"', b'"bogus":1,"actor"'), b"{}", b"not json"])
def test_what_is_no_entry_is_a_broken_ledger(body: bytes) -> None:
    with pytest.raises(LedgerBroken):
        chain.decode(body)
