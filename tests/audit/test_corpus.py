"""The corpus that every verifier is held against: the program in every bundle gives the verdicts that are written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audit.bundle import verify
from tests.audit import corpus
from tests.audit.copies import Copy


def verdict(path: Path, keys: Sequence[verify.Key]) -> tuple[str, set[int | None]]:
    try:
        defects = verify.check(str(path), (), keys).defects
    except verify.Unusable:
        return "unusable", set()
    return "defects" if defects else "sound", {one.number for one in defects}


def test_the_program_in_every_bundle_agrees_with_the_corpus(ledger: Copy, tmp_path: Path) -> None:
    cases = corpus.make(tmp_path, ledger)
    assert len(cases) > 90
    for case in cases:
        keys = [verify.parse_key(case["key"])] if "key" in case else []
        said, named = verdict(tmp_path / case["file"], keys)
        assert said == ("sound" if case.get("rules") else case["verdict"]), case
        assert case.get("rules") or {*case["entries"]} <= named, case
