"""The script at the end of docs/ledger-format.md: it finds every violation of points 1 to 7, and says that it leaves the rest."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from copy import deepcopy
from hashlib import sha256
from pathlib import Path

import pytest

from tests.audit import every_kind
from tests.audit.copies import Copy
from tests.audit.test_every_field import FIELDS

DOCUMENT = (Path(__file__).parents[2] / "docs/ledger-format.md").read_text("utf-8")
BEYOND = {
    "happened_at, a day early", "actor, another", "payload, a field more", "payload, a field less", "payload, another type",
    "command, of another door", "kind, unknown",
}  # fmt: skip
"""Points 8 to 11, which need the kinds."""


def answer(ledger: Copy, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script says of a ledger in an SQLite file."""
    script, file = folder / "check.py", folder / "kaohe.db"
    script.write_text(re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[-1], "utf-8")
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        opened.execute("BEGIN")
        opened.execute("CREATE TABLE entry (number, stream, version, kind, body, digest)")
        opened.execute("CREATE TABLE head (number, digest)")
        opened.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", ledger.rows)
        opened.execute("INSERT INTO head VALUES (?, ?)", (ledger.rows[-1][0], ledger.rows[-1][5]))
        opened.execute("COMMIT")
    return subprocess.run([sys.executable, "-I", script, file], capture_output=True, text=True, check=False)


def test_it_passes_a_ledger_with_every_kind_of_fact_and_the_sample_year(ledger: Copy, tmp_path: Path) -> None:
    for at, one in enumerate((ledger, every_kind.of(ledger, every_kind.bodies("")))):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert answer(one, folder).stdout == f"{len(one.rows)} {one.rows[-1][5]}\n"


@pytest.mark.parametrize("field", FIELDS)
def test_it_finds_every_field_that_is_not_of_its_form(ledger: Copy, tmp_path: Path, field: str) -> None:
    entries = every_kind.bodies("")
    changed = deepcopy(entries[2])
    FIELDS[field](changed)
    done = answer(every_kind.of(ledger, [*entries[:2], changed, *entries[3:]]), tmp_path)
    assert (done.returncode, done.stderr.partition(":")[0]) == ((0, "") if field in BEYOND else (1, "entry 3"))


BYTES: dict[str, tuple[str, str]] = {
    "a space": ('","', '", "'),
    "a key twice": ('{"actor":', '{"actor":"x-1","actor":'),
    "another order": ('"v":1,"version":1', '"version":1,"v":1'),
    "a number with a fraction": ('"v":1', '"v":1.0'),
    "an escape nobody asked for": ('"office"', '"\\u006fffice"'),
    "a number beyond 2**53": ('"payload":{', '"payload":{"a":9007199254740992,'),
    "a key beyond U+FFFF": ('"payload":{', '"payload":{"\U00010000":1,'),
}
"""What is not canonical, with a digest that agrees."""


@pytest.mark.parametrize("way", BYTES)
def test_it_finds_a_body_that_is_not_canonical(ledger: Copy, tmp_path: Path, way: str) -> None:
    old, new = BYTES[way]
    rows = list(every_kind.of(ledger, every_kind.bodies("")).rows)
    number, stream, version, kind, body, _ = rows[0]
    assert old in body
    body = body.replace(old, new, 1)
    rows[0] = (number, stream, version, kind, body, sha256(body.encode()).hexdigest())
    done = answer(ledger.changed(rows=rows), tmp_path)
    assert (done.returncode, done.stderr) == (1, "entry 1: form\n")
