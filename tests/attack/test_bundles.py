"""Hostile bundles: each is refused within a bound of time and memory, by the program that lies in every bundle itself.

A bundle comes from somebody else. Every one here is made by hand, with its mark made to agree, and checked in a process of its
own that the system stops beyond so many seconds of CPU and so much memory.
"""

from __future__ import annotations

import json
import resource
import struct
import subprocess
import sys
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from audit.bundle import export, verify
from audit.reader import DatabaseReader
from storage.database.database import Database
from tests.audit.bundles import Content, content, flipped
from tests.audit.copies import YEAR, Copy, live_meanwhile
from tests.audit.test_sealed import OURS, having, key, row

SECONDS, MEMORY = 20, 400 << 20

PROGRAM = Path(verify.__file__)


def answer(path: Path, *more: str, seconds: int = SECONDS) -> tuple[int, str]:
    """The exit code, and what was said: a crash, or a bound that was met, is neither 1 nor 2."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    command = [sys.executable, "-I", "-S", str(PROGRAM), str(path), "--lang", "en", *more]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300, preexec_fn=limits
    )
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr[-300:])
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


class Zip:
    """A zip written byte by byte, every lie of which is told on purpose."""

    def __init__(self, *, before: bytes = b"") -> None:
        self.raw, self.directory, self.count = bytearray(before), bytearray(), 0

    def put(
        self, name: str, held: bytes, *, method: int = 8, flags: int = 0, size: int | None = None, local: str | None = None,
        extra: bytes = b"", comment: bytes = b"", at: int | None = None, gap: bytes = b"", packed: bytes | None = None,
    ) -> None:  # fmt: skip
        self.raw += gap
        packing = zlib.compressobj(9, wbits=-15)
        data = packed if packed is not None else packing.compress(held) + packing.flush() if method == 8 else held
        numbers = zlib.crc32(held), len(data), len(held) if size is None else size
        begins, here = len(self.raw) if at is None else at, (local or name).encode()
        if at is None:
            self.raw += struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, *numbers, len(here), len(extra))
            self.raw += here + extra + data
        self.directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20 | 3 << 8, 20, flags, method, 0, 33, *numbers, len(name.encode()), len(extra),
            len(comment), 0, 0, 0o644 << 16, begins,
        ) + name.encode() + extra + comment  # fmt: skip
        self.count += 1

    def close(self, path: Path, *, before_end: bytes = b"", after: bytes = b"") -> Path:
        begins = len(self.raw)
        self.raw += self.directory + before_end
        counted = self.count & 0xFFFF
        self.raw += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, counted, counted, len(self.directory), begins, 84)
        path.write_bytes(bytes(self.raw) + verify.MARK + sha256(self.raw).hexdigest().encode() + after)
        return path


def packed(files: Iterable[tuple[str, bytes]]) -> Zip:
    made = Zip()
    for name, held in files:
        made.put(name, held)
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The files of a sound bundle, sealed once."""
    path = tmp_path_factory.mktemp("bundle") / "b.zip"
    url = str(path.with_suffix(".db"))
    Database.create(url).close()
    live_meanwhile(url)
    with Database.open(url, read_only=True) as database:
        ledger = Copy.of(DatabaseReader(database))
    sealed = having(ledger, seals=[row(ledger, len(ledger.rows))], keys=[key(OURS)], cosignatures=[])
    export.export_ledger(sealed, YEAR, path)
    assert answer(path)[0] == 0
    return content(path)


def test_a_sound_bundle_written_by_hand_is_sound(files: Content, tmp_path: Path) -> None:
    assert answer(packed(files.items()).close(tmp_path / "b.zip"))[0] == 0


Layout = Callable[[Content, Path], Path]


def laid_out(**lie: object) -> Layout:
    """One part of which this is said."""

    def make(files: Content, path: Path) -> Path:
        made = Zip()
        for name, held in files.items():
            made.put(name, held, **lie if name == verify.KEYS else {})  # type: ignore[arg-type]
        return made.close(path)

    return make


def overlapping(files: Content, path: Path) -> Path:
    """Many names for the same bytes: each part's own header is quoted by the next (Fifield, 2019)."""
    made = packed(files.items())
    for number in range(50):
        made.put(f"documents/{number:064x}", bytes(1 << 20), at=0)
    return made.close(path)


def before(files: Content, path: Path) -> Path:
    made = Zip(before=b"#!/bin/sh\n")
    for name, held in files.items():
        made.put(name, held)
    return made.close(path)


ZIP64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0) + struct.pack(
    "<4sLQL", b"PK\6\7", 0, 0, 1
)


def wide(path: Path) -> Path:
    """Every number of the end record at its largest, which sends others to one of ZIP64."""
    raw = bytearray(path.read_bytes())
    raw[-98:-86] = b"\xff" * 12
    path.write_bytes(bytes(raw))
    return path


LAYOUTS: dict[str, Layout] = {
    "something before the first part": before,
    "something between two parts": laid_out(gap=b"x"),
    "something between directory and end": lambda f, p: packed(f.items()).close(p, before_end=b"x"),
    "something after the end": lambda f, p: packed(f.items()).close(p, after=b"x"),
    "overlapping parts": overlapping,
    "an extra field": laid_out(extra=b"\1\0\0\0"),
    "a size in a ZIP64 field": laid_out(extra=struct.pack("<HHQQ", 1, 16, 1 << 40, 1), size=0xFFFFFFFF),
    "an end record and locator of ZIP64": lambda f, p: packed(f.items()).close(p, before_end=ZIP64),
    "counts that say to look at ZIP64": lambda f, p: wide(packed(f.items()).close(p)),
    "a bomb in every part": lambda f, p: packed((name, bytes(32 << 20)) for name in list(f)[:3]).close(p),
    "a comment of a part": laid_out(comment=b"x"),
    "another name in the part's own header": laid_out(local="else.json"),
    "an encrypted part": laid_out(flags=1),
    "a size that comes after the part": laid_out(flags=8),
    "a method nobody else reads": laid_out(method=12),
    "a part that is not packed": laid_out(method=0),
    "a document that is packed": lambda f, p: packed(
        [*f.items(), (f"documents/{sha256(b'x').hexdigest()}", b"x")]
    ).close(p),
    "a name that is no text of ours": lambda f, p: packed([*f.items(), ("ключ", b"")]).close(p),
    "a part said to be a terabyte": laid_out(size=0xFFFFFFFF),
    "a thousandfold ratio": lambda f, p: packed([*f.items(), ("x", bytes(64 << 20))]).close(p),
    "a note of a megabyte": lambda f, p: packed(
        [*f.items(), ("seals/0000000001.note", Random(1).randbytes(1 << 20))]
    ).close(p),
    "more parts than there may be": lambda f, p: packed(
        [*f.items(), *((f"p{n}", b"") for n in range(verify.MAX_PARTS))]
    ).close(p),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_archive_that_is_not_laid_out_as_ours_is_refused_within_a_second(
    files: Content, tmp_path: Path, name: str
) -> None:
    """Of CPU time, the start of Python included: the system would end it."""
    code, said = answer(LAYOUTS[name](files, tmp_path / "b.zip"), seconds=1)
    assert (code, "is not a bundle's zip file" in said) == (2, True), said[:300]


def test_a_seal_of_more_than_a_megabyte_handed_in_is_refused_within_a_second(files: Content, tmp_path: Path) -> None:
    path, seal = packed(files.items()).close(tmp_path / "b.zip"), tmp_path / "seal.note"
    for held in (b"x" * (64 << 20), b"a\n1\n" + b"\n\n" * (1 << 20), str(OURS.key).encode() + b"\n" * (2 << 20)):
        seal.write_bytes(held)
        code, said = answer(path, "--expect", str(seal), seconds=1)
        assert (code, "is not a seal" in said) == (2, True)


def test_a_name_that_comes_twice_is_found(files: Content, tmp_path: Path) -> None:
    code, said = answer(packed([*files.items(), *[(verify.ABOUT, b"{}")] * 3000]).close(tmp_path / "b.zip"))
    assert code == 1
    assert "There is a file too many" in said


# What the parts say


def filled(size: int, body: bytes) -> bytes:
    return body * (size // len(body))


def rows(count: int) -> list[bytes]:
    """Entries of many streams and rulebooks, each of its own."""
    made, link = [], "0" * 64
    for number in range(1, count + 1):
        body = {
            "actor": "a", "command": f"program/a/c{number}", "happened_at": "2026-01-01T00:00:00Z", "home": None, "kind": "CaseRescinded",
            "machine_clock": None, "number": number, "payload": {"document": "x", "reason": "x"}, "previous": link, "principal": None, "principal_home": None,
            "recorded_at": "2026-01-01T00:00:00Z", "role": "office", "rulebook": f"r{number}@{number:064x}",
            "stream": f"case/{number}", "v": 1, "version": 1,
        }  # fmt: skip
        made.append(json.dumps(body, sort_keys=True, separators=(",", ":")).encode())
        link = sha256(made[-1]).hexdigest()
    return made


def deep(depth: int) -> bytes:
    """An entry whose payload is as deep as that, with a thousand values at its bottom."""
    body = rows(1)[0]
    inner = b"[" * depth + b",".join([b'{"sha256":1}'] * 60_000) + b"]" * depth
    return body.replace(b'"payload":{', b'"payload":{"a":' + inner + b",")


def notes(count: int, lines: int) -> list[tuple[str, bytes]]:
    """Seals of which every line is in the name of a known key, and none genuine."""
    name = OURS.key.name
    made = b64encode(OURS.key.id + bytes(64)).decode()
    return [
        (
            f"seals/{n:010}.note",
            (f"{name}\n{n}\n{b64encode(bytes(32)).decode()}\n\n" + f"— {name} {made}\n" * lines).encode(),
        )
        for n in range(1, count + 1)
    ]


def with_entries(files: Content, held: bytes) -> Content:
    return {**files, verify.ENTRIES: held}


CONTENTS: dict[str, Callable[[Content], Iterable[tuple[str, bytes]]]] = {
    "millions of empty lines": lambda f: with_entries(f, filled(6 << 20, b"\n" * 96 + Random(1).randbytes(2))).items(),
    "a line without an end": lambda f: with_entries(f, Random(1).randbytes(64).hex().encode() * (1 << 19)).items(),
    "an integer of a million digits": lambda f: with_entries(
        f, b'{"v":' + b"".join(b"%d" % n for n in range(150_000)) + b"}\n"
    ).items(),
    "JSON a hundred thousand deep": lambda f: with_entries(f, b"[" * 99_999 + Random(1).randbytes(9000).hex().encode()).items(),
    "a payload deep and wide": lambda f: with_entries(f, b"\n".join([deep(400)] * 8) + b"\n").items(),
    "entries each of a stream and a rulebook of its own": lambda f: with_entries(f, b"\n".join(rows(20_000)) + b"\n").items(),
    "many forged seals": lambda f: [*f.items(), *notes(1500, 1)],
    "many forged lines under a seal": lambda f: [*f.items(), *notes(300, 50)],
    "too many lines under a seal": lambda f: [*f.items(), *notes(10, 200)],
    "a thousand keys": lambda f: {**f, verify.KEYS: json.dumps([{"key": str(OURS.key), "note": None, "role": "log", "since": 0}] * 1000).encode()}.items(),
    "keys that are one number": lambda f: {**f, verify.KEYS: b"[" + b"7" * 60_000 + b"]"}.items(),
    "keys that are deep": lambda f: {**f, verify.KEYS: b"[" * 60_000}.items(),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_what_a_hostile_part_says_is_refused_within_its_bounds(files: Content, tmp_path: Path, name: str) -> None:
    path = packed(CONTENTS[name](files)).close(tmp_path / "b.zip")
    code, said = answer(path)
    assert code in (1, 2)
    assert "no defect" not in said
    assert said.count("\n") < 1100


def test_no_byte_flipped_taken_out_or_put_in_goes_unseen_or_costs_more(files: Content, tmp_path: Path) -> None:
    """In this process, as most are refused at once."""
    sound, chosen, path = packed(files.items()).close(tmp_path / "b.zip").read_bytes(), Random(5), tmp_path / "c.zip"
    for turn in range(600):
        at = chosen.randrange(len(sound))
        changed = (
            flipped(sound, chosen.randrange(len(sound) * 8)), sound[:at] + sound[at + 1 :],
            sound[:at] + chosen.randbytes(1 + turn % 3) + sound[at:],
        )[turn % 3]  # fmt: skip
        path.write_bytes(changed)
        try:
            archive = verify.StrictZip(str(path))
        except verify.Unusable:
            continue
        assert not archive.is_undamaged(), turn
        archive.close()


def test_one_name_stands_for_one_part_in_every_reader(files: Content, tmp_path: Path) -> None:
    """What other programs unpack is what was checked: there is one directory, and each part has one place."""
    path = packed(files.items()).close(tmp_path / "b.zip")
    archive = verify.StrictZip(str(path))
    assert {name: archive.read(name) for name in archive.names} == content(path)
    archive.close()
