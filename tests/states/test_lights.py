"""The lights: by the share of the time that is left."""

from __future__ import annotations

from datetime import date

import pytest

from states.lights import Shares, cells, timed

from .law import DUE as DEADLINES
from .law import OURS, RULEBOOK, reached, self_report

BEGUN, DUE = date(2026, 11, 1), date(2026, 11, 21)


@pytest.mark.parametrize(
    ("today", "light"),
    [(1, "now"), (14, "now"), (15, "soon"), (17, "soon"), (18, "near"), (21, "near"), (22, "late")],
)
def test_a_light_turns_yellow_at_30_per_cent_of_the_time_orange_at_15_and_red_after_it(today: int, light: str) -> None:
    assert timed(BEGUN, DUE, date(2026, 11, today), Shares()) == light


def test_what_has_no_deadline_is_open() -> None:
    assert timed(BEGUN, None, date(2030, 1, 1), Shares()) == "now"


def test_the_shares_may_be_set() -> None:
    assert timed(BEGUN, DUE, date(2026, 11, 11), Shares(soon=60, near=40)) == "soon"


def test_only_the_step_that_is_waited_for_is_overdue_and_what_waits_for_it_is_blocked() -> None:
    """自查自评 was due on 20 November; on 10 December nobody could have held the meeting, so nobody is late with it."""
    late = reached("opened").on(date(2026, 12, 10))
    found = dict(zip(DEADLINES, cells(late.state, RULEBOOK, date(2026, 12, 10), Shares()), strict=False))
    assert found["self_report"].light == "late"
    assert {found[stage].light for stage in ("meeting", "ballot", "interviews")} == {"blocked"}
    assert found["circulation"].light == "wait"


def test_a_step_that_became_possible_after_its_deadline_is_not_overdue() -> None:
    late = reached("opened").on(date(2026, 12, 10))
    done = late.do(self_report(late), OURS)
    found = dict(zip(DEADLINES, cells(done.state, RULEBOOK, date(2026, 12, 10), Shares()), strict=False))
    assert (found["self_report"].light, found["meeting"].light, found["ballot"].light) == ("done", "now", "blocked")
