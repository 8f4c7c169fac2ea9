"""Stories of results that are read from the ledger hold on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database
from tests.earlier import with_earlier

from .test_scenarios import live

STORIES = sorted((Path(__file__).parents[1] / "earlier_stories").glob("*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_of_earlier_results_holds(file: Path, database: Database) -> None:
    result = live(load(file), database, with_earlier())
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
