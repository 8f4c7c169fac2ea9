"""Checks a bundle of a Kaohe ledger. Needs Python 3.9 or later and nothing else; writes nothing, asks no network.

    python3 verify.py BUNDLE.zip [--expect SEAL] [--key KEY] [--lang en] [--json]

It says everything it finds wrong, and exits with 0 where that is nothing, 1 where there is something, 2 where it could
not look. What it cannot show: whether a step was allowed by the rulebook (`kaohe audit verify` replays that), and
whether the end of the ledger that no seal covers is all there was.

This file lies in every bundle for convenience. Who trusts nobody takes it from elsewhere, or writes it anew from
docs/ledger-format.md: it is a second implementation of that page and shares no code with the program that wrote the bundle.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

FORMAT = 1
MARK = b"kaohe-bundle-sha256:"
FIELDS = frozenset(
    [
        "actor",
        "command",
        "happened_at",
        "home",
        "kind",
        "machine_clock",
        "number",
        "payload",
        "previous",
        "recorded_at",
        "role",
        "rulebook",
        "stream",
        "v",
        "version",
    ]
)
LARGEST = 2**53 - 1
LATEST = 2**63 - 1
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(?!000000)\d{6})?Z")
MOST = 256 * 1024 * 1024
"""No file of a bundle but the entries may be larger than this unpacked."""

LOCAL, CENTRAL, END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
"""The three headers of a zip (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16), without the names and the comment that follow them."""

ENTRIES, ABOUT, KEYS, DOCUMENTS = "entries.jsonl", "about.json", "keys.json", "documents.json"


class Defect(NamedTuple):
    """One thing wrong: at which entry (None: of no one entry), a stable code, and a sentence in both languages."""

    number: int | None
    code: str
    zh: str
    en: str

    def say(self, *, english: bool) -> str:
        """On one line."""
        place = "" if self.number is None else f"entry {self.number}: " if english else f"第 {self.number} 号："
        return place + (self.en if english else self.zh)


def _unseen(number: int) -> None:
    """Nobody watches."""


class Unusable(Exception):
    """It cannot be looked at as a bundle at all."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


# --- the archive -----------------------------------------------------------------------------------

# Bounds on what is read. Each is far above what a real bundle has and keeps time and memory in proportion to the bytes
# that were handed in; the reason for each figure is in docs/ledger-format.md, "Limits".
PARTS = 60_000
LINE = 1 << 20
RATIO, SLACK = 100, 1 << 16
DEFECTS = 1000
SMALL = {"seals/": 1 << 16, "proofs/": 1 << 16, "rulebooks/": 1 << 20}
SIZES = {ABOUT: 1 << 20, KEYS: 1 << 20, DOCUMENTS: 1 << 26, "verify.py": 1 << 20, ENTRIES: 1 << 31}
LARGEST_KEYS, LARGEST_NOTE = 200, 50


class Part(NamedTuple):
    """A file of a bundle: where its bytes begin, how many there are, packed and unpacked, and whether they are packed at all."""

    at: int
    packed: int
    size: int
    crc: int
    deflated: bool


class Archive:
    """The files of a bundle. `close` it.

    A zip of one strict form and nothing else (docs/ledger-format.md): read by hand, because zip readers differ in what they
    believe where headers contradict each other, parts overlap, or bytes lie between them.
    """

    def __init__(self, path: str) -> None:
        name = os.path.basename(path)
        try:
            self._file = open(path, "rb")
        except OSError as error:
            raise Unusable(
                f"无法打开 {name}：{error.strerror}。", f"{name} cannot be opened: {error.strerror}."
            ) from error
        self.names: list[str] = []
        self._parts: dict[str, Part] = {}
        try:
            self._lay_out()
        except (ValueError, OSError, struct.error):
            self._file.close()
            raise Unusable(
                f"{name} 不是导出的 zip 文件，或已损坏。请重新取得原件，不要重新压缩。",
                f"{name} is no bundle's zip file, or damaged. Fetch the original again; do not pack it again.",
            ) from None

    def _lay_out(self) -> None:
        """Every part from the directory at the end, each in the one place and with the one header it may have. ValueError."""
        end = self._file.seek(0, 2) - END.size - len(MARK) - 64
        if end < 0:
            raise ValueError("end")
        self._file.seek(end)
        tail = self._file.read()
        sign, disk, first, here, count, size, begins, comment = END.unpack(tail[: END.size])
        self._comment = tail[END.size :]
        wanted = (b"PK\5\6", 0, 0, count, end, len(self._comment))
        if (sign, disk, first, here, begins + size, comment) != wanted or count > PARTS:
            raise ValueError("end")
        self._file.seek(begins)
        directory, read, next_at = self._file.read(size), 0, 0
        for _ in range(count):
            header = CENTRAL.unpack_from(directory, read)
            read += CENTRAL.size + header[10]
            name = directory[read - header[10] : read].decode("ascii")
            next_at = self._take(name, header, next_at)
        if read != size or next_at != begins:
            raise ValueError("directory")

    def _take(self, name: str, header: tuple[Any, ...], at: int) -> int:
        """One part, which must begin at `at`; where the next one must. ValueError."""
        method, crc, packed, size = header[4], *header[7:10]
        fixed = (
            b"PK\1\2",
            20 | 3 << 8,
            20,
            0,
            method,
            0,
            33,
            crc,
            packed,
            size,
            len(name),
            0,
            0,
            0,
            0,
            0o644 << 16,
            at,
        )
        stored = method == 0 and packed == size and name.startswith("documents/")
        most = next((m for begin, m in SMALL.items() if name.startswith(begin)), SIZES.get(name, MOST))
        if (
            header != fixed
            or not (stored or method == 8)
            or size > most
            or (not stored and size > RATIO * packed + SLACK)
        ):
            raise ValueError(name)
        self._file.seek(at)
        local = LOCAL.pack(b"PK\3\4", 20, 0, method, 0, 33, crc, packed, size, len(name), 0) + name.encode()
        if self._file.read(len(local)) != local:
            raise ValueError(name)
        self.names.append(name)
        self._parts.setdefault(name, Part(at + len(local), packed, size, crc, not stored))
        return int(at + len(local) + packed)

    def close(self) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @property
    def unpacked(self) -> int:
        """How many bytes all parts have, unpacked; nothing is read beyond that."""
        return sum(part.size for part in self._parts.values())

    def whole(self) -> bool:
        """Whether the file is to the bit what was written: its comment is the digest of all before it."""
        hashing, rest = hashlib.sha256(), self._file.seek(0, 2) - len(self._comment)
        self._file.seek(0)
        while rest > 0:
            block = self._file.read(min(1 << 20, rest))
            hashing.update(block)
            rest -= len(block) or rest
        return MARK + hashing.hexdigest().encode() == self._comment

    def read(self, name: str) -> bytes:
        """A file. KeyError if it is not there, ValueError if it is damaged."""
        return b"".join(self._blocks(name))

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, a block at a time. KeyError, ValueError."""
        hashing = hashlib.sha256()
        for block in self._blocks(name):
            hashing.update(block)
        return hashing.hexdigest()

    def size(self, name: str) -> int:
        """How many bytes a file says it has, unpacked. KeyError if it is not there."""
        return self._parts[name].size

    def lines(self, name: str) -> Iterator[bytes]:
        """A file's lines, one at a time. ValueError where it is damaged, a line is too long or the last one is not ended."""
        rest = b""
        for block in self._blocks(name):
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > LINE:
                raise ValueError(name)
            for line in whole:
                if len(line) > LINE:
                    raise ValueError(name)
                yield line
        if rest:
            raise ValueError(name)

    def _blocks(self, name: str) -> Iterator[bytes]:
        """A file's bytes, some at a time, and not one more than it says. KeyError, ValueError."""
        part = self._parts[name]
        read, crc, at, ends = 0, 0, part.at, part.at + part.packed
        inflating = zlib.decompressobj(-15) if part.deflated else None
        while at < ends or (inflating is not None and inflating.unconsumed_tail):
            raw = inflating.unconsumed_tail if inflating is not None else b""
            if not raw:
                self._file.seek(at)
                raw = self._file.read(min(1 << 16, ends - at))
                at += len(raw)
            try:
                block = raw if inflating is None else inflating.decompress(raw, 1 << 20)
            except zlib.error as error:
                raise ValueError(name) from error
            read, crc = read + len(block), zlib.crc32(block, crc)
            if not raw or read > part.size or (inflating is not None and inflating.unused_data):
                raise ValueError(name)
            yield block
        if inflating is not None and not inflating.eof:  # all is read in, not all is given out
            block = inflating.flush()
            read, crc = read + len(block), zlib.crc32(block, crc)
            yield block
        if (read, crc) != (part.size, part.crc) or (inflating is not None and not inflating.eof):
            raise ValueError(name)


# --- the tree (RFC 6962, 2.1) ----------------------------------------------------------------------


def leaf(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows: the roots of its whole subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        size, self.size = self.size, self.size + 1
        while size & 1:
            hashed = node(self._edge.pop(), hashed)
            size >>= 1
        self._edge.append(hashed)

    def root(self) -> bytes:
        if not self._edge:
            return hashlib.sha256().digest()
        right = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            right = node(left, right)
        return right


def included(root: bytes, size: int, index: int, hashed: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the leaf `index` is in the tree of this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, second = index, size - 1
    for one in proof:
        if second == 0:
            return False
        if first & 1 or first == second:
            hashed = node(one, hashed)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            hashed = node(hashed, one)
        first, second = first >> 1, second >> 1
    return second == 0 and hashed == root


# --- Ed25519 (RFC 8032, 5.1) -----------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % _P
    f = (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    x, y, z, t = f - e, h - g, h + g, f + e
    return x * y % _P, z * t % _P, y * z % _P, x * t % _P


def _double(a: Point) -> Point:
    x, y, z = a[0] * a[0], a[1] * a[1], 2 * a[2] * a[2]
    h = x + y
    e, g = h - (a[0] + a[1]) * (a[0] + a[1]), x - y
    f = z + g
    e, f, g, h = e % _P, f % _P, g % _P, h % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    """Four bits of the scalar at a time."""
    table: list[Point] = [(0, 1, 1, 0), point]
    while len(table) < 16:
        table.append(_add(table[-1], point))
    result = table[0]
    for shift in range(scalar.bit_length() // 4 * 4, -1, -4):
        for _ in range(4):
            result = _double(result)
        result = _add(result, table[scalar >> shift & 15])
    return result


def _times_base(scalar: int) -> Point:
    """By the multiples of the base point by powers of two, which are the same for every signature."""
    result: Point = (0, 1, 1, 0)
    for at in range(scalar.bit_length()):
        if at == len(_POWERS):
            _POWERS.append(_double(_POWERS[-1]))
        if scalar >> at & 1:
            result = _add(result, _POWERS[at])
    return result


def _x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _bytes(point: Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_Y = 4 * pow(5, _P - 2, _P) % _P
_X = _x(_Y, 0) or 0
_POWERS: list[Point] = [(_X, _Y, 1, _X * _Y % _P)]


def genuine(public: bytes, message: bytes, made: bytes) -> bool:
    """Whether `made` is the signature of the key `public` under the message."""
    if len(public) != 32 or len(made) != 64:
        return False
    point, s = _point(public), int.from_bytes(made[32:], "little")
    if point is None or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(made[:32] + public + message).digest(), "little") % _L
    minus: Point = (_P - point[0], point[1], point[2], _P - point[3])
    return _bytes(_add(_times_base(s), _times(k, minus))) == made[:32]


# --- notes and keys (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature) ----------------------


class Key(NamedTuple):
    """A verifier key. `type` 1 signs the text, 4 the time and the text; what 6 (ML-DSA-44) signs is not checked here."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    def signed(self, text: str, made: bytes) -> bool:
        if self.type == 4:
            seconds, made = int.from_bytes(made[:8], "big"), made[8:]
            if seconds > LATEST:
                return False
            text = f"cosignature/v1\ntime {seconds}\n{text}"
        return genuine(self.public, text.encode(), made)


def key_of(line: str) -> Key:
    """ValueError if the line is no verifier key."""
    name, _, rest = line.strip().partition("+")
    id_, _, material = rest.partition("+")
    raw = _unpacked(material)
    if not name or not raw or len(raw) - 1 != {1: 32, 4: 32, 6: 1312}.get(raw[0]):
        raise ValueError(line)
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != id_:
        raise ValueError(line)
    return key


class Note(NamedTuple):
    """A signed text: (name, key id, signature) for each line under it.

    `sealed` is the SHA-256 of the note as it was before any line but the first came under it, `under` that of each line.
    """

    text: str
    lines: list[tuple[str, bytes, bytes]]
    sealed: str
    under: list[str]

    def signers(self, keys: Iterable[Key]) -> tuple[list[Key], list[Key]]:
        """Which of these keys signed it, and in whose name a line was forged."""
        known = {(key.name, key.id): key for key in keys if key.type != 6}
        good: list[Key] = []
        for name, id_, made in self.lines:
            key = known.get((name, id_))
            if key is not None and key not in good:
                if not key.signed(self.text, made):
                    return good, [key]
                good.append(key)
        return good, []


def note_of(raw: bytes) -> Note:
    """ValueError if the bytes are no signed note."""
    if len(raw) > SMALL["seals/"]:
        raise ValueError("note")
    whole = raw.decode("utf-8")
    text, apart, under = whole.rpartition("\n\n")
    if not apart or not under.endswith("\n") or any(c < " " and c != "\n" for c in whole):
        raise ValueError("note")
    lines = []
    if under.count("\n") > LARGEST_NOTE:
        raise ValueError("note")
    for line in under[:-1].split("\n"):
        found = re.fullmatch(r"— ([^\s+]+) ([^ ]+)", line)
        made = _unpacked(found.group(2)) if found else b""
        if found is None or len(made) < 5:
            raise ValueError("note")
        lines.append((found.group(1), made[:4], made[4:]))
    first, *others = [line + "\n" for line in under[:-1].split("\n")]
    return Note(text + "\n", lines, _sha256(f"{text}\n\n{first}"), [_sha256(line) for line in (first, *others)])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Seal(NamedTuple):
    """What a seal says, and the note it says it in."""

    origin: str
    number: int
    root: bytes
    note: Note


def seal_of(raw: bytes) -> Seal:
    """ValueError if the bytes are no seal."""
    note = note_of(raw)
    *lines, end = note.text.split("\n")
    if len(lines) < 3 or not all(lines) or end or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
        raise ValueError("seal")
    root = _unpacked(lines[2])
    if len(root) != 32:
        raise ValueError("seal")
    return Seal(lines[0], int(lines[1]), root, note)


def _unpacked(text: str) -> bytes:
    raw = base64.b64decode(text.encode(), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


# --- the entries -----------------------------------------------------------------------------------


def entry_of(body: bytes) -> dict[str, Any]:
    """The entry a body is. ValueError if it is not canonical JSON of exactly the fields."""
    entry = parsed(body)
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    if not isinstance(entry, dict) or canonical != body or frozenset(entry) != FIELDS or not _small(entry):
        raise ValueError("form")
    number, version = entry["number"], entry["version"]
    if (
        type(number) is not int
        or type(version) is not int
        or not all(isinstance(entry[name], str) for name in ("stream", "kind", "previous", "recorded_at", "rulebook"))
    ):
        raise ValueError("form")
    if not TIME.fullmatch(entry["recorded_at"]):
        raise ValueError("form")
    return entry


def parsed(raw: bytes) -> Any:
    """The value of a JSON text. ValueError for malformed JSON and for a number that is not whole or too long; RecursionError."""
    return json.loads(raw.decode("utf-8"), parse_int=_whole, parse_float=_no_number, parse_constant=_no_number)


def cites(body: bytes) -> Iterator[dict[str, Any]]:
    """Every document an entry names: by its digest, its size and its media type, wherever in the payload."""
    if b'"sha256"' in body:
        try:
            waiting = [entry_of(body)["payload"]]
        except (ValueError, RecursionError):
            return
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                if value.keys() == {"media_type", "sha256", "size"}:
                    yield value
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)


class Cited:
    """The documents entries name: the list a bundle brings of them, each with the numbers of the entries that name it."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def take(self, number: int, body: bytes) -> None:
        """The next entry."""
        for named in cites(body):
            row = self._found.setdefault(str(named["sha256"]), {**named, "entries": []})
            if number not in row["entries"][-1:]:
                row["entries"].append(number)

    def rows(self) -> list[dict[str, Any]]:
        """One for each document, by its digest."""
        return [self._found[digest] for digest in sorted(self._found)]


def _no_number(text: str) -> Any:
    raise ValueError(text[:20])


def _whole(digits: str) -> int:
    """Reading a number takes the square of its length; none of ours has more than sixteen digits."""
    if len(digits) > 17:
        raise ValueError(digits[:20])
    return int(digits)


def _small(value: Any) -> bool:
    if isinstance(value, dict):
        return all(key.isascii() or max(key) < "\U00010000" for key in value) and all(map(_small, value.values()))
    if isinstance(value, list):
        return all(map(_small, value))
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST


def sortable(time: str) -> str:
    """A time in a form that sorts: 09:00:00Z and 09:00:00.000100Z differ in length."""
    return time[:-1].ljust(20, ".").ljust(26, "0")


class Walk:
    """The entries of a ledger, one after the other. `roots` has the root for each number asked for beforehand."""

    def __init__(self, wanted: set[int]) -> None:
        self.number, self.link, self.at = 0, "0" * 64, ""
        self.roots: dict[int, bytes] = {}
        self.defects: list[Defect] = []
        self.pins: set[str] = set()
        self.recorded: list[tuple[int, str, Any]] = []
        self._wanted, self._tree = wanted, Tree()
        self._versions: dict[str, int] = {}

    def take(self, body: bytes) -> None:
        """The next line."""
        self.number += 1
        number, say = self.number, self.defects.append
        self._tree.add(leaf(body))
        if number in self._wanted:
            self.roots[number] = self._tree.root()
        link, self.link = self.link, hashlib.sha256(body).hexdigest()
        try:
            entry = entry_of(body)
        except (ValueError, RecursionError):
            say(Defect(number, "form", "正文不是规范的记录。", "Its body is no entry in canonical form."))
            return
        if entry["v"] != FORMAT:
            say(
                Defect(
                    number,
                    "newer",
                    f"格式 {entry['v']} 不能识别。",
                    f"It is of an unknown format, {entry['v']}.",
                )
            )
            return
        if entry["number"] != number:
            say(Defect(number, "number", f"此处应为第 {number} 号，正文为第 {entry['number']} 号：有缺失、重复或次序颠倒。",
                       f"It says it is entry {entry['number']}: something is missing, twice or out of order."))  # fmt: skip
        if entry["previous"] != link:
            say(Defect(number, "link", "它不是接在上一条记录之后写的：两者之一被改动过。",
                       "It does not name the digest of the entry before: one of the two was changed."))  # fmt: skip
        at = sortable(entry["recorded_at"])
        if at < self.at:
            say(Defect(number, "backwards", "记录时间早于上一条。", "It was recorded before the entry before it."))
        self.at = at
        self._version(entry)
        self.pins.add(entry["rulebook"])
        if entry["stream"] == "seals" and isinstance(entry["payload"], dict):
            self.recorded.append((number, entry["kind"], entry["payload"]))

    def _version(self, entry: dict[str, Any]) -> None:
        before = self._versions.get(entry["stream"], 0)
        self._versions[entry["stream"]] = entry["version"]
        if entry["version"] != before + 1:
            self.defects.append(Defect(
                self.number, "version", f"本序列上一版为第 {before} 版，此处为第 {entry['version']} 版。",
                f"It is version {entry['version']} of its stream, after version {before}.",
            ))  # fmt: skip


# --- the keys and the seals ------------------------------------------------------------------------


class Term(NamedTuple):
    """A key that signs the seals of more than `after` entries, and not more than `upto`."""

    key: Key
    after: int
    upto: int | None


def terms(rows: Sequence[dict[str, Any]], trusted: Sequence[Key], found: list[Defect]) -> list[Term]:
    """Whose turn it was when. The first key is believed, or only those that were handed in; each names the next."""
    made: list[Term] = []
    for row in rows:
        if row["role"] != "log":
            continue
        try:
            key, since = key_of(row["key"]), row["since"]
            if key not in trusted and (made or trusted):
                _handed_on(row, made[-1].key if made else None)
        except (ValueError, KeyError, TypeError):
            found.append(Defect(
                None, "key", f"密钥 {str(row.get('key'))[:80]} 没有由上一个密钥交接，它的签名不予承认。若旧密钥确已丢失，须以 --key 同时给出新旧两个公钥。",
                f"The key {str(row.get('key'))[:80]} was not handed on to by the key before it; what it signed does not count. If that key was lost, give both with --key.",
            ))  # fmt: skip
            continue
        if made:
            made[-1] = made[-1]._replace(upto=since)
        made.append(Term(key, since, None))
    known = [term.key for term in made]
    return made + [Term(key, 0, None) for key in trusted if key not in known]


def _handed_on(row: dict[str, Any], before: Key | None) -> None:
    """ValueError unless the key before signed for this one, and it for itself."""
    if before is None or not isinstance(row["note"], str):
        raise ValueError("key")
    note, key = note_of(row["note"].encode()), key_of(row["key"])
    wanted = f"{before.name}\nkey {before}\nsuccessor {key}\nafter {row['since']}\n"
    good, bad = note.signers([before, key])
    if note.text != wanted or bad or before not in good or key not in good or key.name != before.name:
        raise ValueError("key")


class Keys(NamedTuple):
    """Whose signatures count."""

    terms: list[Term]
    witnesses: list[Key]


def look(seal: Seal, keys: Keys, root: bytes | None, last: int, found: list[Defect], whose: str = "") -> None:
    """Hold one seal against the entries (`root`: theirs at its number) and against the keys."""
    number, name = seal.number, whose or f"{seal.number}"
    mine = [t.key for t in keys.terms if t.after < number and (t.upto is None or number <= t.upto)]
    good, bad = seal.note.signers([*mine, *keys.witnesses])
    if bad:
        found.append(Defect(
            number, "forged", f"封存 {name} 上以“{bad[0].name}”名义的签名是假的。",
            f"Seal {name}: the signature in the name of “{bad[0].name}” is not genuine.",
        ))  # fmt: skip
    elif not any(key in good and key.name == seal.origin for key in mine):
        found.append(
            Defect(number, "unsigned", f"封存 {name} 没有可信密钥的签名。", f"Seal {name} is signed by no trusted key.")
        )
    if number > last:
        found.append(Defect(
            None, "truncated", f"封存 {name} 含 {number} 条，这里只有 {last} 条：末尾被截去，或换成了旧本。",
            f"Seal {name} is over {number} entries and here are {last}: the end was cut off, or an old copy was put in place.",
        ))  # fmt: skip
    elif root is not None and root != seal.root:
        found.append(Defect(
            number, "sealed", f"第 1 至 {number} 号记录与封存 {name} 不符：封存之后被改写过。",
            f"Entries 1 to {number} are not what seal {name} was made over: they were written anew.",
        ))  # fmt: skip


# --- a bundle --------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What was found, and what is to be said besides."""

    form: str
    entries: int
    defects: list[Defect]
    remarks: list[tuple[str, str]]


class Bundle:
    """One bundle, looked through. `expected` are seals somebody kept, `trusted` keys somebody was handed."""

    def __init__(self, archive: Archive, expected: Sequence[Seal] = (), trusted: Sequence[Key] = ()) -> None:
        self._archive, self._expected, self._trusted = archive, expected, trusted
        self._found: list[Defect] = []
        self._remarks: list[tuple[str, str]] = []
        self._about = self._json(ABOUT, dict, {})
        rows = [row for row in self._json(KEYS, list, []) if self._is_key(row)]
        self._keys = Keys(terms(rows, trusted, self._found), [key_of(r["key"]) for r in rows if r["role"] == "witness"])
        self._seals = self._read_seals()
        self._cited = Cited()

    def outcome(self, see: Callable[[int], None] = _unseen) -> Outcome:
        """Look at everything."""
        if not self._expected and not self._trusted:
            self._remarks.append((
                "没有提供另存的封存或亲自取得的公钥：若台账连同封存被整体改写，无从发现。",
                "No seal and no key from elsewhere was brought: if the ledger and all its seals had been rewritten, this check would not show it.",
            ))  # fmt: skip
        if not self._archive.whole():
            self._say(
                "archive",
                "文件与制作时不完全一致：在传送或保存中损坏，或被改动。",
                "The file is not bit for bit what was written: it was damaged on the way, or changed.",
            )
        self._names()
        if self._about.get("format") != FORMAT or self._about.get("form") not in ("ledger", "dossier"):
            self._say("about", "about.json 的格式不能识别。", "about.json is of an unknown format.")
            last = 0
        else:
            last = self._ledger(see) if self._about["form"] == "ledger" else self._dossier()
            self._documents()
        if len(self._found) > DEFECTS:
            del self._found[DEFECTS:]
            self._say("more", "缺陷过多，其余不再列出，也不再核对。", "There are too many defects; the rest is neither listed nor looked at.")  # fmt: skip
        return Outcome(str(self._about.get("form", "")), last, self._found, self._remarks)

    def _say(self, code: str, zh: str, en: str, number: int | None = None) -> None:
        self._found.append(Defect(number, code, zh, en))

    def _json(self, name: str, kind: type, otherwise: Any) -> Any:
        try:
            read: Any = parsed(self._archive.read(name))
            if not isinstance(read, kind) or (isinstance(read, list) and name == KEYS and len(read) > LARGEST_KEYS):
                raise ValueError(name)
        except (KeyError, ValueError, RecursionError):
            self._say("file", f"{name} 缺失或损坏。", f"{name} is missing or damaged.")
            return otherwise
        return read

    def _is_key(self, row: Any) -> bool:
        try:
            key_of(row["key"])
            return row["role"] in ("log", "witness") and type(row["since"]) is int
        except (ValueError, KeyError, TypeError):
            self._say("key", "keys.json 中有不能识别的密钥。", "keys.json has a key that is none.")
            return False

    def _read_seals(self) -> list[Seal]:
        seals = []
        for name in sorted(n for n in self._archive.names if n.startswith("seals/")):
            try:
                seal = seal_of(self._archive.read(name))
                if name != f"seals/{seal.number:010}.note":
                    raise ValueError(name)
                seals.append(seal)
            except ValueError:
                self._say("seal", f"{name} 不是可读的封存文件。", f"{name} is no seal that can be read.")
        return seals

    def _names(self) -> None:
        """Every file of a known name, each once."""
        known = re.compile(r"about\.json|keys\.json|documents\.json|entries\.jsonl|verify\.py|index\.html|seals/\d{10}\.note|"
                           r"proofs/\d{10}\.tlog-proof|rulebooks/[a-z0-9._-]+@[0-9a-f]{64}\.toml|documents/[0-9a-f]{64}")  # fmt: skip
        seen: set[str] = set()
        for name in self._archive.names:
            if len(self._found) > DEFECTS:
                return
            if name in seen or not known.fullmatch(name):
                self._say("file", f"多出文件 {name[:100]}。", f"There is a file too many, {name[:100]}.")
            seen.add(name)
            digest = re.fullmatch(r"rulebooks/.*@([0-9a-f]{64})\.toml", name)
            if digest and not self._is_sound(name, digest.group(1)):
                self._say("rulebook", f"{name} 的内容与其摘要不符：被换过。", f"{name} is not what its digest says: it was swapped.")  # fmt: skip

    def _is_sound(self, name: str, digest: str) -> bool:
        try:
            return self._archive.digest(name) == digest
        except ValueError:
            return False

    def _documents(self) -> None:
        """Each document that is here is one an entry names, whole; each that is said to be here is."""
        cited = {row["sha256"]: row for row in self._cited.rows()}
        here = {name[10:] for name in self._archive.names if name.startswith("documents/")}
        if DOCUMENTS in self._archive:
            listed = self._json(DOCUMENTS, list, [])
            said = {row["sha256"] for row in listed if isinstance(row, dict) and row.get("here") is True}
            if [{**row, "here": digest in said} for digest, row in cited.items()] != listed:
                self._say("documents", f"{DOCUMENTS} 与各记录所引的文件不符。", f"{DOCUMENTS} does not list the documents the entries name.")  # fmt: skip
            for digest in sorted(said & cited.keys() - here):
                self._named("缺失", "is missing", digest, cited[digest])
        for digest in sorted(here - cited.keys()):
            self._say("document", f"没有记录引用文件 {digest[:16]}。", f"No entry names the document {digest[:16]}.")
        for digest in sorted(here & cited.keys()):
            name = f"documents/{digest}"
            if self._archive.size(name) != cited[digest]["size"] or not self._is_sound(name, digest):
                self._named(
                    "内容与其摘要不符：被换过", "is not what its digest says: it was swapped", digest, cited[digest]
                )
        if cited.keys() - here:
            left = len(cited.keys() - here)
            self._remarks.append((
                f"{left} 份文件只有摘要，原件不在包中；可用 sha256sum 与手中的原件核对。",
                f"Of {left} documents only the digests are here; hold the originals against them with sha256sum.",
            ))  # fmt: skip

    def _named(self, zh: str, en: str, digest: str, row: dict[str, Any]) -> None:
        others = [str(number) for number in row["entries"][1:11]]
        self._say(
            "document", f"所引文件 {digest[:16]} {zh}" + (f"（第 {'、'.join(others)} 号也引用）" if others else "") + "。",
            f"The document {digest[:16]} it names {en}" + (f"; so does entry {', '.join(others)}." if others else "."),
            row["entries"][0],
        )  # fmt: skip

    def _rulebooks(self, pins: Iterable[str]) -> None:
        for pin in sorted(pin for pin in pins if pin and f"rulebooks/{pin}.toml" not in self._archive):
            self._say(
                "rulebook", f"缺少所依据的办法 {pin}。", f"The rulebook {pin} that entries stand under is missing."
            )

    def _ledger(self, see: Callable[[int], None]) -> int:
        """The whole beginning of a ledger, its seals and its end."""
        walk = Walk({seal.number for seal in [*self._seals, *self._expected]})
        try:
            for body in self._archive.lines(ENTRIES):
                walk.take(body)
                self._cited.take(walk.number, body)
                if walk.number % 1000 == 0:
                    see(walk.number)
                if len(walk.defects) > DEFECTS:
                    break
        except (KeyError, ValueError):
            self._say("file", f"{ENTRIES} 缺失或损坏。", f"{ENTRIES} is missing or damaged.")
        self._found += walk.defects
        self._rulebooks(walk.pins)
        last = self._about.get("last")
        if last != {"number": walk.number, "digest": walk.link}:
            self._say(
                "end",
                "末条与 about.json 所载不符：有增删或改动。",
                "The last entry is not the one about.json names.",
                walk.number,
            )
        self._recorded(walk.recorded)
        self._sealed(walk.roots, walk.number)
        return walk.number

    def _recorded(self, entries: Iterable[tuple[int, str, Any]]) -> None:
        """Every seal and every witness's line that an entry records is here, and no seal between them that none does."""
        seals = {seal.number: seal.note for seal in self._seals}
        known: set[Any] = set()
        for number, kind, said in entries:
            note = seals.get(said.get("number")) if type(said.get("number")) is int else None
            if kind == "SealMade":
                known.add(note and said["number"])
                if note is None or note.sealed != said.get("note"):
                    self._say("seal_gone", "此处登记的封存不在包中，或被换过。", "The seal it records is not here, or was swapped.", number)  # fmt: skip
            elif kind == "CosignatureAccepted" and (note is None or said.get("line") not in note.under):
                self._say("cosignature_gone", "此处登记的见证签名不在包中，或被改动。", "The witness's line it records is not here, or was changed.", number)  # fmt: skip
        last = max((one for one in known if one), default=0)
        for one in sorted(size for size in seals if size < last and size not in known):
            self._say("seal_planted", f"{one} 条的封存没有登记，其后的封存却已登记：是后来插入的。", f"The seal of {one} entries is not recorded and a later one is: it was put in afterwards.")  # fmt: skip

    def _sealed(self, roots: dict[int, bytes], last: int) -> None:
        for seal in self._seals:
            if len(self._found) <= DEFECTS:
                look(seal, self._keys, roots.get(seal.number), last, self._found)
        for seal in self._expected:
            look(seal, self._keys, roots.get(seal.number), last, self._found, f"handed in ({seal.number})")
        covered = max((seal.number for seal in self._seals if seal.number <= last), default=0)
        if covered < last:
            self._remarks.append((
                f"第 {covered + 1} 至 {last} 号记录尚未封存：其后是否还有记录，无从证明。",
                f"Entries {covered + 1} to {last} are not sealed: whether there were more after them cannot be shown.",
            ))  # fmt: skip
        self._say_seals()

    def _say_seals(self) -> None:
        if self._seals:
            last = self._seals[-1]
            names = "、".join(sorted({k.name for k in last.note.signers(self._keys.witnesses)[0]}))
            mark = " ".join(last.root.hex()[at : at + 4] for at in range(0, 20, 4))
            self._remarks.append((
                f"最近一次封存：{last.number} 条，{mark}，见证：{names or '无'}。请与通报上印的封存号核对。",
                f"Newest seal: {last.number} entries, {mark}, witnessed by {names or 'nobody'}. Compare it with the one printed in the notice.",
            ))  # fmt: skip

    def _dossier(self) -> int:
        """Some entries of a ledger, each with the proof that it is under the newest seal."""
        if not self._seals:
            self._say(
                "unsigned",
                "卷宗没有封存，其中的记录无从证明。",
                "The dossier has no seal; nothing shows that its entries are the ledger's.",
            )
            return 0
        seal, count, before = self._seals[-1], 0, 0
        versions: dict[str, int] = {}
        look(seal, self._keys, None, seal.number, self._found)
        pins: set[str] = set()
        try:
            for body in self._archive.lines(ENTRIES):
                count += 1
                try:
                    entry = entry_of(body)
                except (ValueError, RecursionError):
                    self._say("form", f"第 {count} 行不是规范的记录。", f"Line {count} is no entry in canonical form.")
                    if len(self._found) > DEFECTS:
                        break
                    continue
                number, stream = entry["number"], entry["stream"]
                if number <= before:
                    self._say("number", "记录重复或次序颠倒。", "It is twice or out of order.", number)
                before = number
                if not self._is_under(seal, number, body):
                    self._say(
                        "sealed",
                        "包含证明不成立：它不是封存的台账中的这一条。",
                        "Its proof does not hold: it is not this entry of the sealed ledger.",
                        number,
                    )
                if entry["version"] != versions.get(stream, 0) + 1:
                    self._say(
                        "version",
                        f"序列 {stream} 缺少第 {versions.get(stream, 0) + 1} 版。",
                        f"Version {versions.get(stream, 0) + 1} of {stream} is missing.",
                        number,
                    )
                versions[stream] = entry["version"]
                pins.add(entry["rulebook"])
                self._cited.take(number, body)
                if len(self._found) > DEFECTS:
                    break
        except (KeyError, ValueError):
            self._say("file", f"{ENTRIES} 缺失或损坏。", f"{ENTRIES} is missing or damaged.")
        if versions != self._about.get("streams"):
            self._say("end", "各序列的条数与 about.json 所载不符。", "The streams are not as long as about.json says.")
        self._rulebooks(pins)
        self._say_seals()
        return count

    def _is_under(self, seal: Seal, number: int, body: bytes) -> bool:
        try:
            head, _, rest = self._archive.read(f"proofs/{number:010}.tlog-proof").decode("utf-8").partition("\n\n")
            first, second, *lines = head.split("\n")
            held = seal_of(rest.encode())
            proof = [_unpacked(line) for line in lines]
        except (KeyError, ValueError):
            return False
        said = (first, second, held.number, held.root)
        wanted = ("c2sp.org/tlog-proof@v1", f"index {number - 1}", seal.number, seal.root)
        return said == wanted and included(seal.root, seal.number, number - 1, leaf(body), proof)


def check(
    path: str,
    expected: Sequence[Seal] = (),
    trusted: Sequence[Key] = (),
    see: Callable[[int], None] = _unseen,
) -> Outcome:
    """Everything wrong with a bundle. Unusable where it is none."""
    archive = Archive(path)
    try:
        return Bundle(archive, expected, trusted).outcome(see)
    finally:
        archive.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="核验台账包 · check a bundle of a Kaohe ledger")
    parser.add_argument("bundle")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="SEAL", help="另行留存的封存文件 · a seal kept elsewhere"
    )
    parser.add_argument(
        "--key", action="append", default=[], help="亲自取得的台账公钥 · the ledger's verifier key, as handed to you"
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 · answer in JSON")
    asked = parser.parse_args(arguments)
    english = asked.lang == "en"
    try:
        outcome = check(asked.bundle, [seal_in(file) for file in asked.expect], [key_in(line) for line in asked.key])
    except Unusable as error:
        if asked.json:
            print(json.dumps({"unusable": {"zh": error.zh, "en": error.en}}))
        else:
            print(error.en if english else error.zh, file=sys.stderr)
        return 2
    print(json.dumps(as_json(outcome)) if asked.json else "\n".join(lines(outcome, english=english)))
    return 1 if outcome.defects else 0


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data."""
    return {
        "form": outcome.form,
        "entries": outcome.entries,
        "ok": not outcome.defects,
        "defects": [one._asdict() for one in outcome.defects],
        "remarks": [{"zh": zh, "en": en} for zh, en in outcome.remarks],
    }


def lines(outcome: Outcome, *, english: bool) -> list[str]:
    """The outcome in one language: what it cannot show, every defect, and last how much was read and what came of it."""
    count = len(outcome.defects)
    if english:
        end = f"{outcome.entries} entries: " + (f"{count} defects." if count else "no defect, as far as is said above.")
    else:
        end = f"{outcome.entries} 条记录：" + (f"发现 {count} 处缺陷。" if count else "无缺陷（限于以上所述范围）。")
    return [*(r[english] for r in outcome.remarks), *(one.say(english=english) for one in outcome.defects), end]


def seal_in(file: str) -> Seal:
    try:
        with open(file, "rb") as opened:
            return seal_of(opened.read(SMALL["seals/"] + 1))
    except (OSError, ValueError):
        name = os.path.basename(file)
        raise Unusable(f"{name} 不是封存文件。", f"{name} is no seal.") from None


def key_in(line: str) -> Key:
    try:
        return key_of(line)
    except ValueError:
        raise Unusable(
            f"“{line}”不是公钥，请整行复制。", f"“{line}” is no verifier key; copy the whole line."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
