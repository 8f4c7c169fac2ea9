"""A window needs the acts to ask and to decide, given to its roles; what its days need is given to the clock."""

from __future__ import annotations

import pytest

from config.rulebooks import RulebookFault, parse_edition
from tests.windows import source


def faults(*changes: tuple[str, str]) -> dict[str, str]:
    """The faults of the edition with windows after these changes of its text, by location."""
    text = source()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    with pytest.raises(RulebookFault) as caught:
        parse_edition(text.encode(), "windows.toml")
    return {fault.key: fault.en for fault in caught.value.faults}


def without(act: str) -> tuple[str, str]:
    start = source().index(f'[[act]]\ncommand = "{act}"')
    return source()[start : source().index('source = "ours"\n', start) + len('source = "ours"\n')], ""


def test_a_window_in_which_nobody_may_ask_or_decide_is_refused() -> None:
    found = faults(without("ask_review"), without("decide_review"))
    assert set(found) == {f"window.{key}.{by}" for key in ("review", "appeal") for by in ("by", "decided_by")}
    assert 'command = "ask_review"' in faults(without("ask_review"))["window.review.by"]
    assert 'command = "decide_review"' in faults(without("decide_review"))["window.appeal.decided_by"]


def test_the_roles_of_a_window_may_do_its_acts() -> None:
    found = faults(('by = ["leading_group", "committee", "organization"]', 'by = ["leading_group"]'))
    assert set(found) == {"window.review.decided_by", "window.appeal.decided_by"}
    assert "committee" in found["window.appeal.decided_by"]
    asking = faults(('by = ["unit", "organization"]\ntitle', 'by = ["organization"]\ntitle'))
    assert set(asking) == {"window.review.by", "window.appeal.by"}


def test_a_window_has_a_name_of_its_own_and_reminders_only_with_a_time_to_decide() -> None:
    assert "has the name of a task" in faults(('key = "review"', 'key = "filed"'))["window.filed"]
    assert (
        "has the name of a stage"
        in faults(('key = "review"', 'key = "scoring"'), ('from = "review"', 'from = "scoring"'))["window.scoring"]
    )
    found = faults(("decided_within = { working_days = 15 }\n", ""))
    assert found == {"window.review.reminders": "is written only when decided_within is written"}


def test_days_that_need_the_calendar_need_the_clock() -> None:
    moving = 'by = ["office", "leading_group", "clock"]\nclause = "第六条"'
    assert source().count(moving) >= 1
    found = faults((moving, moving.replace(', "clock"', "")))
    assert {"window.review.within", "window.review.decided_within"} <= set(found)
