"""Stories of a quota hold on both databases: places are settled, scored by, approved, and settled again."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database
from tests.quota import with_quota

from .test_scenarios import live

STORIES = sorted((Path(__file__).parents[1] / "quota_stories").glob("*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_of_a_quota_holds(file: Path, database: Database) -> None:
    result = live(load(file), database, with_quota())
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
