"""Reads and writes the files of bundles, so that tests can tamper with a bundle and make it consistent again."""

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
    """The content of every file of a bundle, by name."""
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def pack(files: Content, path: Path) -> Path:
    """Write a bundle of these files with a correct mark, as a forger would who knows the format."""
    with write_bundle(path) as out:
        for name, data in files.items():
            out.put(name, data)
    return path


def bodies(files: Content) -> list[bytes]:
    return files[verify.ENTRIES].splitlines()


def with_bodies(files: Content, changed: list[bytes]) -> Content:
    """The same files with other entries, and with a correct note about the last entry."""
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
    """The entries with correct numbers and links, encoded."""
    link, made = GENESIS, []
    for number, entry in enumerate(changed, 1):
        made.append(bytes(encode_canonical({**entry, "number": number, "previous": link})))
        link = sha256(made[-1]).hexdigest()
    return made


def act_as(entry: dict[str, Any], account: str) -> None:
    """Change the actor of an entry to another account, in its command id too."""
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
    """The same files in a plain ZIP archive in memory, without the mark of a bundle."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        for name, one in files.items():
            opened.writestr(name, one)
    return data
