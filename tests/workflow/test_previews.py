"""What is shown before an act is what is recorded when it is done: for every act somebody confirms on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from config.clock import VirtualClock
from config.rulebooks import default_edition
from scenarios.runner import run
from scenarios.story import load
from states.chart import ACTS
from states.refusals import OutcomeChanged, Refusal
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow import wiring
from workflow.engine import Answer, Engine, Submission

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STORIES = (
    "consequences-of-a-pass", "f04-open-case-of-an-earlier-year-marked", "f11-judged-vetoes", "members-who-left", "routine-check-mended",
    "routine-check-of-own-unit", "steps-score-returned", "steps-self-report-returned", "steps-undone", "unit-merged-before-the-opening",
    "veto-rescinded", "withdrawn-and-opened-again", "year-closed-result-reopened",
)  # fmt: skip
"""Enough of them for every act."""
CLOCK = {"remind", "escalate", "lapse_reminders", "raise_veto", "note_stale_score", "remind_of_check", "escalate_check"}
IN_NO_STORY = {"post_result", "correct_routine_check", "withdraw_routine_check"}
"""The shipped edition posts no results; the other two are confirmed on their pages in tests/console/test_checking.py."""


@pytest.mark.one_database
def test_in_every_story_the_engine_records_the_very_fact_that_was_previewed(
    new_url: Callable[[str], str], dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a decision is handed is made in one place for both (`states/binding.py`), so it is asked on one database."""
    previewed: set[str] = set()
    submit = Engine.submit_many

    def submit_previewed(engine: Engine, asked: Sequence[Submission]) -> list[Answer]:
        if len(asked) == 1:
            asked = [_expecting(engine, asked[0], previewed)]
        answers = submit(engine, asked)
        assert not any(isinstance(answer, OutcomeChanged) for answer in answers), asked
        return answers

    monkeypatch.setattr(Engine, "submit_many", submit_previewed)
    for name in STORIES:
        with Database.open(new_url(dialect)) as database:
            story = load(SCENARIOS / f"{name}.toml")
            edition = story.edition(default_edition())
            clock = VirtualClock(story.begins(edition))
            assert run(story, Engine(Ledger(database), clock, edition, wiring.log()), clock).ok, name
    final = {name for name, act in ACTS.items() if act.is_final}
    assert final - CLOCK - previewed == IN_NO_STORY


def _expecting(engine: Engine, asked: Submission, previewed: set[str]) -> Submission:
    try:
        found = engine.preview(asked.stream, asked.command, asked.actor)
    except Refusal:
        return asked
    previewed.add(asked.command.act)
    return replace(asked, expected_fact=found.digest)
