"""The lights: by the working days that are left."""

from __future__ import annotations

from datetime import date

import pytest

from states.deadlines.lights import last_day_soon, light_of, stage_lights
from states.stages.self_report import ReturnSelfReport

from .law import DUE as DEADLINES
from .law import OFFICE, OURS, REASON, RULEBOOK, reached, self_report

BEGUN, DUE = date(2026, 11, 2), date(2026, 11, 20)


def weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("today", "light"),
    [(2, "now"), (16, "now"), (17, "soon"), (20, "soon"), (21, "late"), (22, "late")],
)
def test_a_light_turns_yellow_at_three_working_days_and_red_after_the_deadline(today: int, light: str) -> None:
    day = date(2026, 11, today)
    assert light_of(BEGUN, DUE, day, last_day_soon(day, weekday, 3)) == light


def test_days_nobody_works_do_not_count() -> None:
    """From Wednesday the third working day is Monday, and a deadline on the Saturday after is no nearer than one on Monday is."""
    assert last_day_soon(date(2026, 11, 18), weekday, 3) == date(2026, 11, 23)
    assert last_day_soon(date(2026, 11, 20), weekday, 0) == date(2026, 11, 22)


def test_what_has_no_deadline_is_open() -> None:
    assert light_of(BEGUN, None, date(2030, 1, 1), date(2030, 1, 4)) == "now"


def test_only_the_step_that_is_waited_for_is_overdue_and_what_waits_for_it_is_blocked() -> None:
    """自查自评 was due on 20 November; on 10 December nobody could have held the meeting, so nobody is late with it."""
    late = reached("opening").on(date(2026, 12, 10))
    found = dict(
        zip(DEADLINES, stage_lights(late.state, RULEBOOK, date(2026, 12, 10), date(2026, 12, 15)), strict=False)
    )
    assert found["self_report"].light == "late"
    assert {found[stage].light for stage in ("meeting", "democratic_evaluation", "interviews")} == {"blocked"}
    assert found["circulation"].light == "wait"


def test_a_step_that_became_possible_after_its_deadline_is_not_overdue() -> None:
    late = reached("opening").on(date(2026, 12, 10))
    done = late.do(self_report(late), OURS)
    found = dict(
        zip(DEADLINES, stage_lights(done.state, RULEBOOK, date(2026, 12, 10), date(2026, 12, 15)), strict=False)
    )
    assert (found["self_report"].light, found["meeting"].light, found["democratic_evaluation"].light) == (
        "done",
        "now",
        "blocked",
    )


def test_a_step_sent_back_is_returned_until_it_is_late() -> None:
    world = reached("opening").on(date(2026, 11, 10))
    back = world.do(self_report(world), OURS).do(ReturnSelfReport(reason=REASON), OFFICE)
    assert stage_lights(back.state, RULEBOOK, date(2026, 11, 10), date(2026, 11, 13))[0].light == "back"
    assert stage_lights(back.state, RULEBOOK, date(2026, 12, 10), date(2026, 12, 15))[0].light == "late"
