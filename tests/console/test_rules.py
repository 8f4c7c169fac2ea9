"""`kaohe rules` as it is typed: what is wrong with a rulebook, what it says, and what it leaves open."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from config.rulebooks import DEFAULT_EDITION_ID, shipped_editions
from states import policy
from states.acts import ACTS, STAGE_OF_ACT
from tests.config.broken import STAGES, SUMS, SYNTAX, Broken
from tests.console.test_cli import NEXT, ROSTER, here, kaohe

RULEBOOK = shipped_editions()[DEFAULT_EDITION_ID]
TEXT = RULEBOOK.read_text("utf-8")
__all__ = ["here"]


@pytest.mark.parametrize("broken", [SUMS[0], STAGES[0], SYNTAX[0]], ids=lambda b: b.name)
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


def test_without_a_file_the_edition_of_the_settings_is_checked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "ours.toml").write_text(TEXT.replace("at_least = 90 }", "at_least = 91 }"), "utf-8")
    assert "✓ liuzhou-2021.toml" in kaohe("rules", "check").output
    monkeypatch.setenv("KAOHE_RULEBOOK", str(here / "ours.toml"))
    refused = kaohe("rules", "check", "--lang", "en")
    assert refused.exit_code == 1
    assert "ours.toml: scale.unit: no row holds for graded_by = 90" in refused.output


def test_check_also_finds_what_would_not_load_under_another_reading(here: Path) -> None:
    (here / "other.toml").write_text(TEXT.replace('means = "unit_now"', 'means = "unit_then"'), "utf-8")
    refused = kaohe("rules", "check", "other.toml", "--lang", "en")
    assert refused.exit_code == 1
    assert "reading.attribution.alternative.unit_now: with unit_now this rulebook would not load" in refused.output


def test_the_faults_of_several_files_are_json(here: Path) -> None:
    (here / "broken.toml").write_bytes(SUMS[2].of(TEXT))
    done = kaohe("rules", "check", RULEBOOK, "broken.toml", "--json")
    sound, broken = json.loads(done.stdout)
    assert (done.exit_code, sound) == (1, {"file": str(RULEBOOK), "ok": True, "faults": []})
    assert (broken["file"], broken["ok"]) == ("broken.toml", False)
    assert [fault["key"] for fault in broken["faults"]] == [SUMS[2].key]


def test_rules_show_says_every_rule_in_words_with_its_clause() -> None:
    """Steps, elements, deductions, grades, limits and readings; no key of the file."""
    shown = kaohe("rules", "show").output
    for sentence in (
        "自查自评：由被考核部门办理；11-20 前完成（遇非工作日提前）",
        "2.2.2 ",
        "　基本合格：60≤“评定等次的得分”＜70　［第八条（二）］",
        "等次不高于“不合格”　［第八条（三）1］",
        "扣 8 分　［附件1 5.1；附件2 5.1］",
        "约谈提醒：等次为“不合格”的，由学校纪委办理，通报后 30 日内（遇非工作日不顺延）完成，写明班子每名成员的情况　［第九条2］",
        "“每起”按案件计：一案只扣一次",
    ):
        assert sentence in shown
    assert "party_cadre" not in shown


def test_rules_show_can_say_one_part() -> None:
    shown = kaohe("rules", "show", "--part", "scale.unit.limit", "--lang", "en").output
    assert "Art. 8(3)1" in shown
    assert "Basic pass:" not in shown
    lines = json.loads(kaohe("rules", "show", "--part", "scale", "--json").stdout)
    assert [line["location"] for line in lines][:2] == ["scale.unit", "scale.unit.grade.excellent"]


def test_a_part_that_a_rulebook_does_not_have_is_refused_with_those_that_it_has() -> None:
    refused = kaohe("rules", "show", "--part", "grades", "--lang", "en")
    assert refused.exit_code == 2
    assert "The rulebook has no part grades; it has: stage, " in refused.output


def test_rules_ask_prints_each_open_question_with_a_box_for_each_answer(here: Path) -> None:
    done = kaohe("rules", "ask", "--lang", "en", "-o", "questions.txt")
    assert done.exit_code == 0, done.output
    paper = (here / "questions.txt").read_text("utf-8")
    question = paper[paper.index("2. Annex 1 5.1; Annex 2 5.1: How is this clause to be read?") : paper.index("3. ")]
    assert question.count("[ ]") == 2
    assert "At present: A case costs points once" in question
    assert paper.endswith("Signed: ____________________  Date: ______________\n")
    keys = [one["key"] for one in json.loads(kaohe("rules", "ask", "--json").stdout)]
    assert "party_cadre" in keys
    assert "numbering" not in keys, "it leaves nothing open"


def test_rules_edges_prints_what_holds_around_every_bound_once() -> None:
    paper = kaohe("rules", "edges").output
    assert paper.count("：59.5，不合格；60，基本合格；60.5，基本合格。") == 1
    assert "第八条（三）1　本部门发生重大的违法违纪案件，给学校造成重大损失：0，不限制等次；1，最高评为不合格" in paper
    made = json.loads(kaohe("rules", "edges", "--json").stdout)
    assert {(edge["location"], edge["bound"]) for edge in made} >= {("scale.unit.grade.basic", "60")}


def test_rules_print_prints_the_measure_word_for_word() -> None:
    """From 关于印发 to 合计, white space aside."""
    issued = (Path(__file__).parents[1] / "config/liuzhou-2021.txt").read_text("utf-8")
    assert "".join(kaohe("rules", "print").output.split()) == "".join(issued.split())


def test_rules_diff_says_in_words_what_differs_and_names_every_other_key(here: Path) -> None:
    """Exit 1 where they differ, 0 where they do not; a file alone is compared with the edition of the settings."""
    changed = TEXT.replace('remind_at = "09:00"', 'remind_at = "08:30"').replace("at_least = 90 }", "at_least = 85 }")
    (here / "other.toml").write_text(changed.replace("below = 90 }", "below = 85 }"), "utf-8")
    done = kaohe("rules", "diff", RULEBOOK, "other.toml", "--lang", "en")
    assert done.exit_code == 1
    words = done.output[done.output.index("Grades: ") :].splitlines()
    assert words[1:5] == [
        "− Excellent: “Score for the grade” ≥ 90  [Art. 8(2)]",
        "+ Excellent: “Score for the grade” ≥ 85  [Art. 8(2)]",
        "− Pass: 70 ≤ “Score for the grade” < 90  [Art. 8(2)]",
        "+ Pass: 70 ≤ “Score for the grade” < 85  [Art. 8(2)]",
    ]
    assert words[6:8] == ["Other changes in the file:", "remind_at: 09:00 → 08:30"]
    assert kaohe("rules", "diff", "other.toml", "--lang", "en").output == done.output
    assert kaohe("rules", "diff", RULEBOOK, RULEBOOK).exit_code == 0


def test_the_differences_of_two_rulebooks_are_json_with_every_key(here: Path) -> None:
    (here / "other.toml").write_text(TEXT.replace("at_least = 60, below", "at_least = 60.0, below"), "utf-8")
    assert json.loads(kaohe("rules", "diff", "other.toml", "--json").stdout) == {"rules": [], "keys": []}
    (here / "other.toml").write_text(TEXT.replace('value = "case"', 'value = "person"'), "utf-8")
    made = json.loads(kaohe("rules", "diff", "other.toml", "--json").stdout)
    assert {"location": "ladder.item-5.one_per_record", "before": "true", "after": "false"} in made["keys"]
    assert "ladder.item-5" in [one["location"] for one in made["rules"]]


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


def test_rules_new_prints_a_start_that_lacks_only_the_rules_of_results(here: Path) -> None:
    """Every act that a rulebook may give to somebody is given to somebody."""
    (here / "new.toml").write_text(kaohe("rules", "new", "greencedar-2031").output, "utf-8")
    start = tomllib.loads((here / "new.toml").read_text("utf-8"))
    assert start["id"] == "greencedar-2031"
    assert {act["command"] for act in start["act"]} == {
        act for act in ACTS if act not in STAGE_OF_ACT and not policy.is_outside_rulebooks(act)
    }
    checked = json.loads(kaohe("rules", "check", "new.toml", "--json").stdout)
    assert [fault["key"] for fault in checked[0]["faults"]] == ["subject"]
    refused = kaohe("rules", "new", "Green Cedar", "--lang", "en")
    assert refused.exit_code == 2
    assert "'Green Cedar' is not of the form" in refused.output


def test_rules_try_explains_the_result_of_the_facts_that_are_given() -> None:
    tried = kaohe("rules", "try", "--lang", "en", "--fact", "marks:a1-1.1.1=2.5", "-f", "judgements:major_case=yes")
    assert tried.exit_code == 0, tried.output
    assert "1.1.1" in tried.output
    assert "2.5 of 6 points, 3.5 lost" in tried.output
    assert "Grade: “Fail”" in tried.output
    annexes = [kaohe("rules", "try", "--kind", kind, "--names").output for kind in ("college", "support")]
    assert "marks:a1-1.1.1=6" in annexes[0]
    assert "marks:a1-1.1.1=6" not in annexes[1]


def test_a_trial_says_everything_that_is_wrong_with_its_facts_at_once() -> None:
    refused = kaohe(
        "rules",
        "try",
        "--lang",
        "en",
        "-f",
        "marks:a1-1.1.1=7",
        "-f",
        "marks:a1-1.1.2=1",
        "-f",
        "marks:a1-1.2.1=x",
        "-f",
        "a:key:x=1",
    )
    assert refused.exit_code == 2
    for sentence in (
        "marks:a1-1.1.1: it must lie between 0 and 6",
        "marks:a1-1.1.2: there is no such fact",
        "marks:a1-1.2.1: ",
        "a:key:x: there is no such fact",
    ):
        assert sentence in refused.output
    wrong = kaohe("rules", "try", "--kind", "faculty", "--lang", "en")
    assert "faculty cannot be used: the rulebook has college" in wrong.output


def test_rules_show_says_when_an_occasion_is_and_which_steps_it_has(here: Path) -> None:
    occasion = """[[occasion]]
key = "midyear"
title = { zh = "半年检查", en = "Half-year check" }
clause = "第六条"
stages = ["opening", "scoring"]
opens = "06-20"

"""
    (here / "other.toml").write_text(TEXT.replace("[[stage]]\n", f"{occasion}[[stage]]\n", 1), "utf-8")
    shown = kaohe("rules", "show", "other.toml", "--part", "occasion").output
    assert "半年检查：按以下步骤进行：启动考核、量化计分；系统于 06-20 启动　［第六条］" in shown
