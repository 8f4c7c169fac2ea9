"""The stories of the invented measures hold on both databases, each on the rulebook that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.rulebooks import load_edition
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
