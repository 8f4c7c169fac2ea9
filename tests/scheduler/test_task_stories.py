"""Stories of tasks of persons hold on both databases, under a rulebook that has such tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database
from tests.person_tasks import edition

from .test_scenarios import live

STORIES = sorted((Path(__file__).parents[1] / "task_stories").glob("*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_of_tasks_of_persons_holds(file: Path, database: Database) -> None:
    result = live(load(file), database, edition())
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
