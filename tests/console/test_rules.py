"""`kaohe rules` as it is typed: what is wrong with a rulebook, what it says, and what it leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.rulebooks import DEFAULT_EDITION_ID, shipped_editions
from tests.config.broken import ALL, Broken
from tests.console.test_cli import NEXT, ROSTER, here, kaohe

RULEBOOK = shipped_editions()[DEFAULT_EDITION_ID]
TEXT = RULEBOOK.read_text("utf-8")
__all__ = ["here"]


@pytest.mark.parametrize("broken", ALL, ids=lambda b: b.name)
def test_a_broken_rulebook_is_refused_with_file_key_and_sentence(broken: Broken, here: Path) -> None:
    """Exit 1, in both languages."""
    file = here / "broken.toml"
    file.write_bytes(broken.of(RULEBOOK.read_text("utf-8")))
    zh, en = kaohe("rules", "check", file), kaohe("rules", "check", "--lang", "en", file)
    assert (zh.exit_code, en.exit_code) == (1, 1)
    assert "broken.toml" in zh.output
    assert broken.key in zh.output
    assert broken.zh in zh.output
    assert broken.en in en.output


def test_the_shipped_rulebook_passes() -> None:
    """Exit 0, its digest printed."""
    done = kaohe("rules", "check", RULEBOOK)
    assert done.exit_code == 0
    assert "42 个要素" in done.output


def test_rules_show_prints_every_element_and_setting() -> None:
    """In the measure's words."""
    shown = kaohe("rules", "show").output.replace("\n", "")
    for said in ("2.2.2", "3.4.1", "自查自评", "党委审定", "party_cadre", "不合格"):
        assert said in shown


def test_rules_print_prints_the_measure_word_for_word() -> None:
    """From 关于印发 to 合计, white space aside."""
    issued = (Path(__file__).parents[1] / "config/liuzhou-2021.txt").read_text("utf-8")
    assert "".join(kaohe("rules", "print").output.split()) == "".join(issued.split())


def test_rules_diff_names_the_key_that_differs(here: Path) -> None:
    """Exit 1 where they differ, 0 where they do not."""
    other = here / "other.toml"
    other.write_text(RULEBOOK.read_text("utf-8").replace('remind_at = "09:00"', 'remind_at = "08:30"'), "utf-8")
    done = kaohe("rules", "diff", RULEBOOK, other)
    assert done.exit_code == 1
    assert "remind_at" in done.output
    assert "08:30" in done.output
    assert kaohe("rules", "diff", RULEBOOK, RULEBOOK).exit_code == 0


def test_rules_chart_prints_a_state_diagram() -> None:
    """Mermaid."""
    assert kaohe("rules", "chart", "--lang", "en").output.startswith("stateDiagram-v2")


def test_an_edition_that_one_of_its_readings_would_break_opens_no_year(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "roster.toml").write_text(ROSTER, "utf-8")
    (here / "other.toml").write_text(TEXT.replace('means = "unit_now"', 'means = "unit_then"'), "utf-8")
    asked = ("year", "open", NEXT, "--roster", "roster.toml", "--database", "k.db")
    monkeypatch.setenv("KAOHE_RULEBOOK", str(here / "other.toml"))
    refused = kaohe(*asked, "--lang", "en")
    assert refused.exit_code == 2
    assert "other.toml: reading.attribution.alternative.unit_now: with unit_now" in refused.output
    monkeypatch.delenv("KAOHE_RULEBOOK")
    assert "新启动 1 个部门" in kaohe(*asked).output
