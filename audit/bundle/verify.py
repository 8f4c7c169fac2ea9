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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
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
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.(?!000000)([0-9]{6}))?Z")
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
DIGEST = re.compile(r"[0-9a-f]{64}")
POINTS = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
ROLE = re.compile(r"[a-z][a-z_]{0,31}")
PIN = re.compile(r"([a-z0-9._-]+@[0-9a-f]{64})?")
COMMAND = re.compile(rf"(web|api|cli|clock|program)/({ID.pattern})/[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,299}}")
STREAM = re.compile(
    rf"roster|access|seals|year/[0-9]{{4}}|assessment/[0-9]{{4}}/{ID.pattern}(/{ID.pattern})?|(?!(?:year|assessment|roster|access|seals)/)[a-z_]+/{ID.pattern}"
)
HOLDER = "holder"
"""The role in which somebody looks after an account of their own."""
EAST, WEST = timedelta(hours=14), timedelta(hours=12)
"""The earliest and the latest zone: where a day begins first, and last."""
MOST = 256 * 1024 * 1024
"""No file of a bundle but the entries may be larger than this unpacked."""

LOCAL, CENTRAL, END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
"""The three headers of a zip (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16), without the names and the comment that follow them."""

ENTRIES, ABOUT, KEYS, DOCUMENTS, LIST = "entries.jsonl", "about.json", "keys.json", "documents.json", "dossier.note"
FORMS: Mapping[str, tuple[str, ...]] = {"ledger": (), "dossier": (LIST,)}
"""The forms a bundle may have, and the files only that form needs."""
ALWAYS = frozenset([ENTRIES, ABOUT, KEYS, DOCUMENTS, "verify.py", "index.html"])
"""The files of every bundle, whatever is in it."""

KINDS = """
account AccountClosed reason:text
account AccountMoved reason:text unit:id?
account AccountOpened unit:id?
routine_check AnswerAccepted accepted_on:day* remark:text?
routine_check AnswerReturned mend_until:day? reason:text
assessment Approved grade:string met_on:day* resolution:text
assessment AssessmentOpened due:{day} heads:[Member] members:[Member] occasion:id? staff:int title:text? unit:id unit_kind:string year:int
assessment AssessmentWithdrawn reason:text
assessment BallotHeld held_on:day* sheets:[Sheet]
assessment BallotVoided held_on:day* sheets:[Sheet]
case CaseRecorded acted_on:day? elements:[string] sanctions:[Sanction] unit:id unit_now:id?
case CaseRescinded document:text reason:text
case CaseRevised acted_on:day? elements:[string] reason:text sanctions:[Sanction] unit:id unit_now:id?
routine_check CheckEscalated due:day rung:string stage:string superseded:[string] to:string
routine_check CheckReminded due:day rung:string stage:string superseded:[string] to:string
assessment Circulated circulated_on:day* document:text replaces:text? tasks:[string]
seals CosignatureAccepted line:digest number:int
assessment DeadlineMoved due:day reason:text stage:string
assessment DocumentsReviewed findings:{Finding} reviewed_on:day*
seals EndGivenUp known:int there:int
vault Erased reason:text
assessment Escalated due:day rung:string stage:string superseded:[string] to:string
account IdentityConfirmed identity:digest session:digest?
account IdentityEnded identity:digest
account IdentityProposed identity:digest
assessment InterviewsHeld held_on:day* member_talks:[MemberTalk] notes:[Reference] with_staff:int
account LinkConfirmed
account LinkIssued link:digest
account LinkRequested
assessment MeetingHeld entitled:int held_on:day* minutes:Document personal_reports:[PersonalReport] present:int team_report_by:id
assessment MemberSubstituted head:bool joins:Member? leaves:id? since:day*
account PasswordChanged password:digest session:digest
account PasswordSet link:digest password:digest
access RefusedCommand act:string refusal:string stream:string
assessment Reminded due:day rung:string stage:string superseded:[string] to:string
assessment RemindersLapsed due:day rungs:[string] stage:string
assessment ResultPosted objections:int posted_on:day until:day*
assessment ResultReopened cases:[string] met_on:day? reason:text resolution:text?
account RoleGranted role:id
account RoleWithdrawn reason:text role:id
routine_check RoutineCheckAnswered answer:text documents:[Document] notes:[Reference]
routine_check RoutineCheckCorrected checked_by:[id] checked_on:day* documents:[Document] elements:[string] finding:text mend_until:day? notes:[Reference] reason:text to_mend:text?
routine_check RoutineCheckRecorded checked_by:[id] checked_on:day* documents:[Document] elements:[string] finding:text mend_until:day? notes:[Reference] to_mend:text? unit:id
routine_check RoutineCheckWithdrawn reason:text
table RowsNoted rows:[Row]
assessment ScoreReturned reason:text
assessment Scored marks:{points} reasons:{text} result:Result
seals SealMade count:int made_at:time note:digest number:int previous:digest? root:digest
account SecondFactorEnded
account SecondFactorSet factor:digest
table SecurityLogNoted before:digest digest:digest first:int number:int
assessment SelfReportReturned reason:text
assessment SelfReportSubmitted report:Document self_scores:{points}
account SessionBegun ends:digest? proof:digest session:digest way:password|oidc|cas
account SessionsEnded sessions:[digest]
assessment SheetFilled marks:{points} reasons:{text}
assessment SiteInspected finding:text inspected_on:day* inspectors:[id] special_work:text
assessment StaleScoreNoted cases:[string]
assessment StepUndone reason:text
assessment TaskCompleted document:text? done_on:day* persons:[TaskPerson] task:string
clock TimeConfirmed last:time
account TokenIssued digest:digest token:id until:day
account TokenRevoked reason:text token:id
roster UnitChanged heads:[Member] members:[Member] since:day? staff:int title:text unit:id unit_kind:string
roster UnitRegistered heads:[Member] members:[Member] since:day? staff:int title:text unit:id unit_kind:string
roster UnitRenamed reason:text since:day* title:text unit:id
roster UnitReorganised continues:bool final_year:int reason:text since:day* successors:[id] unit:id
roster UnitRestored reason:text unit:id
vault ValueKept about:id? commitment:digest of:string? units:[id] value:interview_notes|case_narrative|personal_report|check_notes|name
vault ValueRead reason:text
assessment VetoLifted reason:text veto:string
assessment VetoRaised ground:string late:bool outcome:string since:day? veto:string
assessment VetoRecorded ground:string reason:text
year VisitMoved before:Visit reason:text visit:Visit
year VisitsPlanned visits:[Visit]
year YearClosed left:[Left] reason:text?
year YearDeadlineMoved due:day reason:text stage:string
year YearOpened due:{day} units:[id] year:int
- Checked check:string checked_on:day elements:[string] points:points status:open|noted|answered|accepted|withdrawn
- Deducted case:string instead_of:string? outcome:string person:string points:points tier:string
- Document media_type:string sha256:digest size:int
- Effects checks:[Checked] deductions:[Deducted] flags:[Flag] repeats:[Repeat] vetoes:[Vetoed]
- Finding evidence:[Document] finding:met|partly|unmet remark:text?
- Flag case:string instead_of:string? outcome:string why:pending|committee|successor
- Inspector account:id unit:id?
- Left task:string unit:id
- Member person:id position:text
- MemberTalk missing:text? person:id
- PersonalReport missing:text? person:id
- Reference commitment:digest id:id
- Repeat case:string effect:deduct|veto outcome:string
- Result cause:score|veto deducted:points effects:Effects given:points grade:string score:points
- Row digest:digest? key:id
- Sanction document:text? effective_on:day? instead_of:string? outcome:string person:id remark:text? standing:party_cadre|party_member|cadre|staff|student_member|student
- Sheet counts:{int} issued:int returned:int subject:id valid:int
- TaskPerson exception:text? measure:text? person:id
- Vetoed case:string? ground:string id:string instead_of:string? outcome:string? since:day?
- Visit begins:string contact:id day:day day_off:text? ends:string group:text inspectors:[Inspector] place:text unit:id
"""
"""Every kind of fact with its stream and fields, and (`-`) the records within them, as docs/ledger-format.md has them under
"The fields of each kind"; a star marks the day a fact says it took place."""


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
DEPTH = 64
SMALL = {"seals/": 1 << 16, "proofs/": 1 << 16, "rulebooks/": 1 << 20}
SIZES = {LIST: 1 << 16, ABOUT: 1 << 20, KEYS: 1 << 20, DOCUMENTS: 1 << 26, "verify.py": 1 << 20, ENTRIES: 1 << 31}
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
        stored = name.startswith("documents/")
        most = next((m for begin, m in SMALL.items() if name.startswith(begin)), SIZES.get(name, MOST))
        if (
            header != fixed
            or method != (0 if stored else 8)
            or (stored and packed != size)
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
    """The entry a body is. ValueError, saying why, if it is not canonical JSON of exactly the fields, each of its type."""
    entry = parsed(body)
    if not isinstance(entry, dict) or canonical(entry) != body or not _small(entry):
        raise ValueError("it is not canonical JSON")
    if frozenset(entry) != FIELDS:
        raise ValueError("it has other fields than an entry")
    for name, holds in _OF_ENTRY.items():
        if not holds(entry[name]):
            raise ValueError(name)
    return entry


def canonical(value: Any) -> bytes:
    """A value as RFC 8785 writes it; of our domain only (docs/ledger-format.md)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


Holds = Callable[[Any], bool]
"""Whether a value is of a type."""


def _string(form: re.Pattern[str]) -> Holds:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _or_null(holds: Holds) -> Holds:
    return lambda value: value is None or holds(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500


def _is_whole(value: Any) -> bool:
    return type(value) is int and -LARGEST <= value <= LARGEST  # `true` is no number


def _is_counted(value: Any) -> bool:
    return _is_whole(value) and value > 0


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and day_of(value) is not None


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and time_of(value) is not None


def day_of(said: str) -> date | None:
    """The day that the text writes; None if it writes no day."""
    found = DAY.fullmatch(said)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def time_of(said: str) -> datetime | None:
    """The time in UTC that the text writes; None if it is no time or has another form."""
    found = TIME.fullmatch(said)
    try:
        year, month, day, hour, minute, second, micro = (
            (int(part or 0) for part in found.groups()) if found else [0] * 7
        )
        return datetime(year, month, day, hour, minute, second, micro)
    except ValueError:
        return None


_OF_ENTRY: Mapping[str, Holds] = {
    "actor": _string(ID), "command": _string(COMMAND), "happened_at": _is_time, "home": _or_null(_string(ID)),
    "kind": lambda value: isinstance(value, str), "machine_clock": _or_null(_is_time), "number": _is_counted,
    "payload": lambda value: isinstance(value, dict), "previous": _string(DIGEST), "recorded_at": _is_time,
    "role": _string(ROLE), "rulebook": _string(PIN), "stream": _string(STREAM), "v": _is_counted, "version": _is_counted,
}  # fmt: skip

_PLAIN: Mapping[str, Holds] = {
    "id": _string(ID), "digest": _string(DIGEST), "text": _is_text, "string": lambda value: isinstance(value, str),
    "int": _is_whole, "bool": lambda value: isinstance(value, bool), "points": _string(POINTS), "day": _is_day,
    "time": _is_time,
}  # fmt: skip


class Kind(NamedTuple):
    """A kind of fact: what its stream's name begins with, its fields, and which of them says the day it took place."""

    room: str
    fields: dict[str, Holds]
    dated: str


def _holds(said: str, records: Mapping[str, dict[str, Holds]]) -> Holds:
    """Whether a value is of the type that is written so."""
    if said.endswith("?"):
        return _or_null(_holds(said[:-1], records))
    if said[0] in "[{":
        each = _holds(said[1:-1], records)
        if said[0] == "[":
            return lambda value: isinstance(value, list) and all(map(each, value))
        return lambda value: isinstance(value, dict) and all(map(each, value.values()))
    if "|" in said:
        return lambda value: isinstance(value, str) and value in said.split("|")
    return _PLAIN[said] if said in _PLAIN else lambda value: _fit(value, records[said])


def _fit(value: Any, wanted: Mapping[str, Holds]) -> bool:
    return isinstance(value, dict) and value.keys() == wanted.keys() and all(wanted[k](v) for k, v in value.items())


def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    records: dict[str, dict[str, Holds]] = {}
    for line in KINDS.split("\n")[1:-1]:
        room, name, *fields = line.split(" ")
        said = dict(field.split(":", 1) for field in fields)
        dated = [field for field, type_ in said.items() if type_.endswith("*")]
        made = {field: _holds(type_.rstrip("*"), records) for field, type_ in said.items()}
        if room == "-":
            records[name] = made
        else:
            kinds[name] = Kind(room, made, dated[0] if dated else "")
    return kinds


_KINDS = _kinds()


def parsed(raw: bytes) -> Any:
    """The value of a JSON text. ValueError for malformed JSON and for a number that is not whole or too long; RecursionError."""
    return json.loads(raw.decode("utf-8"), parse_int=_whole, parse_float=_no_number, parse_constant=_no_number)


Named = tuple[str, int, str]
"""A document as an entry names it: digest, size, media type."""


_DOCUMENT = {"media_type": "string", "sha256": "digest", "size": "int"}


def cites(payload: Any) -> Iterator[Named]:
    """Every document a payload names, wherever in it."""
    waiting = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.keys() == _DOCUMENT.keys() and all(_PLAIN[_DOCUMENT[k]](held) for k, held in value.items()):
                yield value["sha256"], value["size"], value["media_type"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _no_number(text: str) -> Any:
    raise ValueError(text[:20])


def _whole(digits: str) -> int:
    """Reading a number takes the square of its length; none of ours has more than sixteen digits."""
    if len(digits) > 17:
        raise ValueError(digits[:20])
    return int(digits)


def _small(value: Any, depth: int = 0) -> bool:
    """Whether a value lies in our part of JSON: whole numbers of 53 bits, keys that sort alike everywhere, no deeper than `DEPTH`."""
    if isinstance(value, (dict, list)) and depth >= DEPTH:
        return False
    if isinstance(value, dict):
        names = all(key.isascii() or max(key) < "\U00010000" for key in value)
        return names and all(_small(each, depth + 1) for each in value.values())
    if isinstance(value, list):
        return all(_small(each, depth + 1) for each in value)
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST


class Walk:
    """The entries of a ledger, one after the other, or some of them (`excerpt`). `roots` has the root for each number asked for beforehand."""

    def __init__(self, wanted: set[int], *, excerpt: bool = False) -> None:
        self.number, self.link, self.at = 0, "0" * 64, datetime.min
        self.count = 0
        self.roots: dict[int, bytes] = {}
        self.defects: list[Defect] = []
        self.pins: set[str] = set()
        self.recorded: list[tuple[int, str, Any]] = []
        self.versions: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.cited: dict[Named, list[int]] = {}
        self._wanted, self._tree, self._excerpt = wanted, Tree(), excerpt
        self._accounts: dict[str, tuple[set[str], set[str | None]]] = {}

    def take(self, body: bytes) -> int:
        """The next line; the number of its entry, 0 where it cannot be told."""
        self.count += 1
        if not self._excerpt:
            self._tree.add(leaf(body))
            if self.count in self._wanted:
                self.roots[self.count] = self._tree.root()
        try:
            entry = entry_of(body)
        except (ValueError, RecursionError) as error:
            why, line = str(error)[:60], f"Line {self.count}: its" if self._excerpt else "Its"
            self._say("form", f"第 {self.count} 行不是规范的记录（{why}）。", f"{line} body is no entry in canonical form ({why}).",
                      None if self._excerpt else self.count)  # fmt: skip
            entry = None
        digest = hashlib.sha256(body).hexdigest()
        before, link = self.number, self.link
        self.number = entry["number"] if entry and self._excerpt else self.count if not self._excerpt else before
        self.link = digest
        if entry is None:
            return 0
        if entry["v"] != FORMAT:
            self._say("newer", f"格式 {entry['v']} 不能识别。", f"It is of an unknown format, {entry['v']}.")
            return self.number
        self._in_its_place(entry, before, link)
        if self._by_itself(entry):
            self._of_its_account(entry)
        self.pins.add(entry["rulebook"])
        for named in cites(entry["payload"]):
            numbers = self.cited.setdefault(named, [])
            if self.number not in numbers[-1:]:
                numbers.append(self.number)
        if entry["stream"] == "seals":
            self.recorded.append((self.number, entry["kind"], entry["payload"]))
        return self.number

    def _say(self, code: str, zh: str, en: str, number: int | None = -1) -> None:
        self.defects.append(Defect(self.number if number == -1 else number, code, zh, en))

    def _in_its_place(self, entry: dict[str, Any], before: int, link: str) -> None:
        """Its number, link, time and version after those before it."""
        number = entry["number"]
        if self._excerpt and number <= before:
            self._say("number", "记录重复或次序颠倒。", "It is twice or out of order.")
        if number != self.number:
            self._say("number", f"此处应为第 {self.number} 号，正文为第 {number} 号：有缺失、重复或次序颠倒。",
                      f"It says it is entry {number}: something is missing, twice or out of order.")  # fmt: skip
        neighbour = not self._excerpt or number == before + 1
        if neighbour and entry["previous"] != link:
            self._say("link", "它不是接在上一条记录之后写的：两者之一被改动过。",
                      "It does not name the digest of the entry before: one of the two was changed.")  # fmt: skip
        at, read = time_of(entry["recorded_at"]), time_of(entry["machine_clock"] or "")
        assert at is not None
        if at < self.at:
            self._say("backwards", "记录时间早于上一条。", "It was recorded before the entry before it.")
        if read is not None and (read >= at or (neighbour and at != self.at)):
            self._say(
                "clock", "机器时钟读数与记录时间不相称。", "The machine's reading does not go with the time recorded."
            )
        self.at = at
        version = self.versions.get(entry["stream"], 0)
        self.versions[entry["stream"]] = entry["version"]
        self.ends[entry["stream"]] = self.number
        if entry["version"] != version + 1:
            self._say("version", f"本序列上一版为第 {version} 版，此处为第 {entry['version']} 版。",
                      f"It is version {entry['version']} of its stream, after version {version}.")  # fmt: skip

    def _by_itself(self, entry: dict[str, Any]) -> bool:
        """Its kind, its fact, when that took place, and whose command id it has; whether the fact is one."""
        kind, payload = _KINDS.get(entry["kind"]), entry["payload"]
        if not _is_own(entry):
            self._say("command", "提交编号不是经办账号可用的。", "Its command id is not one its actor may use.")
        if kind is None:
            said = entry["kind"][:60]
            self._say("kind", f"不能识别的事实“{said}”。", f"It is of an unknown kind, “{said}”.")
            return False
        if kind.room != entry["stream"].partition("/")[0]:
            said = entry["kind"]
            self._say("kind", f"事实“{said}”不属于这个序列。", f"A fact “{said}” does not belong in this stream.")
        wrong = sorted(payload.keys() ^ kind.fields.keys()) or [k for k, v in payload.items() if not kind.fields[k](v)]
        if wrong:
            said = ", ".join(wrong)[:60]
            self._say("form", f"所载事实不合其格式（{said}）。", f"Its fact is not of the form of its kind ({said}).")
        elif not _happened(entry, payload.get(kind.dated)):
            self._say("happened", "发生时间与所载事实不符。", "When it says it happened is not what its fact says.")
        return not wrong

    def _of_its_account(self, entry: dict[str, Any]) -> None:
        """The role and unit of somebody who came by a page or the API are ones the account had."""
        door, _, rest = entry["command"].partition("/")
        known = self._accounts.get(rest.partition("/")[0]) if door in ("web", "api") else None
        if known is not None and (
            entry["home"] not in known[1] or (entry["role"] not in known[0] and entry["role"] != HOLDER)
        ):
            self._say(
                "account",
                "经办账号此前没有这个角色或不属于这个部门。",
                "The account never had this role, or was never of this unit.",
            )
        room, _, id_ = entry["stream"].partition("/")
        if room == "account":
            roles, units = self._accounts.setdefault(id_, (set(), set()))
            if entry["kind"] == "RoleGranted":
                roles.add(str(entry["payload"].get("role")))
            if entry["kind"] in ("AccountOpened", "AccountMoved"):
                units.add(entry["payload"].get("unit"))


def _happened(entry: dict[str, Any], day: Any) -> bool:
    """Whether an entry says it took place when its fact does: when that day begins in some zone; else, when it was recorded."""
    if day is None:
        return bool(entry["happened_at"] == entry["recorded_at"])
    begins, at = day_of(day), time_of(entry["happened_at"])
    assert begins is not None
    assert at is not None
    try:
        midnight = datetime(begins.year, begins.month, begins.day)
        return midnight - EAST <= at <= midnight + WEST
    except OverflowError:
        return False


def _is_own(entry: dict[str, Any]) -> bool:
    """Whether a command id is of a door its actor may use, in the actor's own name."""
    door, account, _ = entry["command"].split("/", 2)
    actor, role = entry["actor"], entry["role"]
    own = {"clock": "clock", "operator": "cli"}.get(actor) if actor == role else None
    return account == actor and (door == own if own else door in ("program", "web", "api"))


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
            if since < (made[-1].after if made else 0) or (row["note"] is not None and not made and key not in trusted):
                raise ValueError("key")
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
    """Whose signatures count; `given` are those that somebody brought along, the others come from the bundle itself."""

    terms: list[Term]
    witnesses: list[Key]
    given: list[Key]

    def sources(self) -> list[dict[str, str]]:
        """Every key, its role and where it comes from: `given`, `handed_on` from one that was given, or `here`, the bundle."""
        logs = [term.key for term in self.terms]
        otherwise = "handed_on" if any(key in self.given for key in logs) else "here"
        told = [("log", key, otherwise) for key in logs] + [("witness", key, "here") for key in self.witnesses]
        return [
            {"key": str(key), "role": role, "source": "given" if key in self.given else source}
            for role, key, source in told
        ]


def keys_of(rows: Sequence[dict[str, Any]], given: Sequence[Key], found: list[Defect]) -> Keys:
    """The keys of a bundle and those that were brought along; a key of type 1 is the ledger's, any other a witness's."""
    logs, witnesses = [key for key in given if key.type == 1], [key for key in given if key.type != 1]
    here = [key_of(row["key"]) for row in rows if row["role"] == "witness"]
    return Keys(terms(rows, logs, found), witnesses + [key for key in here if key not in witnesses], list(given))


def look(seal: Seal, keys: Keys, root: bytes | None, last: int, found: list[Defect], whose: str = "") -> bool:
    """Hold one seal against the entries (`root`: theirs at its number) and against the keys; whether it holds."""
    before = len(found)
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
    return len(found) == before


# --- a bundle --------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What was found, and what is to be said besides.

    `sealed`: up to which entry a seal holds; `unsealed`: how many entries come after. `witnesses` signed the newest seal;
    `claimed` did with a key that only the bundle names, `unread` with ML-DSA-44, which is not checked here.
    """

    form: str
    entries: int
    defects: list[Defect]
    remarks: list[tuple[str, str]]
    sealed: int
    unsealed: int
    witnesses: list[str]
    claimed: list[str]
    unread: list[str]
    keys: list[dict[str, str]]


class Bundle:
    """One bundle, looked through. `expected` are seals somebody kept, `trusted` keys somebody was handed."""

    def __init__(self, archive: Archive, expected: Sequence[Seal] = (), trusted: Sequence[Key] = ()) -> None:
        self._archive, self._expected, self._trusted = archive, expected, trusted
        self._found: list[Defect] = []
        self._remarks: list[tuple[str, str]] = []
        self._about = self._json(ABOUT, dict, {})
        self._form = self._about.get("form")
        rows = [row for row in self._json(KEYS, list, []) if self._is_key(row)]
        self._keys = keys_of(rows, trusted, self._found)
        self._seals = self._read_seals()
        self._sealed_to, self._unsealed = 0, 0
        self._witnesses: list[str] = []
        self._claimed: list[str] = []
        self._unread: list[str] = []

    def outcome(self, see: Callable[[int], None] = _unseen) -> Outcome:
        """Look at everything."""
        if not self._expected and not self._trusted:
            self._remarks.append((
                "没有提供另存的封存或亲自取得的公钥：若台账连同封存被整体改写，无从发现。",
                "No seal and no key from elsewhere was brought: if the ledger and all its seals had been rewritten, this check would not show it.",
            ))  # fmt: skip
        if any(row["role"] == "log" and row["source"] == "here" for row in self._keys.sources()):
            self._remarks.append((
                "核对封存所用的公钥取自包内，不是您另行取得的；请以 --key 给出当面取得的公钥。",
                "The key the seals were checked with comes from the bundle itself, not from you; give the one handed to you with --key.",
            ))  # fmt: skip
        if not self._seals and any(key.type == 1 for key in self._trusted):
            self._say("seals_gone", "给出了台账公钥，包中却没有任何封存：封存被删除，或公钥不属于本台账。",
                      "A key of the ledger was given and there is no seal: the seals were deleted, or the key is another ledger's.")  # fmt: skip
        if not self._archive.whole():
            self._say(
                "archive",
                "文件与制作时不完全一致：在传送或保存中损坏，或被改动。",
                "The file is not bit for bit what was written: it was damaged on the way, or changed.",
            )
        if type(self._about.get("format")) is not int or self._about["format"] != FORMAT or self._form not in FORMS:
            self._say("about", "about.json 的格式不能识别。", "about.json is of an unknown format.")
            self._names({})
            last = 0
        else:
            walk = Walk({seal.number for seal in [*self._seals, *self._expected]}, excerpt=self._form == "dossier")
            last = self._ledger(walk, see) if self._form == "ledger" else self._dossier(walk)
            self._names(walk.pins)
            self._documents(walk.cited)
        if len(self._found) > DEFECTS:
            del self._found[DEFECTS:]
            self._say("more", "缺陷过多，其余不再列出，也不再核对。", "There are too many defects; the rest is neither listed nor looked at.")  # fmt: skip
        return Outcome(
            str(self._about.get("form", "")), last, self._found, self._remarks, self._sealed_to, self._unsealed,
            self._witnesses, self._claimed, self._unread, self._keys.sources(),
        )  # fmt: skip

    def _say(self, code: str, zh: str, en: str, number: int | None = None) -> None:
        self._found.append(Defect(number, code, zh, en))

    def _json(self, name: str, kind: type, otherwise: Any) -> Any:
        try:
            raw = self._archive.read(name)
            read: Any = parsed(raw)
            if not isinstance(read, kind) or (isinstance(read, list) and name == KEYS and len(read) > LARGEST_KEYS):
                raise ValueError(name)
            if canonical(read) + b"\n" != raw:
                raise ValueError(name)
        except (KeyError, ValueError, RecursionError):
            self._say(
                "file", f"{name} 缺失、损坏或不是规范的 JSON。", f"{name} is missing, damaged or not canonical JSON."
            )
            return otherwise
        return read

    def _is_key(self, row: Any) -> bool:
        try:
            key_of(row["key"])
            if row.keys() != {"key", "note", "role", "since"} or not (
                row["note"] is None or isinstance(row["note"], str)
            ):
                raise ValueError(row)
            if row["role"] not in ("log", "witness") or not _is_whole(row["since"]) or row["since"] < 0:
                raise ValueError(row)
            if row["role"] == "witness" and row["note"] is not None:
                raise ValueError(row)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._say("key", "keys.json 中有不能识别的密钥。", "keys.json has a key that is none.")
            return False
        return True

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

    def _names(self, pins: Iterable[str]) -> None:
        """Every file that must be here, each once, and none besides; every rulebook that entries name, and no other."""
        needed = {*ALWAYS, *(f"rulebooks/{pin}.toml" for pin in pins if pin), *FORMS.get(str(self._form), ())}
        known = re.compile(rf"seals/\d{{10}}\.note|documents/{DIGEST.pattern}" + (r"|proofs/\d{10}\.tlog-proof" if self._form == "dossier" else ""), re.ASCII)  # fmt: skip
        seen: set[str] = set()
        for name in self._archive.names:
            if len(self._found) > DEFECTS:
                return
            if name in seen or (name not in needed and not known.fullmatch(name)):
                self._say("file", f"多出文件 {name[:100]}。", f"There is a file too many, {name[:100]}.")
            seen.add(name)
            digest = re.fullmatch(r"rulebooks/.*@([0-9a-f]{64})\.toml", name)
            if digest and not self._is_sound(name, digest.group(1)):
                self._say("rulebook", f"{name} 的内容与其摘要不符：被换过。", f"{name} is not what its digest says: it was swapped.")  # fmt: skip
        for name in sorted(
            needed - seen - {ENTRIES, ABOUT, KEYS, DOCUMENTS}
        ):  # of these it is said where they are read
            code = "rulebook" if name.startswith("rulebooks/") else "file"
            self._say(code, f"缺少文件 {name[:100]}。", f"The file {name[:100]} is missing.")

    def _is_sound(self, name: str, digest: str) -> bool:
        try:
            return self._archive.digest(name) == digest
        except ValueError:
            return False

    def _documents(self, cited: Mapping[Named, list[int]]) -> None:
        """Each document that is here is one an entry names, whole; each that is said to be here is."""
        digests = {name[0] for name in cited}
        here = {name[10:] for name in self._archive.names if name.startswith("documents/")}
        listed = self._json(DOCUMENTS, list, None)
        rows: list[dict[str, Any]] = [
            {"entries": cited[name], "here": name[0] in here, "media_type": name[2], "sha256": name[0], "size": name[1]}
            for name in sorted(cited)
        ]
        if listed is not None and canonical([{**row, "here": None} for row in rows]) != canonical(
            [
                {**row, "here": None} if isinstance(row, dict) and isinstance(row.get("here"), bool) else row
                for row in listed
            ]
        ):
            self._say("documents", f"{DOCUMENTS} 与各记录所引的文件不符。", f"{DOCUMENTS} does not list the documents the entries name.")  # fmt: skip
        elif listed is not None:
            for row, said in zip(rows, listed):
                if said["here"] != row["here"]:
                    how = (
                        ("缺失", "is missing")
                        if said["here"]
                        else ("在包中而 documents.json 说不在", "is here, and documents.json says it is not")
                    )
                    self._named(*how, row)
        for digest in sorted(here - digests):
            self._say("document", f"没有记录引用文件 {digest[:16]}。", f"No entry names the document {digest[:16]}.")
        for row in rows:
            name = f"documents/{row['sha256']}"
            if row["here"] and (self._archive.size(name) != row["size"] or not self._is_sound(name, row["sha256"])):
                self._named("内容与其摘要或大小不符", "is not what its digest and size say", row)
        if digests - here:
            left = len(digests - here)
            self._remarks.append((
                f"{left} 份文件只有摘要，原件不在包中；可用 sha256sum 与手中的原件核对。",
                f"Of {left} documents only the digests are here; hold the originals against them with sha256sum.",
            ))  # fmt: skip

    def _named(self, zh: str, en: str, row: dict[str, Any]) -> None:
        digest, others = row["sha256"], [str(number) for number in row["entries"][1:11]]
        self._say(
            "document", f"所引文件 {digest[:16]} {zh}" + (f"（第 {'、'.join(others)} 号也引用）" if others else "") + "。",
            f"The document {digest[:16]} it names {en}" + (f"; so does entry {', '.join(others)}." if others else "."),
            row["entries"][0],
        )  # fmt: skip

    def _walked(self, walk: Walk, see: Callable[[int], None] = _unseen) -> Iterator[tuple[int, bytes]]:
        """Every line of the entries with its number, looked at."""
        try:
            for body in self._archive.lines(ENTRIES):
                yield walk.take(body), body
                if walk.count % 1000 == 0:
                    see(walk.count)
                if len(walk.defects) + len(self._found) > DEFECTS:
                    break
        except (KeyError, ValueError):
            self._say("file", f"{ENTRIES} 缺失或损坏。", f"{ENTRIES} is missing or damaged.")
        self._found += walk.defects

    def _ledger(self, walk: Walk, see: Callable[[int], None]) -> int:
        """The whole beginning of a ledger, its seals and its end."""
        for _ in self._walked(walk, see):
            pass
        year = self._about.get("year")
        wanted = {"form": "ledger", "format": FORMAT, "last": {"digest": walk.link, "number": walk.count}, "year": year}
        if canonical(self._about) != canonical(wanted):
            self._say("end", "末条与 about.json 所载不符：有增删或改动。",
                      "The last entry is not the one about.json names.", walk.count)  # fmt: skip
        else:
            self._ends(walk, year)
        self._recorded(walk.recorded)
        self._sealed(walk.roots, walk.count)
        return walk.count

    def _ends(self, walk: Walk, year: Any) -> None:
        """A bundle ends with the last entry of its year, or with the first seal of as many entries or more."""
        last = max((at for name, at in walk.ends.items() if _of_year(name, year)), default=0)
        if type(year) is not int or not last:
            self._say(
                "about", "about.json 所载的年度在记录中没有。", "The year about.json names is not in the entries."
            )
        elif walk.count != min((seal.number for seal in self._seals if seal.number >= last), default=last):
            self._say("end", "包的结尾既不是该年度的最后一条，也不是其后的第一份封存。",
                      "It ends neither with the last entry of its year nor with the first seal after that.", walk.count)  # fmt: skip

    def _recorded(self, entries: Iterable[tuple[int, str, Any]]) -> None:
        """Every seal and every witness's line that an entry records is here, and no seal between them that none does."""
        seals = {seal.number: seal.note for seal in self._seals}
        roots = {seal.number: seal.root.hex() for seal in self._seals}
        known: set[Any] = set()
        count, previous = 0, None
        for number, kind, said in entries:
            note = seals.get(said.get("number")) if type(said.get("number")) is int else None
            if kind == "SealMade":
                known.add(note and said["number"])
                if note is None or (note.sealed, roots[said["number"]]) != (said.get("note"), said.get("root")):
                    self._say("seal_gone", "此处登记的封存不在包中，或被换过。", "The seal it records is not here, or was swapped.", number)  # fmt: skip
                if (said.get("count"), said.get("previous")) != (count + 1, previous):
                    self._say("seal_order", "此处登记的封存的序次或其前一份封存不符。", "It does not follow the seal recorded before it.", number)  # fmt: skip
                count, previous = count + 1, said.get("note")
            elif kind == "CosignatureAccepted" and (note is None or said.get("line") not in note.under):
                self._say("cosignature_gone", "此处登记的见证签名不在包中，或被改动。", "The witness's line it records is not here, or was changed.", number)  # fmt: skip
        last = max((one for one in known if one), default=0)
        for one in sorted(size for size in seals if size < last and size not in known):
            self._say("seal_planted", f"{one} 条的封存没有登记，其后的封存却已登记：是后来插入的。", f"The seal of {one} entries is not recorded and a later one is: it was put in afterwards.")  # fmt: skip

    def _sealed(self, roots: dict[int, bytes], last: int) -> None:
        for seal in self._seals:
            if len(self._found) <= DEFECTS and look(seal, self._keys, roots.get(seal.number), last, self._found):
                self._sealed_to = seal.number
        for seal in self._expected:
            look(seal, self._keys, roots.get(seal.number), last, self._found, f"handed in ({seal.number})")
        self._unsealed = max(last - self._sealed_to, 0)
        if self._unsealed:
            self._remarks.append((
                f"第 {self._sealed_to + 1} 至 {last} 号记录尚未封存：其后是否还有记录，无从证明。",
                f"Entries {self._sealed_to + 1} to {last} are not sealed: whether there were more after them cannot be shown.",
            ))  # fmt: skip
        self._say_seals()

    def _say_seals(self) -> None:
        if not self._seals:
            return
        last = self._seals[-1]
        good, _ = last.note.signers(self._keys.witnesses)
        self._witnesses = sorted({key.name for key in good if key in self._keys.given})
        self._claimed = sorted({key.name for key in good if key not in self._keys.given})
        mark, names = " ".join(last.root.hex()[at : at + 4] for at in range(0, 20, 4)), "、".join(self._witnesses)
        self._remarks.append((
            f"最近一次封存：{last.number} 条，{mark}，见证：{names or '没有可凭的见证'}。请与通报上印的封存号核对。",
            f"Newest seal: {last.number} entries, {mark}, witnessed by {names or 'nobody whose key you gave'}. Compare it with the one printed in the notice.",
        ))  # fmt: skip
        if self._claimed:
            names = "、".join(self._claimed)
            self._remarks.append((
                f"{names} 的公钥只见于包内，其签名未计作见证；请以 --key 给出见证人当面交付的公钥。",
                f"The key of {names} comes from the bundle itself, so the signature counts as no witness; give the key that the witness handed you with --key.",
            ))  # fmt: skip
        unread = {(key.name, key.id) for key in self._keys.witnesses if key.type == 6}
        self._unread = sorted({name for name, id_, _ in last.note.lines if (name, id_) in unread})

    def _dossier(self, walk: Walk) -> int:
        """One assessment and what it rests on, each entry with the proof that it is under the seal; the list of them all, signed."""
        if canonical(self._about) != canonical({"form": "dossier", "format": FORMAT}):
            self._say("about", "about.json 与其格式不符。", "about.json is not of its form.")
        if sum(name.startswith("seals/") for name in self._archive.names) != 1 or not self._seals:
            self._say("unsigned", "卷宗应有且只有一份封存，否则其中的记录无从证明。",
                      "A dossier has one seal and no more; without it nothing shows that its entries are the ledger's.")  # fmt: skip
        seal = self._seals[-1] if self._seals else None
        if seal is not None and look(seal, self._keys, None, seal.number, self._found):
            self._sealed_to = seal.number
        self._held_against(seal)
        hashing, proofs = hashlib.sha256(), {name for name in self._archive.names if name.startswith("proofs/")}
        for number, body in self._walked(walk):
            hashing.update(body + b"\n")
            name = f"proofs/{number:010}.tlog-proof"
            if number and (seal is None or name not in proofs or not self._is_under(seal, name, number, body)):
                self._say("sealed", "包含证明缺失或不成立：它不是封存的台账中的这一条。",
                          "Its proof is missing or does not hold: it is not this entry of the sealed ledger.", number)  # fmt: skip
            proofs.discard(name)
        for name in sorted(proofs)[:DEFECTS]:
            self._say("file", f"多出文件 {name[:100]}。", f"There is a file too many, {name[:100]}.")
        if seal is not None:
            self._listed(walk, seal, hashing.hexdigest())
        self._say_seals()
        return walk.count

    def _held_against(self, seal: Seal | None) -> None:
        """The seals that were handed in: a dossier has one seal, and shows nothing of another with more or fewer entries."""
        for one in self._expected:
            name = f"handed in ({one.number})"
            if seal is None or one.number == seal.number:
                look(one, self._keys, seal and seal.root, one.number, self._found, name)
            elif look(one, self._keys, None, one.number, self._found, name):
                self._say("unshown", f"卷宗依据 {seal.number} 条的封存，不能据以核对您另存的 {one.number} 条的封存；请索取以后者出具的卷宗（kaohe audit export 加 --seal {one.number}）。",
                          f"The dossier stands under the seal of {seal.number} entries and shows nothing of yours, of {one.number}; ask for one made under yours (kaohe audit export … --seal {one.number}).")  # fmt: skip

    def _listed(self, walk: Walk, seal: Seal, digest: str) -> None:
        """The signed list says that these are the entries, all of their streams, and how many it leaves out."""
        try:
            note = note_of(self._archive.read(LIST))
        except (KeyError, ValueError):
            self._say("list", f"{LIST} 缺失或不可读：卷宗是否完整无从证明。", f"{LIST} is missing or cannot be read: nothing shows that the dossier is complete.")  # fmt: skip
            return
        newest = [term.key for term in self._keys.terms if term.upto is None]
        good, bad = note.signers(newest)
        if bad or not any(key.name == seal.origin for key in good):
            self._say(
                "list", f"{LIST} 没有台账现用密钥的真实签名。", f"{LIST} is not signed by the ledger's newest key."
            )
        lines = note.text.split("\n")[:-1]
        subject = lines[1][8:] if len(lines) > 1 and lines[1].startswith("dossier ") else ""
        of = {name for name in walk.versions if _belongs(name, subject)}
        for name in sorted(walk.versions.keys() - of)[:DEFECTS]:
            self._say("list", f"序列 {name} 不属于这份卷宗。", f"The stream {name} does not belong in this dossier.")
        wanted = [
            seal.origin, f"dossier {subject}",
            f"seal {seal.number} {base64.b64encode(seal.root).decode()}", f"entries {walk.count} {digest}",
            *(f"stream {name} {walk.versions[name]}" for name in sorted(walk.versions)),
        ]  # fmt: skip
        rest = [re.fullmatch(r"without ([a-z_]+) ([1-9][0-9]{0,15})", line) for line in lines[len(wanted) :]]
        rooms = [found.group(1) if found else "" for found in rest]
        if subject not in walk.versions or lines[: len(wanted)] != wanted:
            self._say("list", f"卷宗所载的记录与 {LIST} 不符：有缺失、增加或改动。",
                      f"The entries are not those that {LIST} names: something is missing, was added or changed.")  # fmt: skip
        elif (
            None in rest
            or rooms != sorted({*rooms})
            or walk.count + sum(int(f.group(2)) for f in rest if f) != seal.number
        ):
            self._say(
                "list",
                f"{LIST} 所载未收入的条数与封存不符。",
                f"{LIST} does not account for every entry under the seal.",
            )
        elif rest:
            left = ", ".join(f"{f.group(1)} {f.group(2)}" for f in rest if f)
            self._remarks.append((
                f"卷宗未收入的记录：{left}（条数）。", f"Entries that the dossier leaves out, by the kind of their streams: {left}.",
            ))  # fmt: skip

    def _is_under(self, seal: Seal, name: str, number: int, body: bytes) -> bool:
        """Whether a proof holds, and ends with the very seal of this dossier: so each of its signatures is looked at once."""
        try:
            raw = self._archive.read(name)
            head, _, rest = raw.decode("utf-8").partition("\n\n")
            first, second, *lines = head.split("\n")
            proof = [_unpacked(line) for line in lines]
            same = rest.encode() == self._archive.read(f"seals/{seal.number:010}.note")
        except (KeyError, ValueError):
            return False
        said = (first, second) == ("c2sp.org/tlog-proof@v1", f"index {number - 1}") and all(
            len(one) == 32 for one in proof
        )
        return same and said and included(seal.root, seal.number, number - 1, leaf(body), proof)


def _of_year(stream: str, year: Any) -> bool:
    return stream == f"year/{year:04}" or stream.startswith(f"assessment/{year:04}/") if type(year) is int else False


def _belongs(stream: str, subject: str) -> bool:
    """Whether a stream belongs in the dossier of an assessment: itself, its year, the roster, a case, a routine check."""
    parts = subject.split("/")
    return stream in (subject, "roster", f"year/{parts[1] if len(parts) > 1 else ''}") or stream.startswith(
        ("case/", "routine_check/")
    )


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
        "--key",
        action="append",
        default=[],
        help="亲自取得的公钥（台账的、见证人的） · a verifier key handed to you: the ledger's, a witness's",
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
        "sealed": outcome.sealed,
        "unsealed": outcome.unsealed,
        "witnesses": outcome.witnesses,
        "claimed": outcome.claimed,
        "unread": outcome.unread,
        "keys": outcome.keys,
    }


def lines(outcome: Outcome, *, english: bool) -> list[str]:
    """The outcome in one language: what it cannot show, every defect, and last how much was read and what came of it."""
    count, names = len(outcome.defects), "、".join(outcome.unread)
    if english:
        unread = (
            f"{names} signed with ML-DSA-44, which this program cannot check: no witness here. Use kaohe audit verify."
        )
        end = f"{outcome.entries} entries: " + (f"{count} defects." if count else "no defect, as far as is said above.")
    else:
        unread = f"{names} 以 ML-DSA-44 签名，本程序不能核对，未计作见证；请用 kaohe audit verify。"
        end = f"{outcome.entries} 条记录：" + (f"发现 {count} 处缺陷。" if count else "无缺陷（限于以上所述范围）。")
    remarks = [*(r[english] for r in outcome.remarks), *([unread] if names else [])]
    return [*remarks, *(one.say(english=english) for one in outcome.defects), end]


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
