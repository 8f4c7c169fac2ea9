"""A ledger with one entry of every kind of fact, well formed but against the rules, for tests that do not check rules."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any

from tests.audit.bundles import rechained
from tests.audit.copies import YEAR, Copy
from tests.audit.shapes import block
from tests.audit.test_sealed import OURS, having, key, row

Body = dict[str, Any]
AT = "2026-12-01T08:00:00Z"
SAMPLES = {
    "id": "x-1", "digest": "0" * 64, "text": "一", "string": "x", "int": 1, "bool": True, "points": "1.5",
    "day": "2026-12-01", "time": AT,
}  # fmt: skip
_STREAMS = {
    "year": f"year/{YEAR}",
    "assessment": f"assessment/{YEAR}/x-1",
    "paper": f"paper/{YEAR}/x-1",
    "roster": "roster",
    "access": "access",
    "seals": "seals",
    "clock": "clock/time",
}


@cache
def kinds() -> dict[str, tuple[str, dict[str, str]]]:
    """The kind of stream of each kind of fact, and its fields with their types."""
    lines = [line.split(" ") for line in block().splitlines() if not line.startswith("- ")]
    return {name: (room, dict(field.split(":") for field in fields)) for room, name, *fields in lines}


_RECORDS = {
    line.split(" ")[1]: dict(field.split(":") for field in line.split(" ")[2:])
    for line in block().splitlines()
    if line.startswith("- ")
}


def sample(type_: str) -> Any:
    """A value of a type."""
    type_ = type_.rstrip("*").removesuffix("?")
    if type_[0] == "[":
        return [sample(type_[1:-1])]
    if type_[0] == "{":
        return {"x": sample(type_[1:-1])}
    if type_ in _RECORDS:
        return {name: sample(one) for name, one in _RECORDS[type_].items()}
    return SAMPLES.get(type_, type_.partition("|")[0])


def entry(kind: str, pin: str, version: int) -> Body:
    """An entry of a kind, without number and link."""
    room, fields = kinds()[kind]
    dated = any(type_.endswith("*") for type_ in fields.values())
    return {
        "actor": "x-1", "command": f"program/x-1/{kind}", "happened_at": "2026-11-30T16:00:00Z" if dated else AT,
        "home": "x-1", "kind": kind, "machine_clock": None, "payload": {name: sample(one) for name, one in fields.items()},
        "principal": None, "principal_home": None, "recorded_at": AT, "role": "office", "rulebook": pin, "stream": _STREAMS.get(room, f"{room}/x-1"), "v": 1,
        "version": version,
    }  # fmt: skip


def bodies(pin: str) -> list[Body]:
    """One entry of every kind, except the facts about seals: these would need the seals."""
    versions: dict[str, int] = {}
    made = []
    for kind, (room, _) in kinds().items():
        if room != "seals":
            versions[room] = versions.get(room, 0) + 1
            made.append(entry(kind, pin, versions[room]))
    return made


def of(ledger: Copy, entries: list[Body]) -> Copy:
    """A copy with these entries, chained and sealed, and with the rulebooks of `ledger`."""
    rows = [
        (number, body["stream"], body["version"], body["kind"], raw.decode(), sha256(raw).hexdigest())
        for number, (body, raw) in enumerate(zip(entries, rechained(entries), strict=True), 1)
    ]
    made = ledger.changed(rows=rows, end=None, projected=[])
    return having(made, seals=[row(made, len(rows))], keys=[key(OURS)], cosignatures=[])
