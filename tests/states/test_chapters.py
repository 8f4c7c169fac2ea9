"""The chapters of a measure in words, as its reading page prints them."""

from __future__ import annotations

from types import ModuleType

import pytest

from states.rulebook.sentences.chapters import anchors, chapters, readings_at, single_clauses
from states.rulebook.sentences.follow_ups import follow_up_rules
from states.rulebook.sentences.rules_in_words import rules_in_words
from states.rulebook.tasks import FollowUpRules
from tests.college import RULEBOOK

from . import cloudladder, heronisle

MEASURES: dict[str, ModuleType] = {"cloudladder": cloudladder, "heronisle": heronisle}


@pytest.mark.parametrize("name", MEASURES)
def test_every_rule_of_another_measure_stands_in_one_table_of_one_chapter(name: str) -> None:
    measure = MEASURES[name]
    follow_ups = FollowUpRules.model_validate({"task": measure.RAW["task"], "window": measure.RAW["window"]})
    lines = [*rules_in_words(measure.rules()), *follow_up_rules(follow_ups, measure.rules())]
    made = chapters(lines)
    tables = [table for chapter in made for table in chapter.tables]
    placed = [line.location for table in tables for line in (*((table.head,) if table.head else ()), *table.rows)]
    assert sorted(placed) == sorted(line.location for line in lines)
    assert "tasks" in [chapter.key for chapter in made]


def test_a_form_of_any_depth_keeps_the_order_and_the_depth_of_its_items() -> None:
    [forms] = [chapter for chapter in chapters(rules_in_words(cloudladder.rules())) if chapter.key == "forms"]
    deepest = max(
        (table for table in forms.tables), key=lambda table: max((row.depth for row in table.rows), default=0)
    )
    assert {row.depth for row in deepest.rows} >= {1, 2, 3}
    assert all(after.depth <= before.depth + 1 for before, after in zip(deepest.rows, deepest.rows[1:], strict=False))
    parents = [row for number, row in enumerate(deepest.rows) if deepest.has_parts(number)]
    assert {row.depth for row in parents} >= {1, 2}


def test_the_full_mark_of_a_weighted_item_says_what_it_counts() -> None:
    lines = {line.location: line for line in rules_in_words(cloudladder.rules())}
    weighted = [line for line in lines.values() if "折合" in line.points.zh]
    assert weighted
    assert all("counts" in line.points.en for line in weighted)
    assert any(line.is_beside for line in lines.values())


def test_a_rule_names_the_readings_that_stand_in_it() -> None:
    lines = list(rules_in_words(RULEBOOK))
    at = readings_at(lines, RULEBOOK.reading_locations)
    assert "rounding" in at["value.graded_by"]
    assert {"deduction_unit", "case_year"} <= set(at["ladder.item-5"])
    assert set(at) <= {line.location for line in lines}


def test_a_clause_leads_to_the_article_or_to_the_item_that_has_it() -> None:
    anchor_of = anchors(RULEBOOK.paragraphs, rules_in_words(RULEBOOK))
    assert anchor_of["第八条（三）2"] == ("第八条（三）2", "")
    anchor, location = anchor_of["附件1 1.1.1"]
    assert (" " in anchor, location.startswith("form.annex-1")) == (False, True)
    every = [anchor for anchor, _ in anchor_of.values()]
    assert len(every) == len(set(every))
    assert single_clauses("附件1 5.1；附件2 5.1") == ["附件1 5.1", "附件2 5.1"]
