"""Defines the bytes and the digest of an entry, and checks the hash chain. Without side effects: no database, no clock.

The body of an entry is its canonical JSON (RFC 8785). The bytes that were hashed are the bytes that are stored, so an
entry can be verified without encoding it again. msgspec writes the canonical form because we use only a part of JSON:
no floating-point numbers, integers below 2**53 in size, and no key with a character beyond U+FFFF. (RFC 8785 sorts keys
by UTF-16 unit and msgspec by code point; the order differs only for such keys.) Everything else is refused.

A time is always in UTC: `2026-12-01T00:00:00Z`, or with exactly six decimals if the microseconds are not zero
(`2026-12-01T00:00:00.000100Z`). Entries are ordered by number and never by time, so times need not sort as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from states.vocabulary import Actor, Fact, Principal, Text
from storage.errors import LedgerBroken, UnknownEntry

FORMAT = 1
"""The format of the entries that this release writes, and the only one that `decode` accepts."""

GENESIS = "0" * 64
"""The digest that entry 1 states for its predecessor, because it has none."""

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader reads exactly."""

StoredEntry = tuple[int, str, int, str, str, str]
"""The columns of an entry as stored: number, stream, version, kind, body, digest. `decode` makes an `Entry` of the
body.

A plain tuple as the driver returns it, because a replay reads hundreds of thousands of them.
"""


class CanonicalJson(bytes):
    """Canonical JSON. Only this module makes it, so it need not be checked again."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fact as written in the ledger. Every `Entry` is a `states.vocabulary.Stamp`.

    If the machine's clock was behind the previous entry, `machine_clock` is the machine's time and `recorded_at`
    repeats the time of that entry; otherwise `machine_clock` is None. `home` is the actor's own department, if any, so
    that the replay can check recusal. `principal` is the account whose role a deputy used, and `principal_home` its
    department; both are None for everybody else. `rulebook` is the pin `id@digest`, or empty for a fact that no
    rulebook governs. `previous` is the digest of the previous entry.
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
    principal: str | None
    principal_home: str | None
    happened_at: datetime
    recorded_at: datetime
    machine_clock: datetime | None
    rulebook: str
    command: str
    previous: str

    @property
    def acting(self) -> Actor:
        """The actor of the entry, with the principal if the actor is a deputy."""
        principal = None if self.principal is None else Principal(self.principal, self.principal_home)
        return Actor(self.actor, self.role, self.home, principal)


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Entry)


def _reject_float(literal: str) -> Any:
    raise ValueError(f"a floating-point number: {literal}")


_READER = msgspec.json.Decoder(float_hook=_reject_float)

# Four-byte UTF-8 and long numbers are searched for in the bytes, because to walk the value costs ten times as much. A
# match may be harmless (within a string; in a value and not in a key), so the value is walked only after a match. Each
# pattern begins with a literal character, because the search for it is fastest.
_UP_TO_THREE_BYTES = bytes(range(0xF0))
_LONG_NUMBERS = tuple(re.compile(start + rb"-?[0-9]{16}").search for start in (rb'":', rb"\[", rb",", rb"^"))


def encode_canonical(obj: object) -> CanonicalJson:
    """The canonical JSON of a struct, dict, list or scalar.

    Raises ValueError for values that we do not write (see the docstring of the module).
    """
    body = _ENCODER.encode(obj)
    _READER.decode(body)
    _check_domain(body)
    return CanonicalJson(body)


def encode(entry: Entry | Fact) -> bytes:
    """The body of an entry, or the payload of a fact.

    The payload of the entry must be canonical; it is not checked here.
    """
    return _ENCODER.encode(entry)


def encode_lines(entries: Sequence[Entry]) -> bytes:
    """The bodies of the entries, each followed by a newline."""
    return _ENCODER.encode_lines(entries)


def decode_lines(bodies: bytes) -> list[Entry]:
    """The entries of several lines of bodies, of any format. Raises msgspec's ValueError for a body that is no entry.

    It does not check that each body ends at the end of its line.
    """
    return _DECODER.decode_lines(bodies)


def format_time(time: datetime) -> str:
    """A time in UTC, formatted as in a body."""
    return _ENCODER.encode(time)[1:-1].decode()


def is_canonical(body: bytes) -> bool:
    """Whether these bytes are the canonical JSON of their value."""
    try:
        is_same = _ENCODER.encode(_READER.decode(body)) == body
        _check_domain(body)
    except ValueError:
        return False
    return is_same


def digest(body: bytes) -> str:
    """SHA-256 of a body, 64 lower-case hexadecimal characters."""
    return sha256(body).hexdigest()


def to_utc(time: datetime) -> datetime:
    """The same time in UTC. Raises ValueError for a time without a time zone."""
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def decode(body: bytes | str) -> Entry:
    """The entry of a body. Raises UnknownEntry for another format, and LedgerBroken if the body is no entry."""
    try:
        entry = _DECODER.decode(body)
    except ValueError as error:
        raise _unreadable(body, str(error)) from error
    if entry.v != FORMAT:
        raise UnknownEntry(number=entry.number, kind=entry.kind, v=entry.v)
    return entry


def verify_chain(rows: Iterable[StoredEntry], previous: Entry | None, previous_digest: str) -> Entry | None:
    """Check that each row continues the chain, beginning after `previous`. Returns the last entry, if any.

    `previous` is None at the beginning of the ledger. Raises LedgerBroken at the first row with a fault: a missing
    number, a digest that is not the body's, a column that disagrees with the body, a wrong digest of the previous
    entry, a body that is no entry or not canonical, a time before the previous one, a version that does not follow.
    Raises UnknownEntry for another format. The version of the first row of a stream is not compared.
    """
    versions: dict[str, int] = {}
    for row in rows:
        number = previous.number + 1 if previous else 1
        entry = _verify_entry(row, number, previous_digest)
        if previous and entry.recorded_at < previous.recorded_at:
            raise LedgerBroken(number=number, why=_BACKWARDS)
        if versions.get(entry.stream, entry.version - 1) != entry.version - 1:
            raise LedgerBroken(number=number, why=_VERSION)
        versions[entry.stream] = entry.version
        previous, previous_digest = entry, row[5]
    return previous


def _verify_entry(row: StoredEntry, number: int, previous_digest: str) -> Entry:
    """The entry of a row, which must have this number and this digest of the previous entry. Raises LedgerBroken."""
    row_number, *_, body_text, row_digest = row
    if row_number != number:
        raise LedgerBroken(number=number, why=_GAP)
    body = body_text.encode()
    if digest(body) != row_digest:
        raise LedgerBroken(number=number, why=_DIGEST)
    entry = decode(body)
    if (entry.number, entry.stream, entry.version, entry.kind) != row[:4]:
        raise LedgerBroken(number=number, why=_COLUMNS)
    if entry.previous != previous_digest:
        raise LedgerBroken(number=number, why=_LINK)
    if not is_canonical(body):
        raise LedgerBroken(number=number, why=_FORM)
    return entry


def _check_domain(body: bytes) -> None:
    """Raises ValueError for values that RFC 8785 and msgspec write differently: long numbers, keys beyond U+FFFF."""
    has_four_byte_characters = not body.isascii() and body.translate(None, _UP_TO_THREE_BYTES)
    if has_four_byte_characters or any(search(body) for search in _LONG_NUMBERS):
        _check_value(msgspec.json.decode(body))


def _check_value(value: Any) -> None:
    if isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(f"a number beyond 2**53: {value}")
    if isinstance(value, dict) and any(character > "\uffff" for key in value for character in key):
        raise ValueError("a key with a character beyond U+FFFF")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_value(item)


class _Identification(msgspec.Struct):
    """The three fields that every format will have. They are enough to name an entry that cannot be read."""

    v: int = 0
    number: int = 0
    kind: str = "?"


def _unreadable(body: bytes | str, why: str) -> Exception:
    """The error for a body that cannot be read: UnknownEntry for a newer format, else LedgerBroken."""
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
