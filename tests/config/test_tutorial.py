"""The tutorial of docs/rulebook.md: a reader who follows it sees what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.rulebooks import load_edition

from .tutorial import FILE, blocks, play


def test_every_command_of_the_tutorial_prints_what_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAOHE_RULEBOOK", raising=False)
    for block, printed in play():
        assert printed == block.text, "`python -m tests.config.tutorial` writes what the commands print now"
    assert load_edition(Path(FILE), under_every_reading=True).rulebook.id == "greencedar-2031"


def test_the_tutorial_shows_faults_and_how_each_is_mended() -> None:
    kinds = [block.kind for block in blocks()]
    assert {"toml", "diff", "console"} == set(kinds)
    assert kinds.count("diff") >= 5
