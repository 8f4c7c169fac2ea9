"""What an entry's bytes are, and what its digest is. Pure: no database, no clock.

The body of an entry is its canonical JSON (RFC 8785), and the bytes that were hashed are the bytes that are stored: to
verify one, nothing is written again. msgspec writes that form, because we use less than JSON allows: no floating-point
numbers, whole numbers below 2**53 in size, and no key with a character beyond U+FFFF (RFC 8785 sorts keys by UTF-16
unit, msgspec by code point, and only such keys come in another order). `canonical` refuses everything else.

A time is always UTC: `2026-12-01T00:00:00Z`, or with exactly six decimals where the microseconds are not zero
(`2026-12-01T00:00:00.000100Z`). Order is the number, never the time, so times need not sort as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from states.vocabulary import Fact, Text
from storage.errors import LedgerBroken, UnknownEntry

FORMAT = 1
"""The format of the entries this release writes; the newest it can read."""

GENESIS = "0" * 64
"""The digest that entry 1 names as that of the entry before it."""

LARGEST = 2**53 - 1
"""The largest whole number every JSON reader agrees on."""

StoredEntry = tuple[int, str, int, str, str, str]
"""The columns of an entry: number, stream, version, kind, body, digest."""


class CanonicalJson(bytes):
    """Bytes that are canonical JSON because `canonical` wrote them. Only `canonical` makes them."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fact as written in the ledger. Every `Entry` is a `states.vocabulary.Stamp`.

    `machine_clock` is the machine's time where its clock was behind the entry before, else None; then `recorded_at`
    repeats that entry's. `home` is the actor's own department, if any, so that the replay can check recusal. `rulebook`
    is `id@digest`, or empty for a fact that no rulebook governs.
    """

    v: int
    number: int
    stream: str
    version: int
    kind: str
    payload: msgspec.Raw
    actor: str
    role: str
    home: str | None
    happened_at: datetime
    recorded_at: datetime
    machine_clock: datetime | None
    rulebook: str
    command: str
    previous: str


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Entry)


def _no_fraction(literal: str) -> Any:
    raise ValueError(f"a floating-point number: {literal}")


_READER = msgspec.json.Decoder(float_hook=_no_fraction)

# Four-byte UTF-8 and long numbers are searched for in the bytes, because walking the value costs ten times as much. A
# hit may be harmless (inside a string; in a value and not in a key): only after a hit is the value walked. Each pattern
# begins with a literal character, for which the search is fastest.
_UP_TO_THREE_BYTES = bytes(range(0xF0))
_LONG_NUMBERS = tuple(re.compile(start + rb"-?[0-9]{16}").search for start in (rb'":', rb"\[", rb",", rb"^"))


def canonical(obj: object) -> CanonicalJson:
    """The canonical JSON of a struct, dict, list or scalar. ValueError for what we do not write (see above)."""
    body = _ENCODER.encode(obj)
    _READER.decode(body)
    _check_domain(body)
    return CanonicalJson(body)


def encode(entry: Entry | Fact) -> bytes:
    """The body of an entry whose payload is canonical, or the payload of a fact: the bytes that are hashed and stored."""
    return _ENCODER.encode(entry)


def encode_lines(entries: Sequence[Entry]) -> bytes:
    """Their bodies, one after the other, each ended by a newline."""
    return _ENCODER.encode_lines(entries)


def decode_lines(bodies: bytes) -> list[Entry]:
    """The entries of several bodies, of any format. ValueError (msgspec) for a body that holds no entry.

    Not checked: that each body ends with its line.
    """
    return _DECODER.decode_lines(bodies)


def format_time(moment: datetime) -> str:
    """A moment in UTC as a body spells it."""
    return _ENCODER.encode(moment)[1:-1].decode()


def is_canonical(body: bytes) -> bool:
    """Whether these bytes are the canonical JSON of their value."""
    try:
        same = _ENCODER.encode(_READER.decode(body)) == body
        _check_domain(body)
    except ValueError:
        return False
    return same


def digest(body: bytes) -> str:
    """SHA-256 of a body, 64 lower-case hexadecimal characters."""
    return sha256(body).hexdigest()


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC. ValueError for a time without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def decode(body: bytes | str) -> Entry:
    """The entry of a body. UnknownEntry for a newer format, LedgerBroken for anything that is no entry."""
    try:
        entry = _DECODER.decode(body)
    except ValueError as error:
        raise _unreadable(body, str(error)) from error
    if entry.v != FORMAT:
        raise UnknownEntry(number=entry.number, kind=entry.kind, v=entry.v)
    return entry


def verify_chain(rows: Iterable[StoredEntry], previous: Entry | None, link: str) -> Entry | None:
    """Check that `rows` follow one another, and follow `previous`, whose digest is `link`; the last entry, if any.

    Raises LedgerBroken at the first row with a fault: a gap, a digest that is not its body's, a column that disagrees
    with the body, a link to another predecessor, a time or a version that runs backwards.
    """
    versions: dict[str, int] = {}
    for row in rows:
        number = previous.number + 1 if previous else 1
        entry = _follows(row, number, link)
        if previous and entry.recorded_at < previous.recorded_at:
            raise LedgerBroken(number=number, why=_BACKWARDS)
        if versions.get(entry.stream, entry.version - 1) != entry.version - 1:
            raise LedgerBroken(number=number, why=_VERSION)
        versions[entry.stream] = entry.version
        previous, link = entry, row[5]
    return previous


def _follows(row: StoredEntry, number: int, link: str) -> Entry:
    """One row as the entry of this number that follows the digest `link`. LedgerBroken."""
    if row[0] != number:
        raise LedgerBroken(number=number, why=_GAP)
    body = row[4].encode()
    if digest(body) != row[5]:
        raise LedgerBroken(number=number, why=_DIGEST)
    entry = decode(body)
    if (entry.number, entry.stream, entry.version, entry.kind) != row[:4]:
        raise LedgerBroken(number=number, why=_COLUMNS)
    if entry.previous != link:
        raise LedgerBroken(number=number, why=_LINK)
    if not is_canonical(body):
        raise LedgerBroken(number=number, why=_FORM)
    return entry


def _check_domain(body: bytes) -> None:
    """ValueError for what RFC 8785 and msgspec write differently: long numbers, keys beyond U+FFFF."""
    beyond = not body.isascii() and body.translate(None, _UP_TO_THREE_BYTES)
    if beyond or any(search(body) for search in _LONG_NUMBERS):
        _walk(msgspec.json.decode(body))


def _walk(value: Any) -> None:
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise ValueError(f"a number beyond 2**53: {value}")
    if isinstance(value, dict) and any(character > "\uffff" for key in value for character in key):
        raise ValueError("a key with a character beyond U+FFFF")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _walk(item)


class _Identification(msgspec.Struct):
    """The three fields that every format will have: enough to name an entry that cannot be read."""

    v: int = 0
    number: int = 0
    kind: str = "?"


def _unreadable(body: bytes | str, why: str) -> Exception:
    """The error for a body that could not be read: it is of a newer format, or no entry."""
    try:
        entry = msgspec.json.decode(body, type=_Identification)
    except ValueError:
        entry = _Identification()
    if entry.v > FORMAT:
        return UnknownEntry(number=entry.number, kind=entry.kind, v=entry.v)
    return LedgerBroken(number=entry.number, why=Text(zh=f"记录无法读取（{why}）", en=f"it cannot be read ({why})"))


_GAP = Text(zh="缺少这个编号的记录", en="no entry with this number follows")
_DIGEST = Text(zh="正文与摘要不符", en="its digest is not the digest of its body")
_COLUMNS = Text(zh="索引列与正文不符", en="its columns disagree with its body")
_LINK = Text(zh="它不是接在上一条记录之后写的", en="digest of the previous entry does not match")
_FORM = Text(zh="正文不是规范的 JSON", en="its body is not canonical JSON")
_BACKWARDS = Text(zh="记录时间早于上一条", en="it was recorded earlier than the entry before it")
_VERSION = Text(zh="它在本序列中的版本号不连续", en="its version does not follow in its stream")
