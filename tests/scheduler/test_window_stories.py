"""Stories of reviews and appeals hold on both databases, under rulebooks that have windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database
from tests.windows import edition

from .test_scenarios import live

STORIES = sorted((Path(__file__).parents[1] / "window_stories").glob("*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_of_a_window_holds(file: Path, database: Database) -> None:
    result = live(load(file), database, edition())
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
