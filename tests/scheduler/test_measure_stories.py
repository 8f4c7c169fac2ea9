"""The stories of the invented measures hold on both databases, each on the rulebook that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.rulebooks import load_edition, parse_edition
from scenarios.story_file import load
from storage.database.database import Database

from .test_scenarios import live

HOUSE = Path(__file__).parents[2]
MEASURES = HOUSE / "tests" / "measures"
TABLE = HOUSE / "docs" / "kinds-of-rule.md"
STORIES = sorted(MEASURES.glob("*/*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_story_of_a_measure_holds(file: Path, database: Database) -> None:
    result = live(load(file), database)
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
    assert [check.text.en for check in result.checks if check.clause == "—"] == []


@pytest.mark.one_database  # The rule is changed, not the database.
@pytest.mark.parametrize(
    ("was", "becomes", "fails"),
    [
        ("each = 3\nmax = 15", "each = 4\nmax = 15", "parts-are-weighted"),
        ("{ staff = 5, served = 3, peers = 2 }", "{ staff = 5, served = 2, peers = 3 }", "votes-by-group"),
        ("drop = 1\n", "drop = 0\n", "reports-without-extremes"),
        ("beside = true\nmax = 5", "beside = true\nmax = 6", "awards-are-best-of-and-capped"),
        ("between = [0.5, 2]", "between = [0.5, 3]", "new-practices-within-a-range"),
        ("beside = true\nmin = -15", "beside = true\nmin = -20", "deductions-by-case-person-and-rule"),
        ("points = -4, clause", "points = -5, clause", "open-case-counts-in-the-year-of-the-decision"),
        ("each = -0.2", "each = -0.3", "absences-by-person-and-meeting"),
        ("at_least = 75 }, { of = \"empty_items\"", "at_least = 74 }, { of = \"empty_items\"", "grades-at-their-bounds"),
        ('not_above = "pass"', 'not_above = "good"', "the-committee-finds"),
        ("above = 85 }", "at_least = 85 }", "team-grade-with-a-gap"),
        ('not_above = "basic"', 'not_above = "competent"', "members-on-their-own-scale"),
        ("due = { working_days = 10 }", "due = { working_days = 9 }", "a-fail-is-followed-up"),
        ("below = 95\neach = -0.6", "below = 96\neach = -0.6", "numbers-of-other-offices"),
        ("every = 5", "every = 6", "shares-of-a-vote-in-bands"),
        ('group = "services"\n\n[[occasion]]', 'group = "centres"\n\n[[occasion]]', "quota-and-a-tie"),
        ('{ of = "good-share", at_least = "2/3" }', '{ of = "good-share", above = "2/3" }', "good-at-every-bound"),
        ('{ of = "not-done", at_most = 1 }', '{ of = "not-done", at_most = 2 }', "items-that-are-not-done"),
        ('take = "max"', 'take = "mean"', "more-than-half-poor-in-one-group"),
        ('of = "second-view", clause', 'of = "first-view", clause', "the-second-review-prevails"),
        ('not_above = "fair"\nclause = "第十一条（二）"', 'not_above = "poor"\nclause = "第十一条（二）"', "two-bodies-find-each-its-own"),
        ('{ of = "dereliction", at_least = 1 }', '{ of = "dereliction", at_least = 2 }', "dereliction-is-of-one-person"),
        ('not_above = "fairly-good"\nclause = "第十一条（三）"', 'not_above = "fair"\nclause = "第十一条（三）"', "one-case-counts-once"),
        ("years = 2 }", "years = 1 }", "a-round-of-two-years"),
        ('below = "9/10"', 'below = "4/5"', "after-a-poor-round"),
        ("staff = 6, served = 4", "staff = 4, served = 6", "a-head-by-department-votes-and-report"),
        ('{ of = "months", at_least = 6 }', '{ of = "months", above = 6 }', "a-new-head-is-graded-by-the-committee"),
        ('{ of = "unit.last-round", is = ["fair", "poor"] }', '{ of = "unit.last-round", is = "fair" }', "two-weak-rounds-running"),
        ('{ of = "own-favour", at_least = "3/5" }', '{ of = "own-favour", above = "3/5" }', "other-members-by-their-own-schedule"),
        ('{ of = "upheld", at_least = 3 }', '{ of = "upheld", at_least = 2 }', "complaints-deny-awards"),
        ('{ of = "self-view", is = "fairly-good" }', '{ of = "self-view", is = "fair" }', "a-high-self-view-is-explained"),
        ('key = "two_groups"\nvalue = "each"', 'key = "two_groups"\nvalue = "mean"', "each-group-and-the-whole-team"),
        ("due = { months = 3 }", "due = { months = 2 }", "a-poor-department-is-followed-up"),
    ],
)  # fmt: skip
def test_a_rule_of_the_measure_that_changes_breaks_its_story(
    new_url: Callable[[str], str], was: str, becomes: str, fails: str
) -> None:
    [file] = MEASURES.glob(f"*/{fails}.toml")
    story = load(file)
    assert story.rulebook is not None
    source = story.rulebook.read_text("utf-8")
    assert was in source
    changed = parse_edition(source.replace(was, becomes).encode(), "changed")
    with Database.open(new_url("sqlite")) as database:
        assert not live(replace(story, rulebook=None), database, changed).ok


@pytest.mark.one_database  # Files are read.
def test_a_story_is_of_the_measure_in_whose_folder_it_is_and_tests_clauses_of_it() -> None:
    """What is not the beginning of a clause is a reading of the measure."""
    for file in STORIES:
        story = load(file)
        assert story.rulebook is not None, file
        assert story.rulebook.resolve() == next(MEASURES.glob(f"{file.parent.name}-*.toml")).resolve(), file
        rulebook = load_edition(story.rulebook).rulebook
        clauses = {*rulebook.paragraphs, *(value.clause for form in rulebook.form for value in form.tree())}
        for tested in story.tests.split("；"):
            is_clause = any(clause.startswith(tested) for clause in clauses)
            assert is_clause or tested in rulebook.readings, f"{file.name}: {tested}"


@pytest.mark.one_database  # Files are read.
def test_every_story_of_a_measure_is_in_the_table_of_kinds_and_every_file_of_the_table_exists() -> None:
    linked = re.findall(r"\]\(([^)]+)\)", TABLE.read_text("utf-8"))
    assert [link for link in linked if not (TABLE.parent / link).is_file()] == []
    named = {(TABLE.parent / link).resolve() for link in linked}
    assert [f"{file.parent.name}/{file.name}" for file in STORIES if file.resolve() not in named] == []
