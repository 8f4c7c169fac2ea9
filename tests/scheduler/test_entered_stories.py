"""Stories of facts besides plain points hold on both databases, under a rulebook that asks for such facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.story_file import load
from storage.database.database import Database
from tests.entered import VOTES, edition

from .test_scenarios import live

STORIES = sorted((Path(__file__).parents[1] / "entered_stories").glob("*.toml"))


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_of_entered_facts_holds(file: Path, database: Database) -> None:
    result = live(load(file), database, edition(VOTES))
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
