"""Bundles to try and to tamper with: a sealed ledger as a file, and such a file written anew by somebody else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from audit.bundle import verify
from audit.bundle.bundle import write_bundle
from storage.ledger.chain import GENESIS, encode_canonical
from tests.audit.copies import Copy

Content = dict[str, bytes]


def content(path: Path) -> Content:
    """Every file of a bundle."""
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def pack(files: Content, path: Path) -> Path:
    """A bundle of these files, its mark made to agree: what somebody would do who knows how it is made."""
    with write_bundle(path) as out:
        for name, held in files.items():
            out.put(name, held)
    return path


def bodies(files: Content) -> list[bytes]:
    return files[verify.ENTRIES].splitlines()


def with_bodies(files: Content, changed: list[bytes]) -> Content:
    """Other entries, and what the bundle says of its end made to agree."""
    about = {
        **json.loads(files[verify.ABOUT]),
        "last": {"digest": sha256(changed[-1]).hexdigest(), "number": len(changed)},
    }
    return {
        **files,
        verify.ENTRIES: b"".join(body + b"\n" for body in changed),
        verify.ABOUT: encode_canonical(about) + b"\n",
    }


def rechained(changed: list[dict[str, Any]]) -> list[bytes]:
    """The entries numbered and linked anew."""
    link, made = GENESIS, []
    for number, entry in enumerate(changed, 1):
        made.append(bytes(encode_canonical({**entry, "number": number, "previous": link})))
        link = sha256(made[-1]).hexdigest()
    return made


def act_as(entry: dict[str, Any], account: str) -> None:
    """Somebody else's name on an entry, in its command id too: as well as it can be done."""
    door, _, rest = entry["command"].split("/", 2)
    entry.update(actor=account, command=f"{'program' if door in ('clock', 'cli') else door}/{account}/{rest}")


def codes(path: Path, *expected: verify.Seal, trusted: tuple[verify.Key, ...] = ()) -> list[str]:
    return [one.code for one in verify.check(str(path), expected, trusted).defects]


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


Tamper = Callable[[Content, Copy], Content]


def in_memory(files: Content) -> BytesIO:
    """The same files in a plain archive, without a mark."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        for name, one in files.items():
            opened.writestr(name, one)
    return held
