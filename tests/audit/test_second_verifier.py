"""A second verifier, in another language, written from docs/ledger-format.md by somebody who had not seen the program.

So a fault of both would be one of the page, and what the page leaves open shows as a difference. The corpus holds what was done to bundles that were
sealed before; the mutants are sealed again with the ledger's own keys, so that nothing but the rule in question can find them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from audit.bundle import verify
from tests.audit import corpus
from tests.audit.copies import Copy
from tests.conftest import require

SECOND = Path(__file__).with_name("second")
Verdict = tuple[str, set[int | None]]  # and the entries that were named


@pytest.fixture(scope="module")
def tampered(ledger: Copy, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of the corpus, and what each of its bundles is."""
    if not shutil.which("node"):
        require("node", "there is no such program")
    folder = tmp_path_factory.mktemp("tampered")
    return folder, [as_mutant(case) for case in corpus.make(folder, ledger)]


def as_mutant(case: corpus.Case) -> corpus.Case:
    """What a verifier says of it that knows no rulebook."""
    known = {"verdict": "sound", "entries": []} if case.get("rules") else {}
    return {**case, "keys": [case["key"]] if "key" in case else [], "expect": [], **known}


def node(program: str, *arguments: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(["node", str(SECOND / program), *map(str, arguments)], stdout=PIPE, stderr=PIPE, text=True)


def said(run: subprocess.Popen[str]) -> str:
    """What it printed, when it is done."""
    with run:
        try:
            answer, trouble = run.communicate(timeout=120)
        finally:
            run.kill()
    assert run.returncode == 0, trouble
    return answer


def ours(folder: Path, case: corpus.Case) -> Verdict:
    seals = [verify.parse_seal((folder / name).read_bytes()) for name in case["expect"]]
    keys = [verify.parse_key(line) for line in case["keys"]]
    try:
        defects = verify.check(str(folder / case["file"]), seals, keys).defects
    except verify.Unusable:
        return "unusable", set()
    return "defects" if defects else "sound", {one.number for one in defects}


def asked(folder: Path, cases: list[corpus.Case]) -> Path:
    """The list that the second verifier reads: one process for all."""
    rows = [
        {
            "file": str(folder / one["file"]),
            "keys": one["keys"],
            "expect": [str(folder / name) for name in one["expect"]],
        }
        for one in cases
    ]
    (folder / "asked.json").write_text(json.dumps(rows), "utf-8")
    return folder / "asked.json"


def wrong(folder: Path, cases: list[corpus.Case]) -> list[str]:
    """Where one of them gives another verdict, or does not name an entry that must be named."""
    run = node("run.mjs", asked(folder, cases))  # both at once: a machine has two cores
    try:
        first = [ours(folder, case) for case in cases]
    finally:
        answers = json.loads(said(run))
    second = [(one["verdict"], {defect["number"] for defect in one["defects"]}) for one in answers]
    return [
        f"{case['file']} {case['deed']}: {who} says {verdict} and names {named}; it is {case['verdict']} {case['entries']}"
        for case, *both in zip(cases, first, second, strict=True)
        for who, (verdict, named) in zip(("verify.py", "the second"), both, strict=True)
        if verdict != case["verdict"] or not {*case["entries"]} <= named
    ]


def test_a_second_verifier_written_from_the_document_alone_agrees_on_every_tampered_bundle(
    tampered: tuple[Path, list[dict[str, Any]]],
) -> None:
    folder, cases = tampered
    assert len(cases) > 90
    assert wrong(folder, cases) == []


def test_both_verifiers_find_what_was_changed_before_the_ledger_was_sealed_again(
    tampered: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    said(node("mutate.mjs", tampered[0], tmp_path))
    cases = json.loads((tmp_path / "mutants.json").read_text("utf-8"))
    assert len(cases) > 190
    assert wrong(tmp_path, cases) == []
