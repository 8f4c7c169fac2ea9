"""The days of the steps: in the order of the steps, and not before the year assessed."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from states.chart import check_recorded
from states.refusals import TooEarly
from states.stages.circulation import Circulated
from states.stages.meeting import MeetingHeld
from states.stages.reopening import ReopenResult
from states.vocabulary import CLOCK, Actor

from .law import (
    COMMITTEE,
    DAYS,
    GROUP,
    KIND_OF_STAGE,
    LATE,
    OFFICE,
    ORGANIZATION,
    REASON,
    RULEBOOK,
    STAGES,
    YEAR,
    World,
    agree,
    approve,
    at,
    ballot,
    case,
    circulate,
    full,
    inspection,
    interviews,
    meeting,
    opening,
    posting,
    reached,
    refused,
    review,
    sanction,
    task,
)

DAY = timedelta(days=1)
STEPS: dict[str, tuple[Any, str, Actor]] = {
    "democratic_evaluation": (ballot, "held_on", GROUP),
    "interviews": (interviews, "held_on", GROUP),
    "document_review": (review, "reviewed_on", GROUP),
    "site_inspection": (inspection, "inspected_on", GROUP),
    "approval": (approve, "met_on", COMMITTEE),
    "circulation": (circulate, "circulated_on", OFFICE),
}
"""Every dated step that rests on another with a day: its command, the field of its day, who takes it."""


@pytest.mark.parametrize("stage", STEPS)
def test_a_step_takes_place_on_the_day_of_the_one_it_rests_on_or_after_it(stage: str) -> None:
    make, field, actor = STEPS[stage]
    below = STAGES[STAGES.index(stage) - 1]
    kind = KIND_OF_STAGE[below]
    world, day = reached(below).on(DAYS["circulation"]), DAYS[kind]
    world.decide(make(world, **{field: day}), actor)
    refused(
        world, make(world, **{field: day - DAY}), actor, "TooEarly", day - DAY, day, RULEBOOK.stages[kind].title.text
    )


def test_a_step_that_rests_on_an_undated_one_is_held_against_the_last_that_has_a_day() -> None:
    """The day a report was entered is not the day it was handed in; the meeting may be older than its entry."""
    world = reached("self_report").on(DAYS["meeting"])
    assert world.do(meeting(world, held_on=DAYS["self_report"] - DAY), GROUP).state.stage == "meeting"


@pytest.mark.parametrize("below", ["opening", "self_report"])
def test_the_first_dated_step_lies_in_the_year_assessed(below: str) -> None:
    world = reached(below, **({"without": "self_report"} if below == "opening" else {})).on(DAYS["meeting"])
    first, before = date(YEAR, 1, 1), date(YEAR - 1, 12, 31)
    fact = world.decide(meeting(world, held_on=first), GROUP)
    assert isinstance(fact, MeetingHeld)
    refused(world, meeting(world, held_on=before), GROUP, "TooEarly", before, first)


def test_a_step_may_be_taken_in_the_year_after() -> None:
    world = reached("approval").on(date(YEAR + 1, 1, 8))
    assert isinstance(world.decide(circulate(world), OFFICE), Circulated)


def test_a_score_is_made_on_the_civil_day_it_is_recorded() -> None:
    """Half past midnight in Liuzhou, where it is still the day before in UTC."""
    world = reached("site_inspection").on(DAYS["scoring"], time(0, 30)).sheets()
    scored = world.do(agree(full(world)), GROUP).on(DAYS["approval"])
    assert at(DAYS["scoring"], time(0, 30)).utctimetuple().tm_mday == DAYS["scoring"].day - 1
    scored.decide(approve(scored, met_on=DAYS["scoring"]), COMMITTEE)
    refused(scored, approve(scored, met_on=DAYS["scoring"] - DAY), COMMITTEE, "TooEarly", DAYS["scoring"])


def test_a_score_made_again_is_approved_by_no_older_resolution() -> None:
    world = reached("approval").on(DAYS["circulation"]).with_cases(case(sanction("admonition")))
    world = world.do(ReopenResult(sources=("c-1",), reason=REASON), CLOCK)
    world = world.do(agree(full(world)), GROUP)
    refused(world, approve(world, met_on=DAYS["approval"]), COMMITTEE, "TooEarly", DAYS["circulation"])
    world.decide(approve(world), COMMITTEE)


def test_a_posting_begins_no_earlier_than_the_score_it_posts() -> None:
    world = reached("scoring", publicity=True).on(DAYS["publicity"])
    refused(world, posting(world, posted_on=DAYS["scoring"] - DAY), OFFICE, "TooEarly", DAYS["scoring"])
    posted = world.do(posting(world, until=DAYS["publicity"] - DAY), OFFICE)
    refused(posted, approve(posted, met_on=DAYS["scoring"]), COMMITTEE, "TooEarly", DAYS["publicity"] - DAY)


def test_a_task_is_done_no_earlier_than_the_result_was_circulated() -> None:
    world = reached("circulation")
    refused(world, task(done_on=DAYS["circulation"] - DAY), ORGANIZATION, "TooEarly", DAYS["circulation"])
    world.decide(task(done_on=DAYS["circulation"]), ORGANIZATION)


def test_a_void_ballot_is_dated_like_any_other() -> None:
    world = reached("meeting").on(DAYS["democratic_evaluation"])
    sheets = ballot(world).sheets
    void = (replace(sheets[0], returned=sheets[0].issued + 1), *sheets[1:])
    refused(world, ballot(world, sheets=void, held_on=DAYS["meeting"] - DAY), GROUP, "TooEarly")


def test_the_replay_refuses_a_step_dated_before_the_one_it_rests_on() -> None:
    world = reached("approval").on(DAYS["circulation"])
    told = circulate(world, circulated_on=DAYS["approval"] - DAY)
    fact = Circulated(document=told.document, circulated_on=told.circulated_on, tasks=("filed",))
    with pytest.raises(TooEarly):
        check_recorded(world.state, fact, world.context(OFFICE), world.chart)


def test_an_assessment_opened_late_takes_the_paper_of_its_year() -> None:
    """Opened and reported in December; the meeting was held in November."""
    world = World().on(date(YEAR, 12, 10)).do(opening(due=LATE), OFFICE).walk("self_report")
    assert world.do(meeting(world, held_on=date(YEAR, 11, 27)), GROUP).state.stage == "meeting"
