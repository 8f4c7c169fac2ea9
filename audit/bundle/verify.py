"""Checks a bundle of a Kaohe ledger. It needs only Python 3.9 or later, writes nothing and uses no network.

    python3 verify.py BUNDLE.zip [--expect SEAL] [--key KEY] [--lang en] [--json]

It reports every defect it finds. Exit code 0: no defect; 1: at least one; 2: the file cannot be checked at all. Two
things it cannot show: whether the rulebook allowed a step (`kaohe audit verify` replays the rules), and whether there
were more entries after the newest seal.

Every bundle has a copy, for convenience. If you trust nobody, take this program from another source, or write your own
from docs/ledger-format.md. It is a second implementation of that page and shares no code with the program that writes
bundles: if one of the two misreads the page, the other one reports it. With shared code both could have the same fault.

The chapters, and the sections of docs/ledger-format.md that each implements:

     1  Findings                 what is reported
     2  The zip file             "Bundles", "Limits"
     3  JSON                     "How values are written"
     4  The fields of an entry   "The body", "Command ids", "Streams"
     5  The kinds of fact        "The fields of each kind"
     6  The chain of entries     "What a checker must find true": points 3 and 5 to 12
     7  The tree over entries    "The tree", "Proofs on paper"; RFC 6962 and RFC 9162
     8  Ed25519                  RFC 8032
     9  Keys and signed notes    "A note, and who signed it", "Handing on a key"
    10  Seals                    "A seal", "What a checker must find true of seals"
    11  The files of a bundle    "Bundles"
    12  A ledger bundle          "Bundles": a ledger, besides
    13  A dossier                "The list of a dossier", "Bundles": a dossier, besides
    14  The whole check          "Bundles": to check any bundle
    15  The command line
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
"""The format of bundles and of entries that this program knows."""


# === 1. Findings ===================================================================================

MAX_DEFECTS = 1000
"""After so many defects the check stops, and a last defect says so."""


class Defect(NamedTuple):
    """One inconsistency: the number of its entry (None: no single one), a stable code, a sentence in both languages."""

    number: int | None
    code: str
    zh: str
    en: str

    def render(self, *, english: bool) -> str:
        """The defect on one line."""
        place = "" if self.number is None else f"entry {self.number}: " if english else f"第 {self.number} 号："
        return place + (self.en if english else self.zh)


class Unusable(Exception):
    """The file cannot be checked at all: it is no bundle, or it cannot be read."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Findings:
    """The defects that were found so far, and remarks on what this check cannot show.

    Each remark is (Chinese, English).
    """

    def __init__(self) -> None:
        self.defects: list[Defect] = []
        self.remarks: list[tuple[str, str]] = []

    def add(self, code: str, zh: str, en: str, number: int | None = None) -> None:
        self.defects.append(Defect(number, code, zh, en))

    def remark(self, zh: str, en: str) -> None:
        self.remarks.append((zh, en))

    @property
    def is_full(self) -> bool:
        return len(self.defects) > MAX_DEFECTS

    def cut(self) -> None:
        """Delete all but the first defects, and add one that says so."""
        if self.is_full:
            del self.defects[MAX_DEFECTS:]
            self.add(
                "more",
                "缺陷过多，其余不再列出，也不再核对。",
                "There are too many defects. The rest is neither listed nor checked.",
            )


# === 2. The zip file ===============================================================================
#
# The zip file must have one strict form. It is read by our own code, because zip libraries differ if headers contradict
# each other, parts overlap, or there are bytes between them: somebody could make a file that this program reads in one
# way and the auditor's zip program in another. In the strict form there is only one way to read each byte.
#
# A bundle may come from anybody. Each limit is far above what a real bundle has, and keeps time and memory in
# proportion to the size of the file; "Limits" gives the reason for each figure.

MARK = b"kaohe-bundle-sha256:"
"""The comment of the zip file is this mark and the SHA-256 of every byte before the comment."""

ENTRIES, ABOUT, KEYS, DOCUMENTS, LIST = "entries.jsonl", "about.json", "keys.json", "documents.json", "dossier.note"

MAX_PARTS = 60_000
MAX_LINE = 1 << 20
MAX_RATIO, RATIO_SLACK = 100, 1 << 16
MAX_NOTE = 1 << 16
MAX_SIZE = 256 * 1024 * 1024
MAX_SIZE_OF = {
    LIST: MAX_NOTE,
    ABOUT: 1 << 20,
    KEYS: 1 << 20,
    DOCUMENTS: 1 << 26,
    "verify.py": 1 << 20,
    ENTRIES: 1 << 31,
}
MAX_SIZE_IN = {"seals/": MAX_NOTE, "proofs/": MAX_NOTE, "rulebooks/": 1 << 20}

LOCAL, CENTRAL, END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
"""The three headers of a zip (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16), without the name or comment that follows each."""

_OLD_ZIP, _UNIX, _FIRST_DAY, _MODE = 20, 3 << 8, 33, 0o644 << 16
"""Version 2.0, made on Unix, dated 1980-01-01, readable by all: the only values that the strict form allows."""


class Part(NamedTuple):
    """A file of a bundle: position of its bytes, packed and unpacked size, CRC-32, and whether it is deflated."""

    at: int
    packed: int
    size: int
    crc: int
    deflated: bool


class StrictZip:
    """The files of a bundle.

    Call `close` at the end. Raises `Unusable` if the file cannot be read or is not of the strict form.
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
            self._read_directory()
        except (ValueError, OSError, struct.error):
            self._file.close()
            raise Unusable(
                f"{name} 不是导出的 zip 文件，或已损坏。请重新取得原件，不要重新压缩。",
                f"{name} is not a bundle's zip file, or is damaged. Fetch the original again; do not pack it again.",
            ) from None

    def _read_directory(self) -> None:
        """Read the directory.

        Each part must begin where the one before ends. Raises ValueError if the form is wrong.
        """
        end = self._file.seek(0, 2) - END.size - len(MARK) - 64
        if end < 0:
            raise ValueError("end")
        self._file.seek(end)
        tail = self._file.read()
        sign, disk, first_disk, disk_count, count, size, begins, comment = END.unpack(tail[: END.size])
        self._comment = tail[END.size :]
        expected = (b"PK\5\6", 0, 0, count, end, len(self._comment))
        if (sign, disk, first_disk, disk_count, begins + size, comment) != expected or count > MAX_PARTS:
            raise ValueError("end")
        self._file.seek(begins)
        directory, read, next_at = self._file.read(size), 0, 0
        for _ in range(count):
            header = CENTRAL.unpack_from(directory, read)
            read += CENTRAL.size + header[10]
            name = directory[read - header[10] : read].decode("ascii")
            next_at = self._read_part(name, header, next_at)
        if read != size or next_at != begins:
            raise ValueError("directory")

    def _read_part(self, name: str, header: tuple[Any, ...], at: int) -> int:
        """Read the headers of one part, which must begin at `at`.

        Returns where the next one must begin. Raises ValueError.
        """
        method, crc, packed, size = header[4], *header[7:10]
        stored = name.startswith("documents/")
        # fmt: off
        central = (
            b"PK\1\2", _OLD_ZIP | _UNIX, _OLD_ZIP, 0, method, 0, _FIRST_DAY, crc, packed, size, len(name),
            0, 0, 0, 0, _MODE, at,
        )
        local = LOCAL.pack(
            b"PK\3\4", _OLD_ZIP, 0, method, 0, _FIRST_DAY, crc, packed, size, len(name), 0
        ) + name.encode()
        # fmt: on
        if header != central or size > _max_size(name) or method != (0 if stored else 8):
            raise ValueError(name)
        if packed != size if stored else size > MAX_RATIO * packed + RATIO_SLACK:
            raise ValueError(name)
        self._file.seek(at)
        if self._file.read(len(local)) != local:
            raise ValueError(name)
        self.names.append(name)
        self._parts.setdefault(name, Part(at + len(local), packed, size, crc, not stored))
        return int(at + len(local) + packed)

    def close(self) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def is_undamaged(self) -> bool:
        """Whether no bit of the file was changed: the digest of all bytes before the comment is the one in the comment."""
        hashing, rest = hashlib.sha256(), self._file.seek(0, 2) - len(self._comment)
        self._file.seek(0)
        while rest > 0:
            block = self._file.read(min(1 << 20, rest))
            hashing.update(block)
            rest -= len(block) or rest
        return MARK + hashing.hexdigest().encode() == self._comment

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises KeyError if it is missing, ValueError if it is damaged."""
        return b"".join(self._blocks(name))

    def digest(self, name: str) -> str:
        """The SHA-256 of a file. Raises KeyError if it is missing, ValueError if it is damaged."""
        hashing = hashlib.sha256()
        for block in self._blocks(name):
            hashing.update(block)
        return hashing.hexdigest()

    def has_digest(self, name: str, digest: str) -> bool:
        """Whether a file is undamaged and has this SHA-256. Raises KeyError if it is missing."""
        try:
            return self.digest(name) == digest
        except ValueError:
            return False

    def size(self, name: str) -> int:
        """The unpacked size of a file, by its header. Raises KeyError if it is missing."""
        return self._parts[name].size

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file.

        Raises ValueError if it is damaged, a line is too long, or the last line has no newline.
        """
        rest = b""
        for block in self._blocks(name):
            *whole, rest = (rest + block).split(b"\n")
            if len(rest) > MAX_LINE:
                raise ValueError(name)
            for line in whole:
                if len(line) > MAX_LINE:
                    raise ValueError(name)
                yield line
        if rest:
            raise ValueError(name)

    def _blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, in blocks. Never more than its header says, which bounds a decompression bomb."""
        part = self._parts[name]
        read, crc = 0, 0
        for block in self._inflated(name, part) if part.deflated else self._packed(part):
            read, crc = read + len(block), zlib.crc32(block, crc)
            if read > part.size:
                raise ValueError(name)
            yield block
        if (read, crc) != (part.size, part.crc):
            raise ValueError(name)

    def _packed(self, part: Part) -> Iterator[bytes]:
        """The packed bytes of a part. If the file ends early, they do too; the size is then wrong."""
        at, end = part.at, part.at + part.packed
        while at < end:
            self._file.seek(at)
            block = self._file.read(min(1 << 16, end - at))
            if not block:
                return
            at += len(block)
            yield block

    def _inflated(self, name: str, part: Part) -> Iterator[bytes]:
        """The unpacked bytes, at most 1 MiB at a time.

        Raises ValueError if the deflated stream does not end with the part.
        """
        inflating = zlib.decompressobj(-15)
        try:
            for packed in self._packed(part):
                yield inflating.decompress(packed, 1 << 20)
                while inflating.unconsumed_tail:
                    yield inflating.decompress(inflating.unconsumed_tail, 1 << 20)
                if inflating.unused_data:
                    raise ValueError(name)
            if not inflating.eof:  # Everything was read, but not everything was returned yet.
                yield inflating.flush()
        except zlib.error as error:
            raise ValueError(name) from error
        if not inflating.eof:
            raise ValueError(name)


def _max_size(name: str) -> int:
    in_folder = (size for folder, size in MAX_SIZE_IN.items() if name.startswith(folder))
    return next(in_folder, MAX_SIZE_OF.get(name, MAX_SIZE))


# === 3. JSON =======================================================================================
#
# "Canonical JSON as RFC 8785 defines it", for a part of JSON: whole numbers of 53 bits, no floating point, and no key
# beyond U+FFFF. For this part Python's `json.dumps` with sorted keys writes the canonical form.

LARGEST = 2**53 - 1
MAX_DEPTH = 64
MAX_DIGITS = 17


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text.

    Raises ValueError if it is malformed, or a number is not whole or too long; RecursionError if it is nested too
    deeply.
    """
    return json.loads(raw.decode("utf-8"), parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)


def canonical(value: Any) -> bytes:
    """The canonical form of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:  # The time to read a number grows with the square of its length.
        raise ValueError(digits[:20])
    return int(digits)


def _refuse(number: str) -> Any:
    raise ValueError(number[:20])


def _in_domain(value: Any, depth: int = 0) -> bool:
    """Whether a value is in the part of JSON that the ledger uses."""
    if isinstance(value, (dict, list)) and depth >= MAX_DEPTH:
        return False
    if isinstance(value, dict):
        # Sorting by UTF-16 unit (RFC 8785) and by code point (Python) differ only beyond U+FFFF.
        names = all(key.isascii() or max(key) < "\U00010000" for key in value)
        return names and all(_in_domain(each, depth + 1) for each in value.values())
    if isinstance(value, list):
        return all(_in_domain(each, depth + 1) for each in value)
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST


# === 4. The fields of an entry =====================================================================

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
DIGEST = re.compile(r"[0-9a-f]{64}")
POINTS = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
ROLE = re.compile(r"[a-z][a-z_]{0,31}")
PIN = re.compile(r"([a-z0-9._-]+@[0-9a-f]{64})?")
COMMAND = re.compile(rf"(web|api|cli|clock|program)/({ID.pattern})/[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,299}}")
STREAM = re.compile(
    rf"roster|access|seals|year/[0-9]{{4}}|assessment/[0-9]{{4}}/{ID.pattern}(/{ID.pattern})?|paper/[0-9]{{4}}/{ID.pattern}"
    rf"|(?!(?:year|assessment|paper|roster|access|seals)/)[a-z_]+/{ID.pattern}"
)
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.(?!000000)([0-9]{6}))?Z")

Check = Callable[[Any], bool]
"""A function that tells whether a value has a type."""


def parse_day(text: str) -> date | None:
    """The day in a text; None if the text is no day."""
    parts = DAY.fullmatch(text)
    try:
        return date(*map(int, parts.groups())) if parts else None
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def parse_time(text: str) -> datetime | None:
    """The time in a text, in UTC; None if the text is no time."""
    parts = TIME.fullmatch(text)
    try:
        year, month, day, hour, minute, second, micro = (
            (int(part or 0) for part in parts.groups()) if parts else [0] * 7
        )
        return datetime(year, month, day, hour, minute, second, micro)
    except ValueError:
        return None


def _string(form: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500


def _is_int(value: Any) -> bool:
    return type(value) is int and -LARGEST <= value <= LARGEST  # In Python `True` is an int too.


def _is_positive(value: Any) -> bool:
    return _is_int(value) and value > 0


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and parse_day(value) is not None


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and parse_time(value) is not None


FIELDS: Mapping[str, Check] = {
    "actor": _string(ID), "command": _string(COMMAND), "happened_at": _is_time, "home": _or_null(_string(ID)),
    "kind": lambda value: isinstance(value, str), "machine_clock": _or_null(_is_time), "number": _is_positive,
    "payload": lambda value: isinstance(value, dict), "previous": _string(DIGEST), "principal": _or_null(_string(ID)),
    "principal_home": _or_null(_string(ID)), "recorded_at": _is_time,
    "role": _string(ROLE), "rulebook": _string(PIN), "stream": _string(STREAM), "v": _is_positive, "version": _is_positive,
}  # fmt: skip
"""The fields of every entry, each with its type."""


def parse_entry(body: bytes) -> dict[str, Any]:
    """The entry in a body.

    Raises ValueError with the reason if it is not canonical JSON of exactly these fields and types.
    """
    entry = parse_json(body)
    if not isinstance(entry, dict) or canonical(entry) != body or not _in_domain(entry):
        raise ValueError("it is not canonical JSON")
    if entry.keys() != FIELDS.keys():
        raise ValueError("it has other fields than an entry")
    for name, check in FIELDS.items():
        if not check(entry[name]):
            raise ValueError(name)
    return entry


def may_use_command_id(entry: dict[str, Any]) -> bool:
    """Whether the entry's actor may use its command id: it must name a door of the actor, and the actor (point 10)."""
    door, account, _ = entry["command"].split("/", 2)
    actor, role = entry["actor"], entry["role"]
    only_door = {"clock": "clock", "operator": "cli"}.get(actor) if actor == role else None
    return account == actor and (door == only_door if only_door else door in ("program", "web", "api"))


# === 5. The kinds of fact ==========================================================================

KINDS = """
account AccountClosed reason:text
account AccountMoved reason:text unit:id?
account AccountOpened person:id? unit:id?
routine_check AnswerAccepted accepted_on:day* remark:text?
routine_check AnswerReturned mend_until:day? reason:text
assessment Approved grades:{string} met_on:day* resolution:text
assessment AssessmentOpened due:{day} heads:[Member] members:[Member] occasion:id? staff:int title:text? unit:id unit_kind:string year:int
assessment AssessmentWithdrawn reason:text
assessment Assigned accounts:[id] former:[id] reason:text? roles:[string] stage:string
assessment BallotHeld held_on:day* sheets:[Sheet]
assessment BallotVoided held_on:day* sheets:[Sheet]
case CaseRecorded acted_on:day? elements:[string] sanctions:[Sanction] unit:id unit_now:id?
case CaseRescinded document:text reason:text
case CaseRevised acted_on:day? elements:[string] reason:text sanctions:[Sanction] unit:id unit_now:id?
assessment Chased due:day? reason:text? stage:string to:[string]
routine_check CheckEscalated due:day stage:string step_name:string superseded:[string] to:string
routine_check CheckReminded due:day stage:string step_name:string superseded:[string] to:string
assessment Circulated circulated_on:day* document:text replaces:text? tasks:[string]
seals CosignatureAccepted line:digest number:int
assessment DeadlineMoved due:day reason:text stage:string
account DeputyAppointed deputy:id roles:[id] since:day until:day
account DeputyEnded deputy:id
assessment DocumentRequested due:day element:string what:text
assessment DocumentSupplied documents:[Document] remark:text? request:string
assessment DocumentsReviewed findings:{Finding} reviewed_on:day*
seals EndGivenUp known:int there:int
vault Erased reason:text
assessment Escalated due:day stage:string step_name:string superseded:[string] to:string
account IdentityConfirmed identity:digest session:digest?
account IdentityEnded identity:digest
account IdentityProposed identity:digest
assessment InterviewsHeld held_on:day* member_talks:[MemberTalk] notes:[Reference] with_staff:int
assessment ItemRestored item:string reason:text
assessment ItemWaived item:string reason:text
account LinkConfirmed
account LinkIssued link:digest
account LinkRequested
assessment MeetingHeld entitled:int held_on:day* minutes:Document personal_reports:[PersonalReport] present:int team_report_by:id
assessment MemberSubstituted head:bool joins:Member? leaves:id? since:day*
paper PaperMade made_on:day maker:int of:string paper:Document template:Document? upto:int
paper PaperReturned copy:Document of:string
account PasswordChanged password:digest session:digest
account PasswordSet link:digest password:digest
account PersonAssigned person:id? reason:text
record RecordEntered acted_on:day? lines:[RecordedLine] record:string unit:id unit_now:id?
record RecordRescinded reason:text
record RecordRevised acted_on:day? lines:[RecordedLine] reason:text record:string unit:id unit_now:id?
access RefusedCommand act:string refusal:string stream:string
assessment Reminded due:day stage:string step_name:string superseded:[string] to:string
assessment RemindersLapsed due:day stage:string step_names:[string]
assessment ResultPosted objections:int posted_on:day until:day*
assessment ResultReopened met_on:day? reason:text resolution:text? sources:[string]
assessment ReviewAsked asked_on:day* document:text? reason:text window:string
assessment ReviewDecided decided_on:day* decision:stands|reopen document:text? reason:text window:string
account RoleGranted role:id
account RoleWithdrawn reason:text role:id
routine_check RoutineCheckAnswered answer:text documents:[Document] notes:[Reference]
routine_check RoutineCheckCorrected checked_by:[id] checked_on:day* documents:[Document] elements:[string] mend_until:day? notes:[Reference] observation:text reason:text to_mend:text?
routine_check RoutineCheckRecorded checked_by:[id] checked_on:day* documents:[Document] elements:[string] mend_until:day? notes:[Reference] observation:text to_mend:text? unit:id
routine_check RoutineCheckWithdrawn reason:text
table RowsNoted rows:[Row]
assessment ScoreReturned reason:text
assessment Scored inputs:Inputs reasons:{text} results:[Result]
seals SealMade count:int made_at:time note:digest number:int previous:digest? root:digest
account SecondFactorEnded
account SecondFactorSet factor:digest
table SecurityLogNoted before:digest digest:digest first:int number:int
assessment SelfReportReturned reason:text
assessment SelfReportSubmitted evidence:{[Document]} report:Document self_levels:{string} self_scores:{points}
account SessionBegun ends:digest? proof:digest session:digest way:password|oidc|cas
account SessionsEnded sessions:[digest]
assessment SheetFilled levels:{string} marks:{points} reasons:{text}
assessment SiteInspected inspected_on:day* inspectors:[id] observation:text special_work:text
assessment StaleScoreNoted sources:[string]
year StandingSettled candidates:[Candidate] order:[string] places:{Place?} reason:text? standing:string
assessment StepTaken done_on:day* participants:[id] record:Document step:string summary:text
assessment StepUndone reason:text
assessment TaskCompleted document:text? done_on:day* persons:[TaskPerson] task:string
template TemplateAdopted template:Document
template TemplateProposed template:Document
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
assessment ValuesReported earlier:{points} earlier_grades:{string} grades:{string} levels:{string} numbers:{points} reasons:{text}
assessment VetoLifted reason:text veto:string
assessment VetoRaised finding:string late:bool outcome:string since:day? veto:string
assessment VetoRecorded finding:string reason:text
year VisitMoved before:Visit reason:text visit:Visit
year VisitsPlanned visits:[Visit]
year YearClosed left:[OpenTask] reason:text?
year YearDeadlineMoved due:day reason:text stage:string
year YearOpened due:{day} units:[id] year:int
- Candidate among:[string] amount:points? group:string? is_pending:bool person:string then:[points?] unit:string
- Document media_type:string sha256:digest size:int
- EarlierSource stream:string version:int
- Finding degree:met|partly|unmet evidence:[Document] remark:text? verdicts:{Verdict}
- Inputs absent:[string] ballots:{{{{int}}}} earlier:{points} earlier_grades:{string} earlier_sources:{EarlierSource} grades:{string} heads:[string] judgements:[Judgement] levels:{string} marks:{points} members:[string] numbers:{points} records:[RecordLine] standings:{Place?} unit:string unit_kind:string year:int
- Inspector account:id unit:id?
- Judgement finding:string id:string
- Member person:id position:text
- MemberTalk missing:text? person:id
- OpenTask task:string unit:id
- PersonalReport missing:text? person:id
- Place best:points from_last:int level:int place:int seats:[string] size:int
- RecordLine acted_on:day? effective_on:day? fields:{string} is_unassigned:bool items:[string] kind:string number:points? person:string record:string replaced:{string} unit:string unit_now:string version:int
- RecordedLine document:text? effective_on:day? fields:{string} number:points? person:id? remark:text?
- Reference commitment:digest id:id
- Result adjustment:points by_row:string? grade:string? limits:[string] open_limits:[string] person:string score:points? subject:string subtotal:points?
- Row digest:digest? key:id
- Sanction document:text? effective_on:day? fields:{string} instead_of:string? person:id remark:text?
- Sheet ballot:string counts:{int} group:string issued:int returned:int subject:id valid:int
- TaskPerson exception:text? measure:text? person:id
- Verdict fits:yes|partly|no remark:text?
- Visit begins:string contact:id day:day day_off:text? ends:string group:text inspectors:[Inspector] place:text unit:id
"""
"""Every kind of fact: the first word of its stream, its name and its fields; and (`-`) the records within them.

The list is that of docs/ledger-format.md. A star marks the day on which the fact took place.
"""

_TYPES: Mapping[str, Check] = {
    "id": _string(ID), "digest": _string(DIGEST), "text": _is_text, "string": lambda value: isinstance(value, str),
    "int": _is_int, "bool": lambda value: isinstance(value, bool), "points": _string(POINTS), "day": _is_day,
    "time": _is_time,
}  # fmt: skip


class Kind(NamedTuple):
    """A kind of fact: the first word of its stream, its fields, and the field with the day it took place (empty: none)."""

    stream_word: str
    fields: dict[str, Check]
    dated: str


def _check_of(written: str, records: Mapping[str, dict[str, Check]]) -> Check:
    """The check of a type as `KINDS` writes it."""
    if written.endswith("?"):
        return _or_null(_check_of(written[:-1], records))
    if written[0] in "[{":
        each = _check_of(written[1:-1], records)
        if written[0] == "[":
            return lambda value: isinstance(value, list) and all(map(each, value))
        return lambda value: isinstance(value, dict) and all(map(each, value.values()))
    if "|" in written:
        return lambda value: isinstance(value, str) and value in written.split("|")
    if written in _TYPES:
        return _TYPES[written]
    return lambda value: _is_record(value, records[written])


def _is_record(value: Any, fields: Mapping[str, Check]) -> bool:
    return isinstance(value, dict) and value.keys() == fields.keys() and all(fields[k](v) for k, v in value.items())


def _parse_kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    records: dict[str, dict[str, Check]] = {}
    for line in KINDS.split("\n")[1:-1]:
        word, name, *written = line.split(" ")
        types = dict(field.split(":", 1) for field in written)
        dated = [field for field, type_ in types.items() if type_.endswith("*")]
        fields = {field: _check_of(type_.rstrip("*"), records) for field, type_ in types.items()}
        if word == "-":
            records[name] = fields
        else:
            kinds[name] = Kind(word, fields, dated[0] if dated else "")
    return kinds


_KINDS = _parse_kinds()

EARLIEST_ZONE, LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)
"""A day begins first at UTC+14 and last at UTC-12."""


def happened_as_dated(entry: dict[str, Any], day: Any) -> bool:
    """Whether `happened_at` is right (point 9).

    It must be the beginning of the fact's day in some time zone, or, for a fact without a day, the time of the entry.
    """
    if day is None:
        return bool(entry["happened_at"] == entry["recorded_at"])
    begins, at = parse_day(day), parse_time(entry["happened_at"])
    assert begins is not None
    assert at is not None
    try:
        midnight = datetime(begins.year, begins.month, begins.day)
        return midnight - EARLIEST_ZONE <= at <= midnight + LATEST_ZONE
    except OverflowError:
        return False


DocumentName = tuple[str, int, str]
"""The name of a document in an entry: digest, size, media type."""

_DOCUMENT: Mapping[str, Check] = {"media_type": _TYPES["string"], "sha256": _TYPES["digest"], "size": _TYPES["int"]}


def documents_in(payload: Any) -> Iterator[DocumentName]:
    """Every document that a payload names, at any depth."""
    waiting = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if _is_record(value, _DOCUMENT):
                yield value["sha256"], value["size"], value["media_type"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


# === 6. The chain of entries =======================================================================

HOLDER = "holder"
"""The role of a person who manages their own account. No entry grants it."""

GENESIS = "0" * 64
"""The digest that entry 1 names as that of the entry before it."""


class EntryWalk:
    """Checks the entries of a ledger in order, or of an excerpt, in which entries may be left out.

    `roots` gets the root of the tree at each of `sizes`. The other attributes collect what later chapters need.
    """

    def __init__(self, sizes: set[int], *, excerpt: bool = False) -> None:
        self.findings = Findings()
        self.count = 0
        self.number, self.digest, self.time = 0, GENESIS, datetime.min  # of the last entry
        self.roots: dict[int, bytes] = {}
        self.rulebooks: dict[str, int] = {}  # the first entry that names each edition
        self.seal_facts: list[tuple[int, str, Any]] = []
        self.versions: dict[str, int] = {}  # the last version of each stream
        self.ends: dict[str, int] = {}  # the last entry of each stream
        self.documents: dict[DocumentName, list[int]] = {}
        self.earlier_results: dict[str, int] = {}  # the first score that reads a result from each stream
        self._sizes, self._tree, self._excerpt = sizes, Tree(), excerpt
        # The roles and departments that each account has had.
        self._accounts: dict[str, tuple[set[str], set[str | None]]] = {}
        self._lendings: set[tuple[str, str, str]] = set()  # principal, deputy, role

    def take(self, body: bytes) -> int:
        """Check the next line. Returns the number of its entry; 0 if the line cannot be read."""
        self.count += 1
        if not self._excerpt:
            self._grow_tree(body)
        entry = self._parse(body)
        before, previous = self.number, self.digest
        if not self._excerpt:
            self.number = self.count
        elif entry is not None:
            self.number = entry["number"]
        self.digest = hashlib.sha256(body).hexdigest()
        if entry is None:
            return 0
        if entry["v"] != FORMAT:
            self._add("newer", f"格式 {entry['v']} 不能识别。", f"It is of an unknown format, {entry['v']}.")
            return self.number
        self._check_order(entry, before, previous)
        self._check_times(entry, before)
        self._check_version(entry)
        if self._check_fact(entry):
            self._check_account(entry)
            if entry["kind"] == "Scored":
                for source in entry["payload"]["inputs"]["earlier_sources"].values():
                    self.earlier_results.setdefault(source["stream"], self.number)
        self._collect(entry)
        return self.number

    def _add(self, code: str, zh: str, en: str) -> None:
        self.findings.add(code, zh, en, self.number)

    def _grow_tree(self, body: bytes) -> None:
        self._tree.add(leaf_hash(body))
        if self.count in self._sizes:
            self.roots[self.count] = self._tree.root()

    def _parse(self, body: bytes) -> dict[str, Any] | None:
        """The entry of a line; None, with a defect, if it is not of its form (point 3)."""
        try:
            return parse_entry(body)
        except (ValueError, RecursionError) as error:
            why, line = str(error)[:60], f"Line {self.count}: its" if self._excerpt else "Its"
            self.findings.add(
                "form",
                f"第 {self.count} 行不是规范的记录（{why}）。",
                f"{line} body is not an entry in canonical form ({why}).",
                None if self._excerpt else self.count,
            )
            return None

    def _is_neighbour(self, entry: dict[str, Any], before: int) -> bool:
        """Whether the line before this one is the entry before it. In an excerpt it need not be."""
        return not self._excerpt or entry["number"] == before + 1

    def _check_order(self, entry: dict[str, Any], before: int, previous: str) -> None:
        """Check that the number is that of the line, and `previous` the digest of the line before (point 5)."""
        number = entry["number"]
        if self._excerpt and number <= before:
            self._add("number", "记录重复或次序颠倒。", "It appears twice or out of order.")
        if number != self.number:
            self._add(
                "number",
                f"此处应为第 {self.number} 号，正文为第 {number} 号：有缺失、重复或次序颠倒。",
                f"It says it is entry {number}: an entry is missing, appears twice or is out of order.",
            )
        if self._is_neighbour(entry, before) and entry["previous"] != previous:
            self._add(
                "link",
                "它不是接在上一条记录之后写的：两者之一被改动过。",
                "It does not name the digest of the entry before it: one of the two was changed.",
            )

    def _check_times(self, entry: dict[str, Any], before: int) -> None:
        """Check that times never decrease (point 6)."""
        at, reading = parse_time(entry["recorded_at"]), parse_time(entry["machine_clock"] or "")
        assert at is not None
        if at < self.time:
            self._add("backwards", "记录时间早于上一条。", "Its time is earlier than that of the entry before it.")
        if reading is not None and (reading >= at or (self._is_neighbour(entry, before) and at != self.time)):
            self._add(
                "clock",
                "机器时钟读数与记录时间不相称。",
                "The reading of the machine's clock does not go with the time recorded.",
            )
        self.time = at

    def _check_version(self, entry: dict[str, Any]) -> None:
        """Check that the versions of a stream are 1, 2, 3 … (point 7)."""
        stream, version = entry["stream"], entry["version"]
        before = self.versions.get(stream, 0)
        if version != before + 1:
            self._add(
                "version",
                f"本序列上一版为第 {before} 版，此处为第 {version} 版。",
                f"It is version {version} of its stream and follows version {before}.",
            )
        self.versions[stream], self.ends[stream] = version, self.number

    def _check_fact(self, entry: dict[str, Any]) -> bool:
        """Check points 8, 9 and 10. Returns whether the payload is a fact of its kind."""
        kind, payload, name = _KINDS.get(entry["kind"]), entry["payload"], entry["kind"][:60]
        if not may_use_command_id(entry):
            self._add("command", "提交编号不是经办账号可用的。", "Its actor may not use its command id.")
        if kind is None:
            self._add("kind", f"不能识别的事实“{name}”。", f"It is of an unknown kind, “{name}”.")
            return False
        if kind.stream_word != entry["stream"].partition("/")[0]:
            self._add("kind", f"事实“{name}”不属于这个序列。", f"A fact “{name}” does not belong in this stream.")
        wrong = sorted(payload.keys() ^ kind.fields.keys()) or [k for k, v in payload.items() if not kind.fields[k](v)]
        if wrong:
            names = ", ".join(wrong)[:60]
            self._add("form", f"所载事实不合其格式（{names}）。", f"Its fact is not of the form of its kind ({names}).")
        elif not happened_as_dated(entry, payload.get(kind.dated)):
            self._add(
                "happened", "发生时间与所载事实不符。", "The time it says it happened is not the one its fact gives."
            )
        return not wrong

    def _check_account(self, entry: dict[str, Any]) -> None:
        """Check that a command from outside names a role and a department that the account has had (point 11)."""
        door, account, _ = entry["command"].split("/", 2)
        rights = self._accounts.get(account) if door in ("web", "api") else None
        if rights is not None:
            roles, units = rights
            has_role = entry["role"] in roles or entry["role"] == HOLDER or entry["principal"] is not None
            if entry["home"] not in units or not has_role:
                self._add(
                    "account",
                    "经办账号此前没有这个角色或不属于这个部门。",
                    "The account never had this role, or never belonged to this department.",
                )
        self._check_principal(entry)
        word, _, id_ = entry["stream"].partition("/")
        if word == "account":
            roles, units = self._accounts.setdefault(id_, (set(), set()))
            if entry["kind"] == "RoleGranted":
                roles.add(str(entry["payload"].get("role")))
            if entry["kind"] in ("AccountOpened", "AccountMoved"):
                units.add(entry["payload"].get("unit"))
            if entry["kind"] == "DeputyAppointed":
                deputy = str(entry["payload"].get("deputy"))
                self._lendings.update((id_, deputy, str(role)) for role in entry["payload"].get("roles") or ())

    def _check_principal(self, entry: dict[str, Any]) -> None:
        """Check that a deputy once had the role of the principal, of a department that the principal had (point 12)."""
        principal, home = entry["principal"], entry["principal_home"]
        _, units = self._accounts.get(principal, (set(), {None}))
        is_deputy = (principal, entry["actor"], entry["role"]) in self._lendings
        if not self._excerpt and (home not in units or (principal is not None and not is_deputy)):
            self._add(
                "deputy",
                "经办账号没有受委托以此角色代办，或者委托人不属于这个部门。",
                "The account was never a deputy in this role, or the principal never belonged to this department.",
            )

    def _collect(self, entry: dict[str, Any]) -> None:
        self.rulebooks.setdefault(entry["rulebook"], self.number)
        for name in documents_in(entry["payload"]):
            numbers = self.documents.setdefault(name, [])
            if self.number not in numbers[-1:]:
                numbers.append(self.number)
        if entry["stream"] == "seals":
            self.seal_facts.append((self.number, entry["kind"], entry["payload"]))


# === 7. The tree over entries ======================================================================
#
# Leaves and nodes have different prefixes, so that no leaf has the hash of a node.


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows (RFC 6962, 2.1). It stores the roots of its perfect subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        """Add a leaf by its hash.

        Each trailing 1 of the old size is a subtree as large as the new one, so the two are merged.
        """
        size, self.size = self.size, self.size + 1
        while size & 1:
            hashed = node_hash(self._edge.pop(), hashed)
            size >>= 1
        self._edge.append(hashed)

    def root(self) -> bytes:
        if not self._edge:
            return hashlib.sha256().digest()
        right = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            right = node_hash(left, right)
        return right


def is_included(root: bytes, size: int, index: int, hashed: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that leaf `index` is in the tree of this root and size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, second = index, size - 1
    for sibling in proof:
        if second == 0:
            return False
        if first & 1 or first == second:
            hashed = node_hash(sibling, hashed)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            hashed = node_hash(hashed, sibling)
        first, second = first >> 1, second >> 1
    return second == 0 and hashed == root


# === 8. Ed25519 ====================================================================================
#
# RFC 8032, section 5.1, only the check of signatures. The standard library has none. This is slow (about 4 ms for a
# signature) and its time depends on the values; neither matters, because no secret is used.

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
    """The multiple of a point, computed from four bits of the scalar at a time."""
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
    """The multiple of the base point.

    Its multiples by powers of two are cached, because every signature needs the same ones.
    """
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


def is_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the signature of the message by the private key that belongs to `public`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    point, s = _point(public), int.from_bytes(signature[32:], "little")
    if point is None or s >= _L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    minus: Point = (_P - point[0], point[1], point[2], _P - point[3])
    return _bytes(_add(_times_base(s), _times(k, minus))) == signature[:32]


# === 9. Keys and signed notes ======================================================================
#
# The public forms of c2sp.org: signed-note, tlog-cosignature.

PLAIN, TIMED, ML_DSA = 1, 4, 6
"""Types of keys. 1 signs the text, 4 the time and the text, both with Ed25519. 6 is ML-DSA-44, not checked here."""

PUBLIC_SIZE = {PLAIN: 32, TIMED: 32, ML_DSA: 1312}
LATEST = 2**63 - 1
MAX_SIGNATURES = 50


class Key(NamedTuple):
    """A verifier key."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether this is a valid signature of the text by this key."""
        if self.type == TIMED:
            seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if seconds > LATEST:
                return False
            text = f"cosignature/v1\ntime {seconds}\n{text}"
        return is_signature(self.public, text.encode(), signature)


def parse_key(line: str) -> Key:
    """Read a verifier key. Raises ValueError if the line is not one."""
    name, _, rest = line.strip().partition("+")
    id_, _, material = rest.partition("+")
    raw = _decode_base64(material)
    if not name or not raw or len(raw) - 1 != PUBLIC_SIZE.get(raw[0]):
        raise ValueError(line)
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != id_:
        raise ValueError(line)
    return key


class Note(NamedTuple):
    """A signed text. Each signature line is (name, key id, signature).

    `sealed_digest`: the SHA-256 of the note with only its first line, as it was sealed. `line_digests`: the SHA-256 of
    each line.
    """

    text: str
    lines: list[tuple[str, bytes, bytes]]
    sealed_digest: str
    line_digests: list[str]

    def signers(self, keys: Iterable[Key]) -> tuple[list[Key], list[Key]]:
        """Two lists: the keys that signed the note, and the first key in whose name a line is forged, if there is one.

        A line belongs to a key if name and id are those of the key. Other lines prove nothing and are no defect.
        """
        by_line = {(key.name, key.id): key for key in keys if key.type != ML_DSA}
        good: list[Key] = []
        for name, id_, signature in self.lines:
            key = by_line.get((name, id_))
            if key is not None and key not in good:
                if not key.verify(self.text, signature):
                    return good, [key]
                good.append(key)
        return good, []


def parse_note(raw: bytes) -> Note:
    """Read a signed note. Raises ValueError if the bytes are not one."""
    if len(raw) > MAX_NOTE:
        raise ValueError("note")
    whole = raw.decode("utf-8")
    text, empty_line, signatures = whole.rpartition("\n\n")
    if not empty_line or not signatures.endswith("\n") or any(c < " " and c != "\n" for c in whole):
        raise ValueError("note")
    if signatures.count("\n") > MAX_SIGNATURES:
        raise ValueError("note")
    lines = signatures[:-1].split("\n")
    digests = [_sha256(line + "\n") for line in lines]
    return Note(text + "\n", [_parse_line(line) for line in lines], _sha256(f"{text}\n\n{lines[0]}\n"), digests)


def _parse_line(line: str) -> tuple[str, bytes, bytes]:
    parts = re.fullmatch(r"— ([^\s+]+) ([^ ]+)", line)
    raw = _decode_base64(parts.group(2)) if parts else b""
    if parts is None or len(raw) < 5:
        raise ValueError("note")
    return parts.group(1), raw[:4], raw[4:]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _decode_base64(text: str) -> bytes:
    """Decode base64. Raises ValueError if it is not canonical, because one signature must not have two forms."""
    raw = base64.b64decode(text.encode(), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


class Term(NamedTuple):
    """The seals that a key may sign: those of more than `after` and at most `upto` entries (None: no limit)."""

    key: Key
    after: int
    upto: int | None


class KeyRing(NamedTuple):
    """The keys whose signatures count.

    `trusted`: those from the person who runs the check; the bundle itself names the others.
    """

    terms: list[Term]
    witnesses: list[Key]
    trusted: list[Key]

    def log_keys(self, number: int) -> list[Key]:
        """The keys that may sign a seal of so many entries."""
        return [term.key for term in self.terms if term.after < number and (term.upto is None or number <= term.upto)]

    def sources(self) -> list[dict[str, str]]:
        """Every key with its role and source: "given", "handed_on" (from a given key) or "here" (from the bundle)."""
        logs = [term.key for term in self.terms]
        otherwise = "handed_on" if any(key in self.trusted for key in logs) else "here"
        rows = [("log", key, otherwise) for key in logs] + [("witness", key, "here") for key in self.witnesses]
        return [
            {"key": str(key), "role": role, "source": "given" if key in self.trusted else source}
            for role, key, source in rows
        ]


def key_ring(rows: Sequence[dict[str, Any]], trusted: Sequence[Key], findings: Findings) -> KeyRing:
    """The keys of a bundle and the trusted keys. A trusted key of type 1 is a ledger's, any other a witness's."""
    logs, witnesses = [key for key in trusted if key.type == PLAIN], [key for key in trusted if key.type != PLAIN]
    own = [parse_key(row["key"]) for row in rows if row["role"] == "witness"]
    terms = key_terms([row for row in rows if row["role"] == "log"], logs, findings)
    return KeyRing(terms, witnesses + [key for key in own if key not in witnesses], list(trusted))


def key_terms(rows: Sequence[dict[str, Any]], trusted: Sequence[Key], findings: Findings) -> list[Term]:
    """The terms of the ledger's keys.

    Each key needs a handover from the key before it. The first key has none before it. If `trusted` is empty, the first
    key is trusted; otherwise only the trusted keys are, and the keys that follow them by handovers.
    """
    terms: list[Term] = []
    for row in rows:
        try:
            key, after = parse_key(row["key"]), row["since"]
            if after < (terms[-1].after if terms else 0) or (
                row["note"] is not None and not terms and key not in trusted
            ):
                raise ValueError("key")
            if key not in trusted and (terms or trusted):
                _check_handover(row, terms[-1].key if terms else None)
        except (ValueError, KeyError, TypeError):
            name = str(row.get("key"))[:80]
            findings.add(
                "key",
                f"密钥 {name} 没有由上一个密钥交接，它的签名不予承认。若旧密钥确已丢失，须以 --key 同时给出新旧两个公钥。",
                f"The key before it did not hand on to the key {name}; what that key signed does not count. If the older key was lost, give both with --key.",
            )
            continue
        if terms:
            terms[-1] = terms[-1]._replace(upto=after)
        terms.append(Term(key, after, None))
    in_bundle = [term.key for term in terms]
    return terms + [Term(key, 0, None) for key in trusted if key not in in_bundle]


def _check_handover(row: dict[str, Any], before: Key | None) -> None:
    """Raises ValueError if not both keys signed the handover.

    A second signature under a seal would not be enough, because the old key would not have named the new one.
    """
    if before is None or not isinstance(row["note"], str):
        raise ValueError("key")
    note, key = parse_note(row["note"].encode()), parse_key(row["key"])
    expected = f"{before.name}\nkey {before}\nsuccessor {key}\nafter {row['since']}\n"
    good, bad = note.signers([before, key])
    if note.text != expected or bad or before not in good or key not in good or key.name != before.name:
        raise ValueError("key")


# === 10. Seals =====================================================================================


class Seal(NamedTuple):
    """A seal: the name of the ledger, the number of entries, their root, and the signed note."""

    origin: str
    number: int
    root: bytes
    note: Note

    @property
    def fingerprint(self) -> str:
        """The first 80 bits of the root, as a notice prints them."""
        return " ".join(self.root.hex()[at : at + 4] for at in range(0, 20, 4))


def parse_seal(raw: bytes) -> Seal:
    """Read a seal. Raises ValueError if the bytes are not one."""
    note = parse_note(raw)
    *lines, end = note.text.split("\n")
    if len(lines) < 3 or not all(lines) or end or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
        raise ValueError("seal")
    root = _decode_base64(lines[2])
    if len(root) != 32:
        raise ValueError("seal")
    return Seal(lines[0], int(lines[1]), root, note)


def check_seal(seal: Seal, keys: KeyRing, root: bytes | None, last: int, findings: Findings, name: str = "") -> bool:
    """Compare a seal with the keys, and with the root of as many entries (None: unknown).

    Returns whether it is valid.
    """
    before, number = len(findings.defects), seal.number
    name = name or f"{number}"
    logs = keys.log_keys(number)
    good, bad = seal.note.signers([*logs, *keys.witnesses])
    if bad:
        findings.add(
            "forged",
            f"封存 {name} 上以“{bad[0].name}”名义的签名是假的。",
            f"Seal {name}: the signature in the name of “{bad[0].name}” is forged.",
            number,
        )
    elif not any(key in good and key.name == seal.origin for key in logs):
        findings.add(
            "unsigned", f"封存 {name} 没有可信密钥的签名。", f"Seal {name} is signed by no trusted key.", number
        )
    if number > last:
        findings.add(
            "truncated",
            f"封存 {name} 含 {number} 条，这里只有 {last} 条：末尾被截去，或换成了旧本。",
            f"Seal {name} covers {number} entries and there are {last} here: the end was cut off, or this is an old copy.",
        )
    elif root is not None and root != seal.root:
        findings.add(
            "sealed",
            f"第 1 至 {number} 号记录与封存 {name} 不符：封存之后被改写过。",
            f"Entries 1 to {number} are not the ones that seal {name} covers: they were rewritten after they were sealed.",
            number,
        )
    return len(findings.defects) == before


def check_recorded_seals(facts: Iterable[tuple[int, str, Any]], seals: Sequence[Seal], findings: Findings) -> None:
    """Check that every recorded seal and cosignature is present (points 7 and 8).

    A seal that is smaller than a recorded one must be recorded too.
    """
    by_size = {seal.number: seal for seal in seals}
    recorded: set[int] = set()
    count, previous = 0, None
    for number, kind, fact in facts:
        size = fact.get("number")
        seal = by_size.get(size) if type(size) is int else None
        if kind == "SealMade":
            if seal is not None:
                recorded.add(seal.number)
            if seal is None or (seal.note.sealed_digest, seal.root.hex()) != (fact.get("note"), fact.get("root")):
                findings.add(
                    "seal_gone",
                    "此处登记的封存不在包中，或被换过。",
                    "The seal it records is not here, or was swapped.",
                    number,
                )
            if (fact.get("count"), fact.get("previous")) != (count + 1, previous):
                findings.add(
                    "seal_order",
                    "此处登记的封存的序次或其前一份封存不符。",
                    "The seal it records does not follow the seal recorded before it.",
                    number,
                )
            count, previous = count + 1, fact.get("note")
        elif kind == "CosignatureAccepted" and (seal is None or fact.get("line") not in seal.note.line_digests):
            findings.add(
                "cosignature_gone",
                "此处登记的见证签名不在包中，或被改动。",
                "The witness's signature it records is not here, or was changed.",
                number,
            )
    for size in sorted(size for size in by_size if size < max(recorded, default=0) and size not in recorded):
        findings.add(
            "seal_planted",
            f"{size} 条的封存没有登记，其后的封存却已登记：是后来插入的。",
            f"No entry records the seal of {size} entries, and a later seal is recorded: it was put in afterwards.",
        )


class Witnessing(NamedTuple):
    """The names of those who signed the newest seal besides the ledger.

    `witnesses`: with a trusted key. `claimed`: with a key that only the bundle names, which proves nothing. `unread`:
    with ML-DSA-44, which is not checked here.
    """

    witnesses: list[str]
    claimed: list[str]
    unread: list[str]


def describe_newest_seal(seals: Sequence[Seal], keys: KeyRing, findings: Findings) -> Witnessing:
    """Remarks on the newest seal and its witnesses."""
    if not seals:
        return Witnessing([], [], [])
    seal = seals[-1]
    good, _ = seal.note.signers(keys.witnesses)
    witnesses = sorted({key.name for key in good if key in keys.trusted})
    claimed = sorted({key.name for key in good if key not in keys.trusted})
    names = "、".join(witnesses)
    findings.remark(
        f"最近一次封存：{seal.number} 条，{seal.fingerprint}，见证：{names or '没有可凭的见证'}。请与通报上印的封存号核对。",
        f"Newest seal: {seal.number} entries, {seal.fingerprint}, witnessed by {names or 'nobody whose key you gave'}. Compare it with the one printed in the notice.",
    )
    if claimed:
        names = "、".join(claimed)
        findings.remark(
            f"{names} 的公钥只见于包内，其签名未计作见证；请以 --key 给出见证人当面交付的公钥。",
            f"The key of {names} comes from the bundle itself, so the signature counts as no witness. Give the key that the witness handed you with --key.",
        )
    uncheckable = {(key.name, key.id) for key in keys.witnesses if key.type == ML_DSA}
    unread = sorted({name for name, id_, _ in seal.note.lines if (name, id_) in uncheckable})
    return Witnessing(witnesses, claimed, unread)


# === 11. The files of a bundle =====================================================================

FORMS: Mapping[str, tuple[str, ...]] = {"ledger": (), "dossier": (LIST,)}
"""The forms of bundles, each with the files that only this form has."""
ALWAYS = frozenset([ENTRIES, ABOUT, KEYS, DOCUMENTS, "verify.py", "index.html"])
"""The files of every bundle."""
MAX_KEYS = 200


class Contents(NamedTuple):
    """A bundle under check. `expected`, `trusted`: the seals and keys from the person who runs the check."""

    archive: StrictZip
    findings: Findings
    about: dict[str, Any]
    keys: KeyRing
    seals: list[Seal]
    expected: Sequence[Seal]
    trusted: Sequence[Key]

    @property
    def form(self) -> str:
        return str(self.about.get("form", ""))


def read_contents(archive: StrictZip, expected: Sequence[Seal], trusted: Sequence[Key]) -> Contents:
    """Read and check the small files of a bundle."""
    findings = Findings()
    about = read_json(archive, ABOUT, dict, {}, findings)
    rows = [row for row in read_json(archive, KEYS, list, [], findings) if _is_key_row(row, findings)]
    keys = key_ring(rows, trusted, findings)
    return Contents(archive, findings, about, keys, read_seals(archive, findings), expected, trusted)


def read_json(archive: StrictZip, name: str, type_: type, otherwise: Any, findings: Findings) -> Any:
    """The value of a file that must be canonical JSON of one type.

    If it is not, add a defect and return `otherwise`.
    """
    try:
        raw = archive.read(name)
        value: Any = parse_json(raw)
        if not isinstance(value, type_) or (isinstance(value, list) and name == KEYS and len(value) > MAX_KEYS):
            raise ValueError(name)
        if canonical(value) + b"\n" != raw:
            raise ValueError(name)
    except (KeyError, ValueError, RecursionError):
        findings.add(
            "file", f"{name} 缺失、损坏或不是规范的 JSON。", f"{name} is missing, damaged or not canonical JSON."
        )
        return otherwise
    return value


def _is_key_row(row: Any, findings: Findings) -> bool:
    try:
        if not isinstance(row, dict) or not isinstance(row["key"], str):
            raise ValueError(row)
        parse_key(row["key"])
        if row.keys() != {"key", "note", "role", "since"} or not _or_null(_TYPES["string"])(row["note"]):
            raise ValueError(row)
        if row["role"] not in ("log", "witness") or not _is_int(row["since"]) or row["since"] < 0:
            raise ValueError(row)
        if row["role"] == "witness" and row["note"] is not None:
            raise ValueError(row)
    except (ValueError, KeyError, TypeError):
        findings.add("key", "keys.json 中有不能识别的密钥。", "keys.json has a row that is not a key.")
        return False
    return True


def read_seals(archive: StrictZip, findings: Findings) -> list[Seal]:
    """The seals of a bundle, the smallest first."""
    seals = []
    for name in sorted(name for name in archive.names if name.startswith("seals/")):
        try:
            seal = parse_seal(archive.read(name))
            if name != f"seals/{seal.number:010}.note":
                raise ValueError(name)
            seals.append(seal)
        except ValueError:
            findings.add("seal", f"{name} 不是可读的封存文件。", f"{name} cannot be read as a seal.")
    return seals


def check_file_names(contents: Contents, rulebooks: Mapping[str, int]) -> None:
    """Check that every needed file is present once, and no other file. `rulebooks`: the first entry under each edition.

    A rulebook that is missing or swapped is a defect of that entry, because nobody can read its rules any more.
    """
    findings, form = contents.findings, contents.form
    editions = {f"rulebooks/{pin}.toml": number for pin, number in rulebooks.items() if pin}
    needed = {*ALWAYS, *editions, *FORMS.get(form, ())}
    proofs = r"|proofs/\d{10}\.tlog-proof" if form == "dossier" else ""
    allowed = re.compile(rf"seals/\d{{10}}\.note|documents/{DIGEST.pattern}{proofs}", re.ASCII)
    present: set[str] = set()
    for name in contents.archive.names:
        if findings.is_full:
            return
        if name in present or (name not in needed and not allowed.fullmatch(name)):
            findings.add("file", f"多出文件 {name[:100]}。", f"There is a file too many, {name[:100]}.")
        present.add(name)
        edition = re.fullmatch(r"rulebooks/.*@([0-9a-f]{64})\.toml", name)
        if edition and not contents.archive.has_digest(name, edition.group(1)):
            findings.add(
                "rulebook",
                f"它所依据的办法 {name} 的内容与其摘要不符：被换过。"
                if name in editions
                else f"{name} 的内容与其摘要不符：被换过。",
                f"The rulebook {name} is not what its digest says: it was swapped.",
                editions.get(name),
            )
    # The function that reads one of these four files reports it if it is missing.
    for name in sorted(needed - present - {ENTRIES, ABOUT, KEYS, DOCUMENTS}):
        if name in editions:
            findings.add(
                "rulebook",
                f"它所依据的办法不在包中，缺少文件 {name[:100]}。",
                f"The rulebook it stands under is not here: the file {name[:100]} is missing.",
                editions[name],
            )
        else:
            findings.add("file", f"缺少文件 {name[:100]}。", f"The file {name[:100]} is missing.")


def check_documents(contents: Contents, cited: Mapping[DocumentName, list[int]]) -> None:
    """Check that the list has every document that entries name.

    Each document in the bundle must be cited and undamaged.
    """
    archive, findings = contents.archive, contents.findings
    cited_digests = {name[0] for name in cited}
    present = {name[len("documents/") :] for name in archive.names if name.startswith("documents/")}
    rows: list[dict[str, Any]] = [
        {"entries": cited[name], "here": name[0] in present, "media_type": name[2], "sha256": name[0], "size": name[1]}
        for name in sorted(cited)
    ]
    _check_document_list(read_json(archive, DOCUMENTS, list, None, findings), rows, findings)
    for digest in sorted(present - cited_digests):
        findings.add("document", f"没有记录引用文件 {digest[:16]}。", f"No entry names the document {digest[:16]}.")
    for row in rows:
        name = f"documents/{row['sha256']}"
        if row["here"] and (archive.size(name) != row["size"] or not archive.has_digest(name, row["sha256"])):
            _add_document(row, "内容与其摘要或大小不符", "is not what its digest and size say", findings)
    missing = len(cited_digests - present)
    if missing:
        findings.remark(
            f"{missing} 份文件只有摘要，原件不在包中；可用 sha256sum 与手中的原件核对。",
            f"Of {missing} documents only the digests are here. Compare the originals with them by sha256sum.",
        )


def _check_document_list(listed: list[Any] | None, rows: list[dict[str, Any]], findings: Findings) -> None:
    """Check the rows of the list against the entries, and its statements about which documents are in the bundle."""
    if listed is None:
        return
    without_here = [
        {**row, "here": None} if isinstance(row, dict) and isinstance(row.get("here"), bool) else row for row in listed
    ]
    if canonical([{**row, "here": None} for row in rows]) != canonical(without_here):
        findings.add(
            "documents",
            f"{DOCUMENTS} 与各记录所引的文件不符。",
            f"{DOCUMENTS} does not list the documents that the entries name.",
        )
        return
    for row, listed_row in zip(rows, listed):
        if listed_row["here"] and not row["here"]:
            _add_document(row, "缺失", "is missing", findings)
        elif row["here"] and not listed_row["here"]:
            _add_document(row, f"在包中而 {DOCUMENTS} 说不在", f"is here, and {DOCUMENTS} says it is not", findings)


def _add_document(row: dict[str, Any], zh: str, en: str, findings: Findings) -> None:
    digest, others = row["sha256"][:16], [str(number) for number in row["entries"][1:11]]
    findings.add(
        "document",
        f"所引文件 {digest} {zh}" + (f"（第 {'、'.join(others)} 号也引用）" if others else "") + "。",
        f"The document {digest} it names {en}" + (f"; so does entry {', '.join(others)}." if others else "."),
        row["entries"][0],
    )


# === 12. A ledger bundle ===========================================================================

Progress = Callable[[int], None]
"""A function that is called every thousand entries with the number of entries read so far."""


def _no_progress(number: int) -> None:
    """Report nothing."""


def walk_entries(contents: Contents, walk: EntryWalk, progress: Progress = _no_progress) -> Iterator[tuple[int, bytes]]:
    """Check the entries with `walk`. Yields the number and the bytes of each line."""
    findings = contents.findings
    try:
        for body in contents.archive.lines(ENTRIES):
            yield walk.take(body), body
            if walk.count % 1000 == 0:
                progress(walk.count)
            if len(walk.findings.defects) + len(findings.defects) > MAX_DEFECTS:
                break
    except (KeyError, ValueError):
        findings.add("file", f"{ENTRIES} 缺失或损坏。", f"{ENTRIES} is missing or damaged.")
    findings.defects += walk.findings.defects


def check_ledger(contents: Contents, walk: EntryWalk, progress: Progress) -> int:
    """Check a ledger from its first entry on: its entries, its end, its seals.

    Returns the last entry under a valid seal.
    """
    for _ in walk_entries(contents, walk, progress):
        pass
    _check_end(contents, walk)
    check_recorded_seals(walk.seal_facts, contents.seals, contents.findings)
    return _check_seals(contents, walk)


def _check_end(contents: Contents, walk: EntryWalk) -> None:
    """Check that the bundle ends with the last entry of its year, or with the first seal after that."""
    year, findings = contents.about.get("year"), contents.findings
    end = {"digest": walk.digest, "number": walk.count}
    if canonical(contents.about) != canonical({"form": "ledger", "format": FORMAT, "last": end, "year": year}):
        findings.add(
            "end",
            "末条与 about.json 所载不符：有增删或改动。",
            "The last entry is not the one that about.json names.",
            walk.count,
        )
        return
    last = max((at for stream, at in walk.ends.items() if _is_of_year(stream, year)), default=0)
    if not last:
        findings.add(
            "about", "about.json 所载的年度在记录中没有。", "No entry belongs to the year that about.json names."
        )
    elif walk.count != min((seal.number for seal in contents.seals if seal.number >= last), default=last):
        findings.add(
            "end",
            "包的结尾既不是该年度的最后一条，也不是其后的第一份封存。",
            "The bundle ends neither with the last entry of its year nor with the first seal after that.",
            walk.count,
        )


def _is_of_year(stream: str, year: Any) -> bool:
    beginnings = (f"assessment/{year:04}/", f"paper/{year:04}/") if type(year) is int else ()
    return type(year) is int and (stream == f"year/{year:04}" or stream.startswith(beginnings))


def _check_seals(contents: Contents, walk: EntryWalk) -> int:
    """Check every seal of the bundle, then the seals from elsewhere.

    Returns the last entry under a valid seal of the bundle.
    """
    findings, last, sealed = contents.findings, walk.count, 0
    for seal in contents.seals:
        if not findings.is_full and check_seal(seal, contents.keys, walk.roots.get(seal.number), last, findings):
            sealed = seal.number
    for seal in contents.expected:
        root = walk.roots.get(seal.number)
        check_seal(seal, contents.keys, root, last, findings, f"handed in ({seal.number})")
    if last > sealed:
        findings.remark(
            f"第 {sealed + 1} 至 {last} 号记录尚未封存：其后是否还有记录，无从证明。",
            f"Entries {sealed + 1} to {last} are not sealed: whether more entries followed them cannot be shown.",
        )
    return sealed


# === 13. A dossier =================================================================================


def check_dossier(contents: Contents, walk: EntryWalk) -> int:
    """Check a dossier: its seal, the proof of each entry that it is under the seal, and the signed list of all entries.

    Returns the number of entries under the seal if it is valid, else 0.
    """
    findings, archive = contents.findings, contents.archive
    if canonical(contents.about) != canonical({"form": "dossier", "format": FORMAT}):
        findings.add("about", "about.json 与其格式不符。", "about.json is not of its form.")
    if sum(name.startswith("seals/") for name in archive.names) != 1 or not contents.seals:
        findings.add(
            "unsigned",
            "卷宗应有且只有一份封存，否则其中的记录无从证明。",
            "A dossier has exactly one seal; without it nothing shows that its entries are the ledger's.",
        )
    seal = contents.seals[-1] if contents.seals else None
    is_valid = seal is not None and check_seal(seal, contents.keys, None, seal.number, findings)
    _compare_expected(contents, seal)
    digest = _check_proofs(contents, walk, seal)
    if seal is not None:
        check_list(contents, walk, seal, digest)
    return seal.number if seal is not None and is_valid else 0


def _compare_expected(contents: Contents, seal: Seal | None) -> None:
    """Check the seals from elsewhere.

    A dossier proves nothing about a seal with another number of entries than its own.
    """
    for expected in contents.expected:
        number, name = expected.number, f"handed in ({expected.number})"
        if seal is None or number == seal.number:
            check_seal(expected, contents.keys, seal and seal.root, number, contents.findings, name)
        elif check_seal(expected, contents.keys, None, number, contents.findings, name):
            contents.findings.add(
                "unshown",
                f"卷宗依据 {seal.number} 条的封存，不能据以核对您另存的 {number} 条的封存；请索取以后者出具的卷宗（kaohe audit export 加 --seal {number}）。",
                f"The dossier stands under the seal of {seal.number} entries and shows nothing of yours, of {number}. Ask for one made under yours (kaohe audit export … --seal {number}).",
            )


def _check_proofs(contents: Contents, walk: EntryWalk, seal: Seal | None) -> str:
    """Check that every entry has a proof that it is under the seal, and that there is no other proof.

    Returns the SHA-256 of the entries.
    """
    findings, hashing = contents.findings, hashlib.sha256()
    proofs = {name for name in contents.archive.names if name.startswith("proofs/")}
    for number, body in walk_entries(contents, walk):
        hashing.update(body + b"\n")
        name = f"proofs/{number:010}.tlog-proof"
        proven = name in proofs and seal is not None and _is_proven(contents.archive, name, seal, number, body)
        if number and not proven:
            findings.add(
                "sealed",
                "包含证明缺失或不成立：它不是封存的台账中的这一条。",
                "Its inclusion proof is missing or fails: it is not this entry of the sealed ledger.",
                number,
            )
        proofs.discard(name)
    for name in sorted(proofs)[:MAX_DEFECTS]:
        findings.add("file", f"多出文件 {name[:100]}。", f"There is a file too many, {name[:100]}.")
    return hashing.hexdigest()


def _is_proven(archive: StrictZip, name: str, seal: Seal, number: int, body: bytes) -> bool:
    """Whether a proof is valid.

    It must end with exactly the bytes of the dossier's seal, whose signatures are checked only once.
    """
    try:
        head, _, seal_bytes = archive.read(name).decode("utf-8").partition("\n\n")
        first, second, *lines = head.split("\n")
        proof = [_decode_base64(line) for line in lines]
        same_seal = seal_bytes.encode() == archive.read(f"seals/{seal.number:010}.note")
    except (KeyError, ValueError):
        return False
    if not same_seal or (first, second) != ("c2sp.org/tlog-proof@v1", f"index {number - 1}"):
        return False
    if any(len(sibling) != 32 for sibling in proof):
        return False
    return is_included(seal.root, seal.number, number - 1, leaf_hash(body), proof)


def check_list(contents: Contents, walk: EntryWalk, seal: Seal, digest: str) -> None:
    """Check that the list names exactly these entries and streams, and that the ledger's newest key signed it.

    Proofs alone would not be enough: they show that each entry belongs to the ledger, but not that no entry was
    removed.
    """
    findings = contents.findings
    try:
        note = parse_note(contents.archive.read(LIST))
    except (KeyError, ValueError):
        findings.add(
            "list",
            f"{LIST} 缺失或不可读：卷宗是否完整无从证明。",
            f"{LIST} is missing or cannot be read: nothing shows that the dossier is complete.",
        )
        return
    good, bad = note.signers([term.key for term in contents.keys.terms if term.upto is None])
    if bad or not any(key.name == seal.origin for key in good):
        findings.add(
            "list", f"{LIST} 没有台账现用密钥的真实签名。", f"{LIST} is not signed by the ledger's newest key."
        )
    _check_lines(note.text.split("\n")[:-1], walk, seal, digest, findings)


def _check_lines(lines: list[str], walk: EntryWalk, seal: Seal, digest: str, findings: Findings) -> None:
    """Compare the lines of the list with the entries. `digest`: the SHA-256 of the entries."""
    subject = lines[1][len("dossier ") :] if len(lines) > 1 and lines[1].startswith("dossier ") else ""
    for name in sorted(name for name in walk.versions if not _may_be_in_dossier(name, subject))[:MAX_DEFECTS]:
        findings.add("list", f"序列 {name} 不属于这份卷宗。", f"The stream {name} does not belong in this dossier.")
    expected = [
        seal.origin,
        f"dossier {subject}",
        f"seal {seal.number} {base64.b64encode(seal.root).decode()}",
        f"entries {walk.count} {digest}",
        *(f"stream {name} {walk.versions[name]}" for name in sorted(walk.versions)),
    ]
    if subject not in walk.versions or lines[: len(expected)] != expected:
        findings.add(
            "list",
            f"卷宗所载的记录与 {LIST} 不符：有缺失、增加或改动。",
            f"The entries are not those that {LIST} names: some are missing, were added or changed.",
        )
        return
    left_out = _parse_left_out(lines[len(expected) :])
    if left_out is None or walk.count + sum(left_out.values()) != seal.number:
        findings.add(
            "list", f"{LIST} 所载未收入的条数与封存不符。", f"{LIST} does not account for every entry under the seal."
        )
    elif left_out:
        counts = ", ".join(f"{word} {count}" for word, count in left_out.items())
        findings.remark(
            f"卷宗未收入的记录：{counts}（条数）。",
            f"Entries that the dossier leaves out, by the kind of their streams: {counts}.",
        )


def _parse_left_out(lines: list[str]) -> dict[str, int] | None:
    """The number of entries left out, by the kind of their stream; None if the lines have another form or order."""
    parts = [re.fullmatch(r"without ([a-z_]+) ([1-9][0-9]{0,15})", line) for line in lines]
    counts = {part.group(1): int(part.group(2)) for part in parts if part}
    return counts if len(counts) == len(lines) and list(counts) == sorted(counts) else None


def _may_be_in_dossier(stream: str, subject: str) -> bool:
    """Whether a stream may be in the dossier of an assessment.

    It may be the assessment, its year, the roster, a case or a routine check.
    """
    parts = subject.split("/")
    own = (subject, "roster", f"year/{parts[1] if len(parts) > 1 else ''}")
    return stream in own or stream.startswith(("case/", "routine_check/", "record/"))


# === 14. The whole check ===========================================================================


class Outcome(NamedTuple):
    """The result of a check.

    `sealed`: the last entry under a valid seal. `unsealed`: the number of entries after it.
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


def check(
    path: str, expected: Sequence[Seal] = (), trusted: Sequence[Key] = (), progress: Progress = _no_progress
) -> Outcome:
    """Check a bundle. `expected`: seals from elsewhere; `trusted`: keys that were handed over in person.

    Raises `Unusable` if the file cannot be checked at all.
    """
    archive = StrictZip(path)
    try:
        return _outcome(read_contents(archive, expected, trusted), progress)
    finally:
        archive.close()


def _outcome(contents: Contents, progress: Progress) -> Outcome:
    findings = contents.findings
    _describe_evidence(contents)
    if not contents.archive.is_undamaged():
        findings.add(
            "archive",
            "文件与制作时不完全一致：在传送或保存中损坏，或被改动。",
            "The file is not bit for bit what was written: it was damaged on the way, or changed.",
        )
    count = sealed = 0
    witnessing = Witnessing([], [], [])
    format_ = contents.about.get("format")
    if type(format_) is not int or format_ != FORMAT or contents.form not in FORMS:
        findings.add("about", "about.json 的格式不能识别。", "about.json is of an unknown format.")
        check_file_names(contents, {})
    else:
        excerpt = contents.form == "dossier"
        walk = EntryWalk({seal.number for seal in [*contents.seals, *contents.expected]}, excerpt=excerpt)
        sealed = check_dossier(contents, walk) if excerpt else check_ledger(contents, walk, progress)
        count = walk.count
        witnessing = describe_newest_seal(contents.seals, contents.keys, findings)
        check_file_names(contents, walk.rulebooks)
        check_documents(contents, walk.documents)
        # A dossier has no other assessment than its own.
        for stream, number in walk.earlier_results.items() if excerpt else ():
            findings.remark(
                f"第 {number} 号计分取用的以往结果在 {stream}，不在本卷宗内，是否属实无从核对。",
                f"The score in entry {number} reads an earlier result from {stream}, which is not in this dossier: whether it is right cannot be shown.",
            )
    findings.cut()
    unsealed = 0 if contents.form == "dossier" else max(count - sealed, 0)
    return Outcome(
        contents.form, count, findings.defects, findings.remarks, sealed, unsealed, *witnessing, contents.keys.sources()
    )


def _describe_evidence(contents: Contents) -> None:
    """Remarks on what the check proves, which depends on the seals and keys from the person who runs it."""
    findings = contents.findings
    if not contents.expected and not contents.trusted:
        findings.remark(
            "没有提供另存的封存或亲自取得的公钥：若台账连同封存被整体改写，无从发现。",
            "No seal and no key from elsewhere was given: if the ledger and all its seals had been rewritten, this check would not show it.",
        )
    if any(row["role"] == "log" and row["source"] == "here" for row in contents.keys.sources()):
        findings.remark(
            "核对封存所用的公钥取自包内，不是您另行取得的；请以 --key 给出当面取得的公钥。",
            "The key that the seals were checked with comes from the bundle itself, not from you. Give the one handed to you with --key.",
        )
    if not contents.seals and any(key.type == PLAIN for key in contents.trusted):
        findings.add(
            "seals_gone",
            "给出了台账公钥，包中却没有任何封存：封存被删除，或公钥不属于本台账。",
            "A key of the ledger was given and there is no seal: the seals were deleted, or the key is another ledger's.",
        )


# === 15. The command line ==========================================================================


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
    options = parser.parse_args(arguments)
    english = options.lang == "en"
    try:
        seals = [seal_in_file(file) for file in options.expect]
        outcome = check(options.bundle, seals, [key_in_option(line) for line in options.key])
    except Unusable as error:
        if options.json:
            print(json.dumps({"unusable": {"zh": error.zh, "en": error.en}}))
        else:
            print(error.en if english else error.zh, file=sys.stderr)
        return 2
    print(json.dumps(as_json(outcome)) if options.json else "\n".join(report_lines(outcome, english=english)))
    return 1 if outcome.defects else 0


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as data that can be written as JSON."""
    return {
        **outcome._asdict(),
        "ok": not outcome.defects,
        "defects": [defect._asdict() for defect in outcome.defects],
        "remarks": [{"zh": zh, "en": en} for zh, en in outcome.remarks],
    }


def report_lines(outcome: Outcome, *, english: bool) -> list[str]:
    """The outcome in one language: what cannot be shown, every defect, and the number of entries with the verdict."""
    count, names = len(outcome.defects), "、".join(outcome.unread)
    if english:
        unread = f"{names} signed with ML-DSA-44, which this program cannot check, and counts as no witness here. Use kaohe audit verify."
        verdict = f"{outcome.entries} entries: " + (
            f"{count} defects." if count else "no defect, within the limits said above."
        )
    else:
        unread = f"{names} 以 ML-DSA-44 签名，本程序不能核对，未计作见证；请用 kaohe audit verify。"
        verdict = f"{outcome.entries} 条记录：" + (
            f"发现 {count} 处缺陷。" if count else "无缺陷（限于以上所述范围）。"
        )
    remarks = [*(remark[english] for remark in outcome.remarks), *([unread] if names else [])]
    return [*remarks, *(defect.render(english=english) for defect in outcome.defects), verdict]


def seal_in_file(file: str) -> Seal:
    try:
        with open(file, "rb") as handle:
            return parse_seal(handle.read(MAX_NOTE + 1))
    except (OSError, ValueError):
        name = os.path.basename(file)
        raise Unusable(f"{name} 不是封存文件。", f"{name} is not a seal.") from None


def key_in_option(line: str) -> Key:
    try:
        return parse_key(line)
    except ValueError:
        raise Unusable(
            f"“{line}”不是公钥，请整行复制。", f"“{line}” is not a verifier key. Copy the whole line."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
