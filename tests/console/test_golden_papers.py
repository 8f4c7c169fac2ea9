"""Papers are the same bytes for ever: on another Python, machine and day, and with another zlib.

`tests/golden/papers.json` has their digests. These tests run on every Python that is supported and compare with the
same file. When one fails, it says what to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import msgspec
import pytest
from msgspec import structs

from documents.word.filling import MAKER, fill
from states.papers.catalogue import PAPERS
from tests.conftest import NewUrl
from tests.documents import golden_papers as golden
from tests.documents.official import NAMES, VALUES
from tests.sample_year import sixteen

from .golden_papers import REMEDY, of_ledger

HOUSE = Path(__file__).parents[2]
AGAIN = "Another template or other values: run `make papers`, look at what has changed, and commit the file."


def compare(now: dict[str, golden.GoldenPaper]) -> None:
    """The papers must be those of the file."""
    before = golden.read()
    assert golden.with_other_bytes(now, before) == [], REMEDY
    assert before.maker == MAKER, AGAIN
    assert [key for key, paper in now.items() if before.papers.get(key) != paper] == [], AGAIN


def test_a_paper_of_every_kind_has_the_bytes_of_the_file() -> None:
    compare(golden.of_examples())
    papers = golden.read().papers
    assert [key for key, paper in PAPERS.items() if paper.file == "docx" and f"example {key}" not in papers] == []
    assert [key for key, paper in PAPERS.items() if paper.file == "xlsx" and f"ledger {key}" not in papers] == []


def test_the_papers_of_a_ledger_have_the_bytes_of_the_file(new_url: NewUrl) -> None:
    now = of_ledger(new_url("sqlite", sixteen))
    compare(now)
    assert {f"ledger {key}" for key in ("notice", "circular", "result-letter", "talk-summons")} <= set(now)


def test_the_file_has_no_paper_that_is_no_longer_made(new_url: NewUrl) -> None:
    now = {**golden.of_examples(), **of_ledger(new_url("sqlite", sixteen))}
    assert sorted(set(golden.read().papers) - set(now)) == [], AGAIN


def test_other_bytes_of_the_same_template_and_values_need_another_maker() -> None:
    before = golden.read()
    key, paper = next(iter(before.papers.items()))
    changed = structs.replace(paper, paper="0" * 64)
    assert golden.with_other_bytes({key: changed}, before) == [key]
    assert golden.with_other_bytes({key: changed}, structs.replace(before, maker=MAKER + 1)) == []
    for other in ("template", "values"):
        assert golden.with_other_bytes({key: structs.replace(changed, **{other: "0" * 64})}, before) == []


MAKE = """
import msgspec, sys
from config.logs import set_up_log
from tests.console.golden_papers import all_papers
set_up_log()
sys.stdout.buffer.write(msgspec.json.encode(all_papers()))
"""
LATER = "import time; time.time = lambda: 2_214_000_000.0"
"""The machine's time is a day of 2040."""


@pytest.mark.parametrize(
    ("before", "environment"),
    [
        ("", {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0"}),
        (LATER, {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "zh_CN.GB18030"}),
        ("", {"PYTHONOPTIMIZE": "2", "SOURCE_DATE_EPOCH": "1"}),
    ],
    ids=["another place", "another day", "no assertions"],
)  # fmt: skip
def test_another_machine_makes_the_same_bytes(before: str, environment: dict[str, str]) -> None:
    base = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON", "TZ"))}
    done = subprocess.run([sys.executable, "-c", f"{before}\n{MAKE}"], capture_output=True, check=True, cwd=HOUSE, env={**base, **environment})  # fmt: skip
    papers = msgspec.json.decode(done.stdout, type=dict[str, golden.GoldenPaper])
    assert papers == golden.read().papers


def test_no_zlib_is_needed_for_a_template_that_is_stored_and_none_compresses_what_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("compressobj", "compress"):
        monkeypatch.setattr(zlib, name, None)
    compare(golden.of_examples())
    # What packed the kept templates must unpack them. Those of the program are stored.
    monkeypatch.setattr(golden, "KEPT", [])
    for name in ("decompressobj", "decompress"):
        monkeypatch.setattr(zlib, name, None)
    monkeypatch.setattr(zipfile, "zlib", None)
    compare(golden.of_examples())


@pytest.mark.parametrize("kept", golden.KEPT, ids=lambda one: one.stem)
def test_a_template_that_was_packed_in_another_way_makes_the_same_bytes(kept: Path) -> None:
    template = kept.read_bytes()
    expected = fill(template, NAMES, VALUES, "通报")
    for level in (None, 1, 9):
        for is_reversed in (False, True):
            packed = BytesIO()
            with ZipFile(BytesIO(template)) as old, ZipFile(packed, "w") as new:
                names = sorted(old.namelist(), reverse=is_reversed)
                for name in names:
                    new.writestr(name, old.read(name), ZIP_STORED if level is None else ZIP_DEFLATED, level)
            assert packed.getvalue() != template
            assert fill(packed.getvalue(), NAMES, VALUES, "通报") == expected


def test_a_paper_is_stored_so_that_no_zlib_has_a_say() -> None:
    for kept in golden.KEPT:
        with ZipFile(BytesIO(fill(kept.read_bytes(), NAMES, VALUES, "通报"))) as paper:
            assert {part.compress_type for part in paper.infolist()} == {ZIP_STORED}
            assert {(part.create_system, part.external_attr, part.extra, part.comment) for part in paper.infolist()} == {(3, 0o600 << 16, b"", b"")}  # fmt: skip
