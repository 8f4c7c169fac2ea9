"""The lights: by the share of the time that is left."""

from __future__ import annotations

from datetime import date

import pytest

from states.lights import Shares, timed

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
