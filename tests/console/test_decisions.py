"""A request works out once what a command is decided on (`states/binding.py: context_for`), and never decides on what is out of date."""

from __future__ import annotations

from typing import Any

import pytest

from states.stream_kinds import State
from workflow import engine as engines

from .test_checking import carried, checked, sent
from .walk import FILE, HOME, day, marks
from .web import Console

STREAM = "assessment/2026/u-1"
PATH = f"{HOME}/submit_self_report"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams for which a context was worked out, in order."""
    found: list[str] = []
    build = engines.context_for

    def counted(state: State, *rest: Any) -> Any:
        found.append(state.stream)
        return build(state, *rest)

    monkeypatch.setattr(engines, "context_for", counted)
    return found


def test_a_form_is_shown_checked_and_submitted_on_one_decision_each_request(college: Console, built: list[str]) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    client.get(PATH)
    del built[:]
    client.get(PATH)
    shown = built.count(STREAM)
    del built[:]
    answer = sent(client, PATH, marks("self_scores"), {"report": FILE})
    assert checked(answer)
    asked = built.count(STREAM) - shown  # `sent` fetches the form first
    del built[:]
    assert client.post(PATH, data={**carried(answer.text), "_do": "confirm"}).status_code == 303
    # The page to check says which act comes next, and that act may need more than this one: a context of its own.
    assert (shown, asked, built.count(STREAM)) == (1, 2, 1)
