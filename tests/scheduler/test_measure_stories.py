"""The stories of the invented measures hold on both databases, each on the rulebook that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database

from .test_scenarios import live

MEASURES = Path(__file__).parents[1] / "measures"
STORIES = sorted(MEASURES.glob("*/*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_story_of_a_measure_holds(file: Path, database: Database) -> None:
    result = live(load(file), database)
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
    assert [check.text.en for check in result.checks if check.clause == "—"] == []


@pytest.mark.parametrize("file", STORIES, ids=lambda file: f"{file.parent.name}-{file.stem}")
@pytest.mark.one_database  # A file is read.
def test_a_story_is_of_the_measure_in_whose_folder_it_is(file: Path) -> None:
    """Its title is Chinese, and it names an article of the measure."""
    story = load(file)
    assert story.rulebook is not None
    assert story.rulebook.resolve() == next(MEASURES.glob(f"{file.parent.name}-*.toml")).resolve()
    assert "条" in story.tests or "附件" in story.tests
